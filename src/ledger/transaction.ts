import { keccakHex } from "../domain/crypto.ts";
import type { Hash, PartyId } from "../domain/ids.ts";
import type { Signer } from "./signer.ts";

export interface UnsignedTransaction {
  readonly chainId: number;
  readonly nonce: number;
  /** Wei a gas. */
  readonly maxFeePerGas: bigint;
  readonly gasLimit: number;
  readonly to: PartyId;
  readonly data: `0x${string}`;
}

export interface SignedTransaction {
  readonly nonce: number;
  readonly hash: Hash;
  readonly raw: Buffer;
}

/** EIP-1559 transactions (type 2) without priority fee: the ledger's validators are paid by membership, not by gas. */
export async function signTransaction(tx: UnsignedTransaction, signer: Signer): Promise<SignedTransaction> {
  const fields = [
    integer(tx.chainId),
    integer(tx.nonce),
    integer(0),
    integer(tx.maxFeePerGas),
    integer(tx.gasLimit),
    Buffer.from(tx.to.slice(2), "hex"),
    integer(0),
    Buffer.from(tx.data.slice(2), "hex"),
  ].map(rlpBytes);
  fields.push(Buffer.from([EMPTY_LIST]));
  const signature = Buffer.from((await signer.sign(envelope(fields))).slice(2), "hex");
  const parts = [
    integer(signature[64]! - 27),
    stripped(signature.subarray(0, 32)),
    stripped(signature.subarray(32, 64)),
  ].map(rlpBytes);
  const raw = envelope([...fields, ...parts]);
  return { nonce: tx.nonce, hash: keccakHex(raw), raw };
}

const TYPE = 2;
const EMPTY_LIST = 0xc0;

function envelope(fields: readonly Buffer[]): Buffer {
  const body = Buffer.concat(fields);
  return Buffer.concat([Buffer.from([TYPE]), rlpHead(0xc0, body.length), body]);
}

function rlpBytes(bytes: Buffer): Buffer {
  if (bytes.length === 1 && bytes[0]! < 0x80) return bytes;
  return Buffer.concat([rlpHead(0x80, bytes.length), bytes]);
}

function rlpHead(base: number, length: number): Buffer {
  if (length < 56) return Buffer.from([base + length]);
  const digits = integer(length);
  return Buffer.concat([Buffer.from([base + 55 + digits.length]), digits]);
}

/** Big-endian without leading zeros; zero is empty. */
function integer(value: number | bigint): Buffer {
  const digits = value.toString(16);
  return stripped(Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, "hex"));
}

function stripped(bytes: Buffer): Buffer {
  let start = 0;
  while (start < bytes.length && bytes[start] === 0) start++;
  return bytes.subarray(start);
}
