import { type Fragment, Interface, type InterfaceAbi } from "ethers";
import accessManager from "../../artifacts/@openzeppelin/contracts/access/manager/AccessManager.sol/AccessManager.json" with {
  type: "json",
};
import membership from "../../artifacts/contracts/membership/Membership.sol/Membership.json" with {
  type: "json",
};
import transferPolicy from "../../artifacts/contracts/policy/TransferPolicy.sol/TransferPolicy.json" with {
  type: "json",
};
import rightsRegistry from "../../artifacts/contracts/rights/RightsRegistry.sol/RightsRegistry.json" with {
  type: "json",
};
import supervision from "../../artifacts/contracts/supervision/Supervision.sol/Supervision.json" with {
  type: "json",
};
import type { DeployedContract } from "../domain/deployment.ts";
import { codeOfContractError } from "../domain/errors.ts";

const interfaceOf = ({ abi }: { abi: unknown }): Interface => new Interface(abi as InterfaceAbi);

export const INTERFACES: Readonly<Record<DeployedContract, Interface>> = {
  accessManager: interfaceOf(accessManager),
  membership: interfaceOf(membership),
  supervision: interfaceOf(supervision),
  transferPolicy: interfaceOf(transferPolicy),
  rightsRegistry: interfaceOf(rightsRegistry),
};

/** Errors are found by selector in all contracts: one below may have thrown it. */
const ALL = new Interface(
  uniqueFragments(Object.values(INTERFACES).flatMap(({ fragments }) => fragments)) as InterfaceAbi,
);

function uniqueFragments(fragments: readonly Fragment[]): Fragment[] {
  const errors = fragments.filter(({ type }) => type === "error");
  return [...new Map(errors.map((fragment) => [fragment.format("sighash"), fragment])).values()];
}

/** A refusal of the ledger as a row of the error table, with the error's own arguments as facts. */
export interface LedgerRefusal {
  readonly code: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

export function refusalOf(revertData: string | undefined): LedgerRefusal {
  const parsed = revertData === undefined || revertData === "0x" ? null : ALL.parseError(revertData);
  if (parsed === null) return { code: "transaction-failed", facts: { revertData: revertData ?? "0x" } };
  return {
    code: codeOfContractError(parsed.name),
    facts: { error: parsed.name, ...plain(parsed.args.toObject()) },
  };
}

/** JSON of decoded values: integers of more than 48 bits as decimal strings, hex in lower case. */
function plain(value: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plainValue(each)]));
}

function plainValue(value: unknown): unknown {
  if (typeof value === "bigint") return value <= 0xffffffffffffn ? Number(value) : value.toString();
  if (typeof value === "string") return /^0x[0-9a-fA-F]*$/.test(value) ? value.toLowerCase() : value;
  if (Array.isArray(value)) {
    const named = (value as { toObject?: () => Record<string, unknown> }).toObject;
    // A struct has names; a list has none, and ethers then throws or answers with none.
    return named !== undefined && isStruct(value) ? plain(named.call(value)) : value.map(plainValue);
  }
  return value;
}

function isStruct(value: readonly unknown[]): boolean {
  const keys = Object.keys((value as unknown as { toObject(): object }).toObject());
  return keys.length === value.length && keys.every((key) => !/^(_\d*)?$/.test(key));
}
