export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json | undefined };

/**
 * RFC 8785: members sorted by UTF-16 code units, numbers and strings as ECMAScript writes them, which is what
 * `JSON.stringify` does. Members that are `undefined` are left out. Throws a `RangeError` for what I-JSON (RFC 7493)
 * forbids: numbers that are not finite, strings with lone surrogates.
 */
export function canonicalJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value as Record<string, Json | undefined>)
      .filter((member): member is [string, Json] => member[1] !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => `${canonicalJson(key)}:${canonicalJson(member)}`);
    return `{${members.join(",")}}`;
  }
  if (typeof value === "number" && !Number.isFinite(value)) throw new RangeError("a number is not finite");
  if (typeof value === "string" && !value.isWellFormed())
    throw new RangeError("a string has a lone surrogate");
  return JSON.stringify(value);
}
