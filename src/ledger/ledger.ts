import { fromHex, keccakHex } from "../domain/crypto.ts";
import type { DeployedContract, Deployment } from "../domain/deployment.ts";
import { DEPLOYED_CONTRACTS } from "../domain/deployment.ts";
import { DatadeedError } from "../domain/errors.ts";
import { type AssetId, type Hash, type PartyId, ZERO_ADDRESS } from "../domain/ids.ts";
import { INTERFACES, type LedgerRefusal, refusalOf } from "./abi.ts";
import { topicOf } from "./event-decoder.ts";
import { createRpc, type Rpc, RpcError } from "./rpc.ts";

export interface BlockHeader {
  readonly number: number;
  readonly hash: Hash;
  readonly parentHash: Hash;
  /** Unix second. */
  readonly timestamp: number;
  readonly gasLimit: number;
  /** Wei a gas; 0 where gas is free. */
  readonly baseFee: bigint;
  readonly transactions: number;
}

export interface Log {
  readonly address: PartyId;
  readonly topics: readonly Hash[];
  readonly data: `0x${string}`;
  /** Within the block. */
  readonly logIndex: number;
  readonly transactionHash: Hash;
}

export interface Receipt {
  readonly transactionHash: Hash;
  readonly succeeded: boolean;
  readonly gasUsed: number;
  readonly block: { readonly number: number; readonly hash: Hash };
  /** All contracts' logs, in order. */
  readonly logs: readonly Log[];
}

export interface Block extends BlockHeader {
  readonly receipts: readonly Receipt[];
}

/** What became of signed bytes handed to the node. `nonce-used`: a transaction of this nonce is in a block already. */
export type BroadcastOutcome = "accepted" | "known" | "nonce-used" | "nonce-taken";

export interface Call {
  readonly from: PartyId;
  readonly contract: DeployedContract;
  readonly data: `0x${string}`;
}

/** The one way to the ledger. Everything throws `ledger-unavailable` while nothing answers. */
export interface Ledger {
  readonly deployment: Deployment;
  latest(): Promise<BlockHeader>;
  /** Nothing where the ledger has no such block. Blocks read lately are kept, so that two readers cost one. */
  block(number: number): Promise<Block | undefined>;
  /** As many consecutive blocks from `first` as there are, at most `most`. */
  blocksFrom(first: number, most: number): Promise<Block[]>;
  receipt(transactionHash: Hash): Promise<Receipt | undefined>;
  /** Of the block at this height; nothing where the ledger has none. */
  blockHash(number: number): Promise<Hash | undefined>;
  /** Transactions of the account in blocks, up to the newest or up to `block`. */
  nonceOf(account: PartyId, block?: number): Promise<number>;
  /** The log that registered the asset. */
  registrationOf(assetId: AssetId): Promise<Log | undefined>;
  /** The party that the key acts for now. */
  partyOfKey(key: PartyId): Promise<PartyId | undefined>;
  broadcast(raw: Uint8Array): Promise<BroadcastOutcome>;
  /** What the call would cost now, or why it would be refused. */
  simulate(call: Call): Promise<{ readonly gas: number } | { readonly refusal: LedgerRefusal }>;
  /** Calls back at every change of the newest block, and when the ledger is back after an absence. */
  onHead(listener: (head: BlockHeader) => void): () => void;
  /** Whether the last question was answered. */
  isUp(): boolean;
  /** Throws where chain, contracts' code or kind of node are not what the deployment says. */
  verify(allowDevelopmentNode: boolean): Promise<void>;
  close(): void;
}

export interface LedgerOptions {
  readonly url: string;
  readonly deployment: Deployment;
  /** How often the newest block is asked for. */
  readonly pollMs?: number;
}

const KEPT_BLOCKS = 32;

export function createLedger({ url, deployment, pollMs = 100 }: LedgerOptions): Ledger {
  const rpc = createRpc(url);
  const listeners = new Set<(head: BlockHeader) => void>();
  const kept = new Map<number, Promise<Block | undefined>>();
  let lastHead: BlockHeader | undefined;
  let isUp = true;
  let isClosed = false;
  let timer: NodeJS.Timeout | undefined;

  async function latest(): Promise<BlockHeader> {
    return headerOf(await rpc.call<RpcBlock>("eth_getBlockByNumber", "latest", false));
  }

  async function watch(): Promise<void> {
    try {
      const head = await latest();
      const isBack = !isUp;
      isUp = true;
      if (isBack || head.hash !== lastHead?.hash) {
        // A lower or replaced block: the ledger was restored, and what was kept of it may be gone.
        if (lastHead !== undefined && head.number <= lastHead.number) kept.clear();
        lastHead = head;
        for (const listener of listeners) listener(head);
      }
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      isUp = false;
    } finally {
      if (!isClosed) timer = setTimeout(watch, pollMs);
    }
  }

  function block(number: number): Promise<Block | undefined> {
    const known = kept.get(number);
    if (known !== undefined) return known;
    const read = readBlock(rpc, number);
    kept.set(number, read);
    if (kept.size > KEPT_BLOCKS) kept.delete(kept.keys().next().value!);
    const forget = () => kept.get(number) === read && kept.delete(number);
    read.then((found) => found === undefined && forget(), forget);
    return read;
  }

  async function blocksFrom(first: number, most: number): Promise<Block[]> {
    if (most === 1) return [await block(first)].filter((each) => each !== undefined);
    const wanted = Array.from({ length: most }, (_, index) => quantity(first + index));
    const headers = (
      await rpc.batch<RpcBlock | null>(
        wanted.map((number) => ({ method: "eth_getBlockByNumber", params: [number, false] })),
      )
    ).filter((found) => found !== null);
    return inOrder(headers.map(headerOf), (header) => withReceipts(rpc, header));
  }

  return {
    deployment,
    latest,
    block,
    blocksFrom,
    async receipt(transactionHash) {
      for (const read of kept.values()) {
        const found = (await read)?.receipts.find((each) => each.transactionHash === transactionHash);
        if (found !== undefined) return found;
      }
      const found = await rpc.call<RpcReceipt | null>("eth_getTransactionReceipt", transactionHash);
      return found === null ? undefined : receiptOf(found);
    },
    async blockHash(number) {
      const found = await rpc.call<RpcBlock | null>("eth_getBlockByNumber", quantity(number), false);
      return found?.hash;
    },
    async nonceOf(account, block) {
      const at = block === undefined ? "latest" : quantity(block);
      return Number(await rpc.call("eth_getTransactionCount", account, at));
    },
    async registrationOf(assetId) {
      const logs = await rpc.call<RpcLog[]>("eth_getLogs", {
        address: deployment.contracts.rightsRegistry.address,
        topics: [topicOf("rightsRegistry", "AssetRegistered"), assetId],
        fromBlock: quantity(deployment.deployBlock),
        toBlock: "latest",
      });
      return logs[0] === undefined ? undefined : logOf(logs[0]);
    },
    async partyOfKey(key) {
      const to = deployment.contracts.membership.address;
      const answer = await rpc.call<string>(
        "eth_call",
        { to, data: encodeCall("membership", "keyOf", [key]) },
        "latest",
      );
      const party = `0x${answer.slice(26, 66)}` as PartyId;
      return party === ZERO_ADDRESS ? undefined : party;
    },
    broadcast: (raw) => broadcast(rpc, raw),
    async simulate({ from, contract, data }) {
      const to = deployment.contracts[contract].address;
      try {
        return { gas: Number(await rpc.call("eth_estimateGas", { from, to, data })) };
      } catch (error) {
        if (!(error instanceof RpcError)) throw error;
        return { refusal: refusalOf(error.data) };
      }
    },
    onHead(listener) {
      listeners.add(listener);
      if (timer === undefined) timer = setTimeout(watch, 0);
      return () => listeners.delete(listener);
    },
    isUp: () => isUp,
    verify: (allowDevelopmentNode) => verify(rpc, deployment, allowDevelopmentNode),
    close() {
      isClosed = true;
      clearTimeout(timer);
      rpc.close();
    },
  };
}

export const isUnavailable = (error: unknown): boolean =>
  error instanceof DatadeedError && error.code === "ledger-unavailable";

/** Calldata of a function by its name; arguments in the order of the ABI. */
export function encodeCall(
  contract: DeployedContract,
  name: string,
  args: readonly unknown[],
): `0x${string}` {
  return INTERFACES[contract].encodeFunctionData(name, args) as `0x${string}`;
}

interface RpcBlock {
  readonly number: string;
  readonly hash: Hash;
  readonly parentHash: Hash;
  readonly timestamp: string;
  readonly gasLimit: string;
  readonly baseFeePerGas?: string;
  readonly transactions: readonly unknown[];
}

interface RpcReceipt {
  readonly transactionHash: Hash;
  readonly blockHash: Hash;
  readonly blockNumber: string;
  readonly status: string;
  readonly gasUsed: string;
  readonly logs: readonly RpcLog[];
}

type RpcLog = Omit<Log, "logIndex"> & { readonly logIndex: string };

const quantity = (value: number): string => `0x${value.toString(16)}`;

const headerOf = (block: RpcBlock): BlockHeader => ({
  number: Number(block.number),
  hash: block.hash,
  parentHash: block.parentHash,
  timestamp: Number(block.timestamp),
  gasLimit: Number(block.gasLimit),
  baseFee: BigInt(block.baseFeePerGas ?? 0),
  transactions: block.transactions.length,
});

const receiptOf = (receipt: RpcReceipt): Receipt => ({
  transactionHash: receipt.transactionHash,
  succeeded: receipt.status === "0x1",
  gasUsed: Number(receipt.gasUsed),
  block: { number: Number(receipt.blockNumber), hash: receipt.blockHash },
  logs: receipt.logs.map(logOf),
});

const logOf = ({ address, topics, data, logIndex, transactionHash }: RpcLog): Log => ({
  address: address.toLowerCase() as PartyId,
  topics,
  data,
  logIndex: Number(logIndex),
  transactionHash,
});

async function readBlock(rpc: Rpc, number: number): Promise<Block | undefined> {
  const header = await rpc.call<RpcBlock | null>("eth_getBlockByNumber", quantity(number), false);
  return header === null ? undefined : withReceipts(rpc, headerOf(header));
}

async function withReceipts(rpc: Rpc, header: BlockHeader): Promise<Block> {
  if (header.transactions === 0) return { ...header, receipts: [] };
  const found = await rpc.call<RpcReceipt[] | null>("eth_getBlockReceipts", quantity(header.number));
  const receipts = (found ?? []).map(receiptOf);
  // Between the two questions the ledger may have been restored: what does not belong together is not an answer.
  if (receipts.length !== header.transactions || receipts.some(({ block }) => block.hash !== header.hash)) {
    throw new DatadeedError("ledger-unavailable", {
      reason: `block ${header.number} changed while it was read`,
    });
  }
  return { ...header, receipts };
}

/** Three at a time, results in order. */
async function inOrder<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let i = 0; i < items.length; i += 3) {
    results.push(...(await Promise.all(items.slice(i, i + 3).map(work))));
  }
  return results;
}

async function broadcast(rpc: Rpc, raw: Uint8Array): Promise<BroadcastOutcome> {
  try {
    await rpc.call("eth_sendRawTransaction", `0x${Buffer.from(raw).toString("hex")}`);
    return "accepted";
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    if (/already (known|imported)|known transaction/i.test(error.message)) return "known";
    if (/nonce too low|nonce .*too low/i.test(error.message)) return "nonce-used";
    if (/underpriced/i.test(error.message)) return "nonce-taken";
    throw error;
  }
}

async function verify(rpc: Rpc, deployment: Deployment, allowDevelopmentNode: boolean): Promise<void> {
  if (!allowDevelopmentNode && (await isDevelopmentNode(rpc)))
    throw new DatadeedError("development-node", {});
  const chainId = Number(await rpc.call("eth_chainId"));
  if (chainId !== deployment.chainId) {
    throw new DatadeedError("deployment-mismatch", {
      field: "chainId",
      expected: deployment.chainId,
      actual: chainId,
    });
  }
  for (const contract of DEPLOYED_CONTRACTS) {
    const { address, codeHash } = deployment.contracts[contract];
    const actual = keccakHex(fromHex(await rpc.call<string>("eth_getCode", address, "latest")));
    if (actual !== codeHash) {
      throw new DatadeedError("deployment-mismatch", {
        field: contract,
        address,
        expected: codeHash,
        actual,
      });
    }
  }
}

async function isDevelopmentNode(rpc: Rpc): Promise<boolean> {
  try {
    await rpc.call("anvil_nodeInfo");
    return true;
  } catch (error) {
    if (error instanceof RpcError) return false;
    throw error;
  }
}
