import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { computeAddress } from "ethers";
import { fromHex, keccakHex } from "../../src/domain/crypto.ts";
import { DEPLOYED_CONTRACTS, type Deployment, parseDeployment } from "../../src/domain/deployment.ts";
import { DatadeedError } from "../../src/domain/errors.ts";
import { createRpc, type Rpc } from "../../src/ledger/rpc.ts";
import { addressesFrom, type DeploySettings, deploy } from "./deploy.ts";
import { verifyGovernance } from "./governance.ts";

/** Where an interrupted deployment began, beside the file that it would have written. */
interface Begun {
  readonly chainId: number;
  readonly deployer: string;
  readonly firstNonce: number;
}

/** As far back as a deployer's history is searched for the deployment in the file. */
const MOST_NONCES = 10_000;

/**
 * The deployment of `file`, made where there is none. Repeatable: what is whole is checked and left alone, what was
 * interrupted or lost by a restored ledger is completed at the same addresses (by the same deployer), and contracts with
 * other code are refused with `deployment-mismatch`.
 */
export async function ensureDeployed(settings: DeploySettings, file: string): Promise<Deployment> {
  const rpc = createRpc(settings.rpcUrl);
  try {
    const kept = existsSync(file) ? readDeployment(file) : undefined;
    const chainId = Number(await rpc.call("eth_chainId"));
    if (kept !== undefined && kept.chainId !== chainId) throw mismatch("chainId", kept.chainId, chainId);
    const deployer = computeAddress(settings.deployerKey).toLowerCase();
    const firstNonce =
      kept === undefined ? await begin(rpc, `${file}.begun`, { chainId, deployer }) : nonceOf(kept, deployer);
    // Another deployer's work can be checked, not mended.
    if (kept !== undefined && firstNonce === undefined) {
      await requireCode(rpc, kept);
      await verifyGovernance(settings.rpcUrl, kept);
      return kept;
    }
    const made = await deploy({ ...settings, firstNonce: firstNonce! });
    if (kept !== undefined) requireSame(kept, made);
    await verifyGovernance(settings.rpcUrl, made);
    write(file, made);
    rmSync(`${file}.begun`, { force: true });
    return made;
  } finally {
    rpc.close();
  }
}

async function begin(rpc: Rpc, file: string, who: Omit<Begun, "firstNonce">): Promise<number> {
  const before = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Begun) : undefined;
  const nonce = Number(await rpc.call("eth_getTransactionCount", who.deployer, "latest"));
  const isSame =
    before?.chainId === who.chainId && before.deployer === who.deployer && before.firstNonce <= nonce;
  if (isSame) return before.firstNonce;
  write(file, { ...who, firstNonce: nonce } satisfies Begun);
  return nonce;
}

function nonceOf({ contracts }: Deployment, deployer: string): number | undefined {
  for (let nonce = 0; nonce < MOST_NONCES; nonce++) {
    if (addressesFrom(deployer, nonce).accessManager === contracts.accessManager.address) return nonce;
  }
  return undefined;
}

async function requireCode(rpc: Rpc, { contracts }: Deployment): Promise<void> {
  for (const name of DEPLOYED_CONTRACTS) {
    const { address, codeHash } = contracts[name];
    const actual = keccakHex(fromHex(await rpc.call<string>("eth_getCode", address, "latest")));
    if (actual !== codeHash) throw mismatch(name, codeHash, actual);
  }
}

function requireSame(kept: Deployment, made: Deployment): void {
  for (const name of DEPLOYED_CONTRACTS) {
    const [expected, actual] = [kept.contracts[name], made.contracts[name]];
    if (expected.address !== actual.address) throw mismatch(name, expected.address, actual.address);
    if (expected.codeHash !== actual.codeHash) throw mismatch(name, expected.codeHash, actual.codeHash);
  }
}

function mismatch(field: string, expected: unknown, actual: unknown): DatadeedError {
  return new DatadeedError("deployment-mismatch", {
    field,
    rule: `is ${actual}, not ${expected}`,
    expected,
    actual,
  });
}

export function readDeployment(file: string): Deployment {
  try {
    return parseDeployment(JSON.parse(readFileSync(file, "utf8")));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new DatadeedError("config-invalid", { field: file, rule: `is not JSON (${error.message})` });
  }
}

/** A kill leaves the former file or the new one, never a part. */
function write(file: string, content: object): void {
  writeFileSync(`${file}.tmp`, `${JSON.stringify(content, undefined, 2)}\n`);
  renameSync(`${file}.tmp`, file);
}
