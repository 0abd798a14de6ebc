import type { Json } from "../domain/canonical-json.ts";
import type { Descriptor, Text } from "../domain/descriptor.ts";
import { compact, EntryError, isObject, type JsonObject, listOf, type ReadEntry, textOf } from "./read.ts";
import { themeOf } from "./themes.ts";

/**
 * DCAT-AP 3 in JSON-LD: datasets and data services, flat (`@graph`) or nested. Names are resolved by the document's own
 * prefixes and terms; a document with a context by address is read by DCAT-AP's own terms, and nothing is fetched.
 */

const PREFIXES: Readonly<Record<string, string>> = {
  dcat: "http://www.w3.org/ns/dcat#",
  dct: "http://purl.org/dc/terms/",
  dcterms: "http://purl.org/dc/terms/",
  foaf: "http://xmlns.com/foaf/0.1/",
  spdx: "http://spdx.org/rdf/terms#",
};
const DCT = PREFIXES.dct!;
const DCAT = PREFIXES.dcat!;
const FOAF = PREFIXES.foaf!;
const SPDX = PREFIXES.spdx!;

/** The terms of DCAT-AP's context that are read here. */
const TERMS: Readonly<Record<string, string>> = {
  Dataset: `${DCAT}Dataset`,
  DataService: `${DCAT}DataService`,
  Catalogue: `${DCAT}Catalog`,
  Catalog: `${DCAT}Catalog`,
  ...Object.fromEntries(
    [
      "title",
      "description",
      "publisher",
      "identifier",
      "license",
      "issued",
      "modified",
      "accrualPeriodicity",
      "format",
    ].map((term) => [term, DCT + term]),
  ),
  ...Object.fromEntries(
    [
      "keyword",
      "theme",
      "distribution",
      "dataset",
      "service",
      "accessURL",
      "downloadURL",
      "landingPage",
      "endpointURL",
    ].map((term) => [term, DCAT + term]),
  ),
  name: `${FOAF}name`,
  checksum: `${SPDX}checksum`,
  checksumValue: `${SPDX}checksumValue`,
};

export const isJsonLd = (document: Json | undefined): boolean =>
  isObject(document) && document["@context"] !== undefined;

/** A document with its names resolved. */
interface Graph {
  readonly expand: (name: string) => string;
  readonly nodes: ReadonlyMap<string, JsonObject>;
  readonly all: readonly JsonObject[];
}

export function dcatEntries(document: Json): (() => ReadEntry)[] {
  if (!isJsonLd(document))
    return [() => fail("@context", "must be given, as in the other documents of the list")];
  const graph = graphOf(document as JsonObject);
  const entries = graph.all.filter((node) => isA(graph, node, "Dataset") || isA(graph, node, "DataService"));
  if (entries.length === 0)
    return [() => fail("@graph", "must have at least one dcat:Dataset or dcat:DataService")];
  return entries.map((node) => () => entryOf(graph, node));
}

function fail(field: string, rule: string): never {
  throw new EntryError(field, rule);
}

function graphOf(document: JsonObject): Graph {
  const expand = expander(document["@context"]);
  const all: JsonObject[] = [];
  collect(document, all);
  const nodes = new Map<string, JsonObject>();
  for (const node of all) {
    const id = node["@id"];
    // A node may be described in several places; the description that has a type is the node itself.
    if (typeof id === "string" && (node["@type"] !== undefined || !nodes.has(expand(id))))
      nodes.set(expand(id), node);
  }
  return { expand, nodes, all };
}

/** Every object that says more than its address, wherever it stands. */
function collect(value: Json | undefined, into: JsonObject[]): void {
  if (Array.isArray(value)) for (const each of value) collect(each, into);
  if (!isObject(value)) return;
  if (Object.keys(value).some((key) => !key.startsWith("@"))) into.push(value);
  else if (value["@graph"] !== undefined) into.push(value);
  for (const [key, member] of Object.entries(value)) if (key !== "@context") collect(member, into);
}

function expander(context: Json | undefined): (name: string) => string {
  const own: Record<string, string> = {};
  for (const part of listOf(context)) {
    if (!isObject(part)) continue;
    for (const [term, meaning] of Object.entries(part)) {
      const address = isObject(meaning) ? meaning["@id"] : meaning;
      if (typeof address === "string") own[term] = address;
    }
  }
  return function expand(name: string): string {
    const known = own[name] ?? TERMS[name];
    if (known !== undefined && known !== name) return expand(known);
    const colon = name.indexOf(":");
    const prefix = colon < 0 ? undefined : (own[name.slice(0, colon)] ?? PREFIXES[name.slice(0, colon)]);
    return prefix === undefined || name.startsWith("_:") ? name : prefix + name.slice(colon + 1);
  };
}

function entryOf(graph: Graph, node: JsonObject): ReadEntry {
  const get = (term: string) => valuesOf(graph, node, term);
  const identifier =
    literal(get("identifier")[0]) ??
    addressOf(graph, node) ??
    fail("identifier", "must be given: dcterms:identifier, or an @id");
  const themes = get("theme").flatMap((each) => reference(graph, each) ?? []);
  const descriptor = compact({
    identifier,
    title: texts(get("title"), "title") ?? fail("title", "must be given: dcterms:title"),
    publisher: publisherOf(graph, node),
    description: texts(get("description"), "description"),
    keywords: get("keyword").flatMap((each) => Object.values(languages(each)).flat()),
    theme: themes,
    license: get("license").flatMap((each) => reference(graph, each) ?? [])[0],
    issued: literal(get("issued")[0]),
    modified: literal(get("modified")[0]),
    accrualPeriodicity: reference(graph, get("accrualPeriodicity")[0]),
    landingPage: reference(graph, get("landingPage")[0]),
    endpointURL: reference(graph, get("endpointURL")[0]),
    distribution: get("distribution").map((each) => distributionOf(graph, each)),
  }) as unknown as Descriptor;
  const number = themes.map(themeOf).find((each) => each !== undefined);
  return number === undefined ? { descriptor } : { descriptor, theme: number };
}

/** The dataset's own publisher, or that of the catalogue which lists it. */
function publisherOf(graph: Graph, node: JsonObject): JsonObject {
  const named = valuesOf(graph, node, "publisher")[0] ?? cataloguePublisher(graph, node);
  if (named === undefined)
    return fail("publisher", "must be given: dcterms:publisher, of the entry or its catalogue");
  const agent = resolve(graph, named);
  const address = reference(graph, named);
  const name = agent === undefined ? undefined : texts(valuesOf(graph, agent, "name"), "publisher.name");
  const usual = literal(named) ?? address;
  const isBlank = address === undefined || address.startsWith("_:");
  return compact({
    name:
      name ??
      (usual?.startsWith("_:") ? undefined : usual) ??
      fail("publisher.name", "must be given: foaf:name"),
    identifier: isBlank ? undefined : address,
  });
}

function cataloguePublisher(graph: Graph, node: JsonObject): Json | undefined {
  const address = addressOf(graph, node);
  const catalogue = graph.all.find(
    (each) =>
      isA(graph, each, "Catalog") &&
      [...valuesOf(graph, each, "dataset"), ...valuesOf(graph, each, "service")].some(
        (listed) => listed === node || (address !== undefined && reference(graph, listed) === address),
      ),
  );
  return catalogue === undefined ? undefined : valuesOf(graph, catalogue, "publisher")[0];
}

function distributionOf(graph: Graph, value: Json): JsonObject {
  const node = resolve(graph, value);
  if (node === undefined) return compact({ "@id": reference(graph, value) });
  const get = (term: string) => valuesOf(graph, node, term)[0];
  const checksum = resolve(graph, get("checksum"));
  return compact({
    title: texts(valuesOf(graph, node, "title"), "distribution.title"),
    accessURL: reference(graph, get("accessURL")),
    downloadURL: reference(graph, get("downloadURL")),
    format: reference(graph, get("format")),
    license: reference(graph, get("license")),
    checksum: checksum === undefined ? undefined : literal(valuesOf(graph, checksum, "checksumValue")[0]),
  });
}

function isA(graph: Graph, node: JsonObject, term: string): boolean {
  return listOf(node["@type"] ?? node.type).some(
    (type) => typeof type === "string" && graph.expand(type) === TERMS[term],
  );
}

function valuesOf(graph: Graph, node: JsonObject, term: string): readonly Json[] {
  return Object.entries(node)
    .filter(([key]) => !key.startsWith("@") && graph.expand(key) === TERMS[term])
    .flatMap(([, value]) => listOf(value));
}

/** The node that a value is or points to. */
function resolve(graph: Graph, value: Json | undefined): JsonObject | undefined {
  if (isObject(value) && Object.keys(value).some((key) => !key.startsWith("@"))) return value;
  const address = reference(graph, value);
  return address === undefined ? undefined : graph.nodes.get(address);
}

/** An address, or the text of a literal. */
function reference(graph: Graph, value: Json | undefined): string | undefined {
  const id = isObject(value) ? (value["@id"] ?? value["@value"]) : value;
  return typeof id === "string" ? graph.expand(id) : undefined;
}

function addressOf(graph: Graph, node: JsonObject): string | undefined {
  const address = reference(graph, node["@id"] ?? node.id);
  return address?.startsWith("_:") ? undefined : address;
}

function literal(value: Json | undefined): string | undefined {
  const plain = isObject(value) ? value["@value"] : value;
  return typeof plain === "number"
    ? String(plain)
    : textOf(typeof plain === "string" ? plain : undefined, "value");
}

/** One text, or texts by language where the document tells them. */
function texts(values: readonly Json[], field: string): Text | undefined {
  const found: Record<string, string> = {};
  for (const value of values) {
    for (const [tag, each] of Object.entries(languages(value))) {
      found[tag] ??= textOf(each[0], field) ?? fail(field, "must not be empty");
    }
  }
  const tags = Object.keys(found);
  if (tags.length === 0) return undefined;
  if (tags.length === 1) return found[tags[0]!]!;
  const { "": plain, ...tagged } = found;
  return plain === undefined ? tagged : { und: plain, ...tagged };
}

/** By language tag; the empty tag where there is none. Language maps (`{"en": …}`) and tagged values both occur. */
function languages(value: Json): Record<string, string[]> {
  if (typeof value === "string") return { "": [value] };
  if (!isObject(value)) return {};
  if (typeof value["@value"] === "string") return { [String(value["@language"] ?? "")]: [value["@value"]] };
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !key.startsWith("@"))
      .map(([tag, each]) => [tag, listOf(each).filter((text): text is string => typeof text === "string")]),
  );
}
