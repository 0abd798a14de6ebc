import type { AssetId, Hash, PartyId } from "./ids.ts";
import type { Registration } from "./registration.ts";

/** A reviewer's signature over the Merkle root of items, and this item's way up to it. */
export interface ItemReview {
  readonly reviewer: PartyId;
  /** Unix second after which the signature no longer counts. */
  readonly deadline: number;
  readonly root: Hash;
  readonly path: readonly Hash[];
  readonly signature: `0x${string}`;
}

/** Who signed an act, as `Authorization` in contracts/types/SignedActs.sol. */
export interface ActAuthorization {
  readonly signer: PartyId;
  readonly nonce: bigint;
  readonly deadline: number;
  readonly signature: `0x${string}`;
}

/** Registers one asset; without a review it waits for one. */
export interface RegisterAsset {
  readonly kind: "register-asset";
  readonly assetId: AssetId;
  readonly registration: Registration;
  readonly review?: ItemReview;
}

/**
 * An act that its owner signed (or that the gateway's own key performs, without an authorization), sent as one
 * transaction: `function` of `contract` with `args` in the order of the contract's ABI, the parameter `by` left out.
 * Numbers, booleans, hex and structs as objects by field name, so that it is kept as JSON.
 */
export interface RelayAct {
  readonly kind: "relay-act";
  /** The EIP-712 primary type, such as `TransferRight`: what an operation is called in answers. */
  readonly act: string;
  readonly contract: "membership" | "supervision" | "rightsRegistry";
  readonly function: string;
  readonly args: readonly unknown[];
  readonly authorization?: ActAuthorization;
  /** The asset concerned, where there is one. */
  readonly assetId?: AssetId;
}

export type Command = RegisterAsset | RelayAct;
