/** Nothing committed names a path of somebody's machine or the host of a package registry. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");
const FORBIDDEN: readonly { readonly what: string; readonly pattern: RegExp }[] = [
  { what: "a path of a machine", pattern: /(?<![\w.])\/(?:work|root|home\/\w+|tmp\/w)\// },
  {
    what: "the host of a package registry",
    pattern: /registry\.npm(?:js)?\.|pypi\.org|crates\.io\/api|proxy\.golang\.org/,
  },
];

let failed = false;
for (const path of execFileSync("git", ["ls-files"], { cwd: root, encoding: "utf8" }).trim().split("\n")) {
  if (path === "scripts/check/words.ts") continue;
  const text = readFileSync(join(root, path), "utf8");
  for (const { what, pattern } of FORBIDDEN) {
    const at = text.search(pattern);
    if (at < 0) continue;
    failed = true;
    console.error(`${path}:${text.slice(0, at).split("\n").length}: ${what}`);
  }
}
process.exit(failed ? 1 : 0);
