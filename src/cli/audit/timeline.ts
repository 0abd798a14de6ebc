import { DEPLOYED_CONTRACTS, type Deployment } from "../../domain/deployment.ts";
import { entryOf } from "../../domain/history.ts";
import { RIGHT_KINDS, regionFromBytes8 } from "../../domain/ids.ts";
import { CONTENT_KINDS, DATA_CLASSES, flagsFromBits, rightsFromBits } from "../../domain/registration.ts";
import type { DecodedEvent } from "../../ledger/event-decoder.ts";
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

export async function momentsOf(
  node: Node,
  deployment: Deployment,
  logs: readonly LedgerLog[],
): Promise<Moment[]> {
  const times = await timesOf(node, logs);
  // Loaded here: it brings ethers and the compiled interfaces, which no other command needs.
  const { decodeEvent } = await import("../../ledger/event-decoder.ts");
  return logs.map((log, index) => {
    const contract = DEPLOYED_CONTRACTS.find(
      (name) => deployment.contracts[name].address.toLowerCase() === log.address,
    )!;
    return {
      entry: index + 1,
      block: log.block,
      time: times.get(log.block)!,
      transactionHash: log.transactionHash,
      contract,
      ...readable(() => decodeEvent(contract, log.topics, log.data), log),
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

/** An event that the interfaces do not know, or whose topics or data are none of its values, is shown by its selector. */
function readable(decode: () => DecodedEvent | undefined, log: LedgerLog): Pick<Moment, "event" | "facts"> {
  const unknown = { event: `event ${log.topics[0]}`, facts: {} };
  try {
    const decoded = decode();
    return decoded === undefined ? unknown : { event: decoded.name, facts: factsOf(decoded.args) };
  } catch {
    return unknown;
  }
}

/** What is zero or empty says nothing and is left out, and the asset's id is the heading's. */
export function factsOf(args: Readonly<Record<string, unknown>>): Record<string, string> {
  const facts: Record<string, string> = {};
  for (const [name, value] of Object.entries(args)) {
    const fact = name === "assetId" ? "" : factOf(name, value);
    if (fact !== "") facts[name] = fact;
  }
  return facts;
}

function factOf(name: string, value: unknown): string {
  const words = WORDS[name];
  if (words !== undefined) return words(value as never);
  if (Array.isArray(value)) return value.map((each) => factOf("", each)).join(", ");
  const text = typeof value === "object" && value !== null ? JSON.stringify(value) : String(value);
  const isNothing = text === "0" || /^0x0*$/.test(text);
  return isNothing ? "" : text;
}

const WORDS: Readonly<Record<string, (value: never) => string>> = {
  region: (bytes: string) => regionFromBytes8(bytes),
  kind: (number: number) => CONTENT_KINDS[number - 1] ?? String(number),
  right: (number: number) => RIGHT_KINDS[number - 1] ?? String(number),
  rights: (bits: number) => rightsFromBits(bits).join(", "),
  class: (number: number) => DATA_CLASSES[number] ?? String(number),
  flags: (bits: number) => flagsFromBits(bits).join(", "),
  noticeEnds: (second: number) => instant(second),
  caseNumber: textOrHex,
  ancestors: (list: readonly { readonly ancestor: string; readonly rate: number }[]) =>
    list.map(({ ancestor, rate }) => `${ancestor} at ${rate} millionths`).join(", "),
};

/** A case number is mostly written as text. */
function textOrHex(bytes: string): string {
  const text = Buffer.from(bytes.slice(2), "hex").toString("latin1").replace(/\0+$/, "");
  return /^[\x20-\x7e]*$/.test(text) ? text : bytes;
}
