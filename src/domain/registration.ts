import type { AssetId, Hash, PartyId, RightKind } from "./ids.ts";
import { RIGHT_KINDS } from "./ids.ts";

/** What a content root is the root of; numbered from 1 on the ledger. */
export const CONTENT_KINDS = ["file", "manifest", "descriptor"] as const;
export type ContentKind = (typeof CONTENT_KINDS)[number];

export const DATA_CLASSES = ["public", "general"] as const;
export type DataClass = (typeof DATA_CLASSES)[number];

/** Bit 0, 1, 2 on the ledger. `sensitive` implies `personal`. */
export const DATA_FLAGS = ["important", "personal", "sensitive"] as const;
export type DataFlag = (typeof DATA_FLAGS)[number];

/** Numbered from 1 on the ledger; 0 is unknown. Held goes before noticed. */
export const ASSET_STATUSES = ["noticed", "active", "held", "retired"] as const;
export type AssetStatus = (typeof ASSET_STATUSES)[number];

/** Rates are millionths; a single one and the sum of the parents' are at most one half. */
export const MOST_UPSTREAM = 500_000;
export const MILLION = 1_000_000;

/** One asset to register: `Registration` of contracts/rights/IRightsRegistry.sol, in words. */
export interface Registration {
  readonly contentRoot: Hash;
  readonly descriptorHash: Hash;
  readonly holder: PartyId;
  readonly kind: ContentKind;
  readonly rights: readonly RightKind[];
  readonly class: DataClass;
  readonly flags: readonly DataFlag[];
  /** DCAT-AP data theme 1 to 13; 0 where there is none. */
  readonly theme: number;
  /** Bits of purposes that are forbidden, 0 to 65,535. */
  readonly prohibitedUses: number;
  readonly persons: number;
  readonly sensitivePersons: number;
  readonly upstreamRate: number;
  readonly maxUpstreamTotal: number;
  /** Strictly increasing. */
  readonly parents: readonly AssetId[];
}

export const rightsToBits = (rights: readonly RightKind[]): number => toBits(rights, RIGHT_KINDS);
export const rightsFromBits = (bits: number): RightKind[] => fromBits(bits, RIGHT_KINDS);
export const flagsToBits = (flags: readonly DataFlag[]): number => toBits(flags, DATA_FLAGS);
export const flagsFromBits = (bits: number): DataFlag[] => fromBits(bits, DATA_FLAGS);

function toBits<T>(words: readonly T[], order: readonly T[]): number {
  let bits = 0;
  for (const word of words) bits |= 1 << order.indexOf(word);
  return bits;
}

function fromBits<T>(bits: number, order: readonly T[]): T[] {
  return order.filter((_, index) => (bits & (1 << index)) !== 0);
}

/** The status at a moment, from what the ledger stores: the same rule as `_statusOf` of the registry. */
export function statusAt(
  record: { isRetired: boolean; isHeld: boolean; noticeEnds: number },
  unixSecond: number,
): AssetStatus {
  if (record.isRetired) return "retired";
  if (record.isHeld) return "held";
  return unixSecond < record.noticeEnds ? "noticed" : "active";
}
