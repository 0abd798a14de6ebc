import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { holdLock } from "../../src/storage/lock.ts";
import { chainIdOf } from "./identity.ts";
import { createKeeper, type Keeper } from "./keeper.ts";
import { createMiner, type Miner } from "./miner.ts";
import { anvilBinary, killOrphan, type LedgerNode, startNode } from "./node.ts";
import { type RpcProxy, startProxy } from "./proxy.ts";
import { openStates, type States } from "./states.ts";

/** The ledger that comes with Datadeed: for demonstrations, tests, and consortia that begin on one machine. */
export interface EmbeddedLedger {
  readonly url: string;
  readonly chainId: number;
  /** Of the node and of the process that ends it with this one; others after the node had to be started again. */
  readonly pids: { readonly node: number; readonly warden: number };
  /** Writes the state now, after something that no gateway would bring back. Throws where that fails. */
  keep(): Promise<void>;
  /** Keeps the state and ends everything. Repeatable. */
  stop(): Promise<void>;
  /** Resolves after `stop`, or with the reason when the node cannot be kept running. */
  readonly ended: Promise<Error | undefined>;
}

export interface LedgerSettings {
  /** Everything is kept in `<directory>/ledger`. */
  readonly directory: string;
  /** 0 for any free one. */
  readonly port: number;
  /** Loopback unless said otherwise. */
  readonly host?: string;
  /** How soon after a change the state is written: what a kill can cost, until the gateways have brought it back. */
  readonly stateEveryMs?: number;
  readonly log: (sentence: string) => void;
}

type Log = LedgerSettings["log"];

/** A node that ends oftener than this within a minute will not stay. */
const MOST_RESTARTS = 5;
const RESTART_WINDOW_MS = 60_000;

/** Throws `binary-missing`, `state-locked`, `state-version`, `port-in-use`. */
export async function startLedger(settings: LedgerSettings): Promise<EmbeddedLedger> {
  const binary = anvilBinary();
  const folder = join(settings.directory, "ledger");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const lock = holdLock(join(folder, "lock"), "the ledger's state");
  let nodes: Nodes | undefined;
  let miner: Miner | undefined;
  let proxy: RpcProxy | undefined;
  try {
    const { host = "127.0.0.1", port, stateEveryMs = 20_000, log } = settings;
    // Before the node, which may take long to load its state: a port in use is told at once.
    proxy = await startProxy({
      host,
      port,
      nodePort: () => nodes?.current()?.port,
      onTransactions: (count) => miner?.notice(count),
    });
    nodes = await startNodes(folder, binary, log);
    const keeper = keeperOf(nodes, stateEveryMs, log);
    miner = minerOf(nodes, keeper);
    return assemble({ proxy, nodes, miner, keeper, release: lock.release });
  } catch (error) {
    await proxy?.close();
    lock.release();
    throw error;
  }
}

/** One node after another on the same state: as long as this lives, there is one or there soon will be. */
interface Nodes {
  readonly chainId: number;
  readonly states: States;
  current(): LedgerNode | undefined;
  pids: EmbeddedLedger["pids"];
  /** Resolves after `stop`, or with the reason when no node stays. */
  readonly ended: Promise<Error | undefined>;
  stop(): Promise<void>;
}

async function startNodes(folder: string, binary: string, log: Log): Promise<Nodes> {
  const chainId = chainIdOf(folder);
  const pidFile = join(folder, "node.pid");
  if (existsSync(pidFile) && killOrphan(Number(readFileSync(pidFile, "utf8")), chainId)) {
    log("Ended a node that an earlier process had left behind.");
  }
  const states = openStates(folder);
  const start = async () => {
    const node = await states.newest(
      (file) => startNode(binary, chainId, file),
      (file, reason) => log(`The state ${file} does not load (${reason}): taking the one before it.`),
    );
    writeFileSync(pidFile, `${node.pid}\n`);
    return node;
  };
  let node: LedgerNode | undefined = await start();
  let isStopping = false;
  const nodes: Nodes = {
    chainId,
    states,
    current: () => node,
    pids: pidsOf(node),
    ended: keepRunning().catch((error: Error) => error),
    async stop() {
      isStopping = true;
      await node?.kill();
      await nodes.ended;
    },
  };

  async function keepRunning(): Promise<Error | undefined> {
    const restarts: number[] = [];
    for (;;) {
      const said = await node!.ended;
      node = undefined;
      if (isStopping) return undefined;
      const since = Date.now() - RESTART_WINDOW_MS;
      if (restarts.filter((at) => at > since).length >= MOST_RESTARTS) {
        return new Error(
          `The ledger's node ended ${MOST_RESTARTS + 1} times within a minute. ${said}`.trim(),
        );
      }
      restarts.push(Date.now());
      log(`The ledger's node ended unexpectedly: starting it again from its newest state. ${said}`.trim());
      const next = await start();
      node = next;
      nodes.pids = pidsOf(next);
      // Stopped meanwhile, when there was no node to kill.
      if (isStopping) await next.kill();
    }
  }

  return nodes;
}

function keeperOf(nodes: Nodes, intervalMs: number, log: Log): Keeper {
  const write = async (signal: AbortSignal) => {
    const node = nodes.current();
    if (node === undefined) throw new Error("there is no node");
    await nodes.states.write(node.port, signal);
  };
  return createKeeper(intervalMs, write, ({ message }) =>
    log(`The ledger's state was not written (${message}); the one before is kept.`),
  );
}

function minerOf(nodes: Nodes, keeper: Keeper): Miner {
  return createMiner(async (transactions) => {
    const left = await mine(nodes.current());
    keeper.changed(transactions > 0);
    return left;
  });
}

interface Parts {
  readonly proxy: RpcProxy;
  readonly nodes: Nodes;
  readonly miner: Miner;
  readonly keeper: Keeper;
  readonly release: () => void;
}

function assemble({ proxy, nodes, miner, keeper, release }: Parts): EmbeddedLedger {
  let ending: Promise<void> | undefined;
  const end = async () => {
    // From the outside in: no transaction comes any more, those that came are mined, the state that has them is kept.
    await proxy.close();
    await miner.stop();
    await keeper.stop();
    await nodes.stop();
    release();
  };
  const stop = () => {
    ending ??= end();
    return ending;
  };
  const ended = nodes.ended.then(async (reason) => {
    await stop();
    return reason;
  });
  return {
    url: proxy.url,
    chainId: nodes.chainId,
    get pids() {
      return nodes.pids;
    },
    keep: keeper.keep,
    stop,
    ended,
  };
}

function pidsOf({ pid, wardenPid }: LedgerNode): EmbeddedLedger["pids"] {
  return { node: pid, warden: wardenPid };
}

/** Mines a block and tells how many transactions did not fit into it. */
async function mine(node: LedgerNode | undefined): Promise<number> {
  if (node === undefined) throw new Error("there is no node");
  await node.rpc.call("evm_mine");
  // Not in one batch with the former: the node works on the calls of a batch at the same time.
  const pool = await node.rpc.call<{ pending: string }>("txpool_status");
  return Number(pool.pending);
}
