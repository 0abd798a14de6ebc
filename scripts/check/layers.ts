/**
 * The rules of direction: who may import whom.
 * D1 a contract imports only interfaces and types of a lower level, or pieces of its own folder.
 * D2 a folder of src imports only what the table grants it. D4 a table is written by one folder.
 */
import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

const root = join(import.meta.dirname, "../..");
const problems: string[] = [];

const LEVELS: Readonly<Record<string, number>> = {
  types: 0,
  membership: 1,
  supervision: 2,
  policy: 2,
  rights: 3,
  royalties: 4,
  licensing: 5,
  disputes: 6,
};

const GRANTS: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  telemetry: [],
  storage: ["domain", "telemetry"],
  proofs: ["domain"],
  formats: ["domain"],
  auth: ["domain", "storage"],
  descriptors: ["domain", "storage"],
  ledger: ["domain", "telemetry"],
  outbox: ["domain", "ledger", "storage", "telemetry"],
  indexer: ["domain", "ledger", "storage", "telemetry"],
  payouts: ["domain", "indexer", "outbox"],
  delivery: ["domain", "indexer", "storage"],
  signer: ["domain"],
  http: [
    "auth",
    "delivery",
    "descriptors",
    "domain",
    "formats",
    "indexer",
    "ledger",
    "outbox",
    "proofs",
    "storage",
    "telemetry",
  ],
  cli: ["domain", "formats", "ledger", "proofs"],
};

function imports(path: string): string[] {
  const source = readFileSync(join(root, path), "utf8");
  return [...source.matchAll(/(?:from|import)\s*\(?\s*["'](\.[^"']+)["']/g)].map((match) =>
    normalize(join(dirname(path), match[1]!)),
  );
}

function checkContracts(): void {
  for (const path of globSync("contracts/**/*.sol", { cwd: root })) {
    const folder = path.split("/")[1]!;
    if (folder === "mocks") continue;
    for (const target of imports(path)) {
      const [, below, file] = target.split("/") as [string, string, string];
      if (below === folder) continue;
      const isInterface = below === "types" || /^I[A-Z]\w*\.sol$/.test(file);
      if (!(LEVELS[below]! < LEVELS[folder]!) || !isInterface) problems.push(`D1 ${path} imports ${target}`);
    }
  }
}

function checkSource(): void {
  const writers = new Map<string, Set<string>>();
  for (const path of globSync("src/**/*.ts", { cwd: root })) {
    const folder = path.split("/")[1]!;
    if (folder.endsWith(".ts")) continue;
    const granted = GRANTS[folder];
    if (granted === undefined) problems.push(`D2 ${path}: the folder ${folder} is not in the table`);
    for (const target of imports(path)) {
      const other = target.split("/")[1]!;
      if (target.startsWith("src/") && other !== folder && !granted?.includes(other)) {
        problems.push(`D2 ${path} imports ${target}`);
      }
    }
    const source = readFileSync(join(root, path), "utf8");
    for (const match of source.matchAll(/\b(?:INSERT (?:OR \w+ )?INTO|UPDATE|DELETE FROM)\s+([a-z_]+)/g)) {
      writers.set(match[1]!, (writers.get(match[1]!) ?? new Set()).add(folder));
    }
  }
  for (const [table, folders] of writers) {
    if (folders.size > 1) problems.push(`D4 the table ${table} is written by ${[...folders].join(" and ")}`);
  }
}

checkContracts();
checkSource();
for (const problem of problems) console.error(problem);
process.exit(problems.length === 0 ? 0 : 1);
