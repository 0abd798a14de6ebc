import type { Logger } from "pino";
import type { RegisterAsset } from "../domain/commands.ts";
import { refusalOf } from "../ledger/abi.ts";
import { decodeEvent, topicOf } from "../ledger/event-decoder.ts";
import type { BlockHeader, Ledger, Receipt } from "../ledger/ledger.ts";
import type { Signer } from "../ledger/signer.ts";
import type { Database } from "../storage/database.ts";
import { calldataOf } from "./calldata.ts";
import type { GasModel } from "./groups.ts";
import type { Refusal } from "./operation.ts";
import type { Store, StoredTransaction } from "./store.ts";

/** Follows what was sent into blocks, and back out of them where a ledger was restored. */
export interface Settlement {
  /** @returns Ids of operations that may have ended, and whether something is free to be signed again. */
  settle(head: BlockHeader): Promise<{ readonly touched: readonly string[]; readonly isFreed: boolean }>;
}

export interface SettlementNeeds {
  readonly db: Database;
  readonly store: Store;
  readonly ledger: Ledger;
  readonly signer: Signer;
  readonly gas: GasModel;
  /** Blocks above a transaction's own until it is final; 0 under immediate finality. */
  readonly finalityDepth: number;
  readonly logger: Logger;
}

/** What a transaction did to one of its operations. */
interface Outcome {
  readonly position: number;
  readonly refusal?: Refusal;
  readonly alreadyDone?: boolean;
}

const REGISTERED = topicOf("rightsRegistry", "AssetRegistered");
const REFUSED = topicOf("rightsRegistry", "RegistrationRefused");
const MOST_ATTEMPTS = 4;

export function createSettlement(needs: SettlementNeeds): Settlement {
  const { db, store, ledger, signer, gas, finalityDepth, logger } = needs;
  const registry = ledger.deployment.contracts.rightsRegistry.address;

  async function settle(head: BlockHeader) {
    const touched: string[] = await takeBackVanished();
    let isFreed = false;
    // The indexer reads the same block: whoever comes second finds it kept.
    await ledger.block(head.number);
    const waiting: StoredTransaction[] = [];
    for (const transaction of store.underWay()) {
      const receipt = await ledger.receipt(transaction.hash);
      if (receipt !== undefined) {
        isFreed = (await settleOne(transaction, receipt, head)) || isFreed;
        touched.push(...store.operationsOf(transaction.id).map(({ id }) => id));
      } else if (transaction.state === "mined") {
        vanish(transaction);
      } else {
        waiting.push(transaction);
      }
    }
    if (waiting.length > 0) isFreed = (await freeReplaced(waiting, head)) || isFreed;
    return { touched, isFreed };
  }

  /** Final blocks are looked at again from the newest one back: a restored ledger lacks the last of them. */
  async function takeBackVanished(): Promise<string[]> {
    const ids: string[] = [];
    let before = Number.MAX_SAFE_INTEGER;
    for (;;) {
      const transaction = store.finalBefore(before);
      if (transaction?.block === undefined) return ids;
      if ((await ledger.blockHash(transaction.block.number)) === transaction.block.hash) return ids;
      vanish(transaction);
      ids.push(...store.operationsOf(transaction.id).map(({ id }) => id));
      before = transaction.id;
    }
  }

  function vanish(transaction: StoredTransaction): void {
    logger.warn(
      { transaction: transaction.hash, block: transaction.block },
      "block vanished: back to broadcast",
    );
    db.transaction(() => {
      if (store.rawOf(transaction.id) === undefined) store.abandon(transaction.id);
      else store.setVanished(transaction.id);
    });
  }

  /** @returns Whether its operations are free to be signed again. */
  async function settleOne(
    transaction: StoredTransaction,
    receipt: Receipt,
    head: BlockHeader,
  ): Promise<boolean> {
    const isFinal = head.number - receipt.block.number >= finalityDepth;
    if (transaction.state === "mined" && !isFinal) return false;
    if (!receipt.succeeded) return settleFailed(transaction, receipt, isFinal);
    if (transaction.state !== "mined") gas.learn(transaction.estimatedGas, receipt.gasUsed);
    const outcomes = await outcomesOf(transaction, receipt);
    db.transaction(() => {
      store.setMined(transaction.id, receipt.block, isFinal);
      for (const { position, refusal, alreadyDone } of outcomes) {
        if (alreadyDone === true) store.setAlreadyDone(position);
        else if (refusal !== undefined) store.refuse(position, refusal);
      }
    });
    logger.info({ transaction: transaction.hash, block: receipt.block.number, isFinal }, "mined");
    return false;
  }

  /** The n-th log about an asset belongs to the n-th operation about it: a batch is carried out in order. */
  async function outcomesOf(transaction: StoredTransaction, receipt: Receipt): Promise<Outcome[]> {
    const refused = receipt.logs.some(({ topics }) => topics[0] === REFUSED);
    if (!refused) return [];
    const byAsset = new Map<string, { position: number; command: RegisterAsset }[]>();
    for (const { position, command } of store.operationsOf(transaction.id)) {
      if (command.kind !== "register-asset") continue;
      byAsset.set(command.assetId, [...(byAsset.get(command.assetId) ?? []), { position, command }]);
    }
    const outcomes: Outcome[] = [];
    for (const { address, topics, data } of receipt.logs) {
      if (address !== registry) continue;
      if (topics[0] === REGISTERED) byAsset.get(topics[1]!)?.shift();
      if (topics[0] !== REFUSED) continue;
      const { assetId, reason } = decodeEvent("rightsRegistry", topics, data)!.args as Record<string, string>;
      const operation = byAsset.get(assetId!)?.shift();
      if (operation !== undefined) outcomes.push(await outcomeOf(transaction, operation, refusalOf(reason)));
    }
    return outcomes;
  }

  async function outcomeOf(
    transaction: StoredTransaction,
    { position, command }: { position: number; command: RegisterAsset },
    refusal: Refusal,
  ): Promise<Outcome> {
    if (refusal.code === "asset-already-registered" && (await isOurs(position, command))) {
      return { position, alreadyDone: true };
    }
    if (refusal.code === "signature-late" && transaction.wasFinal) {
      return { position, refusal: { code: "ledger-rewound", facts: refusal.facts } };
    }
    return { position, refusal };
  }

  /** The record on the ledger is of this very registration, sent by this key or an earlier one of the same party. */
  async function isOurs(position: number, command: RegisterAsset): Promise<boolean> {
    if (store.wasRegistered(position, command)) return true;
    const log = await ledger.registrationOf(command.assetId);
    if (log === undefined) return false;
    const { args } = decodeEvent("rightsRegistry", log.topics, log.data)!;
    const { contentRoot, descriptorHash, holder } = command.registration;
    return (
      args.contentRoot === contentRoot &&
      args.descriptorHash === descriptorHash &&
      args.holder === holder.toLowerCase() &&
      args.registrar === (await ledger.partyOfKey(signer.address))
    );
  }

  /**
   * A batch reverts only for what concerns all of it, an act for its own reason: the ledger is asked for it again. What
   * would succeed by now, or only lacked gas, is signed anew.
   */
  async function settleFailed(
    transaction: StoredTransaction,
    receipt: Receipt,
    isFinal: boolean,
  ): Promise<boolean> {
    const operations = store.operationsOf(transaction.id);
    const commands = operations.map(({ command }) => command);
    const outcome = await ledger.simulate({ from: signer.address, ...calldataOf(commands) });
    const refusal = "refusal" in outcome ? outcome.refusal : undefined;
    const isTransient = refusal === undefined || refusal.code === "out-of-gas";
    const isFreed = isTransient && operations.every(({ attempts }) => attempts < MOST_ATTEMPTS);
    logger.warn({ transaction: transaction.hash, reason: refusal?.code, isFreed }, "transaction failed");
    if (isTransient) gas.distrust();
    db.transaction(() => {
      if (isFreed) return store.abandon(transaction.id);
      const ended = refusal ?? { code: "transaction-failed", facts: { transaction: transaction.hash } };
      for (const { position } of operations) store.refuse(position, ended);
      store.setMined(transaction.id, receipt.block, isFinal);
    });
    return isFreed;
  }

  /** A nonce that others' bytes used in a final block never carries ours. */
  async function freeReplaced(waiting: readonly StoredTransaction[], head: BlockHeader): Promise<boolean> {
    const lastFinal = finalityDepth === 0 ? undefined : Math.max(0, head.number - finalityDepth);
    const used = await ledger.nonceOf(signer.address, lastFinal);
    const replaced = waiting.filter(({ nonce }) => nonce < used);
    let isFreed = false;
    for (const transaction of replaced) {
      // Between the two questions it may have come into a block after all.
      if ((await ledger.receipt(transaction.hash)) !== undefined) continue;
      logger.warn({ transaction: transaction.hash, nonce: transaction.nonce }, "nonce used by other bytes");
      db.transaction(() => store.abandon(transaction.id));
      isFreed = true;
    }
    return isFreed;
  }

  return { settle };
}
