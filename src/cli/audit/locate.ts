import { DEPLOYED_CONTRACTS } from "../../domain/deployment.ts";
import { entryOf } from "../../domain/history.ts";
import { concerns, firstBadBlock, firstDifference, replay } from "../../proofs/history.ts";
import { RpcError } from "../rpc.ts";
import {
  headAt,
  hexOf,
  type LedgerLog,
  parseLog,
  type RawLog,
  type Reading,
  type Subject,
} from "./reading.ts";

/** Where a list of entries parts from the ledger. */
export interface Place {
  /** Counted from 1, as the timeline shows them. */
  readonly entry?: number;
  readonly block?: number;
  readonly transactionHash?: string;
}

export interface Finding {
  readonly sentence: string;
  readonly where?: Place;
}

/** Entries that do lead to the ledger's head, and who says so. */
interface Truth {
  readonly source: string;
  readonly entries: readonly LedgerLog[];
}

/** Blocks whose receipts are read, at most, by an auditor whose only node keeps no older states. */
const MOST_BLOCKS = 200_000;
const SIDE_BY_SIDE = 16;

/**
 * A list that leads elsewhere than to the head is wrong somewhere; the head alone does not tell where. Another node may
 * know, or the same node's receipts, or its heads of earlier blocks. None of them is believed: a list counts as the truth
 * only where it leads to the head.
 */
export async function locate(reading: Reading, all: readonly Reading[], subject: Subject): Promise<Finding> {
  const other = all.find((each) => each.head === reading.head && replay(each.entries) === reading.head);
  if (other !== undefined)
    return compare(reading.entries, { source: other.node.url, entries: other.entries });
  const bad = await orWithout(() => badBlockOf(reading, subject));
  if (bad !== undefined) return locateInBlock(reading, subject, bad);
  const everything = await allReceipts(reading, subject);
  if (everything !== undefined && replay(everything) === reading.head) {
    return compare(reading.entries, { source: "the blocks' receipts", entries: everything });
  }
  return {
    sentence: "Where they part is unknown: the node keeps no older states; name a second node with --rpc.",
  };
}

/** Block `bad` is the first after which list and ledger differ: its receipts, or its head, narrow it down. */
async function locateInBlock(reading: Reading, subject: Subject, bad: number): Promise<Finding> {
  const before = reading.entries.filter((log) => log.block < bad);
  const listed = reading.entries.filter((log) => log.block === bad);
  const headThen = await headOf(reading, subject, bad);
  const entries = [...before, ...((await orWithout(() => receiptsOf(reading, subject, bad))) ?? [])];
  if (replay(entries) === headThen) {
    return compare([...before, ...listed], { source: `the receipts of block ${bad}`, entries });
  }
  const enough = listed.findIndex((_, count) => replay([...before, ...listed.slice(0, count)]) === headThen);
  if (enough >= 0) {
    const index = before.length + enough;
    return {
      sentence: `Entry ${index + 1}, of block ${bad}, does not exist.`,
      where: placeOf(reading.entries, index),
    };
  }
  const where = { entry: before.length + 1, block: bad };
  if (listed.length === 0)
    return { sentence: `An entry of block ${bad} is missing, after entry ${before.length}.`, where };
  const last = before.length + listed.length;
  const range = listed.length === 1 ? `entry ${last}` : `entries ${where.entry} to ${last}`;
  return {
    sentence: `They part in block ${bad}, at ${range}: altered, swapped, or one is missing there.`,
    where,
  };
}

/** How the list differs, first of all, from what is true. */
function compare(listed: readonly LedgerLog[], { source, entries }: Truth): Finding {
  const index = firstDifference(listed, entries)!;
  const [number, have, want] = [index + 1, listed[index], entries[index]];
  const says = (what: string): Finding => ({
    sentence: `By ${source}, entry ${number}${want === undefined ? "" : ` (block ${want.block})`} ${what}.`,
    where: placeOf(entries, index, listed),
  });
  if (want === undefined) return says("does not exist");
  const later = listed.slice(index + 1);
  if (have === undefined || isEntry(entries[index + 1], have)) return says("is missing");
  return says(later.some((log) => isEntry(log, want)) ? "is swapped with a later one" : "is altered");
}

const isEntry = (log: LedgerLog | undefined, like: LedgerLog): boolean =>
  log !== undefined && entryOf(log) === entryOf(like);

/** The place of the entry at `index`, in the first of these lists that has one. */
export function placeOf(logs: readonly LedgerLog[], index: number, otherwise = logs): Place {
  const log = logs[index] ?? otherwise[index];
  if (log === undefined) return { entry: index + 1 };
  return { entry: index + 1, block: log.block, transactionHash: log.transactionHash };
}

function badBlockOf(reading: Reading, subject: Subject): Promise<number | undefined> {
  const { deployBlock } = subject.deployment;
  return firstBadBlock(reading.entries, deployBlock, reading.block.number, (at) =>
    headOf(reading, subject, at),
  );
}

const headOf = (reading: Reading, { deployment }: Subject, at: number) =>
  headAt(reading.node, deployment.contracts.rightsRegistry.address, reading.slot, at);

/** The asset's entries by the receipts of every block; nothing where there are too many blocks, or no receipts of blocks. */
async function allReceipts(reading: Reading, subject: Subject): Promise<LedgerLog[] | undefined> {
  const { deployBlock } = subject.deployment;
  const last = reading.block.number;
  if (last - deployBlock >= MOST_BLOCKS) return undefined;
  const logs: LedgerLog[] = [];
  let next = deployBlock;
  const worker = async () => {
    while (next <= last) logs.push(...(await receiptsOf(reading, subject, next++)));
  };
  return orWithout(async () => {
    await Promise.all(Array.from({ length: SIDE_BY_SIDE }, worker));
    return logs.sort((a, b) => a.block - b.block || a.logIndex - b.logIndex);
  });
}

async function receiptsOf(
  { node }: Reading,
  { assetId, deployment }: Subject,
  at: number,
): Promise<LedgerLog[]> {
  const own = new Set(DEPLOYED_CONTRACTS.map((name) => deployment.contracts[name].address.toLowerCase()));
  const receipts = await node.call<{ logs: RawLog[] }[] | null>("eth_getBlockReceipts", [hexOf(at)]);
  const logs = (receipts ?? []).flatMap((receipt) => receipt.logs.map(parseLog));
  return logs.filter((log) => own.has(log.address) && concerns(log, assetId));
}

/** A node may lack what would only make the sentence sharper. */
async function orWithout<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof RpcError) return undefined;
    throw error;
  }
}
