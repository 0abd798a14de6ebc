import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DEPLOYED_CONTRACTS, type Deployment } from "../../domain/deployment.ts";
import { RIGHT_KINDS, regionFromBytes8, ZERO_ADDRESS } from "../../domain/ids.ts";
import { CONTENT_KINDS, DATA_CLASSES, flagsFromBits, rightsFromBits } from "../../domain/registration.ts";
import { entryOf } from "../../proofs/history.ts";
import type { Node } from "../rpc.ts";
import { instant, table } from "../text.ts";
import { blockAt, type LedgerLog } from "./reading.ts";

/** An entry made readable. The proof never looks at this: it is of the raw bytes. */
export interface Moment {
  readonly entry: number;
  readonly block: number;
  readonly time: string;
  readonly transactionHash: string;
  readonly contract: string;
  readonly event: string;
  readonly facts: Readonly<Record<string, string>>;
  readonly hash: string;
}

const ARTIFACTS = join(import.meta.dirname, "../../../artifacts/contracts");

export async function momentsOf(
  node: Node,
  deployment: Deployment,
  logs: readonly LedgerLog[],
): Promise<Moment[]> {
  const times = await timesOf(node, logs);
  const readers = await readersOf(deployment);
  return logs.map((log, index) => {
    const { contract, read } = readers.get(log.address)!;
    return {
      entry: index + 1,
      block: log.block,
      time: times.get(log.block)!,
      transactionHash: log.transactionHash,
      contract,
      ...read(log),
      hash: entryOf(log),
    };
  });
}

export function sayMoments(moments: readonly Moment[]): string {
  return moments
    .map(({ entry, time, block, event, facts, transactionHash }) => {
      const shown = Object.entries({ ...facts, transaction: transactionHash });
      return `${String(entry).padStart(4)}  ${time}  block ${block}  ${event}\n${table(shown, "      ")}\n`;
    })
    .join("");
}

async function timesOf(node: Node, logs: readonly LedgerLog[]): Promise<Map<number, string>> {
  const times = new Map<number, string>();
  for (const block of new Set(logs.map((log) => log.block))) {
    times.set(block, instant((await blockAt(node, block)).timestamp));
  }
  return times;
}

interface Reader {
  readonly contract: string;
  readonly read: (log: LedgerLog) => { readonly event: string; readonly facts: Record<string, string> };
}

/** By the compiled interfaces, where they are at hand; otherwise an event is its selector. */
async function readersOf(deployment: Deployment): Promise<Map<string, Reader>> {
  const { Interface } = await import("ethers");
  const readers = new Map<string, Reader>();
  for (const name of DEPLOYED_CONTRACTS) {
    const contract = name[0]!.toUpperCase() + name.slice(1);
    const [artifact] = globSync(`*/${contract}.sol/${contract}.json`, { cwd: ARTIFACTS });
    const abi = artifact === undefined ? [] : JSON.parse(readFileSync(join(ARTIFACTS, artifact), "utf8")).abi;
    const decoder = new Interface(abi);
    const read = (log: LedgerLog) => {
      try {
        const parsed = decoder.parseLog(log);
        if (parsed !== null)
          return { event: parsed.name, facts: factsOf(parsed.fragment.inputs, parsed.args) };
      } catch {
        // A log whose topics or data are no values of the event's: shown by its selector like an unknown one.
      }
      return { event: `event ${log.topics[0]}`, facts: {} };
    };
    readers.set(deployment.contracts[name].address.toLowerCase(), { contract, read });
  }
  return readers;
}

type Values = ArrayLike<unknown>;

/** What is zero or empty says nothing and is left out, and the asset's id is the heading's. */
function factsOf(inputs: readonly { readonly name: string }[], values: Values): Record<string, string> {
  const facts: Record<string, string> = {};
  for (const [index, { name }] of inputs.entries()) {
    const fact = name === "assetId" ? "" : factOf(name, values[index]);
    if (fact !== "") facts[name] = fact;
  }
  return facts;
}

function factOf(name: string, value: unknown): string {
  const words = WORDS[name];
  if (words !== undefined) return words(value as never);
  if (Array.isArray(value)) return value.map((each) => factOf("", each)).join(", ");
  const text = String(value);
  const isNothing = text === "0" || text === ZERO_ADDRESS || /^0x0{64}$/.test(text);
  return isNothing ? "" : text.startsWith("0x") ? text.toLowerCase() : text;
}

const WORDS: Readonly<Record<string, (value: never) => string>> = {
  region: (bytes: string) => regionFromBytes8(bytes),
  kind: (number: bigint) => CONTENT_KINDS[Number(number) - 1] ?? String(number),
  right: (number: bigint) => RIGHT_KINDS[Number(number) - 1] ?? String(number),
  rights: (bits: bigint) => rightsFromBits(Number(bits)).join(", "),
  class: (number: bigint) => DATA_CLASSES[Number(number)] ?? String(number),
  flags: (bits: bigint) => flagsFromBits(Number(bits)).join(", "),
  noticeEnds: (second: bigint) => instant(Number(second)),
  caseNumber: textOrHex,
  ancestors: (list: readonly (readonly [string, bigint])[]) =>
    list.map(([ancestor, rate]) => `${ancestor} at ${rate} millionths`).join(", "),
};

/** A case number is mostly written as text. */
function textOrHex(bytes: string): string {
  const text = Buffer.from(bytes.slice(2), "hex").toString("latin1").replace(/\0+$/, "");
  return /^[\x20-\x7e]*$/.test(text) ? text : bytes;
}
