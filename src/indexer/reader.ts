import type { SQLInputValue } from "node:sqlite";
import { fromHex, toHex } from "../domain/crypto.ts";
import {
  type AssetId,
  type Hash,
  type PartyId,
  type RegionId,
  RIGHT_KINDS,
  ZERO_HASH,
} from "../domain/ids.ts";
import { KEY_ROLES, PARTY_CLASSES, PARTY_ROLES, SCHEMES } from "../domain/parties.ts";
import {
  CONTENT_KINDS,
  DATA_CLASSES,
  flagsFromBits,
  rightsFromBits,
  statusAt,
} from "../domain/registration.ts";
import { matchExpression } from "../domain/search-terms.ts";
import type { Database } from "../storage/database.ts";
import { blockOf, type EventLog, eventRowOf, logIndexOf, type PlacedEvent, placeOf } from "./events.ts";
import type { AsOf, AssetFilter, AssetRow, EventPage, PartyRow, Queries } from "./queries.ts";

/** The index's answers. What depends on the moment is as of the tip's own time, not of this machine's clock. */
type Answers = Omit<Queries, "subscribe" | "passed">;

/** Of a filter that no index serves, this many events are looked at a page. */
const MOST_EXAMINED = 5_000;

export function createReader(db: Database, log: EventLog, tip: () => AsOf): Answers {
  type Row = Record<string, unknown>;

  const hex = (value: unknown): string => toHex(value as Uint8Array);
  const named = <T>(names: readonly T[], bits: number): T[] => names.filter((_, bit) => bits & (1 << bit));

  function assetOf(row: Row): AssetRow {
    const place = row.place as number;
    const id = row.asset_id as Uint8Array;
    const holder = (right: (typeof RIGHT_KINDS)[number]) => row[`${right}_party`] as PartyId | null;
    return {
      assetId: hex(id) as AssetId,
      registration: {
        contentRoot: hex(row.content_root) as Hash,
        descriptorHash: hex(row.descriptor_hash) as Hash,
        holder: row.holder as PartyId,
        kind: CONTENT_KINDS[(row.kind as number) - 1]!,
        rights: rightsFromBits(row.rights as number),
        class: DATA_CLASSES[row.class as number]!,
        flags: flagsFromBits(row.flags as number),
        theme: row.theme as number,
        prohibitedUses: row.prohibited_uses as number,
        persons: row.persons as number,
        sensitivePersons: row.sensitive_persons as number,
        upstreamRate: row.upstream_rate as number,
        parents: JSON.parse(row.parents as string),
      },
      region: row.region as RegionId,
      registrar: row.registrar as PartyId,
      reviewer: row.reviewer as PartyId,
      reviewDigest: row.review_digest as Hash,
      noticeEnds: row.notice_ends as number,
      status: statusAt(
        {
          isRetired: row.is_retired === 1,
          isHeld: (row.holds as number) > 0,
          noticeEnds: row.notice_ends as number,
        },
        tip().timestamp,
      ),
      holders: Object.fromEntries(
        RIGHT_KINDS.flatMap((right) => (holder(right) === null ? [] : [[right, holder(right)]])),
      ),
      upstreamRate: row.upstream_rate as number,
      ancestors: JSON.parse(row.ancestors as string),
      holds: (row.holds as number) === 0 ? [] : holdsOf(id),
      registeredIn: {
        block: blockOf(place),
        logIndex: logIndexOf(place),
        transactionHash: hex(row.transaction_hash) as Hash,
      },
      historyHead: hex(row.history_head) as Hash,
      historyLength: row.history_length as number,
    };
  }

  function holdsOf(id: Uint8Array): AssetRow["holds"] {
    return db
      .prepare("SELECT source, by_party, case_number, ground FROM holds WHERE asset_id = ? ORDER BY source")
      .all(id)
      .map((row) => ({
        source: row.source as Hash,
        by: row.by_party as PartyId,
        caseNumber: row.case_number as Hash,
        ground: row.ground as Hash,
      }));
  }

  /** The conditions of a filter as SQL, and their values in order. */
  function conditionsOf(filter: Omit<AssetFilter, "after" | "limit">): {
    sql: string;
    values: SQLInputValue[];
  } {
    const sql: string[] = [];
    const values: SQLInputValue[] = [];
    const add = (condition: string, ...more: SQLInputValue[]) => {
      sql.push(condition);
      values.push(...more);
    };
    const { timestamp } = tip();
    if (filter.holder !== undefined)
      add("place IN (SELECT place FROM holdings WHERE party = ?)", filter.holder);
    if (filter.region !== undefined) add("region = ?", filter.region);
    if (filter.class !== undefined) add("class = ?", DATA_CLASSES.indexOf(filter.class));
    if (filter.publisher !== undefined) {
      add("descriptor_hash IN (SELECT hash FROM descriptors WHERE publisher = ?)", filter.publisher);
    }
    if (filter.text !== undefined) {
      const match = matchExpression(filter.text);
      if (match === undefined) add("0");
      else {
        add(
          `descriptor_hash IN (SELECT d.hash FROM descriptor_search s JOIN descriptors d ON d.rowid = s.rowid
             WHERE descriptor_search MATCH ?)`,
          match,
        );
      }
    }
    if (filter.status === "retired") add("is_retired = 1");
    if (filter.status === "held") add("holds > 0 AND is_retired = 0");
    if (filter.status === "noticed") add("notice_ends > ? AND holds = 0 AND is_retired = 0", timestamp);
    if (filter.status === "active") add("notice_ends <= ? AND holds = 0 AND is_retired = 0", timestamp);
    return { sql: sql.map((condition) => ` AND ${condition}`).join(""), values };
  }

  function partyOf(row: Row): PartyRow {
    const party = row.party as PartyId;
    const payout =
      row.next_payout_at !== null && (row.next_payout_at as number) <= tip().timestamp
        ? row.next_payout_address
        : row.payout_address;
    return {
      party,
      region: row.region_code as RegionId,
      sponsor: row.sponsor as PartyId,
      class: PARTY_CLASSES[(row.class as number) - 1]!,
      roles: named(PARTY_ROLES, row.roles as number),
      scheme: SCHEMES[(row.scheme as number) - 1]!,
      validUntil: row.valid_until as number,
      status: row.is_suspended === 1 ? "suspended" : "active",
      controllingGroup: row.controlling_group as PartyId,
      keyEpoch: row.key_epoch as number,
      keys: keysOf(party, row.key_epoch as number),
      ...(row.identifier !== null && { identifier: row.identifier as string }),
      ...(payout !== null && { payoutAddress: payout as PartyId }),
      ...(row.endpoint !== null && { endpoint: row.endpoint as string }),
      ...(row.recovery_key !== null && {
        recovery: {
          key: row.recovery_key as PartyId,
          completableAt: row.recovery_completable_at as number,
          objected: row.recovery_objected === 1,
        },
      }),
    };
  }

  function keysOf(party: PartyId, epoch: number): PartyRow["keys"] {
    return db
      .prepare("SELECT key, roles, epoch, is_revoked FROM keys WHERE party = ? ORDER BY key")
      .all(party)
      .map((row) => ({
        key: row.key as PartyId,
        roles: named(KEY_ROLES, row.roles as number),
        live: row.is_revoked === 0 && row.epoch === epoch,
      }));
  }

  const PARTY = "SELECT p.*, r.region AS region_code FROM parties p JOIN regions r ON r.number = p.region";

  /** Where a cursor of a block that vanished goes on: below it, and below what vanished since. */
  function lastCommon(blockHash: Hash): { block: number; hash: Hash } {
    let row = db
      .prepare("SELECT common_block, common_hash FROM vanished_blocks WHERE hash = ?")
      .get(blockHash);
    while (row !== undefined) {
      const { common_block, common_hash } = row;
      if (isOnLedger(common_block as number, common_hash as Hash)) {
        return { block: common_block as number, hash: common_hash as Hash };
      }
      row = db
        .prepare("SELECT common_block, common_hash FROM vanished_blocks WHERE hash = ?")
        .get(common_hash!);
    }
    // A cursor that this index never gave and doesn't know: only the beginning is surely shared.
    return { block: -1, hash: ZERO_HASH };
  }

  function isOnLedger(block: number, hash: Hash): boolean {
    if (hash === ZERO_HASH) return true;
    return db.prepare("SELECT hash FROM blocks WHERE number = ?").get(block)?.hash === hash;
  }

  function events(
    after: Parameters<Queries["events"]>[0],
    filter: Parameters<Queries["events"]>[1],
    limit: number,
  ): EventPage {
    const start = after ?? { block: -1, logIndex: 0, blockHash: ZERO_HASH };
    // A cursor of another gateway, or of this one before its index was rebuilt, may be ahead: it waits.
    if (start.block <= tip().block && !isOnLedger(start.block, start.blockHash)) {
      return { kind: "rewound", lastCommon: lastCommon(start.blockHash) };
    }
    const place = start.block < 0 ? -1 : placeOf(start.block, start.logIndex);
    const { name, party } = filter;
    const isNarrow = name !== undefined || party !== undefined;
    const read =
      filter.assetId === undefined
        ? log.after(place, isNarrow ? MOST_EXAMINED : limit)
        : log.ofAsset(filter.assetId, place, limit);
    const found: PlacedEvent[] = [];
    let last: PlacedEvent | undefined;
    for (const event of read) {
      if (found.length === limit) break;
      last = event;
      if ((name === undefined || event.name === name) && (party === undefined || concerns(event, party))) {
        found.push(event);
      }
    }
    const examined =
      last === undefined
        ? start
        : { block: blockOf(last.place), logIndex: logIndexOf(last.place), blockHash: last.block.hash };
    return { kind: "page", events: found.map(eventRowOf), examined };
  }

  const concerns = ({ log: { topics } }: PlacedEvent, party: PartyId): boolean =>
    topics.some(
      (topic, index) => index > 0 && topic.endsWith(party.slice(2)) && topic.startsWith(ADDRESS_TOPIC),
    );

  return {
    tip,
    asset(id) {
      const row = db.prepare("SELECT * FROM assets WHERE asset_id = ?").get(fromHex(id));
      return row === undefined ? undefined : assetOf(row);
    },
    assets({ after, limit, ...filter }) {
      const { sql, values } = conditionsOf(filter);
      const place = after === undefined ? -1 : placeOf(after.block, after.logIndex);
      return db
        .prepare(`SELECT * FROM assets WHERE place > ?${sql} ORDER BY place LIMIT ?`)
        .all(place, ...values, limit)
        .map(assetOf);
    },
    countAssets(filter) {
      const { sql, values } = conditionsOf(filter);
      return db.prepare(`SELECT count(*) AS n FROM assets WHERE 1${sql}`).get(...values)!.n as number;
    },
    history(id, after, limit) {
      const place = after === undefined ? -1 : placeOf(after.block, after.logIndex);
      return log.ofAsset(id, place, limit).map(eventRowOf);
    },
    party(id) {
      const row = db.prepare(`${PARTY} WHERE p.party = ?`).get(id);
      return row === undefined ? undefined : partyOf(row);
    },
    partyOfKey(key) {
      const row = db
        .prepare(
          `${PARTY} JOIN keys k ON k.party = p.party WHERE k.key = ? AND k.is_revoked = 0 AND k.epoch = p.key_epoch`,
        )
        .get(key);
      return row === undefined ? undefined : partyOf(row);
    },
    parties({ sponsor, region, after, limit }) {
      return db
        .prepare(
          `${PARTY} WHERE p.party > ? AND (? IS NULL OR p.sponsor = ?) AND (? IS NULL OR r.region = ?)
           ORDER BY p.party LIMIT ?`,
        )
        .all(after ?? "", sponsor ?? null, sponsor ?? null, region ?? null, region ?? null, limit)
        .map(partyOf);
    },
    regions() {
      return db
        .prepare("SELECT * FROM regions ORDER BY number")
        .all()
        .map((row) => ({
          region: row.region as RegionId,
          number: row.number as number,
          regulator: row.regulator as PartyId,
          halted: row.is_halted === 1,
          noticePeriod: row.notice_period as number,
        }));
    },
    events,
  };
}

const ADDRESS_TOPIC = `0x${"0".repeat(24)}`;
