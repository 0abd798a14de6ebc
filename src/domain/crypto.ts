import { createHash } from "node:crypto";
import createKeccakHash from "keccak";
import secp256k1 from "secp256k1";
import type { Hash, PartyId } from "./ids.ts";

/** Hashes and signatures, on native libraries: a gateway recovers and signs thousands a second. */

export const keccak256 = (bytes: Uint8Array): Buffer =>
  createKeccakHash("keccak256")
    .update(Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes))
    .digest();
export const sha256 = (bytes: Uint8Array): Buffer => createHash("sha256").update(bytes).digest();

export const toHex = (bytes: Uint8Array): `0x${string}` => `0x${Buffer.from(bytes).toString("hex")}`;
export const fromHex = (hex: string): Buffer => Buffer.from(hex.slice(2), "hex");

export const keccakHex = (bytes: Uint8Array): Hash => toHex(keccak256(bytes)) as Hash;
export const sha256Hex = (bytes: Uint8Array): Hash => toHex(sha256(bytes)) as Hash;

/** A secp256k1 private key may be any number from 1 to the group's order less one. */
export const isPrivateKey = (bytes: Uint8Array): boolean =>
  bytes.length === 32 && secp256k1.privateKeyVerify(bytes);

export function addressOf(privateKey: Uint8Array): PartyId {
  return addressOfPublicKey(secp256k1.publicKeyCreate(privateKey, false));
}

/** @returns 65 bytes r ‖ s ‖ v with v 27 or 28 and a low s, as contracts expect. */
export function signDigest(digest: Uint8Array, privateKey: Uint8Array): `0x${string}` {
  const { signature, recid } = secp256k1.ecdsaSign(digest, privateKey);
  return `0x${Buffer.from(signature).toString("hex")}${(27 + recid).toString(16)}`;
}

/** @returns Who signed, or nothing where it is no signature that OpenZeppelin's ECDSA would take (65 bytes, low s). */
export function recoverSigner(digest: Uint8Array, signature: string): PartyId | undefined {
  const bytes = fromHex(signature);
  if (bytes.length !== 65) return undefined;
  const recovery = bytes[64]! - 27;
  if (recovery !== 0 && recovery !== 1) return undefined;
  const compact = bytes.subarray(0, 64);
  if (isHighS(compact)) return undefined;
  try {
    return addressOfPublicKey(secp256k1.ecdsaRecover(compact, recovery, digest, false));
  } catch {
    // The library throws for numbers that no signature has.
    return undefined;
  }
}

const HALF_ORDER = Buffer.from("7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0", "hex");
const isHighS = (compact: Buffer): boolean => compact.subarray(32).compare(HALF_ORDER) > 0;

function addressOfPublicKey(publicKey: Uint8Array): PartyId {
  return toHex(keccak256(publicKey.subarray(1)).subarray(12)) as PartyId;
}
