import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { DatadeedError } from "../domain/errors.ts";

/** The gateway's SQLite file. One process writes it; `datadeed key` may open it beside that process. */
export interface Database {
  readonly path: string;
  /** A prepared statement; kept for the next call with the same text. */
  prepare(sql: string): StatementSync;
  /** All or nothing, and on disk when it returns. Never asynchronous inside: the connection is shared. */
  transaction<T>(work: () => T): T;
  /** Applies the numbered `.sql` files of `directory` that `owner` has not applied yet, each once, in order. */
  migrate(owner: string, directory: string): void;
  close(): void;
}

/** In `:memory:` nothing is kept. WAL with `synchronous=FULL`: a commit survives the loss of power. */
export function openDatabase(path: string): Database {
  const sqlite = new DatabaseSync(path);
  sqlite.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA busy_timeout = 5000;
    PRAGMA foreign_keys = ON;
    PRAGMA cache_size = -32768;
    PRAGMA wal_autocheckpoint = 4000;
    CREATE TABLE IF NOT EXISTS migrations (owner TEXT, file TEXT, PRIMARY KEY (owner, file)) WITHOUT ROWID;
  `);
  const statements = new Map<string, StatementSync>();

  function prepare(sql: string): StatementSync {
    const known = statements.get(sql);
    if (known !== undefined) return known;
    const statement = sqlite.prepare(sql);
    statements.set(sql, statement);
    return statement;
  }

  function transaction<T>(work: () => T): T {
    prepare("BEGIN IMMEDIATE").run();
    try {
      const result = work();
      prepare("COMMIT").run();
      return result;
    } catch (error) {
      prepare("ROLLBACK").run();
      throw error;
    }
  }

  function migrate(owner: string, directory: string): void {
    const files = readdirSync(directory).filter((file) => file.endsWith(".sql"));
    const applied = prepare("SELECT file FROM migrations WHERE owner = ?")
      .all(owner)
      .map(({ file }) => file as string);
    const unknown = applied.find((file) => !files.includes(file));
    if (unknown !== undefined) {
      throw new DatadeedError("state-version", { file: path, migration: `${owner}/${unknown}` });
    }
    for (const file of files.filter((each) => !applied.includes(each)).sort()) {
      transaction(() => {
        sqlite.exec(readFileSync(join(directory, file), "utf8"));
        prepare("INSERT INTO migrations (owner, file) VALUES (?, ?)").run(owner, file);
      });
    }
  }

  return {
    path,
    prepare,
    transaction,
    migrate,
    close() {
      statements.clear();
      sqlite.close();
    },
  };
}

/** Positional values of a statement, where `undefined` stands for SQL's NULL. */
export const nullable = (value: SQLInputValue | undefined): SQLInputValue => value ?? null;

export const databaseExists = (path: string): boolean => existsSync(path);
