import { DatadeedError } from "../../domain/errors.ts";
import { type AssetId, RIGHT_KINDS, tokenIdOf } from "../../domain/ids.ts";
import { ASSET_STATUSES, CONTENT_KINDS, DATA_CLASSES, DATA_FLAGS } from "../../domain/registration.ts";
import type { AssetRow } from "../../indexer/queries.ts";
import type { Gateway } from "../gateway.ts";
import { descriptor } from "../registration.ts";
import { type Route, route } from "../route.ts";
import {
  asOf,
  assetId,
  cursor,
  event,
  hash,
  instant,
  limitOf,
  party,
  rate,
  region,
  right,
  uint32,
  z,
} from "../schemas.ts";
import { asOfView, assetView, descriptorView, eventView, summaryView } from "../views.ts";

const descriptorState = z
  .enum(["present", "pending", "unavailable"])
  .openapi("DescriptorState", { description: "Another gateway's descriptor is fetched in the background." });

const ledgerFacts = z.object({
  assetId,
  contentRoot: hash,
  descriptorHash: hash,
  kind: z.enum(CONTENT_KINDS),
  status: z.enum(ASSET_STATUSES).openapi("AssetStatus"),
  region,
  registrar: party,
  reviewer: party,
  reviewDigest: hash,
  firstHolder: party,
  holders: z.object({ hold: party.optional(), use: party.optional(), operate: party.optional() }),
  rights: z.array(right),
  class: z.enum(DATA_CLASSES),
  flags: z.array(z.enum(DATA_FLAGS)),
  theme: z.int(),
  prohibitedUses: z.array(z.int()),
  persons: uint32,
  sensitivePersons: uint32,
  upstreamRate: rate,
  parents: z.array(assetId),
  ancestors: z.array(z.object({ ancestor: assetId, rate })),
  noticeEnds: instant,
  holds: z.array(z.object({ source: hash, by: party, caseNumber: hash, ground: hash })),
  registeredIn: z.object({ block: z.int(), logIndex: z.int(), transactionHash: hash }),
  historyHead: hash,
  historyLength: z.int(),
});

const asset = ledgerFacts.extend({ descriptor: descriptor.nullable(), descriptorState }).openapi("Asset");
const assetSummary = ledgerFacts
  .extend({ title: z.string().optional(), publisher: z.string().optional(), descriptorState })
  .openapi("AssetSummary");

const params = z.strictObject({ id: assetId });

export function requireAsset({ queries }: Gateway, id: AssetId): AssetRow {
  const row = queries.asset(id);
  if (row === undefined) throw new DatadeedError("asset-unknown", { assetId: id });
  return row;
}

export function assetRoutes(gateway: Gateway): Route[] {
  const { queries, cursors } = gateway;
  return [
    route({
      id: "getAsset",
      method: "get",
      path: "/v1/assets/{id}",
      tag: "assets",
      summary: "A data asset: what the ledger says, and its descriptor",
      access: "assets:read",
      isIndexed: true,
      params,
      answers: { 200: { description: "The asset.", schema: z.object({ asset, asOf }) } },
      errors: ["asset-unknown"],
      handle({ params }) {
        const row = requireAsset(gateway, params.id);
        return {
          status: 200,
          body: {
            asset: { ...assetView(row), ...descriptorView(gateway, row) },
            asOf: asOfView(queries.tip()),
          },
        };
      },
    }),
    route({
      id: "listAssets",
      method: "get",
      path: "/v1/assets",
      tag: "assets",
      summary: "Data assets, in the order of registration",
      access: "assets:read",
      isIndexed: true,
      query: z.strictObject({
        holder: party.optional(),
        region: region.optional(),
        status: z.enum(ASSET_STATUSES).optional(),
        class: z.enum(DATA_CLASSES).optional(),
        publisher: z.string().min(1).max(500).optional(),
        text: z.string().min(1).max(500).optional(),
        cursor: cursor.optional(),
        limit: limitOf(200, 50),
        count: z.enum(["true", "false"]).optional(),
      }),
      answers: {
        200: {
          description: "A page; `count` (of all pages) where it was asked for.",
          schema: z.object({
            items: z.array(assetSummary),
            nextCursor: cursor.optional(),
            count: z.int().optional(),
            asOf,
          }),
        },
      },
      errors: ["cursor-invalid"],
      handle({ query }) {
        const { cursor: from, limit, count, ...filter } = query;
        const wanted = Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
        // The cursor is one of this list with these filters.
        const list = `assets ${JSON.stringify(wanted, Object.keys(wanted).sort())}`;
        const [block, logIndex] = (from === undefined ? [] : cursors.decode(list, from)) as number[];
        const rows = queries.assets({
          ...wanted,
          limit: limit + 1,
          ...(block === undefined ? {} : { after: { block, logIndex: logIndex! } }),
        });
        const page = rows.slice(0, limit);
        const last = rows.length > limit ? page.at(-1)?.registeredIn : undefined;
        return {
          status: 200,
          body: {
            items: page.map((row) => summaryView(gateway, row)),
            ...(last === undefined ? {} : { nextCursor: cursors.encode(list, [last.block, last.logIndex]) }),
            ...(count === "true" ? { count: queries.countAssets(wanted) } : {}),
            asOf: asOfView(queries.tip()),
          },
        };
      },
    }),
    route({
      id: "getAssetHistory",
      method: "get",
      path: "/v1/assets/{id}/history",
      tag: "assets",
      summary: "All that happened to an asset, oldest first",
      description:
        "Every log whose first indexed argument is the asset. `historyHead` proves that the list is complete: `datadeed audit` checks it against the ledger.",
      access: "assets:read",
      isIndexed: true,
      params,
      query: z.strictObject({ cursor: cursor.optional(), limit: limitOf(500, 100) }),
      answers: {
        200: {
          description: "A page.",
          schema: z.object({
            items: z.array(event),
            historyHead: hash,
            historyLength: z.int(),
            nextCursor: cursor.optional(),
            asOf,
          }),
        },
      },
      errors: ["asset-unknown", "cursor-invalid"],
      handle({ params, query }) {
        const { historyHead, historyLength } = requireAsset(gateway, params.id);
        const list = `history ${params.id}`;
        const [block, logIndex] = (
          query.cursor === undefined ? [] : cursors.decode(list, query.cursor)
        ) as number[];
        const after = block === undefined ? undefined : { block, logIndex: logIndex! };
        const rows = queries.history(params.id, after, query.limit + 1);
        const page = rows.slice(0, query.limit);
        const last = rows.length > query.limit ? page.at(-1) : undefined;
        return {
          status: 200,
          body: {
            items: page.map((row) => eventView(gateway, row)),
            historyHead,
            historyLength,
            ...(last === undefined ? {} : { nextCursor: cursors.encode(list, [last.block, last.logIndex]) }),
            asOf: asOfView(queries.tip()),
          },
        };
      },
    }),
    route({
      id: "getAssetRights",
      method: "get",
      path: "/v1/assets/{id}/rights",
      tag: "assets",
      summary: "Who holds which right in an asset",
      access: "assets:read",
      isIndexed: true,
      params,
      answers: {
        200: {
          description: "The rights in being; none once the asset is retired.",
          schema: z.object({
            assetId,
            status: z.enum(ASSET_STATUSES),
            items: z.array(z.object({ right, holder: party, tokenId: hash })),
            asOf,
          }),
        },
      },
      errors: ["asset-unknown"],
      handle({ params }) {
        const { holders, status } = requireAsset(gateway, params.id);
        const items = RIGHT_KINDS.flatMap((right) => {
          const holder = holders[right];
          const tokenId = `0x${tokenIdOf(params.id, right).toString(16).padStart(64, "0")}`;
          return holder === undefined ? [] : [{ right, holder, tokenId }];
        });
        return {
          status: 200,
          body: { assetId: params.id, status, items, asOf: asOfView(queries.tip()) },
        };
      },
    }),
  ];
}
