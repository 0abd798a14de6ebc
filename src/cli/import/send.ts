import { canonicalJson, type Json } from "../../domain/canonical-json.ts";
import { sha256 } from "../../domain/crypto.ts";
import type { Problem } from "../../domain/errors.ts";
import type { FieldError } from "../failure.ts";
import { type Gateway, hasEnded, type Operation, operationOf } from "../gateway.ts";
import type { Entry, Refused } from "./entries.ts";

const MOST_ITEMS = 500;
/** Half of what a gateway takes: a body is larger than the canonical forms it is made of. */
const MOST_BYTES = 4 * 1024 * 1024;
/** Operations asked about side by side. */
const SIDE_BY_SIDE = 8;

type ItemProblem = Problem & { readonly errors?: readonly FieldError[] };

/** What became of an entry. */
export type Fate =
  | { readonly kind: "operation"; readonly operation: Operation; readonly replayed: boolean }
  | { readonly kind: "refused"; readonly refused: Refused }
  /** It was registered before: nothing was sent. */
  | { readonly kind: "known" };

type Result = { readonly index: number } & (
  | { readonly operation: Operation }
  | { readonly problem: ItemProblem }
);

/**
 * Sends the entries that have no fate yet, in batches, and gives them one. The idempotency key of a batch is a hash of
 * its content, and batches are cut before those with a fate are left out: an import that was broken off and is begun
 * again sends the same batches, and the gateway answers for those it has as it did before.
 */
export async function send(
  gateway: Gateway,
  entries: readonly Entry[],
  fates: Map<Entry, Fate>,
  sent: (count: number) => void,
): Promise<void> {
  let count = 0;
  for (const batch of batchesOf(entries)) {
    const open = batch.filter((entry) => !fates.has(entry));
    if (open.length === 0) continue;
    for (const [entry, fate] of await sendBatch(gateway, open, "")) fates.set(entry, fate);
    count += open.length;
    sent(count);
  }
}

/**
 * What an earlier import was refused by the ledger may be in order now (the holder was admitted since): such entries are
 * sent anew, under a key that is made of the operations they replace, so that this too is resumed and not repeated.
 */
async function sendBatch(
  gateway: Gateway,
  batch: readonly Entry[],
  replaces: string,
): Promise<Map<Entry, Fate>> {
  const items = batch.map(({ body }) => body);
  const key = `import-${sha256(Buffer.from(canonicalJson(items as Json) + replaces)).toString("hex")}`;
  const { body, replayed } = await gateway.post<{ results: Result[] }>("/v1/assets/batch", { items }, key);
  const fates = new Map<Entry, Fate>();
  for (const result of body.results) {
    const entry = batch[result.index]!;
    if ("problem" in result) fates.set(entry, { kind: "refused", refused: refusedBy(result.problem) });
    else fates.set(entry, { kind: "operation", operation: result.operation, replayed });
  }
  const again = replayed ? [...fates].filter(([, fate]) => wasRejected(fate)) : [];
  if (again.length === 0) return fates;
  const ids = again.map(([, fate]) => (fate.kind === "operation" ? fate.operation.id : "")).join(" ");
  const renewed = await sendBatch(
    gateway,
    again.map(([entry]) => entry),
    ids,
  );
  for (const [entry, fate] of renewed) fates.set(entry, fate);
  return fates;
}

const wasRejected = (fate: Fate): boolean => fate.kind === "operation" && fate.operation.state === "rejected";

/** The API names fields by their place in the batch; whoever reads a report knows the entry, and never saw the batch. */
function refusedBy({ code, detail, help, facts, errors }: ItemProblem): Refused {
  const [error] = errors ?? [];
  const given = facts as { field?: string; rule?: string };
  const field = (given.field ?? error?.field)?.replace(IN_BATCH, "");
  const rule = given.rule ?? error?.message;
  return {
    code,
    detail: detail.replace(IN_BATCH, ""),
    help,
    facts,
    ...(field === undefined ? {} : { field }),
    ...(rule === undefined ? {} : { rule }),
  };
}

const IN_BATCH = /\bitems\[\d+\]\.?/;

/** Cut where the count or the size says so; a pure function of the entries, so that a resumed import cuts alike. */
export function* batchesOf(entries: readonly Entry[]): Generator<Entry[]> {
  let [batch, bytes]: [Entry[], number] = [[], 0];
  for (const entry of entries) {
    if (batch.length === MOST_ITEMS || (batch.length > 0 && bytes + entry.bytes > MOST_BYTES)) {
      yield batch;
      [batch, bytes] = [[], 0];
    }
    batch.push(entry);
    bytes += entry.bytes;
  }
  if (batch.length > 0) yield batch;
}

/** Follows every operation to its end, or until the time is over; those not yet reviewed last. */
export async function follow(
  gateway: Gateway,
  fates: Map<Entry, Fate>,
  milliseconds: number,
  ended: (count: number) => void,
): Promise<void> {
  const until = Date.now() + milliseconds;
  const inReview = (fate: Fate) => Number(fate.kind === "operation" && fate.operation.state === "in-review");
  const open = [...fates].filter(([, fate]) => fate.kind === "operation" && !hasEnded(fate.operation));
  open.sort(([, a], [, b]) => inReview(a) - inReview(b));
  let [done, idle] = [0, false];
  const worker = async () => {
    for (let next = open.shift(); next !== undefined && Date.now() < until; next = open.shift()) {
      const [entry, fate] = next;
      if (fate.kind !== "operation") continue;
      // While things move each question is short; when they stand still, the gateway says when they go on.
      const patience = idle ? Math.min(5, (until - Date.now()) / 1_000) : 0;
      const asked = Date.now();
      const operation = await operationOf(gateway, fate.operation.id, patience);
      const newer: Fate = { ...fate, operation };
      fates.set(entry, newer);
      if (hasEnded(operation)) {
        idle = false;
        ended(++done);
        continue;
      }
      open.push([entry, newer]);
      // A gateway that does not wait is not asked without end.
      if (idle) await new Promise((resolve) => setTimeout(resolve, Math.max(0, asked + 200 - Date.now())));
      idle = true;
    }
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, worker));
}
