import { plainText, type Text } from "../../domain/descriptor.ts";
import { parseAssetId } from "../../domain/ids.ts";
import { factsOf } from "../audit/timeline.ts";
import type { Call, Command } from "../command.ts";
import { type Facts, rowsOf } from "../facts.ts";
import { usage } from "../failure.ts";
import { type AsOf, GATEWAY_OPTIONS, type Gateway, gatewayOf } from "../gateway.ts";
import { counted, shorten, table } from "../text.ts";

const ASSET_ID = { name: "assetId", about: "the asset, 0x and 64 hex digits" };
const PAGE = 200;

interface Descriptor {
  readonly title?: Text;
  readonly publisher?: { readonly name?: Text };
}
interface AssetView extends Facts {
  readonly assetId: string;
  readonly descriptor?: Descriptor | null;
}
interface AssetSummary extends Facts {
  readonly assetId: string;
  readonly title?: string;
  readonly publisher?: string;
}
interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor?: string;
  readonly count?: number;
  readonly asOf: AsOf;
}

export const assetShow: Command = {
  name: "asset show",
  summary: "Shows an asset: its state, who holds which right, and its descriptor",
  parameters: [ASSET_ID],
  options: GATEWAY_OPTIONS,
  notes: [],
  async run(call) {
    const id = parseAssetId(call.parameter("assetId"), "assetId");
    const answer = await gatewayOf(call).get<{ asset: AssetView; asOf: AsOf }>(`/v1/assets/${id}`);
    const { descriptor, assetId, status, region, holders, ...facts } = answer.asset;
    // What people ask first stands first.
    const first = { title: plainText(descriptor?.title), assetId, status, region, holders };
    const rows = [
      ...rowsOf({ ...first, ...facts }),
      ...rowsOf((descriptor ?? {}) as Facts, "descriptor."),
      ...sayAsOf(answer.asOf),
    ];
    call.show(answer, `${table(rows)}\n`);
    return 0;
  },
};

export const assetHistory: Command = {
  name: "asset history",
  summary: "Lists what happened to an asset, as the gateway has read it from the ledger",
  parameters: [ASSET_ID],
  options: GATEWAY_OPTIONS,
  notes: ["The gateway is believed here. `datadeed audit` proves the same from the ledger alone."],
  run: history,
};

export const assetList: Command = {
  name: "asset list",
  summary: "Lists assets, newest last, by any of the filters",
  parameters: [],
  options: {
    ...GATEWAY_OPTIONS,
    text: { value: "words", about: "in title, publisher, description or keywords" },
    holder: { value: "party", about: "who holds a right" },
    publisher: { value: "name", about: "who published it" },
    region: { value: "code", about: "where it was registered, such as CN-GD" },
    status: { value: "status", about: "noticed, active, held or retired" },
    class: { value: "class", about: "public or general" },
    limit: { value: "number", about: "at most so many; 50, if absent" },
  },
  notes: [],
  run: list,
};

const FILTERS = ["text", "holder", "publisher", "region", "status", "class"] as const;

async function list(call: Call): Promise<number> {
  const limit = call.integer("limit") ?? 50;
  if (limit === 0) throw usage("--limit must be at least 1.", "limit");
  const filter = Object.fromEntries(FILTERS.map((name) => [name, call.option(name)]));
  const items: AssetSummary[] = [];
  const query = { ...filter, count: "true" };
  const { count, asOf } = await eachPage<AssetSummary>(gatewayOf(call), "/v1/assets", query, limit, (item) =>
    items.push(item),
  );
  const width = Math.max(20, call.terminal.columns - 95);
  const rows = items.map((item) => [
    item.assetId,
    String(item.status),
    String(item.region),
    shorten(item.title ?? "", width),
    shorten(item.publisher ?? "", 30),
  ]);
  const shown = count === undefined || count === items.length ? "" : ` of ${count.toLocaleString("en-US")}`;
  const heading = ["asset", "status", "region", "title", "publisher"];
  const text = items.length === 0 ? "" : `${table([heading, ...rows])}\n`;
  call.show({ items, count, asOf }, `${text}${counted(items.length, "asset")}${shown}\n`);
  return 0;
}

interface HistoryItem {
  readonly block: number;
  readonly timestamp: string;
  readonly transactionHash: string;
  readonly name: string;
  readonly args: Facts;
}

async function history(call: Call): Promise<number> {
  const id = parseAssetId(call.parameter("assetId"), "assetId");
  const items: HistoryItem[] = [];
  const { asOf } = await eachPage<HistoryItem>(
    gatewayOf(call),
    `/v1/assets/${id}/history`,
    {},
    Infinity,
    (item) => items.push(item),
  );
  const text = items.map(({ name, block, timestamp, transactionHash, args }, index) => {
    const facts = table(Object.entries({ ...factsOf(args), transaction: transactionHash }), "      ");
    return `${String(index + 1).padStart(4)}  ${timestamp}  block ${block}  ${name}\n${facts}\n`;
  });
  call.show({ items, asOf }, `${text.join("")}${table(sayAsOf(asOf))}\n`);
  return 0;
}

/** Reads pages until there are no more, or `most` items; answers with the last page's facts and the first one's count. */
async function eachPage<T>(
  gateway: Gateway,
  path: string,
  query: Readonly<Record<string, string | undefined>>,
  most: number,
  take: (item: T) => void,
): Promise<{ count: number | undefined; asOf: AsOf }> {
  let [cursor, taken, count]: [string | undefined, number, number | undefined] = [undefined, 0, undefined];
  for (;;) {
    const page: Page<T> = await gateway.get(path, { ...query, cursor, limit: Math.min(PAGE, most - taken) });
    count ??= page.count;
    for (const item of page.items) take(item);
    taken += page.items.length;
    cursor = page.nextCursor;
    if (!cursor || taken >= most) return { count, asOf: page.asOf };
  }
}

const sayAsOf = ({ block, timestamp }: AsOf): string[][] => [["as of", `block ${block}, ${timestamp}`]];
