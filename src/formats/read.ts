import type { Json } from "../domain/canonical-json.ts";
import type { Descriptor } from "../domain/descriptor.ts";

/** Members of JSON that a stranger wrote: each reader answers a value of its type, or says which rule it breaks. */

export interface ReadEntry {
  readonly descriptor: Descriptor;
  readonly theme?: number;
}

export interface EntryProblem {
  readonly field: string;
  readonly rule: string;
}

/** What an entry breaks. */
export class EntryError extends Error {
  readonly problem: EntryProblem;

  constructor(field: string, rule: string) {
    super(`${field} ${rule}`);
    this.name = "EntryError";
    this.problem = { field, rule };
  }
}

export type JsonObject = { readonly [key: string]: Json | undefined };

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Members may be written alone or as a list of one. */
export const listOf = (value: Json | undefined): readonly Json[] => {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? (value as readonly Json[]) : [value];
};

/** A text that is not blank, without the spaces around it; nothing where it is absent. */
export function textOf(value: Json | undefined, field: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") throw new EntryError(field, "must be a text");
  const text = value.trim();
  if (text === "") throw new EntryError(field, "must not be empty");
  if (text.length > MOST_CHARACTERS)
    throw new EntryError(field, `must have at most ${MOST_CHARACTERS} characters`);
  return text;
}

const MOST_CHARACTERS = 20_000;

export function requiredText(value: Json | undefined, field: string): string {
  const text = textOf(value, field);
  if (text === undefined) throw new EntryError(field, "must be given");
  return text;
}

/** Texts of a list; `null` in it says nothing. */
export function textsOf(value: Json | undefined, field: string): string[] {
  if (value !== undefined && value !== null && !Array.isArray(value))
    throw new EntryError(field, "must be a list of texts");
  return listOf(value).flatMap((each, index) => textOf(each, `${field}[${index}]`) ?? []);
}

export function urlOf(value: Json | undefined, field: string): string | undefined {
  const text = textOf(value, field);
  if (text !== undefined && !URL.canParse(text)) throw new EntryError(field, "must be a URL");
  return text;
}

/** Leaves out what is absent or an empty list, so that a descriptor says only what was said. */
export function compact(members: JsonObject): JsonObject {
  const isSaid = (value: Json | undefined) =>
    value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0);
  return Object.fromEntries(Object.entries(members).filter(([, value]) => isSaid(value)));
}
