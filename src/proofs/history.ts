import { fromHex, keccak256, toHex } from "../domain/crypto.ts";
import { entryOf, type Log, nextHead } from "../domain/history.ts";
import { type AssetId, type Hash, ZERO_HASH } from "../domain/ids.ts";

/**
 * The history of an asset, replayed from raw logs without an ABI: contracts/types/History.sol in TypeScript. One storage
 * slot proves that a list of any length is complete, untouched and in order.
 */

/** A log with its place on the ledger. */
export interface PlacedLog extends Log {
  readonly block: number;
  readonly logIndex: number;
}

/** The head that these logs lead to, in the order given, from a head of zero. */
export function replay(logs: readonly Log[]): Hash {
  return logs.reduce((head, log) => nextHead(head, entryOf(log)), ZERO_HASH);
}

/** Is the log about the asset: is its first indexed argument the id? */
export function concerns(log: Log, assetId: AssetId): boolean {
  return log.topics[1]?.toLowerCase() === assetId;
}

export type HistoryCheck =
  | { readonly ok: true; readonly entries: number }
  /** The list itself is wrong at `where`: it repeats or steps back, or a log is not about the asset. */
  | { readonly ok: false; readonly why: "order" | "foreign"; readonly where: number }
  /** The list is well-formed, but leads elsewhere. Only heads of earlier blocks tell where: see `firstBadBlock`. */
  | { readonly ok: false; readonly why: "head"; readonly where: undefined; readonly replayed: Hash };

export interface HistoryClaim {
  readonly assetId: AssetId;
  readonly logs: readonly PlacedLog[];
  /** What the ledger stores. */
  readonly head: Hash;
}

/** Are these logs the whole history that the head commits to? */
export function checkHistory({ assetId, logs, head }: HistoryClaim): HistoryCheck {
  const foreign = logs.findIndex((log) => !concerns(log, assetId));
  if (foreign >= 0) return { ok: false, why: "foreign", where: foreign };
  const unordered = logs.findIndex((log, i) => i > 0 && !isAfter(log, logs[i - 1]!));
  if (unordered >= 0) return { ok: false, why: "order", where: unordered };
  const replayed = replay(logs);
  if (replayed !== head) return { ok: false, why: "head", where: undefined, replayed };
  return { ok: true, entries: logs.length };
}

/** The first index at which two lists of logs differ, in content or in place. */
export function firstDifference(a: readonly PlacedLog[], b: readonly PlacedLog[]): number | undefined {
  const longest = Math.max(a.length, b.length);
  for (let i = 0; i < longest; i++) {
    const [left, right] = [a[i], b[i]];
    if (left === undefined || right === undefined || !isSame(left, right)) return i;
  }
  return undefined;
}

/** What the ledger stored as the head at the end of a block. */
export type HeadAt = (block: number) => Promise<Hash>;

/**
 * The first block after which the list leads elsewhere than the ledger: an entry in it is missing, altered, swapped or
 * one too many. A chain of hashes that once parted never meets again, so bisection finds it in log2(to - from) reads.
 * `undefined` where list and ledger agree at `to`.
 */
export async function firstBadBlock(
  logs: readonly PlacedLog[],
  from: number,
  to: number,
  headAt: HeadAt,
): Promise<number | undefined> {
  const agreesAt = async (block: number) =>
    (await headAt(block)) === replay(logs.filter((log) => log.block <= block));
  if (await agreesAt(to)) return undefined;
  let [good, bad] = [from - 1, to];
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (await agreesAt(middle)) good = middle;
    else bad = middle;
  }
  return bad;
}

/**
 * The mapping's slot number where `slot` is keccak256(asset id ‖ slot number) for one of a contract's first slots:
 * a node that names any other slot would have the auditor read something else.
 */
export function mappingSlotOf(assetId: AssetId, slot: string): number | undefined {
  for (let number = 0; number < 256; number++) {
    const word = Buffer.alloc(32);
    word[31] = number;
    const derived = toHex(keccak256(Buffer.concat([fromHex(assetId), word])));
    if (derived === slot.toLowerCase()) return number;
  }
  return undefined;
}

const isAfter = (log: PlacedLog, previous: PlacedLog): boolean =>
  log.block > previous.block || (log.block === previous.block && log.logIndex > previous.logIndex);

const isSame = (a: PlacedLog, b: PlacedLog): boolean =>
  a.block === b.block && a.logIndex === b.logIndex && entryOf(a) === entryOf(b);
