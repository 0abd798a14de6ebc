/**
 * Acts that are signed and relayed, hashed by ethers from the table of acts, so that contract, table and a wallet's
 * library agree on every one of them.
 */
import { TypedDataEncoder } from "ethers";
import { ACTS, type ActName, DOMAIN_NAMES } from "../../src/domain/typed-data.ts";
import { connection, domainOf, ethers, FAR, networkHelpers, type Signer, type World } from "./contracts.ts";

const KEY_ROLES = [
  { name: "key", type: "address" },
  { name: "roles", type: "uint16" },
];

interface Limits {
  readonly nonce?: bigint;
  readonly deadline?: number;
}

async function parts(world: World, act: ActName, values: Record<string, unknown>, limits: Limits) {
  const { contract, fields } = ACTS[act];
  const target = contract === "rightsRegistry" ? world.registry : world[contract];
  const members = Object.entries(fields).map(([name, type]) => ({ name, type }));
  return {
    domain: await domainOf(target, DOMAIN_NAMES[contract]),
    types: act === "AdmitParty" ? { [act]: members, KeyRoles: KEY_ROLES } : { [act]: members },
    message: { nonce: 0n, deadline: FAR, ...values, ...limits },
  };
}

/** The `Authorization` of an act, signed by `signer` for itself or for the contract wallet `account`. */
export async function sign(
  world: World,
  act: ActName,
  values: Record<string, unknown>,
  signer: Signer,
  { account = signer.address, ...limits }: Limits & { account?: string } = {},
) {
  const { domain, types, message } = await parts(world, act, values, limits);
  const signature = await signer.signTypedData(domain, types, message);
  return { signer: account, nonce: message.nonce, deadline: message.deadline, signature };
}

/** What the signer of that act signs, as the act's event names it. */
export async function digestOf(
  world: World,
  act: ActName,
  values: Record<string, unknown>,
  limits: Limits = {},
): Promise<string> {
  const { domain, types, message } = await parts(world, act, values, limits);
  return TypedDataEncoder.hash(domain, types, message);
}

/** The time of the last block, in Unix seconds. */
export const now = (): Promise<number> => networkHelpers.time.latest();

/** The signer of an address that is no account of the node, such as a contract. */
export async function impersonate(address: string) {
  await connection.provider.request({ method: "hardhat_impersonateAccount", params: [address] });
  await networkHelpers.setBalance(address, 10n ** 18n);
  return ethers.getSigner(address);
}
