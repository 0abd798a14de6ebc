import { DatadeedError } from "./errors.ts";
import type { Hash, PartyId } from "./ids.ts";
import { isAddress, isHash } from "./ids.ts";
import { type ContractName, DOMAIN_NAMES, type Domain } from "./typed-data.ts";

/** What gateways and auditors read: where the contracts are, and what code they must have. */
export interface Deployment {
  readonly chainId: number;
  /** The first block that can hold a log of these contracts. */
  readonly deployBlock: number;
  readonly contracts: Readonly<
    Record<DeployedContract, { readonly address: PartyId; readonly codeHash: Hash }>
  >;
}

export const DEPLOYED_CONTRACTS = [
  "accessManager",
  "membership",
  "supervision",
  "transferPolicy",
  "rightsRegistry",
] as const;
export type DeployedContract = (typeof DEPLOYED_CONTRACTS)[number];

/** Throws `config-invalid` naming the member. */
export function parseDeployment(json: unknown): Deployment {
  const { chainId, deployBlock, contracts } = (json ?? {}) as Partial<Deployment>;
  requireThat(Number.isSafeInteger(chainId) && chainId! > 0, "chainId", "must be a positive integer");
  requireThat(
    Number.isSafeInteger(deployBlock) && deployBlock! >= 0,
    "deployBlock",
    "must be a block number",
  );
  for (const name of DEPLOYED_CONTRACTS) {
    const { address, codeHash } = (contracts?.[name] ?? {}) as { address?: string; codeHash?: string };
    requireThat(isAddress(address ?? ""), `contracts.${name}.address`, "must be an address");
    requireThat(
      isHash(codeHash ?? ""),
      `contracts.${name}.codeHash`,
      "must be keccak256 of the deployed code",
    );
  }
  return json as Deployment;
}

export function domainOf(deployment: Deployment, contract: ContractName): Domain {
  return {
    name: DOMAIN_NAMES[contract],
    version: "1",
    chainId: deployment.chainId,
    verifyingContract: deployment.contracts[contract].address,
  };
}

function requireThat(holds: boolean, field: string, rule: string): void {
  if (!holds) throw new DatadeedError("config-invalid", { setting: "deployment", field, rule });
}
