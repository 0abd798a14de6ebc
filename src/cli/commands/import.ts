import { writeFileSync } from "node:fs";
import { isAddress, parsePartyId, RIGHT_KINDS, type RightKind } from "../../domain/ids.ts";
import { DATA_CLASSES, type DataClass } from "../../domain/registration.ts";
import type { CatalogItem } from "../../formats/catalog.ts";
import type { Call, Command } from "../command.ts";
import { EXIT, usage } from "../failure.ts";
import { GATEWAY_OPTIONS, gatewayOf, hasEnded } from "../gateway.ts";
import { readCatalogFile } from "../import/catalog.ts";
import { type Entry, type Prepared, prepare } from "../import/entries.ts";
import { type HolderOf, publishersCsv, readParties } from "../import/holders.ts";
import { known } from "../import/known.ts";
import { countOutcomes, type Outcome, outcomeOf, sayOutcomes } from "../import/outcome.ts";
import { type Fate, follow, send } from "../import/send.ts";
import { progressOf } from "../progress.ts";

export const importCatalog: Command = {
  name: "import",
  summary: "Registers the entries of a catalog: DCAT-AP JSON-LD, Croissant or JSON lines",
  parameters: [{ name: "catalog", about: "the catalog's file" }],
  options: {
    ...GATEWAY_OPTIONS,
    holder: { value: "party", about: "who holds the entries (whose publisher --parties does not name)" },
    parties: { value: "csv", about: "who holds what each publisher published; see --list-publishers" },
    "list-publishers": {
      about: "print the catalog's publishers as such a CSV, with a column party to fill in",
    },
    rights: { value: "list", about: "comma-separated rights to register; hold,use,operate, if absent" },
    class: { value: "class", about: "public or general; public, if absent" },
    "dry-run": { about: "read and check the catalog; send nothing" },
    wait: { about: "follow the registrations to their end, reviews included" },
    timeout: { value: "seconds", about: "with --wait: at most so long; 600, if absent" },
    report: { value: "file", about: "write what became of each entry, a JSON line each" },
  },
  notes: [
    "An import that was broken off goes on where it was when it is run again, and one that was done registers nothing.\n" +
      "What the ledger refused before is tried again. Entries wait for a reviewer's signature (datadeed review) before\n" +
      "they go to the ledger.",
    "Exit code: 0 none was refused, 1 some were, 6 with --wait: some had not ended in time.",
  ],
  run,
};

/** A gateway may be started again during an import: milliseconds to go on without it. */
const PERSEVERANCE = 60_000;

async function run(call: Call): Promise<number> {
  const items = await readCatalogFile(call.parameter("catalog"));
  if (call.flag("list-publishers")) return listPublishers(call, items);
  const prepared = prepare(items, {
    holderOf: holderOf(call),
    rights: rightsOf(call),
    class: classOf(call),
  });
  const entries = prepared.filter((each): each is Entry => !("refused" in each));
  if (call.flag("dry-run")) return dryRun(call, prepared, entries);
  const fates = await register(call, entries);
  const outcomes = prepared.map((each) => outcomeOf(each, "refused" in each ? undefined : fates.get(each)));
  return conclude(call, outcomes);
}

async function register(call: Call, entries: readonly Entry[]): Promise<Map<Entry, Fate>> {
  const gateway = gatewayOf(call, PERSEVERANCE);
  const comparing = progressOf(call.terminal, "comparing", entries.length);
  const fates = await known(gateway, entries, comparing.at).finally(comparing.end);
  const sending = progressOf(call.terminal, "sending", entries.length - fates.size);
  await send(gateway, entries, fates, sending.at).finally(sending.end);
  if (!call.flag("wait")) return fates;
  const open = [...fates.values()].filter((fate) => fate.kind === "operation" && !hasEnded(fate.operation));
  const waiting = progressOf(call.terminal, "registering", open.length);
  await follow(gateway, fates, (call.integer("timeout") ?? 600) * 1_000, waiting.at).finally(waiting.end);
  return fates;
}

function conclude(call: Call, outcomes: readonly Outcome[]): number {
  const report = call.option("report");
  if (report !== undefined)
    writeFileSync(report, outcomes.map((each) => `${JSON.stringify(each)}\n`).join(""));
  const counts = countOutcomes(outcomes);
  const refused = outcomes.filter(({ outcome }) => outcome === "refused");
  call.show({ entries: outcomes.length, ...counts, refusals: refused }, sayOutcomes(outcomes));
  if (counts.refused > 0) return EXIT.no;
  return call.flag("wait") && counts["in-review"] + counts["under-way"] > 0 ? EXIT.pending : EXIT.ok;
}

function dryRun(call: Call, prepared: readonly Prepared[], entries: readonly Entry[]): number {
  const outcomes = prepared.filter((each) => "refused" in each).map((each) => outcomeOf(each, undefined));
  const answer = {
    entries: prepared.length,
    wouldSend: entries.length,
    refused: outcomes.length,
    refusals: outcomes,
  };
  const refused = outcomes.length === 0 ? "" : `\n${sayOutcomes(outcomes)}`;
  call.show(
    answer,
    `${entries.length} of ${prepared.length} entries would be sent; nothing was.\n${refused}`,
  );
  return outcomes.length === 0 ? EXIT.ok : EXIT.no;
}

function listPublishers(call: Call, items: readonly CatalogItem[]): number {
  const counts = new Map<string, number>();
  for (const item of items) {
    if ("entry" in item) counts.set(item.entry.publisher, (counts.get(item.entry.publisher) ?? 0) + 1);
  }
  const publishers = [...counts].map(([publisher, entries]) => ({ publisher, entries }));
  call.show({ publishers }, publishersCsv(counts));
  return EXIT.ok;
}

function holderOf(call: Call): HolderOf {
  const [holder, parties] = [call.option("holder"), call.option("parties")];
  if (holder === undefined && parties === undefined) {
    throw usage("Who holds the entries? Give --holder <party>, or --parties <csv>.", "holder");
  }
  if (holder !== undefined && !isAddress(holder)) {
    throw usage(`--holder must be a party's id, 0x and 40 hex digits, not ${holder}.`, "holder");
  }
  const usual = holder === undefined ? undefined : parsePartyId(holder, "holder");
  const named: HolderOf = parties === undefined ? () => undefined : readParties(parties);
  return (publisher) => named(publisher) ?? usual;
}

function rightsOf(call: Call): readonly RightKind[] {
  const words = (call.option("rights") ?? RIGHT_KINDS.join(",")).split(",");
  const wrong = words.find((word) => !RIGHT_KINDS.includes(word as RightKind));
  if (wrong !== undefined) throw usage(`--rights takes ${RIGHT_KINDS.join(", ")}, not ${wrong}.`, "rights");
  return RIGHT_KINDS.filter((right) => words.includes(right));
}

function classOf(call: Call): DataClass {
  const word = call.option("class") ?? "public";
  const found = DATA_CLASSES.find((each) => each === word);
  if (found === undefined) throw usage(`--class must be ${DATA_CLASSES.join(" or ")}, not ${word}.`, "class");
  return found;
}
