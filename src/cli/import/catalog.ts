import { readFile } from "node:fs/promises";
import { type CatalogItem, readCatalog } from "../../formats/catalog.ts";
import { failure } from "../failure.ts";

/** Reads a catalog's file, in any of the formats. */
export async function readCatalogFile(path: string): Promise<CatalogItem[]> {
  const items = readCatalog(await readFile(path, "utf8"));
  if (items.length === 0)
    throw failure("file-unreadable", `${path} has no entries: is it a catalog?`, { path });
  return items;
}
