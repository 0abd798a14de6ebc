import { fromHex, keccak256, keccakHex, toHex } from "../../domain/crypto.ts";
import { DEPLOYED_CONTRACTS, type DeployedContract, type Deployment } from "../../domain/deployment.ts";
import type { AssetId, Hash } from "../../domain/ids.ts";
import type { PlacedLog } from "../../proofs/history.ts";
import { failure } from "../failure.ts";
import { type Node, RpcError } from "../rpc.ts";

/** What one node says about an asset, all of it as of one block. */
export interface Reading {
  readonly node: Node;
  readonly chainId: number;
  readonly block: Block;
  /** keccak256 of the code at each contract's address. */
  readonly codeHashes: Readonly<Record<DeployedContract, Hash>>;
  /** The storage slot that the registry names for the asset's head, and what is in it. */
  readonly slot: Hash;
  readonly head: Hash;
  /** Logs of the deployment's contracts about the asset, in the order the node gave. */
  readonly entries: readonly LedgerLog[];
  /** The same of all other contracts: anyone can emit such a log, so none of them is an entry. */
  readonly strangers: readonly LedgerLog[];
}

export interface LedgerLog extends PlacedLog {
  readonly blockHash: Hash;
  readonly transactionHash: Hash;
}

export interface Block {
  readonly number: number;
  readonly hash: Hash;
  readonly timestamp: number;
}

export interface Subject {
  readonly assetId: AssetId;
  readonly deployment: Deployment;
}

/** Blocks asked for at once; a node that finds this too many gets halves. */
const RANGE = 50_000;
/** A node that keeps no old state may have moved on between two questions. */
const ATTEMPTS = 6;

/** The newest block that all of these nodes have, or the one named. */
export async function readAll(nodes: readonly Node[], subject: Subject, named?: number): Promise<Reading[]> {
  for (let attempt = 1; ; attempt++) {
    const at = named ?? Math.min(...(await Promise.all(nodes.map(newestBlock))));
    try {
      return await Promise.all(nodes.map((node) => read(node, subject, at)));
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      if (named === undefined && attempt < ATTEMPTS) continue;
      const hint =
        named === undefined ? "" : " A node without old states answers for its newest block alone.";
      throw failure(
        "node-unreachable",
        `The ledger cannot be read at block ${at}: ${error.message}.${hint}`,
        { block: at },
      );
    }
  }
}

async function read(node: Node, { assetId, deployment }: Subject, at: number): Promise<Reading> {
  const registry = deployment.contracts.rightsRegistry.address;
  // The state first: it is what a node forgets soonest.
  const slot = await headSlot(node, registry, assetId, at);
  const head = await headAt(node, registry, slot, at);
  const codes = await Promise.all(
    DEPLOYED_CONTRACTS.map(async (name) => {
      const code = await node.call<string>("eth_getCode", [deployment.contracts[name].address, hexOf(at)]);
      return [name, keccakHex(fromHex(code))] as const;
    }),
  );
  const logs = await logsAbout(node, assetId, deployment.deployBlock, at);
  const own = new Set(DEPLOYED_CONTRACTS.map((name) => deployment.contracts[name].address.toLowerCase()));
  return {
    node,
    chainId: Number(await node.call<string>("eth_chainId", [])),
    block: await blockAt(node, at),
    codeHashes: Object.fromEntries(codes) as Reading["codeHashes"],
    slot,
    head,
    entries: logs.filter((log) => own.has(log.address)),
    strangers: logs.filter((log) => !own.has(log.address)),
  };
}

export const hexOf = (block: number): string => `0x${block.toString(16)}`;

const newestBlock = async (node: Node): Promise<number> =>
  Number(await node.call<string>("eth_blockNumber", []));

export async function headAt(node: Node, registry: string, slot: Hash, at: number): Promise<Hash> {
  const word = await node.call<string>("eth_getStorageAt", [registry, slot, hexOf(at)]);
  if (!isHex(word, "{1,64}"))
    throw new RpcError("eth_getStorageAt", { code: -32000, message: `no word: ${word}` });
  return `0x${word.slice(2).toLowerCase().padStart(64, "0")}` as Hash;
}

const HEAD_SLOT = toHex(keccak256(Buffer.from("historyHeadSlot(bytes32)")).subarray(0, 4));

async function headSlot(node: Node, registry: string, assetId: AssetId, at: number): Promise<Hash> {
  const call = { to: registry, data: HEAD_SLOT + assetId.slice(2) };
  return (await node.call<string>("eth_call", [call, hexOf(at)])) as Hash;
}

export async function blockAt(node: Node, at: number): Promise<Block> {
  const block = await node.call<{ hash: Hash; timestamp: string } | null>("eth_getBlockByNumber", [
    hexOf(at),
    false,
  ]);
  if (block === null)
    throw new RpcError("eth_getBlockByNumber", { code: -32001, message: `there is no block ${at}` });
  return { number: at, hash: block.hash, timestamp: Number(block.timestamp) };
}

async function logsAbout(node: Node, assetId: AssetId, from: number, to: number): Promise<LedgerLog[]> {
  const logs: LedgerLog[] = [];
  for (let begin = from; begin <= to; begin += RANGE) {
    logs.push(...(await logsBetween(node, assetId, begin, Math.min(begin + RANGE - 1, to))));
  }
  return logs;
}

async function logsBetween(node: Node, assetId: AssetId, from: number, to: number): Promise<LedgerLog[]> {
  try {
    const filter = { fromBlock: hexOf(from), toBlock: hexOf(to), topics: [null, assetId] };
    return (await node.call<RawLog[]>("eth_getLogs", [filter])).map(parseLog);
  } catch (error) {
    if (!(error instanceof RpcError) || from === to) throw error;
    const middle = Math.floor((from + to) / 2);
    return [
      ...(await logsBetween(node, assetId, from, middle)),
      ...(await logsBetween(node, assetId, middle + 1, to)),
    ];
  }
}

export interface RawLog {
  readonly address: string;
  readonly topics: readonly string[];
  readonly data: string;
  readonly blockNumber: string;
  readonly blockHash: Hash;
  readonly logIndex: string;
  readonly transactionHash: Hash;
}

/** Throws an `RpcError` for what is no log: a node that answers nonsense proves nothing. */
export function parseLog(log: RawLog): LedgerLog {
  if (!isLog(log)) throw new RpcError("logs", { code: -32000, message: `no log: ${JSON.stringify(log)}` });
  return {
    address: log.address.toLowerCase(),
    topics: log.topics,
    data: log.data,
    block: Number(log.blockNumber),
    logIndex: Number(log.logIndex),
    blockHash: log.blockHash,
    transactionHash: log.transactionHash,
  };
}

const isHex = (value: unknown, digits = "*"): boolean =>
  typeof value === "string" && new RegExp(`^0x[0-9a-fA-F]${digits}$`).test(value);

const isLog = (log: Partial<RawLog> | null): boolean =>
  isHex(log?.address, "{40}") &&
  Array.isArray(log?.topics) &&
  log.topics.every((topic) => isHex(topic, "{64}")) &&
  isHex(log.data, "*") &&
  [log.blockNumber, log.logIndex].every((quantity) => isHex(quantity, "{1,12}")) &&
  [log.blockHash, log.transactionHash].every((hash) => isHex(hash, "{64}"));
