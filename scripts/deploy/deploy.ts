import { readFileSync } from "node:fs";
import { join } from "node:path";
import { concat, getCreateAddress } from "ethers";
import { fromHex, keccakHex } from "../../src/domain/crypto.ts";
import { DEPLOYED_CONTRACTS, type DeployedContract, type Deployment } from "../../src/domain/deployment.ts";
import { DatadeedError } from "../../src/domain/errors.ts";
import type { PartyId } from "../../src/domain/ids.ts";
import { INTERFACES } from "../../src/ledger/abi.ts";
import { createRpc, type Rpc } from "../../src/ledger/rpc.ts";
import { createAccount, type Draft } from "./account.ts";
import { ADMIN_ROLE, GOVERNANCE_ROLE, RESTRICTED } from "./governance.ts";

/** Who governs, and how long everything that governance does can be seen coming. All times in seconds. */
export interface Governance {
  /** Accounts that open regions, change regulators, grant duties, and rule over these permissions themselves. */
  readonly owners: readonly string[];
  /** Between an owner's schedule and its execution; for every role of every owner. */
  readonly executionDelay: number;
  /** Between the proposal of a recovery and its completion. */
  readonly recoveryDelay: number;
  /** Until a new payout address counts. */
  readonly payoutDelay: number;
  /** Notice of new duties for contracts; 30 days outside of demonstrations. */
  readonly dutyNotice: number;
}

export interface DeploySettings {
  readonly rpcUrl: string;
  /** 32 bytes as hex. Its account rules for these few transactions only and keeps nothing. */
  readonly deployerKey: string;
  readonly governance: Governance;
  /**
   * The deployer's nonce of the first transaction; the present one where nothing is said. The same nonce again completes
   * a deployment that was interrupted, and makes again, at the same addresses, one that a restored ledger has lost.
   */
  readonly firstNonce?: number;
  readonly log?: (sentence: string) => void;
}

const STEER_REGIONS = 8;

const ARTIFACTS: Readonly<Record<DeployedContract, string>> = {
  accessManager: "@openzeppelin/contracts/access/manager/AccessManager.sol/AccessManager.json",
  membership: "contracts/membership/Membership.sol/Membership.json",
  supervision: "contracts/supervision/Supervision.sol/Supervision.json",
  transferPolicy: "contracts/policy/TransferPolicy.sol/TransferPolicy.json",
  rightsRegistry: "contracts/rights/RightsRegistry.sol/RightsRegistry.json",
};

/** Puts the contracts on a ledger, and hands every role to the owners, each with its delay. */
export async function deploy(settings: DeploySettings): Promise<Deployment> {
  const { governance, log = () => {} } = settings;
  const rpc = createRpc(settings.rpcUrl);
  try {
    const deployer = await createAccount(rpc, settings.deployerKey);
    requireGovernance(governance, deployer.address);
    const nonce = await deployer.nonce();
    const first = settings.firstNonce ?? nonce;
    if (first > nonce) throw invalid("firstNonce", `is not above the deployer's next, ${nonce}`);
    const addresses = addressesFrom(deployer.address, first);
    const missing = draftsOf(addresses, deployer.address, governance).slice(nonce - first);
    for (const { title } of missing) log(title);
    await deployer.send(missing);
    return await describe(rpc, addresses);
  } finally {
    rpc.close();
  }
}

type Addresses = Readonly<Record<DeployedContract, PartyId>>;

/** In the order of `DEPLOYED_CONTRACTS`, which is that of their creation. */
export function addressesFrom(deployer: string, firstNonce: number): Addresses {
  const entries = DEPLOYED_CONTRACTS.map((name, index) => {
    const address = getCreateAddress({ from: deployer, nonce: firstNonce + index });
    return [name, address.toLowerCase()];
  });
  return Object.fromEntries(entries) as Addresses;
}

function draftsOf(at: Addresses, deployer: string, governance: Governance): Draft[] {
  const { recoveryDelay, payoutDelay, dutyNotice, executionDelay, owners } = governance;
  const manage = (title: string, method: string, ...args: unknown[]) =>
    callOf("accessManager", at.accessManager, title, method, args);
  const selectors = RESTRICTED.map((name) => INTERFACES.membership.getFunction(name)!.selector);
  return [
    creationOf("accessManager", deployer),
    creationOf("membership", at.accessManager, recoveryDelay, payoutDelay, dutyNotice),
    creationOf("supervision", at.membership),
    creationOf("transferPolicy", at.membership),
    creationOf("rightsRegistry", at.membership, at.transferPolicy),
    // Before the first region opens a duty needs no notice.
    callOf("membership", at.membership, "Let regulators steer their regions", "grantDuties", [
      at.supervision,
      STEER_REGIONS,
      0,
    ]),
    manage("Give regions to governance", "setTargetFunctionRole", at.membership, selectors, GOVERNANCE_ROLE),
    manage("Delay changes of permissions", "setTargetAdminDelay", at.membership, executionDelay),
    ...owners.flatMap((owner) => [
      manage(`Let ${owner} govern`, "grantRole", GOVERNANCE_ROLE, owner, executionDelay),
      manage(`Let ${owner} rule over roles`, "grantRole", ADMIN_ROLE, owner, executionDelay),
    ]),
    manage("Renounce the deployer's role", "renounceRole", ADMIN_ROLE, deployer),
  ];
}

function creationOf(name: DeployedContract, ...args: unknown[]): Draft {
  const path = join(import.meta.dirname, "../../artifacts", ARTIFACTS[name]);
  const { bytecode } = JSON.parse(readFileSync(path, "utf8")) as { bytecode: string };
  return { title: `Create ${name}`, data: concat([bytecode, INTERFACES[name].encodeDeploy(args)]) };
}

function callOf(name: DeployedContract, to: string, title: string, method: string, args: unknown[]): Draft {
  return { title, to, data: INTERFACES[name].encodeFunctionData(method, args) };
}

async function describe(rpc: Rpc, addresses: Addresses): Promise<Deployment> {
  const contracts = DEPLOYED_CONTRACTS.map(async (name) => {
    const address = addresses[name];
    const code = await rpc.call<string>("eth_getCode", address, "latest");
    if (code === "0x") throw notDeployed(name, address);
    return [name, { address, codeHash: keccakHex(fromHex(code)) }] as const;
  });
  // The manager's constructor logs the deployer's first role: nothing of ours is older.
  const [log] = await rpc.call<{ blockNumber: string }[]>("eth_getLogs", {
    address: addresses.accessManager,
    fromBlock: "0x0",
    toBlock: "latest",
  });
  if (log === undefined) throw notDeployed("accessManager", addresses.accessManager);
  return {
    chainId: Number(await rpc.call("eth_chainId")),
    deployBlock: Number(log.blockNumber),
    contracts: Object.fromEntries(await Promise.all(contracts)) as unknown as Deployment["contracts"],
  };
}

function notDeployed(field: DeployedContract, address: string): DatadeedError {
  return new DatadeedError("deployment-mismatch", { field, rule: `is not at ${address}`, address });
}

function requireGovernance(governance: Governance, deployer: string): void {
  const { owners } = governance;
  if (owners.length === 0) throw invalid("owners", "has at least one account");
  if (owners.some((owner) => owner.toLowerCase() === deployer)) {
    throw invalid("owners", "does not name the deployer, who keeps nothing");
  }
  for (const name of ["executionDelay", "recoveryDelay", "payoutDelay", "dutyNotice"] as const) {
    const seconds = governance[name];
    if (!Number.isSafeInteger(seconds) || seconds < 1)
      throw invalid(name, "is a whole number of seconds, at least 1");
  }
}

function invalid(field: string, rule: string): DatadeedError {
  return new DatadeedError("config-invalid", { setting: "deploy", field, rule });
}
