import { sha256Hex } from "../domain/crypto.ts";
import type { Hash, PartyId } from "../domain/ids.ts";
import type { Database } from "../storage/database.ts";
import { FetchError, fetchBody } from "./fetch.ts";
import { peerHeader, peerMessage, trimmed } from "./peer-request.ts";
import { openDescriptorStore, type Position, type Wanted } from "./store.ts";

export type DescriptorState = "present" | "pending" | "unavailable";

/** Bodies by hash: those registered here, and copies of those that other gateways registered. */
export interface Descriptors {
  /** The RFC 8785 form. */
  body(hash: Hash): string | undefined;
  /** @param registrar Who registered the asset, and so keeps the body. */
  stateOf(hash: Hash, registrar: PartyId): DescriptorState;
  /** Follows the ledger's registrations and fetches what is missing, in the background. */
  start(): void;
  stop(): Promise<void>;
}

/** What this needs of the index. */
interface Registrations {
  party(id: PartyId): { readonly endpoint?: string } | undefined;
  events(
    after: Position | undefined,
    filter: { name: string },
    limit: number,
  ):
    | {
        readonly kind: "page";
        readonly events: readonly { readonly args: Readonly<Record<string, unknown>> }[];
        readonly examined: Position;
      }
    | { readonly kind: "rewound"; readonly lastCommon: { readonly block: number; readonly hash: Hash } };
}

interface DescriptorSettings {
  readonly database: Database;
  readonly queries: Registrations;
  /** Base URLs at which a peer may have a private address. */
  readonly peers: readonly string[];
  readonly gatewayParty: PartyId;
  /** The gateway's own key. `sign` signs keccak256 of the bytes, without a prefix. */
  readonly key: { readonly address: PartyId; sign(bytes: Uint8Array): Promise<`0x${string}`> };
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  readonly logger: {
    debug(facts: object, message: string): void;
    warn(facts: object, message: string): void;
  };
  /** Called after a copy was kept, so that the index can search it. */
  readonly onKept?: (hash: Hash, body: string) => void;
}

const PAGE = 500;
const BATCH = 32;
const AT_ONCE = 8;
/** Milliseconds between two looks at the ledger and at what is due. */
const PERIOD = 1_000;
/** After so many failures a body counts as unavailable; it is still asked for. */
const HOPEFUL_ATTEMPTS = 5;
const LONGEST_PEER_PAUSE = 5 * 60_000;
const LONGEST_BODY_PAUSE = 3_600_000;
/** Beyond every log of a block. */
const END_OF_BLOCK = 0x7fffffff;

interface PeerPause {
  readonly failures: number;
  readonly until: number;
}

export function createDescriptors(settings: DescriptorSettings): Descriptors {
  const { database, queries, gatewayParty, key, clock, logger } = settings;
  const store = openDescriptorStore(database);
  const namedOrigins = new Set(settings.peers.map((peer) => new URL(peer).origin));
  const pauses = new Map<PartyId, PeerPause>();
  const ending = new AbortController();
  let running = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  let place: Position | undefined;

  /**
   * Notes what the ledger's new registrations commit to and nobody here has. One page, one transaction.
   * @returns Whether there may be more.
   */
  function follow(): boolean {
    place ??= store.position();
    const page = queries.events(place, { name: "AssetRegistered" }, PAGE);
    if (page.kind === "rewound") {
      const { block, hash } = page.lastCommon;
      place = { block, logIndex: END_OF_BLOCK, blockHash: hash };
      store.move(place);
      return true;
    }
    const isMoved = page.examined.block !== place?.block || page.examined.logIndex !== place.logIndex;
    place = page.examined;
    const foreign = page.events.filter(({ args }) => args.registrar !== gatewayParty);
    // Where nothing is to be kept, no commit is worth its cost: the log is looked at once more after a restart.
    if (foreign.length > 0) {
      database.transaction(() => {
        for (const { args } of foreign) store.want(args.descriptorHash as Hash, args.registrar as PartyId);
        store.move(page.examined);
      });
    }
    return isMoved;
  }

  async function ask(base: string, { hash }: Wanted): Promise<string> {
    const url = new URL(`${trimmed(base)}/v1/descriptors/${hash}`);
    if (!/^https?:$/.test(url.protocol) || url.username !== "") {
      throw new FetchError("the peer's base URL is not a plain http(s) one", true);
    }
    const unixSecond = Math.floor(clock() / 1000);
    const signature = await key.sign(peerMessage(hash, unixSecond, base));
    const body = await fetchBody({
      url,
      authorization: peerHeader(key.address, unixSecond, signature),
      mayBePrivate: namedOrigins.has(url.origin),
      signal: ending.signal,
    });
    if (sha256Hex(body) !== hash) throw new FetchError("the body is not the one committed to", false);
    return body.toString();
  }

  /** Up to a batch of one peer's bodies, a few at once; their outcomes in one transaction. */
  async function askPeer(registrar: PartyId): Promise<boolean> {
    const batch = store.due(registrar, clock(), BATCH);
    const base = queries.party(registrar)?.endpoint;
    if (batch.length === 0) return false;
    if (base === undefined || !URL.canParse(base)) return pause(registrar, "the peer published no base URL");
    const kept: { hash: Hash; body: string }[] = [];
    const failed: Wanted[] = [];
    let fault: string | undefined;
    const waiting = [...batch];
    const one = async () => {
      for (
        let wanted = waiting.shift();
        wanted !== undefined && fault === undefined;
        wanted = waiting.shift()
      ) {
        try {
          kept.push({ hash: wanted.hash, body: await ask(base, wanted) });
        } catch (error) {
          if (ending.signal.aborted) return;
          failed.push(wanted);
          if (!(error instanceof FetchError)) throw error;
          if (error.isPeers) fault = error.message;
          logger.debug({ registrar, hash: wanted.hash, reason: error.message }, "descriptor not fetched");
        }
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, one));
    record(kept, failed);
    if (fault !== undefined) return pause(registrar, fault);
    pauses.delete(registrar);
    return true;
  }

  function record(kept: readonly { hash: Hash; body: string }[], failed: readonly Wanted[]): void {
    const now = clock();
    database.transaction(() => {
      store.insert(kept);
      for (const { hash } of kept) store.forget(hash);
      for (const { hash, attempts } of failed) {
        store.postpone(hash, now + Math.min(2_000 * 4 ** attempts, LONGEST_BODY_PAUSE));
      }
    });
    for (const { hash, body } of kept) settings.onKept?.(hash, body);
  }

  function pause(registrar: PartyId, reason: string): false {
    const failures = (pauses.get(registrar)?.failures ?? 0) + 1;
    pauses.set(registrar, {
      failures,
      until: clock() + Math.min(1_000 * 2 ** failures, LONGEST_PEER_PAUSE),
    });
    logger.warn({ registrar, reason, failures }, "a peer's descriptors have to wait");
    return false;
  }

  async function work(): Promise<void> {
    while (!ending.signal.aborted && follow()) await new Promise(setImmediate);
    const due = store.registrarsDue(clock()).filter((peer) => (pauses.get(peer)?.until ?? 0) <= clock());
    await Promise.all(
      due.map(async (registrar) => {
        while (!ending.signal.aborted && (await askPeer(registrar)));
      }),
    );
  }

  function plan(): void {
    timer = setTimeout(() => {
      running = work()
        .catch((error: unknown) => logger.warn({ err: error }, "descriptors could not be looked after"))
        .then(() => {
          if (!ending.signal.aborted) plan();
        });
    }, PERIOD);
    timer.unref();
  }

  return {
    body: store.body,
    stateOf(hash, registrar) {
      if (store.body(hash) !== undefined) return "present";
      const attempts = store.attemptsAt(hash) ?? 0;
      const failures = pauses.get(registrar)?.failures ?? 0;
      const isOwn = registrar === gatewayParty;
      return isOwn || Math.max(attempts, failures) >= HOPEFUL_ATTEMPTS ? "unavailable" : "pending";
    },
    start: plan,
    async stop() {
      ending.abort();
      clearTimeout(timer);
      await running;
    },
  };
}
