import type { ItemReview } from "../domain/commands.ts";
import { recoverSigner } from "../domain/crypto.ts";
import { DatadeedError } from "../domain/errors.ts";
import type { Hash, PartyId } from "../domain/ids.ts";
import { rootFrom } from "../domain/review-tree.ts";
import { ACTS, type ActName, type ActValues, digestOfHash, structHash } from "../domain/typed-data.ts";
import type { Gateway } from "./gateway.ts";

/** Signatures are checked before anything is kept: a forged one ends here. */

/** Throws `signature-forged`, unless a contract may have signed: then the ledger asks it. */
export async function requireSigned(
  gateway: Gateway,
  act: ActName,
  values: ActValues,
  signer: PartyId,
  signature: string,
): Promise<void> {
  const digest = digestOfHash(gateway.separators[ACTS[act].contract], structHash(act, values));
  const recovered = recoverSigner(digest, signature);
  if (recovered === signer) return;
  if (await gateway.isContract(signer)) return;
  throw new DatadeedError("signature-forged", {
    act,
    signer,
    ...(recovered === undefined ? {} : { recovered }),
  });
}

export function requireUnexpired(gateway: Gateway, act: ActName, signer: PartyId, deadline: number): void {
  const now = gateway.now();
  if (now > deadline) throw new DatadeedError("signature-expired", { act, signer, deadline, now });
}

export interface SignedRoot {
  readonly reviewer: PartyId;
  readonly deadline: number;
  readonly root: Hash;
  readonly signature: `0x${string}`;
}

const MOST_REMEMBERED = 1_000;

/** Items of one tree come one by one with the same signature: it is recovered once. */
export function createReviewCheck(gateway: Gateway) {
  const good = new Set<string>();

  async function requireReviewSigned({ reviewer, deadline, root, signature }: SignedRoot): Promise<void> {
    const name = `${reviewer}${deadline}${root}${signature}`;
    if (good.has(name)) return;
    const values = { registrar: gateway.gatewayParty, deadline, root };
    await requireSigned(gateway, "Review", values, reviewer, signature);
    if (good.size >= MOST_REMEMBERED) good.clear();
    good.add(name);
  }

  return { requireReviewSigned, requireReviewed };

  /** The item is a leaf of what the reviewer signed. Says nothing of the deadline. */
  async function requireReviewed(leaf: Hash, review: ItemReview): Promise<void> {
    if (rootFrom(leaf, review.path) !== review.root) {
      throw new DatadeedError("not-in-review", { leaf, root: review.root });
    }
    await requireReviewSigned(review);
  }
}

export type ReviewCheck = ReturnType<typeof createReviewCheck>;
