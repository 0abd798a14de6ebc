import type { ApiKeys } from "../auth/keys.ts";
import type { Descriptors } from "../descriptors/descriptors.ts";
import { type Deployment, domainOf } from "../domain/deployment.ts";
import type { PartyId } from "../domain/ids.ts";
import { domainSeparator } from "../domain/typed-data.ts";
import type { Queries } from "../indexer/queries.ts";
import type { Outbox } from "../outbox/operation.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { type Cursors, createCursors } from "./cursor.ts";

/** What the HTTP API is made of; handed in by main.ts. */
export interface GatewayParts {
  readonly outbox: Outbox;
  readonly queries: Queries;
  readonly apiKeys: ApiKeys;
  readonly descriptors: Pick<Descriptors, "body" | "stateOf">;
  readonly deployment: Deployment;
  /** The exchange that runs this gateway. */
  readonly gatewayParty: PartyId;
  /**
   * Has the address code? Asked only where a signature is not the address's own by ECDSA: a contract's signature
   * (ERC-1271) is judged on the ledger, anyone else's is forged. Rejects while the ledger is away.
   */
  readonly isContract: (address: PartyId) => Promise<boolean>;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly ready: () => { readonly ready: boolean; readonly reasons: readonly string[] };
  readonly limits?: Partial<Limits>;
}

export interface Limits {
  /** Requests a second of one API key, or of one peer. */
  readonly perKey: number;
  /** Requests a second without a valid key, from one address. */
  readonly perAddress: number;
  /** Event streams open at once with one API key. */
  readonly streamsPerKey: number;
}

export const DEFAULT_LIMITS: Limits = { perKey: 10_000, perAddress: 100, streamsPerKey: 16 };

/** The parts, with what is computed from them once. */
export interface Gateway extends Omit<GatewayParts, "limits"> {
  readonly limits: Limits;
  readonly cursors: Cursors;
  readonly separators: Readonly<Record<"membership" | "supervision" | "rightsRegistry", Buffer>>;
  /** Unix second. */
  readonly now: () => number;
  /** Ends what would otherwise go on for as long as the client likes. */
  readonly draining: AbortSignal;
}

export function assembleGateway(parts: GatewayParts, draining: AbortSignal): Gateway {
  const { deployment, clock } = parts;
  const separator = (contract: "membership" | "supervision" | "rightsRegistry") =>
    domainSeparator(domainOf(deployment, contract));
  return {
    ...parts,
    limits: { ...DEFAULT_LIMITS, ...parts.limits },
    cursors: createCursors(`${deployment.chainId} ${deployment.contracts.rightsRegistry.address}`),
    separators: {
      membership: separator("membership"),
      supervision: separator("supervision"),
      rightsRegistry: separator("rightsRegistry"),
    },
    now: () => Math.floor(clock() / 1000),
    draining,
  };
}
