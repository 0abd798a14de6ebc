import { plainText } from "../../domain/descriptor.ts";
import type { Hash } from "../../domain/ids.ts";
import { registrationLeaf, reviewTree } from "../../domain/review-tree.ts";
import type { TypedData } from "../../domain/typed-data.ts";
import type { Call, Command } from "../command.ts";
import { asFailure, EXIT, usage } from "../failure.ts";
import { GATEWAY_OPTIONS, type Gateway, gatewayOf } from "../gateway.ts";
import { KEY_OPTIONS, type LocalKey, PIN_OPTION, trustedDomain, unlock, untrusted } from "../keys.ts";
import { type Doubt, doubtOf, type ReviewItem } from "../review-checks.ts";
import { sayFailure } from "../terminal.ts";
import { counted, shorten, table } from "../text.ts";

export const review: Command = {
  name: "review",
  summary: "Shows what awaits review; with a reviewer's key, checks it, signs it and sends the signature",
  parameters: [],
  options: {
    ...GATEWAY_OPTIONS,
    ...KEY_OPTIONS,
    ...PIN_OPTION,
    registrar: { value: "party", about: "sign for this registrar's party alone" },
    return: { value: "operation", about: "return one item for correction, with --field and --reason" },
    field: { value: "field", about: "the field to correct" },
    reason: { value: "sentence", about: "what is wrong with it" },
    watch: { about: "go on: a reviewer program that signs whatever passes its checks" },
    interval: { value: "seconds", about: "between two looks with --watch; 2, if absent" },
    limit: { value: "number", about: "items signed at once; 1,000 at most and if absent" },
  },
  notes: [
    "Leaves and root are computed here from the registrations shown: what the gateway says they are is never signed.\n" +
      "An item that contradicts itself (another descriptor than the one committed to, numbers of persons without\n" +
      "personal data, …) is returned for correction.",
  ],
  run,
};

interface Waiting {
  readonly items: readonly ReviewItem[];
  readonly typedData?: TypedData | null;
}

/** What one look at the list came to. */
interface Round {
  readonly signed: number;
  readonly returned: readonly (Doubt & { readonly operationId: string })[];
}

const MOST = 1_000;
/** Seconds that a signature may be good for: longer than an outbox needs, shorter than anybody could find a use for it. */
const LONGEST_DEADLINE = 2 * 86_400;

async function run(call: Call): Promise<number> {
  const gateway = gatewayOf(call);
  if (call.option("return") !== undefined) return returnOne(call, gateway);
  if (call.option("key") === undefined) {
    if (call.flag("watch")) throw usage("--watch signs: it needs --key and --password-file.", "key");
    return show(call, await waiting(call, gateway));
  }
  const key = await unlock(call);
  if (call.flag("watch")) return watch(call, gateway, key);
  const round = await reviewOnce(call, gateway, key);
  call.show(round, sayRound(round));
  return round.returned.length === 0 ? EXIT.ok : EXIT.no;
}

async function returnOne(call: Call, gateway: Gateway): Promise<number> {
  const returned = { field: call.required("field"), reason: call.required("reason") };
  const { body } = await gateway.post("/v1/reviews", { operationId: call.required("return"), returned });
  call.show(body, `Returned for correction: ${returned.field} ${returned.reason}\n`);
  return EXIT.ok;
}

const limitOf = (call: Call): number => Math.min(MOST, call.integer("limit") ?? MOST);

async function waiting(call: Call, gateway: Gateway): Promise<Waiting> {
  return gateway.get<Waiting>("/v1/reviews", { limit: limitOf(call) });
}

function show(call: Call, { items }: Waiting): number {
  const width = Math.max(20, call.terminal.columns - 120);
  const rows = items.map(({ operationId, assetId, registration, descriptor }) => [
    operationId,
    assetId,
    registration.holder,
    registration.rights.join("+"),
    shorten(plainText(descriptor?.title), width),
  ]);
  const text =
    rows.length === 0 ? "" : `${table([["operation", "asset", "holder", "rights", "title"], ...rows])}\n`;
  const doubts = items.flatMap((item) => {
    const doubt = doubtOf(item);
    return doubt === undefined ? [] : [`${item.operationId}: ${doubt.field} ${doubt.reason}\n`];
  });
  call.show({ items }, `${text}${doubts.join("")}${counted(items.length, "item")} waiting for review\n`);
  return EXIT.ok;
}

async function watch(call: Call, gateway: Gateway, key: LocalKey): Promise<number> {
  const pause = (call.integer("interval") ?? 2) * 1_000;
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());
  call.terminal.err(`Reviewing for ${gateway.url} as ${key.address}; Ctrl-C ends.\n`);
  while (!stop.signal.aborted) {
    const round = await reviewOnce(call, gateway, key).catch((thrown) => stumble(call, thrown));
    if (round.signed + round.returned.length > 0) call.show(round, sayRound(round));
    // A full list has more behind it.
    if (round.signed < limitOf(call)) await rest(pause, stop.signal);
  }
  return EXIT.ok;
}

/** A gateway that is away comes back, and a list that another reviewer signed meanwhile is read again; the rest ends it. */
function stumble(call: Call, thrown: unknown): Round {
  const failure = asFailure(thrown);
  if (failure.exit !== EXIT.unreachable && failure.exit !== EXIT.refused) throw failure;
  if (["not-authenticated", "scope-missing"].includes(failure.problem.code)) throw failure;
  call.terminal.err(sayFailure(failure));
  return { signed: 0, returned: [] };
}

function rest(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

async function reviewOnce(call: Call, gateway: Gateway, key: LocalKey): Promise<Round> {
  const { items, typedData } = await waiting(call, gateway);
  if (items.length === 0) return { signed: 0, returned: [] };
  const sound: ReviewItem[] = [];
  const returned: (Doubt & { operationId: string })[] = [];
  for (const item of items) {
    const doubt = doubtOf(item);
    if (doubt === undefined) sound.push(item);
    else returned.push({ operationId: item.operationId, ...doubt });
  }
  for (const { operationId, ...doubt } of returned)
    await gateway.post("/v1/reviews", { operationId, returned: doubt });
  if (sound.length > 0) await sign(call, gateway, key, typedData ?? undefined, sound);
  return { signed: sound.length, returned };
}

async function sign(
  call: Call,
  gateway: Gateway,
  key: LocalKey,
  data: TypedData | undefined,
  items: readonly ReviewItem[],
): Promise<void> {
  if (data === undefined) throw untrusted("the gateway sends items without typed data");
  const domain = trustedDomain(call, data, "Review");
  const registrar = String(data.message.registrar).toLowerCase();
  const pinned = call.option("registrar")?.toLowerCase();
  if (pinned !== undefined && registrar !== pinned)
    throw untrusted(`it is for registrar ${registrar}, not ${pinned}`);
  const leaves: Hash[] = items.map(({ registration }) => registrationLeaf(registration));
  const deadline = Number(data.message.deadline);
  const left = deadline - call.terminal.now() / 1_000;
  if (!(left > 0 && left <= LONGEST_DEADLINE))
    throw untrusted(`its deadline is ${data.message.deadline}, not within two days`);
  const signature = key.sign(domain, "Review", { registrar, deadline, root: reviewTree(leaves).root });
  const operationIds = items.map(({ operationId }) => operationId);
  await gateway.post("/v1/reviews", { operationIds, reviewer: key.address, deadline, signature });
}

function sayRound({ signed, returned }: Round): string {
  const returns = returned.map(
    ({ operationId, field, reason }) => `Returned ${operationId}: ${field} ${reason}\n`,
  );
  return `${returns.join("")}${counted(signed, "item")} reviewed and signed\n`;
}
