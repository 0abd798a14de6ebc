import type { ReviewedItem } from "../ledger/register-batch.ts";

/**
 * How many registrations go into one transaction. Its gas is estimated from what the items hold, and corrected by what
 * transactions before it really used: never more than half a block, nor than a transaction may have (EIP-7825).
 */
const MOST_GAS = 16_777_216;
const MOST_ITEMS = 1_000;
/** The limit given is this much above the estimate; what is not used costs nothing. */
const HEADROOM = 1.25;

const GAS = {
  transaction: 60_000,
  item: 75_000,
  /** A right is a Transfer event, and an item's persons a slot. */
  right: 3_000,
  persons: 23_000,
  parent: 45_000,
  /** Signature check and calldata of an item that has a review of its own. */
  review: 12_000,
} as const;

export interface GasModel {
  /** Takes what fits from the front of `items`. */
  take(
    items: readonly ReviewedItem[],
    blockGasLimit: number,
  ): { readonly count: number; readonly estimate: number };
  /** The limit to sign for an estimate. */
  limitFor(estimate: number, blockGasLimit: number): number;
  /** Learns from a transaction's receipt. */
  learn(estimate: number, used: number): void;
  /** After a transaction ran out of gas. */
  distrust(): void;
}

export function createGasModel(): GasModel {
  /** Gas used a unit of estimate: begins careful. */
  let ratio = 1.2;
  const most = (blockGasLimit: number) => Math.min(MOST_GAS, Math.floor(blockGasLimit / 2));

  return {
    take(items, blockGasLimit) {
      const budget = most(blockGasLimit) / HEADROOM / ratio;
      let estimate = GAS.transaction;
      let count = 0;
      let lastReview: string | undefined;
      for (const { registration, review } of items) {
        const cost =
          GAS.item +
          GAS.right * registration.rights.length +
          GAS.parent * registration.parents.length +
          (registration.persons > 0 ? GAS.persons : 0) +
          (review.signature === lastReview ? 0 : GAS.review);
        // One item goes alone even where it is larger than it should be: the ledger decides.
        if (count > 0 && (estimate + cost > budget || count === MOST_ITEMS)) break;
        estimate += cost;
        lastReview = review.signature;
        count++;
      }
      return { count, estimate };
    },
    limitFor: (estimate, blockGasLimit) =>
      Math.min(Math.ceil(estimate * ratio * HEADROOM) + 100_000, most(blockGasLimit)),
    learn(estimate, used) {
      ratio = Math.min(3, Math.max(0.5, 0.8 * ratio + 0.2 * (used / estimate)));
    },
    distrust() {
      ratio = Math.min(3, ratio * 1.5);
    },
  };
}
