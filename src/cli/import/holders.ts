import { readFileSync } from "node:fs";
import { isAddress, type PartyId } from "../../domain/ids.ts";
import { failure } from "../failure.ts";
import { csvLine, parseCsv } from "./csv.ts";

/** Who holds what a publisher published; nothing where nobody said so. */
export type HolderOf = (publisher: string) => PartyId | undefined;

const COLUMNS = ["publisher", "entries", "party"] as const;

/** The list that `--list-publishers` prints: a spreadsheet's, with a column to fill in. */
export function publishersCsv(counts: ReadonlyMap<string, number>): string {
  const rows = [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, count]) => csvLine([name, count, ""]));
  return csvLine(COLUMNS) + rows.join("");
}

/** The same list with parties filled in; other columns may stand beside. A publisher without a party is left out. */
export function readParties(path: string): HolderOf {
  const [header = [], ...rows] = parseCsv(readFileSync(path, "utf8"));
  const [publisher, party] = [header.indexOf("publisher"), header.indexOf("party")];
  const wrong = (rule: string) => failure("config-invalid", `${path} ${rule}.`, { field: "parties", rule });
  if (publisher < 0 || party < 0) throw wrong("must have the columns publisher and party in its first line");
  const parties = new Map<string, PartyId>();
  for (const [index, row] of rows.entries()) {
    const id = (row[party] ?? "").trim().toLowerCase();
    if (id === "") continue;
    if (!isAddress(id))
      throw wrong(`must have a party's id (0x and 40 hex digits) in row ${index + 2}, not ${id}`);
    parties.set(row[publisher]!, id as PartyId);
  }
  return (name) => parties.get(name);
}
