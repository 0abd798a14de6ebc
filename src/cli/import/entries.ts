import { canonicalJson, type Json } from "../../domain/canonical-json.ts";
import { descriptorRoot, plainText } from "../../domain/descriptor.ts";
import { type AssetId, assetIdOf, type RightKind } from "../../domain/ids.ts";
import type { DataClass } from "../../domain/registration.ts";
import type { CatalogEntry, CatalogItem } from "../../formats/catalog.ts";
import type { HolderOf } from "./holders.ts";

/** Why an entry is not registered, in the words of the API. */
export interface Refused {
  readonly code: string;
  readonly detail: string;
  readonly field?: string;
  readonly rule?: string;
  readonly help?: string;
  readonly facts?: Readonly<Record<string, unknown>>;
}

/** One entry on its way. */
export interface Entry {
  /** Its place in the catalog, counted from 1. */
  readonly number: number;
  readonly identifier: string;
  readonly title: string;
  readonly assetId: AssetId;
  /** The item of POST /v1/assets/batch. */
  readonly body: Json;
  readonly bytes: number;
}

export interface Terms {
  readonly holderOf: HolderOf;
  readonly rights: readonly RightKind[];
  readonly class: DataClass;
}

export type Prepared =
  | {
      readonly number: number;
      readonly refused: Refused;
      readonly identifier?: string;
      readonly title?: string;
    }
  | Entry;

/** Entries ready to send, and those that no gateway needs to see: unreadable, without a holder, or given twice. */
export function prepare(items: readonly CatalogItem[], terms: Terms): Prepared[] {
  const seen = new Map<AssetId, number>();
  return items.map((item) => {
    const number = item.index + 1;
    if ("problem" in item) return { number, refused: invalid(item.problem.field, item.problem.rule) };
    const prepared = prepareOne(number, item.entry, terms);
    if ("refused" in prepared) return prepared;
    const earlier = seen.get(prepared.assetId);
    seen.set(prepared.assetId, earlier ?? number);
    if (earlier === undefined) return prepared;
    const { identifier, title } = prepared;
    return {
      number,
      identifier,
      title,
      refused: invalid("identifier", `must be unique: entry ${earlier} has the same content`),
    };
  });
}

function prepareOne(
  number: number,
  { descriptor, content, theme, publisher }: CatalogEntry,
  terms: Terms,
): Prepared {
  const identifier = String(descriptor.identifier ?? "");
  const title = plainText(descriptor.title);
  const holder = terms.holderOf(publisher);
  if (holder === undefined) {
    const rule = `must have a party in --parties, or give --holder: ${publisher}`;
    return { number, identifier, title, refused: invalid("publisher", rule) };
  }
  const body = {
    holder,
    content,
    descriptor,
    rights: terms.rights,
    class: terms.class,
    ...(theme === undefined ? {} : { theme }),
  } as unknown as Json;
  const root = content.root ?? descriptorRoot(descriptor);
  return {
    number,
    identifier,
    title,
    assetId: assetIdOf(root),
    body,
    bytes: Buffer.byteLength(canonicalJson(body)),
  };
}

export const invalid = (field: string, rule: string): Refused => ({
  code: "validation-failed",
  detail: `The request breaks a rule: ${field} ${rule}`,
  field,
  rule,
});
