import type { Logger } from "pino";
import type { RegisterAsset, RelayAct } from "../domain/commands.ts";
import type { ContractName } from "../domain/typed-data.ts";
import { type BlockHeader, isUnavailable, type Ledger } from "../ledger/ledger.ts";
import type { ReviewedItem } from "../ledger/register-batch.ts";
import { RpcError } from "../ledger/rpc.ts";
import type { Signer } from "../ledger/signer.ts";
import { signTransaction } from "../ledger/transaction.ts";
import type { Database } from "../storage/database.ts";
import { calldataOf } from "./calldata.ts";
import type { GasModel } from "./groups.ts";
import type { ReadyOperation, Store, StoredTransaction } from "./store.ts";

/**
 * Signs what is ready, in order, and sends it: bytes are stored before they leave, so that a crash at any point leaves
 * either nothing or bytes that are sent again.
 */
export interface Sender {
  /** Signs and sends until nothing is ready or enough is under way. Never two at a time. */
  pump(): Promise<void>;
  /** Sends again what was signed before this Unix millisecond and is not in a block yet. */
  resend(signedBefore: number): Promise<void>;
  /** Reads the nonce from the ledger before the next signature. */
  forgetNonce(): void;
}

export interface SenderNeeds {
  readonly db: Database;
  readonly store: Store;
  readonly ledger: Ledger;
  readonly signer: Signer;
  readonly gas: GasModel;
  readonly clock: () => number;
  readonly logger: Logger;
  /** An operation ended without a transaction. */
  readonly onEnded: (position: number) => void;
  /** Asks for another `pump` in this many milliseconds. */
  readonly later: (milliseconds: number) => void;
}

const MOST_UNDER_WAY = 24;
const MOST_READ = 1_000;
/** While something is under way, a group that is not full waits this long for company. */
const GATHERING_MS = 150;

export function createSender(needs: SenderNeeds): Sender {
  const { db, store, ledger, signer, gas, clock, logger } = needs;
  const { chainId } = ledger.deployment;
  let nextNonce: number | undefined;

  async function pump(): Promise<void> {
    for (;;) {
      const underWay = store.underWay().filter(({ state }) => state !== "mined");
      if (underWay.length >= MOST_UNDER_WAY) return;
      const ready = store.ready(MOST_READ);
      if (ready.length === 0) return;
      const goesOn =
        ready[0]!.command.kind === "relay-act"
          ? await sendAct(ready[0]!, ready[0]!.command, underWay.length > 0)
          : await sendRegistrations(ready, underWay.length > 0);
      if (!goesOn) return;
    }
  }

  async function sendRegistrations(ready: readonly ReadyOperation[], isBusy: boolean): Promise<boolean> {
    const head = await ledger.latest();
    const end = ready.findIndex(({ command }) => command.kind !== "register-asset");
    const candidates = end === -1 ? ready : ready.slice(0, end);
    const items = candidates.map(({ command }) => command as RegisterAsset & ReviewedItem);
    const { count, estimate } = gas.take(items, head.gasLimit);
    const age = clock() - ready[0]!.acceptedAt;
    if (isBusy && count === ready.length && age < GATHERING_MS) {
      needs.later(GATHERING_MS - age);
      return false;
    }
    const group = candidates.slice(0, count);
    await send(
      head,
      group,
      calldataOf(items.slice(0, count)),
      estimate,
      gas.limitFor(estimate, head.gasLimit),
    );
    return true;
  }

  /** An act that fails only because an earlier operation is under way is tried again after that one. */
  async function sendAct(operation: ReadyOperation, act: RelayAct, isBusy: boolean): Promise<boolean> {
    const call = calldataOf([act]);
    const outcome = await ledger.simulate({ from: signer.address, ...call });
    if ("refusal" in outcome) {
      if (isBusy) return false;
      db.transaction(() => store.refuse(operation.position, outcome.refusal));
      needs.onEnded(operation.position);
      return true;
    }
    // What others change in between may make it dearer.
    await send(await ledger.latest(), [operation], call, outcome.gas, Math.ceil(outcome.gas * 1.5));
    return true;
  }

  async function send(
    head: BlockHeader,
    operations: readonly ReadyOperation[],
    { contract, data }: { contract: ContractName; data: `0x${string}` },
    estimate: number,
    gasLimit: number,
  ): Promise<void> {
    const nonce = nextNonce ?? (await readNonce());
    const to = ledger.deployment.contracts[contract].address;
    // Twice the newest base fee outlives six full blocks; where gas is free it stays zero.
    const maxFeePerGas = head.baseFee * 2n;
    const signed = await signTransaction({ chainId, nonce, maxFeePerGas, gasLimit, to, data }, signer);
    const positions = operations.map(({ position }) => position);
    const stored = db.transaction(() => store.saveSigned(signed, estimate, positions));
    nextNonce = nonce + 1;
    logger.info({ transaction: signed.hash, nonce, operations: positions.length }, "signed");
    await broadcast(stored, signed.raw);
  }

  /** Goes on where the ledger is, or after what is signed already, whichever is later. */
  async function readNonce(): Promise<number> {
    const last = store.underWay().at(-1);
    return Math.max(await ledger.nonceOf(signer.address), last === undefined ? 0 : last.nonce + 1);
  }

  async function broadcast(transaction: StoredTransaction, raw: Uint8Array): Promise<void> {
    try {
      const outcome = await ledger.broadcast(raw);
      if (outcome === "accepted" || outcome === "known") {
        db.transaction(() => store.setBroadcast(transaction.id));
        return;
      }
      // A block or the pool has this nonce: the settlement finds out whether with these bytes.
      logger.warn({ transaction: transaction.hash, nonce: transaction.nonce, outcome }, "nonce is taken");
      nextNonce = undefined;
    } catch (error) {
      // The bytes are stored: they are sent again every few seconds.
      if (!isUnavailable(error) && !(error instanceof RpcError)) throw error;
      logger.warn({ transaction: transaction.hash, reason: (error as Error).message }, "not sent yet");
    }
  }

  async function resend(signedBefore: number): Promise<void> {
    const waiting = store
      .underWay()
      .filter(({ state, updatedAt }) => state !== "mined" && updatedAt < signedBefore);
    if (waiting.length === 0) return;
    await fillGap(waiting[0]!.nonce);
    for (const transaction of waiting) {
      const raw = store.rawOf(transaction.id);
      if (raw !== undefined) await broadcast(transaction, raw);
      if (!ledger.isUp()) return;
    }
  }

  /**
   * A ledger restored from before this database was made lacks transactions of the key that nobody has bytes of; those
   * after them would wait for ever. Empty transactions take their places.
   */
  async function fillGap(firstWaiting: number): Promise<void> {
    const onLedger = await ledger.nonceOf(signer.address);
    const head = await ledger.latest();
    for (let nonce = onLedger; nonce < firstWaiting; nonce++) {
      const nothing = {
        chainId,
        nonce,
        maxFeePerGas: head.baseFee * 2n,
        gasLimit: 21_000,
        data: "0x",
      } as const;
      const signed = await signTransaction({ ...nothing, to: signer.address }, signer);
      logger.warn(
        { nonce, transaction: signed.hash },
        "nonce missing on the ledger: sent an empty transaction",
      );
      await ledger.broadcast(signed.raw);
    }
  }

  return {
    pump,
    resend,
    forgetNonce() {
      nextNonce = undefined;
    },
  };
}
