import { setTimeout as sleep } from "node:timers/promises";
import { ZeroHash } from "ethers";
import type { Deployment } from "../../src/domain/deployment.ts";
import { DatadeedError } from "../../src/domain/errors.ts";
import { type RegionId, regionToBytes8 } from "../../src/domain/ids.ts";
import { INTERFACES, refusalOf } from "../../src/ledger/abi.ts";
import { createRpc, type Rpc } from "../../src/ledger/rpc.ts";
import { type Account, createAccount, type Draft, revertOf } from "./account.ts";

/** Roles of the AccessManager: 0 rules over roles, 1 over the regions and the duties of contracts. */
export const ADMIN_ROLE = 0n;
export const GOVERNANCE_ROLE = 1n;
/** What governance does in Membership. */
export const RESTRICTED = ["openRegion", "changeRegulator", "grantDuties"] as const;

export interface RoleHolder {
  readonly role: bigint;
  readonly account: string;
  /** Seconds. */
  readonly delay: number;
}

const manager = INTERFACES.accessManager;
const membership = INTERFACES.membership;

/**
 * Reads back who governs, from the log alone, and compares it with what the contracts answer. Throws
 * `deployment-mismatch` where an account holds a role without a delay, or governance's functions are open to others.
 */
export async function verifyGovernance(rpcUrl: string, deployment: Deployment): Promise<RoleHolder[]> {
  const rpc = createRpc(rpcUrl);
  try {
    await requireRestricted(rpc, deployment);
    const holders: RoleHolder[] = [];
    for (const { role, account } of await grantedIn(rpc, deployment)) {
      const [isHolder, delay] = await read(rpc, deployment, "hasRole", role, account);
      if (!isHolder) continue;
      if (delay === 0n) throw mismatch(`${account} holds role ${role} without a delay`);
      holders.push({ role, account, delay: Number(delay) });
    }
    if (holders.length === 0) throw mismatch("nobody governs");
    return holders;
  } finally {
    rpc.close();
  }
}

async function grantedIn(
  rpc: Rpc,
  { deployBlock, contracts }: Deployment,
): Promise<{ role: bigint; account: string }[]> {
  const logs = await rpc.call<{ topics: string[]; data: string }[]>("eth_getLogs", {
    address: contracts.accessManager.address,
    fromBlock: `0x${deployBlock.toString(16)}`,
    toBlock: "latest",
  });
  const held = new Map<string, { role: bigint; account: string }>();
  for (const log of logs) {
    const parsed = manager.parseLog(log);
    const { roleId: role, account } = (parsed?.args ?? {}) as unknown as { roleId: bigint; account: string };
    if (parsed?.name === "RoleGranted")
      held.set(`${role} ${account}`, { role, account: account.toLowerCase() });
    if (parsed?.name === "RoleRevoked") held.delete(`${role} ${account}`);
  }
  return [...held.values()];
}

async function requireRestricted(rpc: Rpc, deployment: Deployment): Promise<void> {
  const target = deployment.contracts.membership.address;
  for (const name of RESTRICTED) {
    const [role] = await read(
      rpc,
      deployment,
      "getTargetFunctionRole",
      target,
      membership.getFunction(name)!.selector,
    );
    if (role !== GOVERNANCE_ROLE) throw mismatch(`${name} asks for role ${role}, not ${GOVERNANCE_ROLE}`);
  }
  const answer = await rpc.call<string>(
    "eth_call",
    { to: target, data: membership.encodeFunctionData("authority") },
    "latest",
  );
  const [authority] = membership.decodeFunctionResult("authority", answer) as unknown as [string];
  if (authority.toLowerCase() !== deployment.contracts.accessManager.address)
    throw mismatch(`${authority} governs`);
}

async function read(
  rpc: Rpc,
  { contracts }: Deployment,
  method: string,
  ...args: unknown[]
): Promise<unknown[]> {
  const call = { to: contracts.accessManager.address, data: manager.encodeFunctionData(method, args) };
  return [...manager.decodeFunctionResult(method, await rpc.call<string>("eth_call", call, "latest"))];
}

const mismatch = (fact: string) =>
  new DatadeedError("deployment-mismatch", { field: "governance", rule: fact });

/** The arguments of `Membership.openRegion`; the structs as in contracts/membership/IMembership.sol. */
export interface RegionOpening {
  readonly region: RegionId;
  readonly regulator: Readonly<Record<string, unknown>>;
  readonly keys: readonly Readonly<Record<string, unknown>>[];
}

export interface GovernanceSettings {
  readonly rpcUrl: string;
  /** 32 bytes as hex. */
  readonly ownerKey: string;
  readonly deployment: Deployment;
  readonly log?: (sentence: string) => void;
}

/** Opens those of the regions that are not open: schedules all, waits out the delay once, executes. Repeatable. */
export async function openRegions(
  settings: GovernanceSettings,
  openings: readonly RegionOpening[],
): Promise<void> {
  const rpc = createRpc(settings.rpcUrl);
  try {
    const drafts: Draft[] = [];
    for (const { region, regulator, keys } of openings) {
      if (await isOpen(rpc, settings.deployment, region)) continue;
      const data = membership.encodeFunctionData("openRegion", [regionToBytes8(region), regulator, keys]);
      drafts.push({ title: `Open ${region}`, to: settings.deployment.contracts.membership.address, data });
    }
    if (drafts.length > 0) await govern(rpc, settings, drafts);
  } finally {
    rpc.close();
  }
}

async function isOpen(rpc: Rpc, { contracts }: Deployment, region: RegionId): Promise<boolean> {
  const data = membership.encodeFunctionData("regionNumberOf", [regionToBytes8(region)]);
  return (
    BigInt(await rpc.call<string>("eth_call", { to: contracts.membership.address, data }, "latest")) !== 0n
  );
}

/** Schedules what is not scheduled yet, waits until all may run, and runs it. */
async function govern(rpc: Rpc, settings: GovernanceSettings, acts: readonly Draft[]): Promise<void> {
  const { deployment, ownerKey, log = () => {} } = settings;
  const owner = await createAccount(rpc, ownerKey);
  const to = deployment.contracts.accessManager.address;
  const pending: Draft[] = [];
  for (const act of acts) {
    if ((await scheduledFor(rpc, deployment, owner, act)) !== 0) continue;
    const data = manager.encodeFunctionData("schedule", [act.to, act.data, 0]);
    pending.push({ title: `Schedule: ${act.title}`, to, data });
  }
  for (const { title } of pending) log(title);
  await owner.send(pending);
  const execute = acts.map(({ title, to: target, data }) => ({
    title,
    to,
    data: manager.encodeFunctionData("execute", [target, data]),
  }));
  for (const act of acts) await waitFor(await scheduledFor(rpc, deployment, owner, act));
  for (const draft of execute) await untilReady(rpc, owner, draft);
  for (const { title } of execute) log(title);
  await owner.send(execute);
}

/** Unix second from which it may run; 0 where it is not scheduled, was run, or has expired. */
async function scheduledFor(rpc: Rpc, deployment: Deployment, owner: Account, act: Draft): Promise<number> {
  const [id] = await read(rpc, deployment, "hashOperation", owner.address, act.to, act.data);
  const [when] = await read(rpc, deployment, "getSchedule", id ?? ZeroHash);
  return Number(when);
}

async function waitFor(second: number): Promise<void> {
  const ms = second * 1_000 - Date.now();
  if (ms > 0) await sleep(ms);
}

const CLOCK_DIFFERENCE_MS = 60_000;

/** The ledger's clock decides, not ours. */
async function untilReady(rpc: Rpc, owner: Account, draft: Draft): Promise<void> {
  for (const until = Date.now() + CLOCK_DIFFERENCE_MS; ; await sleep(250)) {
    const revertData = await revertOf(rpc, owner.address, draft, "pending");
    if (revertData === undefined) return;
    const { code, facts } = refusalOf(revertData);
    if (facts.error !== "AccessManagerNotReady" || Date.now() > until) {
      throw new DatadeedError(code as "transaction-failed", {
        ...facts,
        field: draft.title,
        rule: `was refused${facts.error === undefined ? "" : ` with ${facts.error}`}`,
      });
    }
  }
}
