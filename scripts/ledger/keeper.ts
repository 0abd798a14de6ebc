/** Decides when the ledger's state is written: soon after a change, and for a small part of the time. */
export interface Keeper {
  /** A block was mined; one without transactions can wait for the next write. */
  changed(hasTransactions: boolean): void;
  /** Writes what has changed until now. Throws where that fails. */
  keep(): Promise<void>;
  /** Writes what has changed, and then no more. */
  stop(): Promise<void>;
}

/** Giving out its state takes the node a core and a copy in memory: it does so for a twentieth of the time at most. */
const SHARE = 20;
/** The pauses grow from here: what a first start sets up, no gateway's outbox could bring back. */
const FIRST_PAUSE_MS = 1_000;

/** @param intervalMs From the end of a write to the beginning of the next, in the long run. */
export function createKeeper(
  intervalMs: number,
  write: (signal: AbortSignal) => Promise<void>,
  failed: (error: Error) => void,
): Keeper {
  let isDirty = false;
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<Error | undefined> | undefined;
  let pause = Math.min(FIRST_PAUSE_MS, intervalMs);
  let isStopped = false;
  let abort = new AbortController();

  async function run(): Promise<Error | undefined> {
    clearTimeout(timer);
    timer = undefined;
    const begun = performance.now();
    isDirty = false;
    const error = await write(abort.signal).then(
      () => undefined,
      (reason: Error) => reason,
    );
    if (error !== undefined) isDirty = true;
    if (error !== undefined && !abort.signal.aborted) failed(error);
    pause = Math.max(Math.min(intervalMs, pause * 2), (performance.now() - begun) * SHARE);
    writing = undefined;
    if (isDirty) schedule();
    return error;
  }

  function schedule(): void {
    if (isStopped || writing !== undefined || timer !== undefined) return;
    timer = setTimeout(() => {
      writing = run();
    }, pause);
  }

  return {
    changed(hasTransactions) {
      isDirty = true;
      if (hasTransactions) schedule();
    },
    async keep() {
      await writing;
      if (!isDirty || isStopped) return;
      writing = run();
      const error = await writing;
      if (error !== undefined) throw error;
    },
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      // What is being written is old already if anything changed since; the last state has it all.
      if (isDirty) abort.abort();
      await writing;
      abort = new AbortController();
      if (isDirty) await run();
    },
  };
}
