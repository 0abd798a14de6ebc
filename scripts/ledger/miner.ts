/**
 * When blocks are mined. A transaction that comes alone is in a block within 200 ms; whoever sends steadily gets a block
 * a second, which costs the ledger least; and a quiet ledger gets one a minute, so that its clock goes on.
 */
export interface Miner {
  /** So many transactions more wait. */
  notice(transactions: number): void;
  /** Mines what waits, and then no more. */
  stop(): Promise<void>;
}

/** Long enough for what comes together to go together. */
const GATHER_MS = 80;
const BETWEEN_BLOCKS_MS = 1_000;
const HEARTBEAT_MS = 60_000;
/** So many blocks may come sooner than a second apart: a person who does one thing after another need not wait. */
const CREDIT = 3;
/** A block of so many transactions is load, and takes all credit. */
const LOAD = 16;

/** @param mine Mines a block, for about so many transactions, and resolves with the number that did not fit. */
export function createMiner(mine: (transactions: number) => Promise<number>): Miner {
  let waiting = 0;
  let credit = CREDIT;
  let lastBlock = performance.now();
  let timer: NodeJS.Timeout | undefined;
  let mining: Promise<void> | undefined;
  let isStopped = false;

  const now = () => performance.now();
  const settle = () => {
    credit = Math.min(CREDIT, credit + (now() - lastBlock) / BETWEEN_BLOCKS_MS);
  };

  async function run(): Promise<void> {
    settle();
    const taken = waiting;
    waiting = 0;
    lastBlock = now();
    credit = taken >= LOAD ? 0 : Math.max(0, credit - 1);
    try {
      const left = await mine(taken);
      // Those that came meanwhile may be among what is left.
      waiting = Math.max(waiting, left);
    } catch {
      // The node is gone; what waited comes back with the senders' next broadcast, or waits in the pool for the next block.
      waiting += taken;
    }
    mining = undefined;
    schedule();
  }

  function begin(): void {
    timer = undefined;
    mining ??= run();
  }

  function delay(): number {
    const since = now() - lastBlock;
    if (waiting === 0) return HEARTBEAT_MS - since;
    const earned = credit + since / BETWEEN_BLOCKS_MS;
    return earned >= 1 ? GATHER_MS : Math.max(GATHER_MS, (1 - earned) * BETWEEN_BLOCKS_MS);
  }

  function schedule(): void {
    if (isStopped || mining !== undefined) return;
    clearTimeout(timer);
    timer = setTimeout(begin, Math.max(0, delay()));
  }

  // The newest block of a ledger that rested is old; calls that are made at it see its time.
  begin();
  return {
    notice(transactions) {
      const wasQuiet = waiting === 0;
      waiting += transactions;
      // What waits already has its block coming: putting that off with each new transaction would put it off for ever.
      if (wasQuiet) schedule();
    },
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await mining;
      if (waiting > 0) await run();
    },
  };
}
