import { hasEnded, type Operation } from "../gateway.ts";
import { counted, shorten, table } from "../text.ts";
import type { Prepared, Refused } from "./entries.ts";
import type { Fate } from "./send.ts";

/** In the order of the summary. */
export const OUTCOMES = ["registered", "registered-before", "in-review", "under-way", "refused"] as const;
export type OutcomeKind = (typeof OUTCOMES)[number];

/** A line of the report. */
export interface Outcome extends Partial<Refused> {
  readonly entry: number;
  readonly identifier?: string;
  readonly title?: string;
  readonly outcome: OutcomeKind;
  readonly assetId?: string;
  readonly operationId?: string;
}

export function outcomeOf(prepared: Prepared, fate: Fate | undefined): Outcome {
  const { number, identifier, title } = prepared;
  const named = {
    entry: number,
    ...(identifier === undefined ? {} : { identifier }),
    ...(title === undefined ? {} : { title }),
  };
  if ("refused" in prepared) return { ...named, outcome: "refused", ...prepared.refused };
  const { assetId } = prepared;
  if (fate === undefined) return { ...named, outcome: "under-way", assetId };
  if (fate.kind === "refused") return { ...named, outcome: "refused", assetId, ...fate.refused };
  if (fate.kind === "known") return { ...named, outcome: "registered-before", assetId };
  const { operation, replayed } = fate;
  const common = { ...named, assetId, operationId: operation.id };
  if (operation.refusal !== undefined)
    return { ...common, outcome: "refused", ...refusedBy(operation.refusal) };
  return { ...common, outcome: stateOf(operation, replayed) };
}

function refusedBy({ code, detail, help, facts }: NonNullable<Operation["refusal"]>): Refused {
  const { field, rule } = facts as { field?: string; rule?: string };
  return {
    code,
    detail,
    help,
    facts,
    ...(field === undefined ? {} : { field }),
    ...(rule === undefined ? {} : { rule }),
  };
}

/** An answer repeated from an earlier import, of an operation that had ended: nothing was registered by this one. */
function stateOf(operation: Operation, replayed: boolean): OutcomeKind {
  if (operation.state === "in-review") return "in-review";
  if (!hasEnded(operation)) return "under-way";
  return operation.alreadyDone || replayed ? "registered-before" : "registered";
}

export function countOutcomes(outcomes: readonly Outcome[]): Record<OutcomeKind, number> {
  const counts = Object.fromEntries(OUTCOMES.map((kind) => [kind, 0])) as Record<OutcomeKind, number>;
  for (const { outcome } of outcomes) counts[outcome]++;
  return counts;
}

const LABELS: Readonly<Record<OutcomeKind, string>> = {
  registered: "registered now",
  "registered-before": "registered before",
  "in-review": "waiting for review",
  "under-way": "under way",
  refused: "refused",
};
/** Of the refused, so many are shown; the report has all. */
const SHOWN = 20;

export function sayOutcomes(outcomes: readonly Outcome[]): string {
  const counts = countOutcomes(outcomes);
  const shown = OUTCOMES.filter((kind) => counts[kind] > 0);
  const rows = shown.map((kind) => [LABELS[kind], counts[kind].toLocaleString("en-US").padStart(7)]);
  const parts = [`${counted(outcomes.length, "entry", "entries")}\n${table(rows, "  ")}\n`];
  const refused = outcomes.filter(({ outcome }) => outcome === "refused");
  if (refused.length > 0) parts.push(sayRefused(refused));
  if (counts.registered === 0 && counts["registered-before"] === outcomes.length) {
    parts.push("Nothing new was registered: every entry was registered before.\n");
  }
  if (counts["in-review"] > 0) {
    parts.push(
      `${counted(counts["in-review"], "entry waits", "entries wait")} for a reviewer: datadeed review.\n`,
    );
  }
  return parts.join("\n");
}

function sayRefused(refused: readonly Outcome[]): string {
  const rows = refused
    .slice(0, SHOWN)
    .map(({ entry, identifier, code, detail, field, rule }) => [
      `entry ${entry}`,
      shorten(identifier ?? "", 24),
      code ?? "",
      field === undefined ? (detail ?? "") : `${field} ${rule ?? ""}`,
    ]);
  const more =
    refused.length > SHOWN ? `  and ${refused.length - SHOWN} more: --report <file> has them all\n` : "";
  return `Refused:\n${table(rows, "  ")}\n${more}`;
}
