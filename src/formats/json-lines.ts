import type { Json } from "../domain/canonical-json.ts";
import type { Descriptor } from "../domain/descriptor.ts";
import {
  compact,
  EntryError,
  isObject,
  type JsonObject,
  listOf,
  type ReadEntry,
  requiredText,
  textOf,
  textsOf,
  urlOf,
} from "./read.ts";
import { themeOf } from "./themes.ts";

/**
 * One JSON object a line, in DCAT's words: `id`, `title`, `publisher`, `description`, `keyword`, `theme`, `license`,
 * `distribution`, `lang` … What has no rule here is kept as it is.
 */
export function lineEntry(line: Json): ReadEntry {
  if (!isObject(line)) throw new EntryError("line", "must be one JSON object");
  const { id, title: _, publisher, description, keyword, theme, ...others } = line;
  const identifier = requiredText(id, "id");
  const themes = textsOf(theme, "theme");
  requireReadable(others);
  const descriptor = compact({
    ...others,
    identifier,
    title: titleOf(line, identifier),
    publisher: { name: textOf(publisher, "publisher") ?? portalOf(line) },
    description: textOf(description, "description"),
    keywords: textsOf(keyword, "keyword"),
    theme: themes,
  }) as unknown as Descriptor;
  const number = themes.map(themeOf).find((each) => each !== undefined);
  return number === undefined ? { descriptor } : { descriptor, theme: number };
}

/** Portals list tables without a title by their name alone: the last part of the identifier. */
function titleOf(line: JsonObject, identifier: string): string {
  return textOf(line.title, "title") ?? identifier.slice(identifier.lastIndexOf(":") + 1);
}

/** Where no publisher is named, the portal answers for the entry. */
function portalOf(line: JsonObject): string {
  const portal = urlOf(line.portal, "portal");
  if (portal === undefined) throw new EntryError("publisher", "must be given, or else portal");
  return new URL(portal).host;
}

/** What people will click on or filter by must be what it says it is. */
function requireReadable(others: JsonObject): void {
  textOf(others.license, "license");
  urlOf(others.license_url, "license_url");
  urlOf(others.portal, "portal");
  requireLanguage(textOf(others.lang, "lang"));
  const { distribution } = others;
  if (distribution !== undefined && !Array.isArray(distribution)) {
    throw new EntryError("distribution", "must be a list of objects");
  }
  for (const [index, each] of listOf(distribution).entries()) {
    const field = `distribution[${index}]`;
    if (!isObject(each)) throw new EntryError(field, "must be an object");
    for (const name of ["downloadURL", "accessURL"]) urlOf(each[name], `${field}.${name}`);
  }
}

function requireLanguage(tag: string | undefined): void {
  try {
    Intl.getCanonicalLocales(tag);
  } catch {
    throw new EntryError("lang", "must be a language tag (BCP 47) such as en or zh-Hans");
  }
}
