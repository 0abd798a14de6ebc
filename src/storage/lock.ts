import { readFileSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { DatadeedError } from "../domain/errors.ts";

/**
 * Holds `name` for the life of this process, by an open write transaction of a SQLite file of that name: the operating
 * system gives the lock up however the process ends, so that none is ever left behind.
 * Throws `state-locked`, naming the process that holds it.
 */
export function holdLock(path: string, what: string): { release(): void } {
  const sqlite = new DatabaseSync(path);
  try {
    sqlite.exec("PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE");
  } catch (error) {
    sqlite.close();
    if ((error as { errcode?: number }).errcode !== SQLITE_BUSY) throw error;
    throw new DatadeedError("state-locked", { what, file: path, pid: holderOf(path) });
  }
  writeFileSync(`${path}.pid`, `${process.pid}\n`);
  return { release: () => sqlite.close() };
}

const SQLITE_BUSY = 5;

/** Beside the lock, because the locked file itself can't be read. */
function holderOf(path: string): number | undefined {
  try {
    return Number(readFileSync(`${path}.pid`, "utf8"));
  } catch (error) {
    // The holder took the lock a moment ago and has not written its name yet.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
