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
  urlOf,
} from "./read.ts";

/** MLCommons Croissant 1.0 and 1.1: a schema.org dataset in JSON-LD, one document a dataset. */

export function isCroissant(document: Json | undefined): boolean {
  if (!isObject(document)) return false;
  return listOf(document.conformsTo ?? document["dct:conformsTo"]).some((each) =>
    String(isObject(each) ? each["@id"] : each).includes("mlcommons.org/croissant"),
  );
}

export function croissantEntry(document: Json): ReadEntry {
  if (!isCroissant(document))
    throw new EntryError("conformsTo", "must name mlcommons.org/croissant, as the others do");
  const dataset = document as JsonObject;
  const url = urlOf(first(dataset.url), "url");
  const descriptor = compact({
    identifier:
      textOf(first(dataset.identifier), "identifier") ?? textOf(dataset["@id"], "@id") ?? requiredUrl(url),
    title: requiredText(dataset.name, "name"),
    publisher: publisherOf(dataset, url),
    description: textOf(dataset.description, "description"),
    keywords: keywordsOf(dataset.keywords),
    license: licenseOf(dataset.license),
    landingPage: url,
    version: dataset.version,
    issued: textOf(dataset.datePublished, "datePublished"),
    conformsTo: dataset.conformsTo,
    distribution: listOf(dataset.distribution).flatMap(fileOf),
  }) as unknown as Descriptor;
  return { descriptor };
}

function requiredUrl(url: string | undefined): string {
  if (url === undefined)
    throw new EntryError("url", "must be given, or else identifier: an entry needs a name of its own");
  return url;
}

/** The publisher, or who made it; where nobody is named, the site that describes it. */
function publisherOf(dataset: JsonObject, url: string | undefined): JsonObject {
  const agent = first(dataset.publisher) ?? first(dataset.creator);
  if (isObject(agent)) {
    return compact({
      name: requiredText(agent.name, "publisher.name"),
      homepage: urlOf(agent.url, "publisher.url"),
    });
  }
  const name = textOf(agent, "publisher");
  if (name !== undefined) return { name };
  if (url === undefined) throw new EntryError("publisher", "must be given, or else creator or url");
  return { name: new URL(url).host };
}

/** A list, or one text with commas. */
function keywordsOf(value: Json | undefined): string[] {
  const texts = typeof value === "string" ? value.split(",") : listOf(value);
  return texts.flatMap(
    (each, index) => textOf(isObject(each) ? each.name : each, `keywords[${index}]`) ?? [],
  );
}

function licenseOf(value: Json | undefined): string | undefined {
  const license = first(value);
  return textOf(isObject(license) ? (license.url ?? license["@id"] ?? license.name) : license, "license");
}

/** Of the files, what an owner could be asked to show: name, address, size and hash. */
function fileOf(value: Json, index: number): JsonObject[] {
  const field = `distribution[${index}]`;
  if (!isObject(value)) throw new EntryError(field, "must be an object");
  const sha256 = textOf(value.sha256, `${field}.sha256`);
  if (sha256 !== undefined && !/^[0-9a-f]{64}$/i.test(sha256) && !/^https?:/.test(sha256)) {
    throw new EntryError(`${field}.sha256`, "must be 64 hex digits");
  }
  return [
    compact({
      name: textOf(value.name ?? value["@id"], `${field}.name`),
      downloadURL: textOf(value.contentUrl, `${field}.contentUrl`),
      format: first(value.encodingFormat),
      byteSize: value.contentSize,
      sha256: sha256?.toLowerCase(),
    }),
  ];
}

const first = (value: Json | undefined): Json | undefined => listOf(value)[0];
