import { DEPLOYED_CONTRACTS } from "../../domain/deployment.ts";
import { ZERO_HASH } from "../../domain/ids.ts";
import { checkHistory, firstDifference, mappingSlotOf } from "../../proofs/history.ts";
import { counted } from "../text.ts";
import { locate, type Place, placeOf } from "./locate.ts";
import type { Reading, Subject } from "./reading.ts";

/** One reason why nothing is proved. */
export interface Fault {
  readonly node: string;
  readonly sentence: string;
  readonly where?: Place;
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
  const say = (sentence: string, where?: Place): Fault => ({
    node: node.url,
    sentence,
    ...(where === undefined ? {} : { where }),
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
    case "head": {
      const { sentence, where } = await locate(reading, all, subject);
      const count = counted(entries.length, "entry", "entries");
      const stored = `The ${count} replay to ${check.replayed}; the ledger stores ${head}.`;
      return [say(`${stored} ${sentence}`, where)];
    }
  }
}

function unregistered({ node, block }: Reading): Fault {
  return {
    node: node.url,
    sentence: `No asset of this id is registered at block ${block.number}: no entry, and a head of zero.`,
  };
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
