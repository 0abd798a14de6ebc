/**
 * Runs the suites named on the command line, or all of them, one after another, and ends with a line that counts every
 * test: `N passed, N failed`. A suite without tests fails.
 */
import { spawn } from "node:child_process";
import { globSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");

interface Suite {
  readonly name: string;
  /** The command, run with node_modules/.bin in front of the path. */
  readonly command: readonly string[];
  /** Mocha suites are counted by their tests, all others as one each. */
  readonly isMocha: boolean;
}

const tool = (name: string, ...command: string[]): Suite => ({ name, command, isMocha: false });
const mocha = (name: string, pattern: string, ...options: string[]): Suite => ({
  name,
  command: ["mocha", "--exit", ...options, ...globSync(pattern, { cwd: root }).sort()],
  isMocha: true,
});

const SUITES: readonly Suite[] = [
  tool("types", "tsc", "--noEmit"),
  tool("format", "biome", "check"),
  tool("format-contracts", "prettier", "--check", "contracts/**/*.sol", "--log-level", "warn"),
  tool("lint-contracts", "solhint", "--max-warnings", "0", "contracts/**/*.sol"),
  tool("layers", "node", "scripts/check/layers.ts"),
  tool("sizes", "node", "scripts/check/sizes.ts"),
  tool("words", "node", "scripts/check/words.ts"),
  tool("docs", "node", "scripts/check/contracts-readme.ts"),
  mocha("contracts", "test/contracts/**/*.test.ts", "--timeout", "60000"),
  mocha("unit", "test/unit/*.test.ts", "--timeout", "20000"),
  mocha("service", "test/service/*.test.ts", "--timeout", "60000"),
  mocha("e2e", "test/e2e/*.test.ts", "--timeout", "120000"),
];

interface Outcome {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

function run(suite: Suite): Promise<Outcome> {
  console.log(`\n── ${suite.name} ──`);
  const [command, ...args] = suite.command;
  const child = spawn(command!, args, { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
  let tail = "";
  child.stdout.on("data", (chunk: Buffer) => {
    process.stdout.write(chunk);
    tail = (tail + chunk.toString()).slice(-200_000);
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve(outcomeOf(suite, code, tail)));
  });
}

function outcomeOf(suite: Suite, code: number | null, output: string): Outcome {
  if (!suite.isMocha) return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
  const counted = (word: string) => Number(new RegExp(`^\\s*(\\d+) ${word}`, "m").exec(output)?.[1] ?? 0);
  const outcome = { passed: counted("passing"), failed: counted("failing"), skipped: counted("pending") };
  const ran = outcome.passed + outcome.failed + outcome.skipped > 0;
  // A suite that ends badly without naming a failed test (or ran nothing) has failed all the same.
  return outcome.failed === 0 && (code !== 0 || !ran) ? { ...outcome, failed: 1 } : outcome;
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !SUITES.some((suite) => suite.name === name));
if (unknown.length > 0) {
  console.error(`no suite ${unknown.join(", ")}: there are ${SUITES.map((suite) => suite.name).join(", ")}`);
  process.exit(2);
}

const rows: string[] = [];
const total = { passed: 0, failed: 0, skipped: 0 };
for (const suite of SUITES.filter((each) => wanted.length === 0 || wanted.includes(each.name))) {
  const begun = performance.now();
  const { passed, failed, skipped } = await run(suite);
  total.passed += passed;
  total.failed += failed;
  total.skipped += skipped;
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  rows.push(
    `${suite.name.padEnd(18)} ${failed === 0 ? "ok    " : "FAILED"} ${String(passed).padStart(5)} passed ${seconds.padStart(7)} s`,
  );
}
console.log(`\n${rows.join("\n")}\n`);
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(total.failed === 0 ? 0 : 1);
