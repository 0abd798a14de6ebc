import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ContractFactory, FeeData, Interface, type InterfaceAbi, JsonRpcProvider, Wallet } from "ethers";
import { fromHex, keccakHex } from "../../src/domain/crypto.ts";
import type { DeployedContract, Deployment } from "../../src/domain/deployment.ts";
import type { PartyId } from "../../src/domain/ids.ts";

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

/** Roles of the AccessManager: 0 rules over roles, 1 over the members. */
export const ADMIN_ROLE = 0n;
export const GOVERNANCE_ROLE = 1n;
const STEER_REGIONS = 8;

const ARTIFACTS: Readonly<Record<DeployedContract, string>> = {
  accessManager: "@openzeppelin/contracts/access/manager/AccessManager.sol/AccessManager.json",
  membership: "contracts/membership/Membership.sol/Membership.json",
  supervision: "contracts/supervision/Supervision.sol/Supervision.json",
  transferPolicy: "contracts/policy/TransferPolicy.sol/TransferPolicy.json",
  rightsRegistry: "contracts/rights/RightsRegistry.sol/RightsRegistry.json",
};

/**
 * Puts the contracts on a ledger. The deployer rules for these few transactions only: it hands every role to the owners,
 * each with its delay, and renounces its own.
 * @param deployerKey Private key of an account that may send transactions; it keeps nothing.
 */
export async function deploy(
  rpcUrl: string,
  deployerKey: string,
  governance: Governance,
): Promise<Deployment> {
  if (governance.owners.length === 0) throw new RangeError("governance needs at least one owner");
  const provider = ledgerProvider(rpcUrl);
  try {
    return await deployWith(new Wallet(deployerKey, provider), provider, governance);
  } finally {
    provider.destroy();
  }
}

/** A ledger of members pays no tips; where gas is free, an account without funds may send. */
export function ledgerProvider(rpcUrl: string): JsonRpcProvider {
  const provider = new JsonRpcProvider(rpcUrl, undefined, { staticNetwork: true, pollingInterval: 100 });
  provider.getFeeData = async () => {
    const block = await provider.getBlock("latest");
    return new FeeData(null, (block?.baseFeePerGas ?? 0n) * 2n, 0n);
  };
  return provider;
}

async function deployWith(
  deployer: Wallet,
  provider: JsonRpcProvider,
  governance: Governance,
): Promise<Deployment> {
  const { chainId } = await provider.getNetwork();
  const before = await provider.getBlockNumber();
  let nonce = await deployer.getNonce();
  const put = async (name: DeployedContract, ...args: unknown[]) => {
    const { abi, bytecode } = artifactOf(name);
    const contract = await new ContractFactory(abi, bytecode, deployer).deploy(...args, { nonce: nonce++ });
    await contract.waitForDeployment();
    return contract.getAddress();
  };
  const { recoveryDelay, payoutDelay, dutyNotice } = governance;
  const accessManager = await put("accessManager", deployer.address);
  const membership = await put("membership", accessManager, recoveryDelay, payoutDelay, dutyNotice);
  const supervision = await put("supervision", membership);
  const transferPolicy = await put("transferPolicy", membership);
  const rightsRegistry = await put("rightsRegistry", membership, transferPolicy);
  const send = async (to: string, name: DeployedContract, method: string, ...args: unknown[]) => {
    const data = new Interface(artifactOf(name).abi).encodeFunctionData(method, args);
    await (await deployer.sendTransaction({ to, data, nonce: nonce++ })).wait();
  };
  // Before the first region opens a duty needs no notice.
  await send(membership, "membership", "grantDuties", supervision, STEER_REGIONS, 0);
  await handOver(send, accessManager, membership, deployer.address, governance);
  const addresses = { accessManager, membership, supervision, transferPolicy, rightsRegistry };
  return {
    chainId: Number(chainId),
    deployBlock: before + 1,
    contracts: Object.fromEntries(
      await Promise.all(
        Object.entries(addresses).map(async ([name, address]) => [
          name,
          {
            address: address.toLowerCase() as PartyId,
            codeHash: keccakHex(fromHex(await provider.getCode(address))),
          },
        ]),
      ),
    ),
  };
}

async function handOver(
  send: (to: string, name: DeployedContract, method: string, ...args: unknown[]) => Promise<void>,
  accessManager: string,
  membership: string,
  deployer: string,
  { owners, executionDelay }: Governance,
): Promise<void> {
  const { abi } = artifactOf("membership");
  const restricted = ["openRegion", "changeRegulator", "grantDuties"].map(
    (name) => new Interface(abi).getFunction(name)!.selector,
  );
  const manage = (method: string, ...args: unknown[]) =>
    send(accessManager, "accessManager", method, ...args);
  await manage("setTargetFunctionRole", membership, restricted, GOVERNANCE_ROLE);
  for (const owner of owners) {
    await manage("grantRole", GOVERNANCE_ROLE, owner, executionDelay);
    await manage("grantRole", ADMIN_ROLE, owner, executionDelay);
  }
  await manage("renounceRole", ADMIN_ROLE, deployer);
}

export function artifactOf(name: DeployedContract): { abi: InterfaceAbi; bytecode: string } {
  return JSON.parse(readFileSync(join(import.meta.dirname, "../../artifacts", ARTIFACTS[name]), "utf8"));
}
