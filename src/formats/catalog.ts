import type { Json } from "../domain/canonical-json.ts";
import { type Descriptor, plainText, sealDescriptor } from "../domain/descriptor.ts";
import { DatadeedError } from "../domain/errors.ts";
import type { Hash } from "../domain/ids.ts";
import { croissantEntry, isCroissant } from "./croissant.ts";
import { dcatEntries, isJsonLd } from "./dcat-ap.ts";
import { lineEntry } from "./json-lines.ts";
import { EntryError, type EntryProblem, type ReadEntry } from "./read.ts";

/** One dataset or service of a catalog, as it would be registered; who holds it is not the catalog's to say. */
export interface CatalogEntry {
  readonly descriptor: Descriptor;
  /** A record without files at hand: its root follows from the descriptor. */
  readonly content: { readonly kind: "descriptor"; readonly root?: Hash };
  /** DCAT-AP data theme, 1 to 13. */
  readonly theme?: number;
  /** The publisher's name, as `--parties` knows it. */
  readonly publisher: string;
}

/** @property index The entry's place, from 0; in JSON lines the line's. */
export type CatalogItem =
  | { readonly index: number; readonly entry: CatalogEntry }
  | { readonly index: number; readonly problem: EntryProblem };

type Read = () => ReadEntry;

/**
 * Reads DCAT-AP in JSON-LD, Croissant (one document or a list of them), or JSON lines; which of them, the text itself
 * tells. An entry that cannot be read is a problem of its own and stops no other.
 */
export function readCatalog(text: string): CatalogItem[] {
  return readersOf(text.replace(/^\ufeff/, "")).map(([index, read]) => itemOf(index, read));
}

function readersOf(text: string): [number, Read][] {
  const whole = parsed(text);
  const documents = Array.isArray(whole) ? whole : [whole];
  if (documents.some(isCroissant)) return numbered(documents.map((each) => () => croissantEntry(each)));
  if (documents.some(isJsonLd)) return numbered(documents.flatMap((each) => dcatEntries(each)));
  if (Array.isArray(whole)) return numbered(whole.map((each) => () => lineEntry(each)));
  return text.split(/\r?\n/).flatMap((line, index): [number, Read][] =>
    // Numbered by lines, as an editor shows them; empty ones are none.
    line.trim() === "" ? [] : [[index, () => lineEntry(lineOf(line))]],
  );
}

const numbered = (reads: readonly Read[]): [number, Read][] => reads.map((read, index) => [index, read]);

function itemOf(index: number, read: Read): CatalogItem {
  try {
    const { descriptor, theme } = read();
    // What no gateway would take is known here: it is too large, or JSON that has no canonical form.
    sealDescriptor(descriptor);
    const publisher = plainText(descriptor.publisher.name);
    const content = { kind: "descriptor" } as const;
    return { index, entry: { descriptor, content, publisher, ...(theme === undefined ? {} : { theme }) } };
  } catch (error) {
    return { index, problem: problemOf(error) };
  }
}

function problemOf(error: unknown): EntryProblem {
  if (error instanceof EntryError) return error.problem;
  if (!(error instanceof DatadeedError)) throw error;
  const { field = "descriptor", rule = error.message } = error.facts as Partial<EntryProblem>;
  return { field, rule };
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

function lineOf(line: string): Json {
  const json = parsed(line);
  if (json === undefined) throw new EntryError("line", "must be one JSON object");
  return json;
}
