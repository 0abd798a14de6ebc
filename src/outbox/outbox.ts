import { join } from "node:path";
import type { Logger } from "pino";
import { DatadeedError } from "../domain/errors.ts";
import type { BlockHeader, Ledger } from "../ledger/ledger.ts";
import { isUnavailable } from "../ledger/ledger.ts";
import type { Signer } from "../ledger/signer.ts";
import type { Database } from "../storage/database.ts";
import { createGasModel } from "./groups.ts";
import type { Acceptance, Operation, Outbox, WriteRequest } from "./operation.ts";
import { createSender } from "./sender.ts";
import { createSettlement } from "./settlement.ts";
import { createStore } from "./store.ts";

export interface OutboxNeeds {
  readonly db: Database;
  readonly ledger: Ledger;
  readonly signer: Signer;
  readonly finalityDepth: number;
  /** Writes descriptor bodies inside the transaction that accepts their operations. */
  readonly keepDescriptors: (descriptors: WriteRequest["descriptors"]) => void;
  readonly clock: () => number;
  readonly logger: Logger;
}

export interface RunningOutbox extends Outbox {
  /** Sends again what a former process left, and goes on from there. */
  start(): void;
  /** Finishes what is being written; what was accepted goes on at the next start. */
  stop(): Promise<void>;
  backlog(): { readonly ready: number; readonly inReview: number; readonly underWay: number };
}

const MOST_GROUPED = 512;
const RESEND_MS = 3_000;
const RETRY_MS = 500;
const KEEP_BYTES_MS = 7 * 86_400_000;

export function createOutbox(needs: OutboxNeeds): RunningOutbox {
  const { db, ledger, clock, logger } = needs;
  db.migrate("outbox", join(import.meta.dirname, "migrations"));
  const store = createStore(db, clock);
  const gas = createGasModel();
  const waiters = new Map<string, Set<() => void>>();
  const settlement = createSettlement({ ...needs, store, gas });
  const sender = createSender({
    ...needs,
    store,
    gas,
    onEnded: () => wakeAll(),
    later: (milliseconds) => setTimeout(() => work({ pump: true }), milliseconds),
  });

  // Accepting: requests that arrive together share one commit, which is what costs.

  interface Waiting {
    readonly request: WriteRequest;
    readonly resolve: (acceptance: Acceptance) => void;
    readonly reject: (error: unknown) => void;
  }
  let arrivals: Waiting[] = [];

  function enqueue(request: WriteRequest): Promise<Acceptance> {
    return new Promise((resolve, reject) => {
      arrivals.push({ request, resolve, reject });
      if (arrivals.length === 1) setImmediate(acceptArrivals);
    });
  }

  function acceptArrivals(): void {
    const group = arrivals.slice(0, MOST_GROUPED);
    arrivals = arrivals.slice(MOST_GROUPED);
    if (arrivals.length > 0) setImmediate(acceptArrivals);
    const answers: (() => void)[] = [];
    try {
      db.transaction(() => {
        for (const waiting of group) answers.push(acceptOne(waiting));
      });
    } catch (error) {
      for (const { reject } of group) reject(error);
      return;
    }
    for (const answer of answers) answer();
    work({ pump: true });
  }

  /** A request that is refused writes nothing and leaves the others of its group alone. */
  function acceptOne({ request, resolve, reject }: Waiting): () => void {
    let acceptance: Acceptance;
    try {
      acceptance = store.accept(request);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      return () => reject(error);
    }
    if (acceptance.isNew) needs.keepDescriptors(request.descriptors);
    return () => resolve(acceptance);
  }

  // Working: one thing at a time, so that what is read is still so when it is acted on.

  interface Wanted {
    pump?: boolean;
    resendSignedBefore?: number;
    head?: BlockHeader;
  }
  let wanted: Wanted = {};
  let working: Promise<void> | undefined;
  let retrying: NodeJS.Timeout | undefined;
  let isStarted = false;
  let isStopped = false;

  function work(more: Wanted): void {
    wanted = { ...wanted, ...more };
    if (isStarted && !isStopped) working ??= run().finally(() => (working = undefined));
  }

  async function run(): Promise<void> {
    while (!isStopped && Object.keys(wanted).length > 0) {
      const { pump, resendSignedBefore, head } = wanted;
      wanted = {};
      try {
        if (head !== undefined) await settle(head);
        if (resendSignedBefore !== undefined) await sender.resend(resendSignedBefore);
        if (pump === true) await sender.pump();
      } catch (error) {
        logFailure(error);
        retrying ??= setTimeout(() => {
          retrying = undefined;
          work({ pump: true, ...(head !== undefined && { head }) });
        }, RETRY_MS);
      }
    }
  }

  async function settle(head: BlockHeader): Promise<void> {
    const { touched, isFreed } = await settlement.settle(head);
    if (isFreed) sender.forgetNonce();
    for (const id of touched) wake(id);
    wanted.pump = true;
  }

  /** The ledger being away is ordinary: the next head brings the work back. Anything else must be seen. */
  function logFailure(error: unknown): void {
    if (isUnavailable(error)) logger.warn({ reason: (error as Error).message }, "the ledger does not answer");
    else logger.error({ err: error }, "the outbox failed and tries again");
  }

  function wake(id: string): void {
    for (const look of waiters.get(id) ?? []) look();
  }

  function wakeAll(): void {
    for (const id of waiters.keys()) wake(id);
  }

  function settled(id: string, milliseconds: number): Promise<Operation> {
    return new Promise((resolve) => {
      const finish = (operation: Operation) => {
        clearTimeout(timer);
        waiters.get(id)?.delete(look);
        if (waiters.get(id)?.size === 0) waiters.delete(id);
        resolve(operation);
      };
      const look = () => {
        const operation = store.operation(id)!;
        if (operation.state === "final" || operation.state === "rejected") finish(operation);
      };
      const timer = setTimeout(() => finish(store.operation(id)!), milliseconds);
      waiters.set(id, (waiters.get(id) ?? new Set()).add(look));
      look();
    });
  }

  let stopHeads = () => {};
  let resending: NodeJS.Timeout | undefined;

  return {
    enqueue,
    earlier: (request) => store.earlier(request),
    status: (id) => store.operation(id),
    list: (filter) => store.list(filter),
    async attachReviews(reviews) {
      db.transaction(() => {
        for (const { operationId, review } of reviews) {
          if (!store.attachReview(operationId, review)) throw notAwaiting(operationId);
        }
      });
      work({ pump: true });
    },
    async returnForCorrection(operationId, field, reason) {
      const refusal = { code: "returned-for-correction", facts: { field, reason } };
      if (!db.transaction(() => store.refuseInReview(operationId, refusal))) throw notAwaiting(operationId);
      wake(operationId);
    },
    settled,
    backlog: () => store.backlog(),
    start() {
      isStarted = true;
      db.transaction(() => store.forgetBytes(clock() - KEEP_BYTES_MS));
      stopHeads = ledger.onHead((head) => work({ head }));
      resending = setInterval(() => work({ resendSignedBefore: clock() - RESEND_MS, pump: true }), RESEND_MS);
      work({ resendSignedBefore: clock() + 1, pump: true });
    },
    async stop() {
      stopHeads();
      clearInterval(resending);
      clearTimeout(retrying);
      isStopped = true;
      await working;
      if (arrivals.length > 0) acceptArrivals();
    },
  };
}

const notAwaiting = (operationId: string) => new DatadeedError("not-awaiting-review", { operationId });
const isRefusal = (error: unknown): boolean => error instanceof DatadeedError;
