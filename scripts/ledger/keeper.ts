/** Decides when the ledger's state is written: soon after a change, and for a small part of the time. */
export interface Keeper {
  /** A block was mined; one without transactions can wait for the next write. */
  changed(hasTransactions: boolean): void;
  /** Writes what has changed, and then no more. */
  stop(): Promise<void>;
}

/** The node answers nobody while it gives out its state, so it does so for a twentieth of the time at most. */
const SHARE = 20;

/** @param intervalMs From the end of a write to the beginning of the next, at least. */
export function createKeeper(
  intervalMs: number,
  write: (signal: AbortSignal) => Promise<void>,
  failed: (error: Error) => void,
): Keeper {
  let isDirty = false;
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> | undefined;
  let pause = intervalMs;
  let isStopped = false;
  let abort = new AbortController();

  async function run(): Promise<void> {
    timer = undefined;
    const begun = performance.now();
    isDirty = false;
    try {
      await write(abort.signal);
    } catch (error) {
      isDirty = true;
      if (!abort.signal.aborted) failed(error as Error);
    }
    pause = Math.max(intervalMs, (performance.now() - begun) * SHARE);
    writing = undefined;
    if (isDirty) schedule();
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
