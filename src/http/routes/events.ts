import { once } from "node:events";
import type { Response } from "express";
import { DatadeedError } from "../../domain/errors.ts";
import type { AssetId, Hash, PartyId } from "../../domain/ids.ts";
import type { EventRow, Queries } from "../../indexer/queries.ts";
import type { Gateway } from "../gateway.ts";
import { jsonOf } from "../problem.ts";
import { type Answer, type Call, type Route, route } from "../route.ts";
import { asOf, assetId, cursor, event, hash, limitOf, party, z } from "../schemas.ts";
import { asOfView, eventCursor, eventView } from "../views.ts";

type Place = Pick<EventRow, "block" | "logIndex" | "blockHash">;
type Filter = Parameters<Queries["events"]>[1];

/** Beyond every log of a block: where a feed continues after a rewind. */
const END_OF_BLOCK = 0x7fffffff;
const PAGE = 200;
const HEARTBEAT = 15_000;

const filters = {
  after: cursor.optional(),
  name: z.string().max(100).optional(),
  assetId: assetId.optional(),
  party: party.optional(),
};

const rewound = z.object({ cursor, block: z.int(), hash }).openapi("Rewound", {
  description:
    "The ledger lost blocks: what came after this last common position no longer holds. Continue from `cursor`.",
});

export function eventRoutes(gateway: Gateway): Route[] {
  const streams = new Map<string, number>();
  return [
    route({
      id: "listEvents",
      method: "get",
      path: "/v1/events",
      tag: "events",
      summary: "The ledger's events, in its order",
      description:
        "`nextCursor` continues after what was looked at; with `wait` the answer waits up to so many seconds for one. A cursor stays good across restarts and a rebuilt index; where the ledger was rewound below it, 409 `cursor-rewound` names the last common position in `facts`.",
      access: "events:read",
      isIndexed: true,
      query: z.strictObject({
        ...filters,
        limit: limitOf(1_000, 100),
        wait: z.coerce.number().int().min(0).max(30).default(0),
      }),
      answers: {
        200: {
          description: "A page; empty where nothing came in time.",
          schema: z.object({ items: z.array(event), nextCursor: cursor, asOf }),
        },
      },
      errors: ["cursor-invalid", "cursor-rewound"],
      async handle({ query }) {
        const { after, limit, wait, ...filter } = query;
        const place = after === undefined ? undefined : placeOf(gateway, after);
        const found = await pageAfter(gateway, place, definedOnly(filter), limit, wait * 1000);
        return {
          status: 200,
          body: {
            items: found.events.map((row) => eventView(gateway, row)),
            nextCursor: eventCursor(gateway, found.next),
            asOf: asOfView(gateway.queries.tip()),
          },
        };
      },
    }),
    route({
      id: "streamEvents",
      method: "get",
      path: "/v1/events/stream",
      tag: "events",
      summary: "The same events as a stream (server-sent events)",
      description:
        "Each message has the event's cursor as `id`, its name as `event` and the JSON of `Event` as `data`; `Last-Event-ID` goes before `after`. A message `rewound` carries a `Rewound`; the stream goes on from there. A comment every 15 s keeps the connection.",
      access: "events:read",
      query: z.strictObject(filters),
      answers: {
        200: {
          description: "Messages, until the client or the gateway ends it.",
          schema: z.string(),
          type: "text/event-stream",
        },
      },
      errors: ["cursor-invalid", "cursor-rewound", "rate-limited"],
      handle: (call) => openStream(gateway, call, streams),
    }),
  ];
}

interface Found {
  readonly events: readonly EventRow[];
  readonly next: Place;
}

/** The events after a place, once there are some or the time is over. Throws `cursor-rewound`. */
async function pageAfter(
  gateway: Gateway,
  from: Place | undefined,
  filter: Filter,
  limit: number,
  milliseconds: number,
): Promise<Found> {
  const { queries, clock } = gateway;
  const until = clock() + milliseconds;
  for (let after = from; ; ) {
    const page = queries.events(after, filter, limit);
    if (page.kind === "rewound") throw rewoundError(gateway, page.lastCommon);
    const found = { events: page.events, next: page.examined };
    const left = until - clock();
    if (page.events.length > 0 || left <= 0 || gateway.draining.aborted) return found;
    // A narrow filter looks at a part of the log at a time.
    if (isSame(after, page.examined)) await nextMove(gateway, left);
    after = page.examined;
  }
}

const isSame = (a: Place | undefined, b: Place): boolean =>
  a === undefined
    ? b.block < 0
    : a.block === b.block && a.logIndex === b.logIndex && a.blockHash === b.blockHash;

/** Resolves at the next move of the index's tip, after `milliseconds`, or when the gateway drains. */
async function nextMove(
  { queries, draining }: Gateway,
  milliseconds: number,
  stop?: AbortSignal,
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const done = () => resolve();
  const unsubscribe = queries.subscribe(done);
  const timer = setTimeout(done, milliseconds);
  draining.addEventListener("abort", done);
  stop?.addEventListener("abort", done);
  try {
    if (!draining.aborted && !stop?.aborted) await promise;
  } finally {
    unsubscribe();
    clearTimeout(timer);
    draining.removeEventListener("abort", done);
    stop?.removeEventListener("abort", done);
  }
}

interface Streamed {
  readonly after?: string | undefined;
  readonly name?: string | undefined;
  readonly assetId?: AssetId | undefined;
  readonly party?: PartyId | undefined;
}

async function openStream(
  gateway: Gateway,
  { principal, query, request, response }: Call<unknown, Streamed, unknown>,
  streams: Map<string, number>,
): Promise<Answer> {
  const { after, ...filter } = query;
  const from = request.get("last-event-id") ?? after;
  let place = from === undefined ? undefined : placeOf(gateway, from);
  const first = gateway.queries.events(place, definedOnly(filter), 1);
  if (first.kind === "rewound") throw rewoundError(gateway, first.lastCommon);
  const open = streams.get(principal.keyId) ?? 0;
  if (open >= gateway.limits.streamsPerKey) {
    throw new DatadeedError("rate-limited", { streams: open, most: gateway.limits.streamsPerKey });
  }
  streams.set(principal.keyId, open + 1);
  const gone = new AbortController();
  response.once("close", () => {
    gone.abort();
    streams.set(principal.keyId, streams.get(principal.keyId)! - 1);
  });
  response.writeHead(200, {
    "content-type": "text/event-stream",
    "cache-control": "no-store",
    "x-accel-buffering": "no",
  });
  response.write(": the ledger's events\n\n");
  while (!gone.signal.aborted && !gateway.draining.aborted) {
    place = await sendNext(gateway, response, place, definedOnly(filter), gone.signal);
  }
  response.end();
  return "streaming";
}

/** Sends one page, the news of a rewind, or a heartbeat where nothing came. @returns Where to go on. */
async function sendNext(
  gateway: Gateway,
  response: Response,
  place: Place | undefined,
  filter: Filter,
  gone: AbortSignal,
): Promise<Place | undefined> {
  const page = gateway.queries.events(place, filter, PAGE);
  if (page.kind === "rewound") {
    const facts = rewoundFacts(gateway, page.lastCommon);
    await send(response, message(facts.cursor, "rewound", facts), gone);
    return { block: page.lastCommon.block, logIndex: END_OF_BLOCK, blockHash: page.lastCommon.hash };
  }
  if (page.events.length === 0) {
    if (isSame(place, page.examined) && (await isQuiet(gateway, gone))) {
      await send(response, ": still here\n\n", gone);
    }
    return page.examined;
  }
  const messages = page.events.map((row) => {
    const shown = eventView(gateway, row);
    return message(shown.cursor, row.name, shown);
  });
  await send(response, messages.join(""), gone);
  return page.examined;
}

/** True where the index did not move for the time of a heartbeat. */
async function isQuiet(gateway: Gateway, gone: AbortSignal): Promise<boolean> {
  const begun = performance.now();
  await nextMove(gateway, HEARTBEAT, gone);
  return performance.now() - begun >= HEARTBEAT;
}

const message = (id: string, name: string, data: unknown): string =>
  `id: ${id}\nevent: ${name}\ndata: ${jsonOf(data)}\n\n`;

/** A reader that is slower than the ledger makes the stream wait, not the memory grow. */
async function send(response: Response, text: string, gone: AbortSignal): Promise<void> {
  if (gone.aborted || response.write(text)) return;
  await once(response, "drain", { signal: gone }).catch((error: Error) => {
    if (error.name !== "AbortError") throw error;
  });
}

function placeOf({ cursors }: Gateway, text: string): Place {
  const [block, logIndex, blockHash] = cursors.decode("events", text);
  return { block: block as number, logIndex: logIndex as number, blockHash: blockHash as Hash };
}

function rewoundFacts(gateway: Gateway, { block, hash }: { block: number; hash: Hash }) {
  return { cursor: eventCursor(gateway, { block, logIndex: END_OF_BLOCK, blockHash: hash }), block, hash };
}

const rewoundError = (gateway: Gateway, lastCommon: { block: number; hash: Hash }): DatadeedError =>
  new DatadeedError("cursor-rewound", rewoundFacts(gateway, lastCommon));

/** Exact optional properties: what was not asked for is absent, not undefined. */
const definedOnly = (filter: Omit<Streamed, "after">): Filter =>
  Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));

/** Described in OpenAPI though no answer has it as its whole body. */
export const streamedSchemas = { Rewound: rewound };
