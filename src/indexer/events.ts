import { fromHex, toHex } from "../domain/crypto.ts";
import type { DeployedContract, Deployment } from "../domain/deployment.ts";
import type { AssetId, Hash, PartyId } from "../domain/ids.ts";
import { type DecodedEvent, decodeEvent } from "../ledger/event-decoder.ts";
import type { BlockHeader, Log } from "../ledger/ledger.ts";
import type { Database } from "../storage/database.ts";
import type { EventRow } from "./queries.ts";

/** The event log as it is on the ledger, in order, and positions in it. */

/** A position as one number: more logs than 2^20 have no room in a block. */
export const placeOf = (block: number, logIndex: number): number => block * LOGS_A_BLOCK + logIndex;
export const blockOf = (place: number): number => Math.floor(place / LOGS_A_BLOCK);
export const logIndexOf = (place: number): number => place % LOGS_A_BLOCK;
const LOGS_A_BLOCK = 2 ** 20;

/** A log of the contracts, decoded, at its place. */
export interface PlacedEvent extends DecodedEvent {
  readonly place: number;
  readonly log: Log;
  readonly block: Pick<BlockHeader, "hash" | "timestamp">;
  /** Where the log is an entry of an asset's history: its first indexed argument is the asset's id. */
  readonly assetId: AssetId | undefined;
}

export type EventLog = ReturnType<typeof createEventLog>;

export function createEventLog(db: Database, deployment: Deployment) {
  const contractOf = new Map(
    (Object.entries(deployment.contracts) as [DeployedContract, { address: PartyId }][]).map(
      ([name, { address }]) => [address.toLowerCase(), name] as const,
    ),
  );

  function placed(
    place: number,
    block: PlacedEvent["block"],
    contract: DeployedContract,
    log: Log,
  ): PlacedEvent | undefined {
    const event = decodeEvent(contract, log.topics, log.data);
    if (event === undefined) return undefined;
    const isHistory = event.args.assetId !== undefined && event.args.assetId === log.topics[1];
    return {
      ...event,
      place,
      block,
      log,
      assetId: isHistory ? (log.topics[1] as string as AssetId) : undefined,
    };
  }

  function fromRow(row: Record<string, unknown>): PlacedEvent {
    const place = row.place as number;
    const topics = toHex(row.topics as Uint8Array).slice(2);
    const contract = row.contract as DeployedContract;
    const block = { hash: row.block_hash as Hash, timestamp: row.timestamp as number };
    return placed(place, block, contract, {
      address: deployment.contracts[contract].address,
      topics: Array.from(
        { length: topics.length / 64 },
        (_, i) => `0x${topics.slice(64 * i, 64 * i + 64)}` as Hash,
      ),
      data: toHex(row.data as Uint8Array),
      logIndex: logIndexOf(place),
      transactionHash: toHex(row.transaction_hash as Uint8Array) as Hash,
    })!;
  }

  return {
    /** Decodes a log of the contracts; nothing for those of others. */
    read(block: BlockHeader, log: Log): PlacedEvent | undefined {
      const contract = contractOf.get(log.address);
      if (contract === undefined) return undefined;
      return placed(placeOf(block.number, log.logIndex), block, contract, log);
    },

    insert({ place, contract, name, assetId, log }: PlacedEvent): void {
      db.prepare(
        `INSERT INTO events (place, transaction_hash, contract, topics, data, name, asset_id)
         VALUES (?, ?, ?, ?, ?, ?, ?)`,
      ).run(
        place,
        fromHex(log.transactionHash),
        contract,
        Buffer.concat(log.topics.map(fromHex)),
        fromHex(log.data),
        name,
        assetId === undefined ? null : fromHex(assetId),
      );
    },

    deleteFrom(place: number): void {
      db.prepare("DELETE FROM events WHERE place >= ?").run(place);
    },

    /** Assets with an entry of history from `place` on. */
    assetsFrom(place: number): AssetId[] {
      return db
        .prepare("SELECT DISTINCT asset_id FROM events WHERE place >= ? AND asset_id IS NOT NULL")
        .all(place)
        .map(({ asset_id }) => toHex(asset_id as Uint8Array) as string as AssetId);
    },

    ofAsset(assetId: AssetId, after: number, limit: number): PlacedEvent[] {
      return db
        .prepare(`${SELECT} WHERE asset_id = ? AND place > ? ORDER BY place LIMIT ?`)
        .all(fromHex(assetId), after, limit)
        .map(fromRow);
    },

    /** Of the contracts that tell of regions and parties. */
    ofMembership(): PlacedEvent[] {
      return db.prepare(`${SELECT} WHERE contract = 'membership' ORDER BY place`).all().map(fromRow);
    },

    after(place: number, limit: number): PlacedEvent[] {
      return db.prepare(`${SELECT} WHERE place > ? ORDER BY place LIMIT ?`).all(place, limit).map(fromRow);
    },
  };
}

const SELECT =
  "SELECT e.*, b.hash AS block_hash, b.timestamp FROM events e JOIN blocks b ON b.number = e.place >> 20";

/** As the feed and histories show it. */
export function eventRowOf({ place, block, log, name, args, assetId }: PlacedEvent): EventRow {
  return {
    block: blockOf(place),
    blockHash: block.hash,
    logIndex: log.logIndex,
    timestamp: block.timestamp,
    transactionHash: log.transactionHash,
    emitter: log.address,
    topics: log.topics,
    data: log.data,
    name,
    args,
    ...(assetId !== undefined && { assetId }),
  };
}
