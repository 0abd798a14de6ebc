/** Every deployed contract must stay under 23,500 bytes: a little under the limit of EIP-170, for room to mend. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

const MOST_BYTES = 23_500;
const root = join(import.meta.dirname, "../..");

let failed = false;
for (const path of globSync("artifacts/contracts/**/*.json", { cwd: root }).sort()) {
  if (path.includes("/mocks/")) continue;
  const artifact = JSON.parse(readFileSync(join(root, path), "utf8")) as {
    contractName: string;
    deployedBytecode?: string;
  };
  const bytes = ((artifact.deployedBytecode?.length ?? 2) - 2) / 2;
  if (bytes === 0) continue;
  if (bytes > MOST_BYTES) failed = true;
  console.log(
    `${artifact.contractName.padEnd(20)} ${String(bytes).padStart(6)} bytes${bytes > MOST_BYTES ? "  TOO LARGE" : ""}`,
  );
}
process.exit(failed ? 1 : 0);
