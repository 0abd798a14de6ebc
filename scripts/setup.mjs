/**
 * `node scripts/setup.mjs <script> [arguments]`: installs what is missing, compiles what is stale, and runs the script on
 * Node.js 24. Plain JavaScript without dependencies, so that any Node.js from 20 on can run it in a fresh clone.
 */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const node24 = join(root, "node_modules", "node", "bin", process.platform === "win32" ? "node.exe" : "node");

function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}

function hashOf(files) {
  const hash = createHash("sha256");
  for (const file of files)
    hash.update(relative(root, file)).update("\0").update(readFileSync(file)).update("\0");
  return hash.digest("hex");
}

function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

/** Runs `work` unless the stamp says that it was done for these very inputs. */
function once(stamp, inputs, work) {
  const wanted = hashOf(inputs);
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  work();
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, wanted);
}

function install() {
  console.error("Installing packages (once, about half a minute) …");
  // npm under Node.js 20 silently skips Hardhat's native binding, so the installation itself runs on 24.
  const done = spawnSync(
    "npx",
    ["-y", "-p", "node@24", "-c", "npm install --no-audit --no-fund --loglevel=error"],
    {
      cwd: root,
      stdio: "inherit",
      shell: process.platform === "win32",
    },
  );
  if (done.error) fail(`npx could not be run (${done.error.message}): install npm, then try again.`);
  if (done.status !== 0) fail("npm install failed: see its message above, then try again.");
}

function requireNode24() {
  const answer = existsSync(node24)
    ? spawnSync(node24, ["-p", "process.versions.node"], { encoding: "utf8" })
    : undefined;
  if (answer?.status === 0 && Number.parseInt(answer.stdout, 10) >= 24) return;
  fail(
    "The npm package `node` brought no Node.js 24: its install script did not run. Allow install scripts " +
      "(`npm config set ignore-scripts false`), remove node_modules, and try again.",
  );
}

function compile() {
  console.error("Compiling the contracts …");
  const hardhat = join(root, "node_modules", "hardhat", "dist", "src", "cli.js");
  const done = spawnSync(node24, [hardhat, "build", "--quiet"], { cwd: root, stdio: "inherit" });
  if (done.status !== 0) fail("The contracts do not compile: see the message above.");
}

if (Number.parseInt(process.versions.node, 10) < 20)
  fail(`Node.js 20 or newer is needed; this is ${process.version}.`);

const [script, ...rest] = process.argv.slice(2);
if (script === undefined) fail("usage: node scripts/setup.mjs <script> [arguments]");

once(join(root, "node_modules", ".datadeed-installed"), [join(root, "package.json")], install);
requireNode24();
once(
  join(root, "artifacts", ".datadeed-compiled"),
  [join(root, "hardhat.config.ts"), ...filesBelow(join(root, "contracts"))],
  compile,
);

if (script !== "--only") {
  const child = spawn(node24, [join(root, script), ...rest], {
    // The fourth is a channel whose end tells the script that this process was killed: `disconnect`.
    stdio: ["inherit", "inherit", "inherit", "ipc"],
    env: { ...process.env, PATH: `${join(root, "node_modules", ".bin")}:${process.env.PATH}` },
  });
  // A terminal sends Ctrl-C to the whole group; a signal to this process alone is passed on.
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  process.on("SIGINT", () => {});
  child.on("exit", (code, signal) => process.exit(code ?? (signal === "SIGINT" ? 130 : 1)));
}
