import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer, type Server } from "node:net";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { DatadeedError } from "../../src/domain/errors.ts";
import { createRpc, type Rpc } from "../../src/ledger/rpc.ts";

/** A running anvil, and the warden that ends it with this process. */
export interface LedgerNode {
  readonly port: number;
  readonly pid: number;
  readonly wardenPid: number;
  readonly rpc: Rpc;
  /** Resolves when anvil has ended, with what it said on its standard error. */
  readonly ended: Promise<string>;
  kill(): Promise<void>;
}

/** Anvil's default of 30 million would be what limits the ledger. */
const BLOCK_GAS = 4_000_000_000;
const START_LIMIT_MS = 120_000;
const DUMP_LIMIT_MS = 600_000;

const BINARY_MISSING =
  "Its package is an optional one of @foundry-rs/anvil for this system: install again without --omit=optional.";

/** The binary itself: killed, the package's JavaScript wrapper would leave it running. Throws `binary-missing`. */
export function anvilBinary(): string {
  const arch = process.arch === "x64" ? "amd64" : process.arch;
  const name = `@foundry-rs/anvil-${process.platform}-${arch}`;
  const from = createRequire(import.meta.url);
  try {
    const folder = dirname(
      createRequire(from.resolve("@foundry-rs/anvil/package.json")).resolve(`${name}/package.json`),
    );
    const binary = join(folder, "bin", process.platform === "win32" ? "anvil.exe" : "anvil");
    if (existsSync(binary)) return binary;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw error;
  }
  throw new DatadeedError("binary-missing", {
    field: "anvil",
    rule: `comes with ${name}`,
    help: BINARY_MISSING,
  });
}

/** Starts anvil from a state file, or empty, and waits until it answers. Throws when it ends before that. */
export async function startNode(
  binary: string,
  chainId: number,
  state: string | undefined,
): Promise<LedgerNode> {
  const port = await freePort();
  const flags = flagsOf(chainId, port, state);
  // In a session of its own: Ctrl-C in a terminal reaches a whole process group, and anvil would end before its state is kept.
  const warden = spawn(process.execPath, [join(import.meta.dirname, "warden.ts"), binary, ...flags], {
    stdio: ["pipe", "pipe", "pipe"],
    detached: true,
  });
  // Ours closes when we end; that the other side closed first is what `ended` is for.
  warden.stdin.on("error", () => {});
  let said = "";
  warden.stderr.on("data", (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-2_000);
  });
  const ended = new Promise<string>((resolve) => warden.once("close", () => resolve(said.trim())));
  const rpc = createRpc(`http://127.0.0.1:${port}`, DUMP_LIMIT_MS);
  const pid = await pidFrom(warden, ended);
  const kill = async () => {
    killIfAlive(pid);
    await ended;
    rpc.close();
  };
  void ended.then(() => rpc.close());
  // The warden may be killed alone; anvil must not outlive it.
  void ended.then(() => killIfAlive(pid));
  try {
    await answers(rpc, ended);
  } catch (error) {
    await kill();
    throw error;
  }
  return { port, pid, wardenPid: warden.pid!, rpc, ended, kill };
}

/**
 * Without gas prices, accounts or states of old blocks; blocks, receipts and logs are all kept, in memory and in a dump.
 * Nothing is mined unless asked for: `miner.ts` asks.
 */
function flagsOf(chainId: number, port: number, state: string | undefined): string[] {
  return [
    ...["--chain-id", String(chainId), "--port", String(port), "--host", "127.0.0.1", "--silent"],
    ...["--gas-price", "0", "--base-fee", "0", "--gas-limit", String(BLOCK_GAS), "--hardfork", "cancun"],
    ...["--accounts", "0", "--no-cors", "--no-mining", "--prune-history", "--no-request-size-limit"],
    ...["--order", "fifo"],
    ...(state === undefined ? [] : ["--load-state", state]),
  ];
}

async function pidFrom(warden: ChildProcess, ended: Promise<string>): Promise<number> {
  const first = new Promise<string>((resolve) =>
    warden.stdout!.once("data", (chunk: Buffer) => resolve(chunk.toString())),
  );
  const line = await Promise.race([
    first,
    ended.then((said) => Promise.reject(new Error(`anvil did not start: ${said}`))),
  ]);
  return Number(line);
}

async function answers(rpc: Rpc, ended: Promise<string>): Promise<void> {
  let said: string | undefined;
  void ended.then((text) => {
    said = text;
  });
  for (const until = Date.now() + START_LIMIT_MS; Date.now() < until; await sleep(20)) {
    if (said !== undefined) throw new Error(`anvil ended at its start: ${said}`);
    try {
      await rpc.call("eth_chainId");
      return;
    } catch (error) {
      if (!(error instanceof DatadeedError)) throw error;
    }
  }
  throw new Error(`anvil did not answer within ${START_LIMIT_MS / 1000} s`);
}

async function freePort(): Promise<number> {
  const server: Server = createServer();
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Ends the anvil of this chain id that a former holder of the state left, if it still runs. */
export function killOrphan(pid: number, chainId: number): boolean {
  const command = commandOf(pid);
  // The pid may belong to another program by now; a chain id is drawn at random for each state directory.
  if (!/\banvil\b/.test(command) || !command.includes(`--chain-id ${chainId} `)) return false;
  killIfAlive(pid);
  return true;
}

function commandOf(pid: number): string {
  try {
    if (process.platform === "linux")
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
    return execFileSync("ps", ["-ww", "-o", "args=", "-p", String(pid)], { encoding: "utf8" });
  } catch {
    return "";
  }
}

function killIfAlive(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
