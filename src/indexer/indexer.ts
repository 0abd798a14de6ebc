import { join } from "node:path";
import type { Logger } from "pino";
import type { Hash } from "../domain/ids.ts";
import { ZERO_HASH } from "../domain/ids.ts";
import type { Block, BlockHeader, Ledger } from "../ledger/ledger.ts";
import { isUnavailable } from "../ledger/ledger.ts";
import type { Database } from "../storage/database.ts";
import { createAssetProjection } from "./asset-projection.ts";
import { createEventLog, type PlacedEvent, placeOf } from "./events.ts";
import { createMembershipProjection } from "./membership-projection.ts";
import type { AsOf, Queries } from "./queries.ts";
import { createReader } from "./reader.ts";

/**
 * Follows the ledger block by block, and holds what its log says: every block's rows and the move of the tip are one
 * transaction. It knows nothing of operations.
 */
export interface Indexer extends Queries {
  /** Reads what there is up to the ledger's newest block. */
  catchUp(): Promise<void>;
  /** Follows new blocks from now on. */
  start(): void;
  stop(): Promise<void>;
}

export interface IndexerNeeds {
  readonly db: Database;
  readonly ledger: Ledger;
  /** Blocks nearer to the newest one are not read yet; 0 under immediate finality. */
  readonly finalityDepth: number;
  readonly logger: Logger;
}

const MOST_BLOCKS = 48;
const RETRY_MS = 500;

type Listener = Parameters<Queries["subscribe"]>[0];

export function createIndexer({ db, ledger, finalityDepth, logger }: IndexerNeeds): Indexer {
  db.migrate("indexer", join(import.meta.dirname, "migrations"));
  const { deployBlock } = ledger.deployment;
  const log = createEventLog(db, ledger.deployment);
  const assets = createAssetProjection(db, log);
  const membership = createMembershipProjection(db, log);
  const listeners = new Set<Listener>();
  let tip = storedTip();

  function storedTip(): AsOf {
    const row = db.prepare("SELECT number, hash, timestamp FROM blocks ORDER BY number DESC LIMIT 1").get();
    if (row === undefined) return { block: deployBlock - 1, hash: ZERO_HASH, timestamp: 0 };
    return { block: row.number as number, hash: row.hash as Hash, timestamp: row.timestamp as number };
  }

  async function catchUp(head?: BlockHeader): Promise<void> {
    const newest = head ?? (await ledger.latest());
    await rewindIfNeeded();
    const end = newest.number - finalityDepth;
    while (tip.block < end && !isStopped) {
      const blocks = await ledger.blocksFrom(tip.block + 1, Math.min(MOST_BLOCKS, end - tip.block));
      if (blocks.length === 0) return;
      if (!isLinked(blocks)) {
        await rewindIfNeeded();
        return catchUp();
      }
      index(blocks);
    }
  }

  /** Below the first block that is indexed nothing is known, so the first needs no parent. */
  function isLinked(blocks: readonly Block[]): boolean {
    return blocks.every(({ number, parentHash }, at) => {
      const parent = at === 0 ? tip.hash : blocks[at - 1]!.hash;
      return parent === parentHash || number === deployBlock;
    });
  }

  function index(blocks: readonly Block[]): void {
    db.transaction(() => {
      for (const block of blocks) indexBlock(block);
    });
    const { number, hash, timestamp } = blocks.at(-1)!;
    move({ block: number, hash, timestamp });
  }

  function indexBlock(block: Block): void {
    const { number, hash, timestamp } = block;
    db.prepare("INSERT INTO blocks (number, hash, timestamp) VALUES (?, ?, ?)").run(number, hash, timestamp);
    for (const { logs } of block.receipts) {
      for (const each of logs) {
        const event = log.read(block, each);
        if (event !== undefined) indexEvent(event);
      }
    }
  }

  function indexEvent(event: PlacedEvent): void {
    log.insert(event);
    if (event.contract === "rightsRegistry") assets.apply(event);
    else membership.apply(event);
  }

  /** Blocks of a restored ledger that are not on it any more are taken back, down to the newest that is. */
  async function rewindIfNeeded(): Promise<void> {
    if (tip.block < deployBlock || (await ledger.blockHash(tip.block)) === tip.hash) return;
    const common = await newestCommon();
    logger.warn({ from: tip, to: common }, "the ledger was rewound");
    db.transaction(() => rewindTo(common));
    move(common, common);
  }

  /** Halves the blocks: where one is shared, all below it are. */
  async function newestCommon(): Promise<AsOf> {
    let [shared, lost] = [deployBlock - 1, tip.block];
    while (lost - shared > 1) {
      const middle = Math.floor((shared + lost) / 2);
      const row = db.prepare("SELECT hash FROM blocks WHERE number = ?").get(middle)!;
      if ((await ledger.blockHash(middle)) === row.hash) shared = middle;
      else lost = middle;
    }
    const row = db.prepare("SELECT number, hash, timestamp FROM blocks WHERE number = ?").get(shared);
    if (row === undefined) return { block: shared, hash: ZERO_HASH, timestamp: 0 };
    return { block: shared, hash: row.hash as Hash, timestamp: row.timestamp as number };
  }

  function rewindTo(common: AsOf): void {
    const first = placeOf(common.block + 1, 0);
    const touched = log.assetsFrom(first);
    log.deleteFrom(first);
    db.prepare(
      `INSERT OR REPLACE INTO vanished_blocks (hash, common_block, common_hash)
       SELECT hash, ?, ? FROM blocks WHERE number > ?`,
    ).run(common.block, common.hash, common.block);
    db.prepare("DELETE FROM blocks WHERE number > ?").run(common.block);
    for (const assetId of touched) assets.rebuild(assetId);
    membership.rebuild();
  }

  function move(to: AsOf, rewoundTo?: AsOf): void {
    tip = to;
    for (const listener of listeners) listener(rewoundTo === undefined ? { tip } : { tip, rewoundTo });
  }

  function subscribe(listener: Listener): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  // Following: one catch-up at a time; a head that comes meanwhile is looked at after it.

  let next: BlockHeader | undefined;
  let following: Promise<void> | undefined;
  let stopHeads = () => {};
  let retrying: NodeJS.Timeout | undefined;
  let isStopped = false;

  function follow(head: BlockHeader): void {
    next = head;
    following ??= run().finally(() => {
      following = undefined;
      if (next !== undefined && !isStopped) follow(next);
    });
  }

  async function run(): Promise<void> {
    const head = next;
    next = undefined;
    try {
      await catchUp(head);
    } catch (error) {
      if (isUnavailable(error))
        logger.warn({ reason: (error as Error).message }, "the ledger does not answer");
      else logger.error({ err: error }, "the indexer failed and tries again");
      clearTimeout(retrying);
      retrying = setTimeout(() => follow(head!), RETRY_MS);
    }
  }

  return {
    ...createReader(db, log, () => tip),
    subscribe,
    passed(block, milliseconds) {
      return new Promise((resolve) => {
        if (tip.block >= block) return resolve(tip);
        const finish = () => {
          clearTimeout(timer);
          unsubscribe();
          resolve(tip);
        };
        const timer = setTimeout(finish, milliseconds);
        const unsubscribe = subscribe((moved) => moved.tip.block >= block && finish());
      });
    },
    catchUp: () => catchUp(),
    start() {
      stopHeads = ledger.onHead(follow);
    },
    async stop() {
      isStopped = true;
      stopHeads();
      clearTimeout(retrying);
      await following;
    },
  };
}
