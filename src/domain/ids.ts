import { DatadeedError } from "./errors.ts";

type Hex<Brand extends string> = `0x${string}` & { readonly __brand: Brand };

/** 32 bytes, lower-case hex: the content root with its two lowest bits cleared. */
export type AssetId = Hex<"AssetId">;
/** 32 bytes, lower-case hex. */
export type Hash = Hex<"Hash">;
/** 20 bytes, lower-case hex: a party's id, or the address of a key or a contract. */
export type PartyId = Hex<"PartyId">;
/** ISO 3166-2, such as `CN-GD`, `HK` or `SG`: 1 to 8 characters. */
export type RegionId = string & { readonly __brand: "RegionId" };

/** The three rights, in the order of their numbers on the ledger (1, 2, 3). */
export const RIGHT_KINDS = ["hold", "use", "operate"] as const;
export type RightKind = (typeof RIGHT_KINDS)[number];

export const ZERO_HASH = `0x${"0".repeat(64)}` as Hash;
export const ZERO_ADDRESS = `0x${"0".repeat(40)}` as PartyId;

const HASH = /^0x[0-9a-fA-F]{64}$/;
const ADDRESS = /^0x[0-9a-fA-F]{40}$/;
const REGION = /^[A-Z]{2}(?:-[A-Z0-9]{1,5})?$/;

export const isHash = (text: string): boolean => HASH.test(text);
export const isAddress = (text: string): boolean => ADDRESS.test(text);

export function parseHash(text: string, field: string): Hash {
  if (!HASH.test(text)) throw invalid(field, "32 bytes as 0x and 64 hex digits");
  return text.toLowerCase() as Hash;
}

/** Throws where the two lowest bits are set: an asset id is a content root without them. */
export function parseAssetId(text: string, field: string): AssetId {
  const hash = parseHash(text, field);
  if ((assetIdOf(hash) as string) !== hash)
    throw invalid(field, "an asset id, whose last hex digit is 0, 4, 8 or c");
  return hash as string as AssetId;
}

export function parsePartyId(text: string, field: string): PartyId {
  if (!ADDRESS.test(text)) throw invalid(field, "20 bytes as 0x and 40 hex digits");
  return text.toLowerCase() as PartyId;
}

export function parseRegionId(text: string, field: string): RegionId {
  if (!REGION.test(text)) throw invalid(field, "an ISO 3166-2 code such as CN-GD, HK or SG");
  return text as RegionId;
}

export function assetIdOf(contentRoot: Hash): AssetId {
  const last = Number.parseInt(contentRoot.at(-1)!, 16) & ~3;
  return (contentRoot.slice(0, -1) + last.toString(16)) as AssetId;
}

/** The ERC-721 token of a right: the asset's id with the right's number in the two lowest bits. */
export function tokenIdOf(assetId: AssetId, right: RightKind): bigint {
  return BigInt(assetId) | BigInt(RIGHT_KINDS.indexOf(right) + 1);
}

/** ASCII, left-aligned, as `bytes8` on the ledger. */
export function regionToBytes8(region: RegionId): `0x${string}` {
  return `0x${Buffer.from(region, "ascii").toString("hex").padEnd(16, "0")}`;
}

export function regionFromBytes8(hex: string): RegionId {
  return Buffer.from(hex.slice(2, 18), "hex").toString("ascii").replace(/\0+$/, "") as RegionId;
}

function invalid(field: string, rule: string): DatadeedError {
  return new DatadeedError("validation-failed", { field, rule: `must be ${rule}` });
}
