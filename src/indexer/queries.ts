import type { AssetId, Hash, PartyId, RegionId } from "../domain/ids.ts";
import type { AssetStatus, Registration } from "../domain/registration.ts";

/** The block that an answer speaks of. */
export interface AsOf {
  readonly block: number;
  readonly hash: Hash;
  /** Unix second of the block. */
  readonly timestamp: number;
}

export interface AssetRow {
  readonly assetId: AssetId;
  /** As the ledger has it; the highest upstream total accepted is not told of in the log. */
  readonly registration: Omit<Registration, "maxUpstreamTotal">;
  readonly region: RegionId;
  readonly registrar: PartyId;
  readonly reviewer: PartyId;
  readonly reviewDigest: Hash;
  readonly noticeEnds: number;
  /** From the record and `asOf`'s time. */
  readonly status: AssetStatus;
  readonly holders: { readonly hold?: PartyId; readonly use?: PartyId; readonly operate?: PartyId };
  readonly upstreamRate: number;
  readonly ancestors: readonly { readonly ancestor: AssetId; readonly rate: number }[];
  readonly holds: readonly {
    readonly source: Hash;
    readonly by: PartyId;
    readonly caseNumber: Hash;
    readonly ground: Hash;
  }[];
  readonly registeredIn: {
    readonly block: number;
    readonly logIndex: number;
    readonly transactionHash: Hash;
  };
  readonly historyHead: Hash;
  readonly historyLength: number;
}

export interface AssetFilter {
  readonly holder?: PartyId;
  readonly region?: RegionId;
  readonly status?: AssetStatus;
  readonly class?: "public" | "general";
  readonly publisher?: string;
  readonly text?: string;
  readonly after?: { readonly block: number; readonly logIndex: number };
  readonly limit: number;
}

/** A log of the ledger. Its place (block, logIndex, blockHash) is the feed's cursor. */
export interface EventRow {
  readonly block: number;
  readonly blockHash: Hash;
  readonly logIndex: number;
  readonly timestamp: number;
  readonly transactionHash: Hash;
  readonly emitter: PartyId;
  readonly topics: readonly Hash[];
  readonly data: `0x${string}`;
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly assetId?: AssetId;
}

export interface PartyRow {
  readonly party: PartyId;
  readonly region: RegionId;
  readonly sponsor: PartyId;
  readonly class: "public-body" | "enterprise" | "small-enterprise" | "person";
  readonly roles: readonly string[];
  readonly scheme: "wallet" | "uscc" | "lei" | "uen";
  readonly identifier?: string;
  readonly validUntil: number;
  readonly status: "active" | "suspended";
  readonly controllingGroup: PartyId;
  readonly keyEpoch: number;
  readonly keys: readonly {
    readonly key: PartyId;
    readonly roles: readonly string[];
    readonly live: boolean;
  }[];
  readonly payoutAddress?: PartyId;
  readonly endpoint?: string;
  readonly recovery?: { readonly key: PartyId; readonly completableAt: number; readonly objected: boolean };
}

export type EventPage =
  | {
      readonly kind: "page";
      readonly events: readonly EventRow[];
      /** How far the log was looked at for them: where the next page begins. */
      readonly examined: { readonly block: number; readonly logIndex: number; readonly blockHash: Hash };
    }
  /** The cursor's block is not on the ledger any more; `lastCommon` is the newest position still shared. */
  | { readonly kind: "rewound"; readonly lastCommon: { readonly block: number; readonly hash: Hash } };

/** What the index answers. Every answer is as of `tip()`. */
export interface Queries {
  tip(): AsOf;
  asset(id: AssetId): AssetRow | undefined;
  assets(filter: AssetFilter): readonly AssetRow[];
  countAssets(filter: Omit<AssetFilter, "after" | "limit">): number;
  history(
    id: AssetId,
    after: { block: number; logIndex: number } | undefined,
    limit: number,
  ): readonly EventRow[];
  party(id: PartyId): PartyRow | undefined;
  /** The party that a key acts for, while the key is live. */
  partyOfKey(key: PartyId): PartyRow | undefined;
  parties(filter: {
    sponsor?: PartyId;
    region?: RegionId;
    after?: PartyId;
    limit: number;
  }): readonly PartyRow[];
  regions(): readonly {
    region: RegionId;
    number: number;
    regulator: PartyId;
    halted: boolean;
    noticePeriod: number;
  }[];
  events(
    after: { block: number; logIndex: number; blockHash: Hash } | undefined,
    filter: { name?: string; assetId?: AssetId; party?: PartyId },
    limit: number,
  ): EventPage;
  /** Resolves when the tip has passed `block`, or after `milliseconds`. */
  passed(block: number, milliseconds: number): Promise<AsOf>;
  /** Calls back after each move of the tip, rewinds included; returns the way to stop. */
  subscribe(listener: (move: { readonly tip: AsOf; readonly rewoundTo?: AsOf }) => void): () => void;
}
