import { setTimeout as sleep } from "node:timers/promises";
import { keccak256, toQuantity, Wallet } from "ethers";
import { DatadeedError } from "../../src/domain/errors.ts";
import type { PartyId } from "../../src/domain/ids.ts";
import { refusalOf } from "../../src/ledger/abi.ts";
import { type Rpc, RpcError } from "../../src/ledger/rpc.ts";

/** A transaction before it has a sender. Without `to` it creates a contract. */
export interface Draft {
  /** What it does, for people. */
  readonly title: string;
  readonly to?: string;
  readonly data: string;
}

/** An account that sends drafts in order, one nonce after another, without waiting between them. */
export interface Account {
  readonly address: PartyId;
  nonce(): Promise<number>;
  /** Resolves when all are mined. Throws `transaction-failed`, naming the first that the ledger refused. */
  send(drafts: readonly Draft[]): Promise<void>;
}

/** Of the largest of our contracts, with room; later drafts use what earlier ones make, so no node could estimate them. */
const CREATION_GAS = 12_000_000;
const CALL_GAS = 4_000_000;
const WAIT_MS = 120_000;

interface Receipt {
  readonly status: string;
  readonly blockNumber: string;
}

export async function createAccount(rpc: Rpc, privateKey: string): Promise<Account> {
  const wallet = new Wallet(privateKey);
  const chainId = Number(await rpc.call("eth_chainId"));
  const nonce = async () => Number(await rpc.call("eth_getTransactionCount", wallet.address, "latest"));

  async function sign(draft: Draft, at: number, maxFeePerGas: bigint): Promise<string> {
    const { to, data } = draft;
    // A ledger of members pays no tips; where gas is free, an account without funds may send.
    const fees = { type: 2, maxFeePerGas, maxPriorityFeePerGas: 0n };
    const gasLimit = to === undefined ? CREATION_GAS : CALL_GAS;
    return wallet.signTransaction({ chainId, nonce: at, to: to ?? null, data, gasLimit, value: 0n, ...fees });
  }

  return {
    address: wallet.address.toLowerCase() as PartyId,
    nonce,
    async send(drafts) {
      const { baseFeePerGas } = await rpc.call<{ baseFeePerGas?: string }>(
        "eth_getBlockByNumber",
        "latest",
        false,
      );
      const fee = BigInt(baseFeePerGas ?? 0) * 2n;
      const first = await nonce();
      const hashes: string[] = [];
      for (const [index, draft] of drafts.entries()) {
        hashes.push(await broadcast(rpc, draft, await sign(draft, first + index, fee)));
      }
      for (const [index, hash] of hashes.entries()) {
        const draft = drafts[index]!;
        const receipt = await receiptOf(rpc, hash, draft);
        if (receipt.status !== "0x1") throw await failure(rpc, wallet.address, draft, receipt);
      }
    },
  };
}

async function broadcast(rpc: Rpc, { title }: Draft, signed: string): Promise<string> {
  try {
    return await rpc.call<string>("eth_sendRawTransaction", signed);
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    // Left in the node's pool by a run that was interrupted: the same bytes, since signatures are deterministic.
    if (/already (?:known|imported)/i.test(error.message)) return keccak256(signed);
    throw new DatadeedError("transaction-failed", { field: title, rule: `was not taken (${error.message})` });
  }
}

async function receiptOf(rpc: Rpc, hash: string, { title }: Draft): Promise<Receipt> {
  for (const until = Date.now() + WAIT_MS; Date.now() < until; await sleep(50)) {
    const receipt = await rpc.call<Receipt | null>("eth_getTransactionReceipt", hash);
    if (receipt !== null) return receipt;
  }
  throw new DatadeedError("transaction-failed", {
    field: title,
    rule: `was not mined within ${WAIT_MS / 1_000} s`,
  });
}

/** Asks again, as a call, for the reason that a receipt doesn't carry. */
async function failure(rpc: Rpc, from: string, draft: Draft, receipt: Receipt): Promise<DatadeedError> {
  const revertData = await revertOf(rpc, from, draft, toQuantity(Number(receipt.blockNumber) - 1));
  const { facts } = refusalOf(revertData);
  return new DatadeedError("transaction-failed", {
    ...facts,
    field: draft.title,
    rule: `was refused${facts.error === undefined ? "" : ` with ${facts.error}`}`,
  });
}

/** The revert data of the draft as a call at `block`; undefined where it would pass. */
export async function revertOf(
  rpc: Rpc,
  from: string,
  draft: Draft,
  block: string,
): Promise<string | undefined> {
  const { to, data } = draft;
  try {
    await rpc.call("eth_call", { from, to, data, gas: toQuantity(CALL_GAS) }, block);
    return undefined;
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    return error.data ?? "0x";
  }
}
