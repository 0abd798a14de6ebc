import type { Command, ItemReview } from "../domain/commands.ts";
import type { AssetId, Hash, PartyId } from "../domain/ids.ts";

/**
 * accepted ─▶ signed ─▶ broadcast ─▶ mined ─▶ final
 *    ▲                     ▲           │ (final blocks vanished: a restored ledger)
 * in-review                └───────────┘
 * and from each of them `rejected`, with the reason. `final` and `rejected` are the last states.
 */
export type OperationState =
  | "in-review"
  | "accepted"
  | "signed"
  | "broadcast"
  | "mined"
  | "final"
  | "rejected";

/** A row of the error table that ended an operation, with its facts. */
export interface Refusal {
  readonly code: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

export interface Operation {
  readonly id: string;
  /** Position in the order of acceptance, over all tenants: the cursor of lists. */
  readonly position: number;
  /** The party whose API key asked for it. */
  readonly tenant: PartyId;
  readonly command: Command;
  readonly assetId?: AssetId;
  readonly state: OperationState;
  readonly transactionHash?: Hash;
  readonly block?: { readonly number: number; readonly hash: Hash };
  readonly refusal?: Refusal;
  /** True where the ledger had the same content of the same holder and registrar already: nothing was written anew. */
  readonly alreadyDone: boolean;
  readonly acceptedAt: string;
  readonly updatedAt: string;
}

/** One HTTP write, as the outbox keeps it: the same key of the same tenant with the same body is answered alike. */
export interface WriteRequest {
  readonly tenant: PartyId;
  readonly idempotencyKey: string;
  /** SHA-256 of method, path and canonical body. */
  readonly requestHash: Hash;
  /** In order. Operations of one tenant take effect in the order accepted. With none, the key alone is claimed. */
  readonly commands: readonly Command[];
  /** Descriptor bodies that must be durable together with the operations, by their hash. */
  readonly descriptors: readonly { readonly hash: Hash; readonly body: string }[];
}

export interface Acceptance {
  /** False where an earlier request with this key and body is answered again. */
  readonly isNew: boolean;
  readonly operations: readonly Operation[];
}

export interface OperationFilter {
  readonly tenant?: PartyId;
  readonly state?: OperationState;
  readonly after?: number;
  readonly limit: number;
}

/** Operations that will reach the ledger: each exactly once, in its tenant's order, whatever is killed in between. */
export interface Outbox {
  /**
   * Resolves once the operations are on disk (synchronous=FULL, grouped commits), the ledger up or down.
   * Throws `idempotency-key-reused` where the key came with another body before.
   */
  enqueue(request: WriteRequest): Promise<Acceptance>;
  /**
   * What an earlier request with this key was answered, without enqueueing anything. Throws `idempotency-key-reused`
   * where it had another body. A repeated request whose signature has expired since is still the accepted one.
   */
  earlier(request: Pick<WriteRequest, "tenant" | "idempotencyKey" | "requestHash">): Acceptance | undefined;
  status(operationId: string): Operation | undefined;
  list(filter: OperationFilter): readonly Operation[];
  /** Gives reviewed items their signature and lets them go on; one call, one transaction. */
  attachReviews(reviews: readonly { operationId: string; review: ItemReview }[]): Promise<void>;
  /** Ends an operation in review: `returned-for-correction`, with the field and the reviewer's reason. */
  returnForCorrection(operationId: string, field: string, reason: string): Promise<void>;
  /** Resolves when the operation reached `final` or `rejected`, or after `milliseconds` with its state by then. */
  settled(operationId: string, milliseconds: number): Promise<Operation>;
}
