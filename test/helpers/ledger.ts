/** The embedded ledger as a process of its own, to be killed, and an account that sends to it. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { concat, getCreateAddress, toBeHex, Wallet, zeroPadValue } from "ethers";
import { createRpc, type Rpc } from "../../src/ledger/rpc.ts";

const MAIN = join(import.meta.dirname, "../../scripts/ledger/main.ts");

export interface LedgerProcess {
  readonly url: string;
  readonly pid: number;
  readonly rpc: Rpc;
  /** What it printed, both streams. */
  said(): string;
  signal(name: NodeJS.Signals): void;
  /** Resolves with the exit code, or null after a kill. */
  readonly ended: Promise<number | null>;
}

/** A new folder, and what removes it. */
export function temporaryFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "datadeed-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Starts `scripts/ledger/main.ts`; resolves when it listens or has ended. */
export async function launchLedger(directory: string, ...flags: string[]): Promise<LedgerProcess> {
  const child = spawn(process.execPath, [MAIN, "--directory", directory, "--port", "0", ...flags], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  const url = await Promise.race([urlIn(child, () => output), ended.then(() => "http://127.0.0.1:9")]);
  const rpc = createRpc(url);
  void ended.then(() => rpc.close());
  return { url, pid: child.pid!, rpc, said: () => output, signal: (name) => child.kill(name), ended };
}

async function urlIn(child: ChildProcess, output: () => string): Promise<string> {
  for (;;) {
    const found = /listens on (http:\S+?),/.exec(output());
    if (found !== null) return found[1]!;
    await new Promise((resolve) => child.stdout!.once("data", resolve));
  }
}

export function nodePidOf(directory: string): number {
  return Number(readFileSync(join(directory, "ledger", "node.pid"), "utf8"));
}

export function parentOf(pid: number): number {
  // Small systems have no `ps`.
  if (process.platform === "linux")
    return Number(readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ")[1]);
  return Number(execFileSync("ps", ["-o", "ppid=", "-p", String(pid)], { encoding: "utf8" }));
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Waits until `holds`, asking often; throws after ten seconds. */
export async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (const limit = Date.now() + 10_000; Date.now() < limit; await sleep(20)) {
    if (await holds()) return;
  }
  throw new Error(`not within 10 s: ${what}`);
}

/** Writes `count` slots from `first` on, and logs once for each. */
const WRITER_CODE = "0x601c8060095f395ff35f356020355b8015601a576001900381810180555f5fa06005565b00";

export interface Account {
  readonly address: string;
  /** The next transaction, signed and not sent. */
  sign(): Promise<string>;
  /** Sends and resolves with the hash; awaits no block. */
  send(rpc: Rpc): Promise<string>;
  /** Sends a transaction that writes slots and logs, to a contract of the first one's making. */
  write(rpc: Rpc, first: bigint, count: number): Promise<string>;
}

export async function newAccount(rpc: Rpc): Promise<Account> {
  const wallet = Wallet.createRandom();
  const chainId = Number(await rpc.call("eth_chainId"));
  const writer = getCreateAddress({ from: wallet.address, nonce: 0 });
  let nonce = 0;
  const sign = (over: object): Promise<string> => {
    const fees = { type: 2, maxFeePerGas: 0, maxPriorityFeePerGas: 0, gasLimit: 100_000_000 };
    return wallet.signTransaction({ chainId, nonce: nonce++, ...fees, ...over });
  };
  const next = () => (nonce === 0 ? { data: WRITER_CODE } : { to: wallet.address });
  const send = async (over: object, to: Rpc): Promise<string> =>
    to.call("eth_sendRawTransaction", await sign(over));
  return {
    address: wallet.address,
    sign: () => sign(next()),
    send: (to) => send(next(), to),
    write: (to, first, count) => send({ to: writer, data: concat([word(first), word(BigInt(count))]) }, to),
  };
}

const word = (value: bigint) => zeroPadValue(toBeHex(value), 32);

export async function minedIn(rpc: Rpc, hash: string): Promise<{ blockNumber: string; status: string }> {
  let receipt: { blockNumber: string; status: string } | null = null;
  await until(async () => {
    receipt = await rpc.call("eth_getTransactionReceipt", hash);
    return receipt !== null;
  }, `transaction ${hash} is mined`);
  return receipt!;
}
