import { DEPLOYED_CONTRACTS } from "../../domain/deployment.ts";
import { entryOf } from "../../domain/history.ts";
import { ZERO_HASH } from "../../domain/ids.ts";
import {
  checkHistory,
  concerns,
  firstBadBlock,
  firstDifference,
  mappingSlotOf,
  replay,
} from "../../proofs/history.ts";
import { RpcError } from "../rpc.ts";
import { counted } from "../text.ts";
import {
  headAt,
  hexOf,
  type LedgerLog,
  parseLog,
  type RawLog,
  type Reading,
  type Subject,
} from "./reading.ts";

/** One reason why nothing is proved. */
export interface Fault {
  readonly node: string;
  readonly sentence: string;
  readonly where?: {
    /** Counted from 1, as the timeline shows them. */
    readonly entry?: number;
    readonly block?: number;
    readonly transactionHash?: string;
  };
}

/** Everything that stands against the claim "these entries are the asset's whole history"; none where it is proved. */
export async function faultsOf(readings: readonly Reading[], subject: Subject): Promise<Fault[]> {
  const faults: Fault[] = [];
  const sound: Reading[] = [];
  for (const reading of readings) {
    const own = [...ledgerFaults(reading, subject), ...(await historyFaults(reading, readings, subject))];
    if (own.length === 0) sound.push(reading);
    faults.push(...own);
  }
  const [first, ...others] = sound;
  for (const other of others) faults.push(...disagreements(first!, other));
  return faults;
}

/** Is it the ledger, and are they the contracts, of the deployment file? */
function ledgerFaults(reading: Reading, { assetId, deployment }: Subject): Fault[] {
  const faults: Fault[] = [];
  const say = (sentence: string) => faults.push({ node: reading.node.url, sentence });
  if (reading.chainId !== deployment.chainId) {
    say(`The ledger has chain id ${reading.chainId}; the deployment file says ${deployment.chainId}.`);
  }
  for (const name of DEPLOYED_CONTRACTS) {
    const { address, codeHash } = deployment.contracts[name];
    const actual = reading.codeHashes[name];
    if (actual !== codeHash.toLowerCase()) {
      say(`The code of ${name} at ${address} has hash ${actual}; the deployment file says ${codeHash}.`);
    }
  }
  if (mappingSlotOf(assetId, reading.slot) === undefined) {
    say(
      `The node names ${reading.slot} as the slot of the head, which is no slot of a mapping by this asset id.`,
    );
  }
  return faults;
}

async function historyFaults(reading: Reading, all: readonly Reading[], subject: Subject): Promise<Fault[]> {
  const { entries, head, node, block } = reading;
  const say = (sentence: string, where: NonNullable<Fault["where"]>): Fault => ({
    node: node.url,
    sentence,
    where,
  });
  const outside = entries.findIndex(
    (log) => log.block > block.number || log.block < subject.deployment.deployBlock,
  );
  if (outside >= 0) {
    return [say(`Entry ${outside + 1} lies outside the blocks asked for.`, { entry: outside + 1 })];
  }
  const check = checkHistory({ assetId: subject.assetId, logs: entries, head });
  if (check.ok) return head === ZERO_HASH ? [unregistered(reading)] : [];
  switch (check.why) {
    case "foreign":
      return [say(`Entry ${check.where + 1} is not about this asset.`, placeOf(entries, check.where))];
    case "order": {
      const sentence = `Entry ${check.where + 1} does not come after entry ${check.where}: they are swapped or repeated.`;
      return [say(sentence, placeOf(entries, check.where))];
    }
    case "head":
      return [await locate(reading, all, subject, check.replayed)];
  }
}

function unregistered({ node, block }: Reading): Fault {
  return {
    node: node.url,
    sentence: `No asset of this id is registered at block ${block.number}: no entry, and a head of zero.`,
  };
}

/** The list leads elsewhere than the ledger. Where do they part? */
async function locate(
  reading: Reading,
  all: readonly Reading[],
  subject: Subject,
  replayed: string,
): Promise<Fault> {
  const { entries, head, node } = reading;
  const stored = `The ${counted(entries.length, "entry", "entries")} replay to ${replayed}; the ledger stores ${head}.`;
  const fault = (sentence: string, where?: Fault["where"]): Fault => ({
    node: node.url,
    sentence: `${stored} ${sentence}`,
    ...(where === undefined ? {} : { where }),
  });
  const proved = all.find(
    (other) => other !== reading && other.head === head && replay(other.entries) === head,
  );
  if (proved !== undefined) {
    const index = firstDifference(entries, proved.entries)!;
    const what = compare(entries, proved.entries, index);
    return fault(`By the node ${proved.node.url}, ${what}.`, placeOf(proved.entries, index, entries));
  }
  const bad = await firstBadBlockOf(reading, subject);
  if (bad === undefined) {
    return fault(
      "Where they part is unknown: the node keeps no older states; name a second node with --rpc.",
    );
  }
  return locateInBlock(reading, subject, bad, fault);
}

/** Block `bad` is the first after which they differ. Its receipts, where they fit the heads, tell what it really holds. */
async function locateInBlock(
  reading: Reading,
  subject: Subject,
  bad: number,
  fault: (sentence: string, where?: Fault["where"]) => Fault,
): Promise<Fault> {
  const before = reading.entries.filter((log) => log.block < bad);
  const listed = reading.entries.filter((log) => log.block === bad);
  const truth = [...before, ...(await receiptLogs(reading, subject, bad))];
  const headThen = await headOf(reading, subject, bad);
  if (replay(truth) === headThen) {
    const index = firstDifference([...before, ...listed], truth)!;
    const what = compare([...before, ...listed], truth, index);
    return fault(`By the receipts of block ${bad}, ${what}.`, placeOf(truth, index, reading.entries));
  }
  const enough = listed.findIndex((_, count) => replay([...before, ...listed.slice(0, count)]) === headThen);
  if (enough >= 0) {
    const index = before.length + enough;
    return fault(`Entry ${index + 1}, of block ${bad}, does not exist.`, placeOf(reading.entries, index));
  }
  const where = { entry: before.length + 1, block: bad };
  if (listed.length === 0)
    return fault(`An entry of block ${bad} is missing, after entry ${before.length}.`, where);
  const range =
    listed.length === 1
      ? `entry ${where.entry}`
      : `entries ${where.entry} to ${before.length + listed.length}`;
  return fault(`They part in block ${bad}, at ${range}: altered, swapped, or one is missing there.`, where);
}

/** In words, how the list differs at `index` from what is proved. */
function compare(listed: readonly LedgerLog[], proved: readonly LedgerLog[], index: number): string {
  const number = index + 1;
  const [have, want] = [listed[index], proved[index]];
  if (want === undefined) return `entry ${number} does not exist`;
  const wanted = entryOf(want);
  if (have === undefined) return `entry ${number} (block ${want.block}) is missing`;
  if (listed.some((log, i) => i > index && entryOf(log) === wanted))
    return `entry ${number} is swapped with a later one`;
  const next = proved[index + 1];
  if (next !== undefined && entryOf(next) === entryOf(have))
    return `entry ${number} (block ${want.block}) is missing`;
  return `entry ${number} (block ${want.block}) is altered`;
}

function placeOf(
  logs: readonly LedgerLog[],
  index: number,
  otherwise: readonly LedgerLog[] = logs,
): NonNullable<Fault["where"]> {
  const log = logs[index] ?? otherwise[index];
  if (log === undefined) return { entry: index + 1 };
  return { entry: index + 1, block: log.block, transactionHash: log.transactionHash };
}

async function firstBadBlockOf(reading: Reading, subject: Subject): Promise<number | undefined> {
  const { deployBlock } = subject.deployment;
  return await orWithout(() =>
    firstBadBlock(reading.entries, deployBlock, reading.block.number, (at) => headOf(reading, subject, at)),
  );
}

const headOf = (reading: Reading, { deployment }: Subject, at: number) =>
  headAt(reading.node, deployment.contracts.rightsRegistry.address, reading.slot, at);

async function receiptLogs(
  reading: Reading,
  { assetId, deployment }: Subject,
  at: number,
): Promise<LedgerLog[]> {
  const own = new Set(DEPLOYED_CONTRACTS.map((name) => deployment.contracts[name].address.toLowerCase()));
  const receipts = await orWithout(() =>
    reading.node.call<{ logs: RawLog[] }[] | null>("eth_getBlockReceipts", [hexOf(at)]),
  );
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

function disagreements(one: Reading, other: Reading): Fault[] {
  const node = `${one.node.url} and ${other.node.url}`;
  const versus = "The nodes disagree";
  if (one.block.hash !== other.block.hash) {
    return [
      {
        node,
        sentence: `${versus}: block ${one.block.number} is ${one.block.hash} and ${other.block.hash}.`,
      },
    ];
  }
  if (one.head !== other.head) {
    return [{ node, sentence: `${versus}: the head is ${one.head} and ${other.head}.` }];
  }
  const index = firstDifference(one.entries, other.entries);
  if (index === undefined) return [];
  return [
    {
      node,
      sentence: `${versus}, first at entry ${index + 1}.`,
      where: placeOf(other.entries, index, one.entries),
    },
  ];
}
