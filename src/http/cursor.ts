import { createHash } from "node:crypto";
import { DatadeedError } from "../domain/errors.ts";

/**
 * Opaque places in lists. The checksum covers the ledger and the list, so that a cursor of another list, of another
 * asset's history or of another ledger is refused, while one of an earlier life of this gateway goes on working.
 */
export interface Cursors {
  encode(list: string, place: readonly (string | number)[]): string;
  /** Throws `cursor-invalid`. */
  decode(list: string, cursor: string): readonly (string | number)[];
}

export function createCursors(ledger: string): Cursors {
  const checksum = (list: string, place: string): string =>
    createHash("sha256").update(`${ledger}\n${list}\n${place}`).digest("base64url").slice(0, 12);
  return {
    encode(list, place) {
      const text = JSON.stringify(place);
      return Buffer.from(`${checksum(list, text)}${text}`).toString("base64url");
    },
    decode(list, cursor) {
      const text = Buffer.from(cursor, "base64url").toString();
      const place = text.slice(12);
      if (checksum(list, place) !== text.slice(0, 12)) {
        throw new DatadeedError("cursor-invalid", { list: list.split(" ")[0], cursor });
      }
      return JSON.parse(place);
    },
  };
}
