/**
 * `node scripts/bench/ledger.ts [assets …]`: how fast the embedded ledger takes transactions, and what it costs when it
 * holds so many assets: memory, time to stop and to start, the longest silence while it works, a lone transaction.
 */
import { randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { addressOf, signDigest, toHex } from "../../src/domain/crypto.ts";
import { type Deployment, domainOf } from "../../src/domain/deployment.ts";
import type { Hash, PartyId } from "../../src/domain/ids.ts";
import type { Registration } from "../../src/domain/registration.ts";
import { registrationLeaf, reviewTree } from "../../src/domain/review-tree.ts";
import { digestOf } from "../../src/domain/typed-data.ts";
import { encodeRegisterBatch } from "../../src/ledger/register-batch.ts";
import { createRpc, type Rpc } from "../../src/ledger/rpc.ts";
import { localSigner } from "../../src/ledger/signer.ts";
import { signTransaction } from "../../src/ledger/transaction.ts";
import { deploy } from "../deploy/deploy.ts";
import { type EmbeddedLedger, startLedger } from "../ledger/ledger.ts";
import { admitMembers, type Members, newKey } from "./members.ts";

const FAR = 4_000_000_000;
/** Items of one transaction: about 15 million gas. */
const BATCH = 150;
const TRANSACTIONS = 20_000;
const IN_FLIGHT = 64;

const show = (name: string, value: number, unit: string) =>
  console.log(
    `${name.padEnd(44)} ${value.toLocaleString("en", { maximumFractionDigits: 1 }).padStart(10)} ${unit}`,
  );
const seconds = async (work: () => Promise<unknown>): Promise<number> => {
  const begun = performance.now();
  await work();
  return (performance.now() - begun) / 1_000;
};

/** Sends all, so many at a time, in order. */
async function sendAll(rpc: Rpc, raw: readonly string[]): Promise<void> {
  let next = 0;
  const sender = async () => {
    while (next < raw.length) await rpc.call("eth_sendRawTransaction", raw[next++]!);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, sender));
}

async function untilNonce(rpc: Rpc, account: PartyId, nonce: number): Promise<void> {
  while (Number(await rpc.call("eth_getTransactionCount", account, "latest")) < nonce) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The least that a transaction can be: what the door and the node's pool and mining allow. */
async function plainTransactions({ url, chainId }: EmbeddedLedger): Promise<void> {
  const rpc = createRpc(url);
  const signer = localSigner(newKey());
  const to = signer.address;
  const raw: string[] = [];
  for (let nonce = 0; nonce < TRANSACTIONS; nonce++) {
    const fields = { chainId, nonce, maxFeePerGas: 0n, gasLimit: 21_000, to, data: "0x" } as const;
    raw.push(toHex((await signTransaction(fields, signer)).raw));
  }
  const begun = performance.now();
  await sendAll(rpc, raw);
  const taken = (performance.now() - begun) / 1_000;
  await untilNonce(rpc, signer.address, TRANSACTIONS);
  show("plain transactions, taken", TRANSACTIONS / taken, "/s");
  show("plain transactions, mined", TRANSACTIONS / ((performance.now() - begun) / 1_000), "/s");
  rpc.close();
}

function registrations(holder: PartyId): Registration[] {
  return Array.from({ length: BATCH }, () => ({
    contentRoot: toHex(randomBytes(32)) as Hash,
    descriptorHash: toHex(randomBytes(32)) as Hash,
    holder,
    kind: "file",
    rights: ["hold", "use", "operate"],
    class: "public",
    flags: [],
    theme: 1,
    prohibitedUses: 0,
    persons: 0,
    sensitivePersons: 0,
    upstreamRate: 0,
    maxUpstreamTotal: 0,
    parents: [],
  }));
}

function reviewedBatch(deployment: Deployment, { exchange, reviewerKey, holder }: Members): `0x${string}` {
  const items = registrations(holder);
  const tree = reviewTree(items.map(registrationLeaf));
  const values = { registrar: exchange, deadline: FAR, root: tree.root };
  const signature = signDigest(
    digestOf(domainOf(deployment, "rightsRegistry"), "Review", values),
    reviewerKey,
  );
  const common = { reviewer: addressOf(reviewerKey), deadline: FAR, root: tree.root, signature };
  const reviewed = items.map((registration, index) => ({
    registration,
    review: { ...common, path: tree.pathOf(index) },
  }));
  return encodeRegisterBatch(reviewed);
}

/** Registers up to `to` assets from `from` on; resolves with assets a second, signing left out. */
async function fill(
  ledger: EmbeddedLedger,
  rpc: Rpc,
  deployment: Deployment,
  members: Members,
  batches: number,
) {
  const signer = localSigner(members.registrarKey);
  const to = deployment.contracts.rightsRegistry.address;
  const first = Number(await rpc.call("eth_getTransactionCount", signer.address, "latest"));
  let spent = 0;
  // A hundred batches at a time: so much calldata is in memory at once.
  for (let done = 0; done < batches; done += 100) {
    const count = Math.min(100, batches - done);
    const raw: string[] = [];
    for (let i = 0; i < count; i++) {
      const nonce = first + done + i;
      const data = reviewedBatch(deployment, members);
      const tx = { chainId: ledger.chainId, nonce, maxFeePerGas: 0n, gasLimit: 16_777_216, to, data };
      raw.push(toHex((await signTransaction(tx, signer)).raw));
    }
    spent += await seconds(async () => {
      await sendAll(rpc, raw);
      await untilNonce(rpc, signer.address, first + done + count);
    });
  }
  return (batches * BATCH) / spent;
}

function residentMiB(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1_024;
}

/** From sending to the receipt, in milliseconds. */
async function loneTransaction(ledger: EmbeddedLedger, rpc: Rpc): Promise<number> {
  const signer = localSigner(newKey());
  const fields = { chainId: ledger.chainId, nonce: 0, maxFeePerGas: 0n, gasLimit: 21_000 } as const;
  const { raw, hash } = await signTransaction({ ...fields, to: signer.address, data: "0x" }, signer);
  // Long enough for the start's own block to be past.
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  const taken = await seconds(async () => {
    await rpc.call("eth_sendRawTransaction", toHex(raw));
    while ((await rpc.call("eth_getTransactionReceipt", hash)) === null) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  });
  return taken * 1_000;
}

const peakMiB = (pid: number) =>
  Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1_024;

/** Asks the tip every few milliseconds until `work` is done; resolves with the longest answer, in milliseconds. */
async function longestSilence(rpc: Rpc, work: Promise<unknown>): Promise<number> {
  let isDone = false;
  let longest = 0;
  void work.finally(() => {
    isDone = true;
  });
  while (!isDone) {
    longest = Math.max(longest, (await seconds(() => rpc.call("eth_blockNumber"))) * 1_000);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await work;
  return longest;
}

async function main(targets: readonly number[]): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "datadeed-bench-"));
  const said: string[] = [];
  // Often, to see what that costs a busy ledger.
  const start = () =>
    startLedger({ directory, port: 0, stateEveryMs: 10_000, log: (sentence) => said.push(sentence) });
  let ledger = await start();
  try {
    console.log(`${availableParallelism()} cores, Node.js ${process.version}`);
    await plainTransactions(ledger);
    const ownerKey = toHex(newKey());
    const governance = {
      owners: [addressOf(Buffer.from(ownerKey.slice(2), "hex"))],
      executionDelay: 1,
      recoveryDelay: 60,
      payoutDelay: 60,
      dutyNotice: 60,
    };
    const deployment = await deploy({ rpcUrl: ledger.url, deployerKey: toHex(newKey()), governance });
    let rpc = createRpc(ledger.url, 120_000);
    const members = await admitMembers(ledger.url, rpc, deployment, ownerKey);
    let assets = 0;
    for (const target of targets) {
      const batches = Math.ceil((target - assets) / BATCH);
      const filling = fill(ledger, rpc, deployment, members, batches);
      const silence = await longestSilence(rpc, filling);
      assets += batches * BATCH;
      console.log(`\n${assets.toLocaleString("en")} assets`);
      show("registered by batches straight into the door", await filling, "assets/s");
      show("longest answer meanwhile", silence, "ms");
      show("the node's memory", residentMiB(ledger.pids.node), "MiB");
      show("the node's memory at most", peakMiB(ledger.pids.node), "MiB");
      rpc.close();
      show("stop, with its last state", await seconds(() => ledger.stop()), "s");
      const folder = join(directory, "ledger");
      const sizes = readdirSync(folder)
        .filter((name) => name.endsWith(".gz"))
        .map((name) => statSync(join(folder, name)).size);
      show("its state on disk", Math.max(...sizes) / 2 ** 20, "MiB");
      show(
        "start from it",
        await seconds(async () => {
          ledger = await start();
        }),
        "s",
      );
      rpc = createRpc(ledger.url, 120_000);
      show("a lone transaction, until mined", await loneTransaction(ledger, rpc), "ms");
      show("the node's memory after the start", residentMiB(ledger.pids.node), "MiB");
    }
    rpc.close();
    for (const sentence of said) console.log(sentence);
  } finally {
    await ledger.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

const targets = process.argv.slice(2).map(Number);
await main(targets.length === 0 ? [100_000, 200_000] : targets);
