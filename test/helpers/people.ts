/** Steps that many contract tests share: what happens to people before the test's own act. */
import { ZeroHash } from "ethers";
import { sign } from "./acts.ts";
import {
  admission,
  bytes32,
  DIRECT,
  ethers,
  FAR,
  type Institution,
  institutionId,
  KeyRole,
  keyGrant,
  PartyClass,
  PartyRole,
  type RegionPeople,
  Scheme,
  type Signer,
  type TwoRegions,
  type World,
} from "./contracts.ts";

/** Admits a new contract as an individual of `region`: the contract is the party, its wallet and its only key. */
export async function admitContractWallet<Name extends "ContractWallet" | "ReceivingWallet">(
  world: World,
  region: RegionPeople,
  owner: Signer,
  name: Name,
) {
  const wallet = await ethers.deployContract(name as "ReceivingWallet", [owner.address]);
  const party = await wallet.getAddress();
  const roles = KeyRole.ADMIN | KeyRole.TRANSFER;
  const consent = { party, roles, grantor: region.exchange.party, deadline: FAR };
  const { signature } = await sign(world, "KeyConsent", consent, owner);
  await world.membership.connect(region.exchange.keys.sponsor!).admitClient(
    admission({
      scheme: Scheme.Wallet,
      identifier: ethers.zeroPadValue(party, 32),
      class: PartyClass.Person,
    }),
    { key: party, roles, deadline: FAR, consent: signature },
    DIRECT,
  );
  return { wallet, party, owner };
}

export async function suspend(world: World, region: RegionPeople, party: string) {
  await world.membership.connect(region.regulator.keys.suspend!).suspend(party, ZeroHash, DIRECT);
}

export async function halt(world: World, region: RegionPeople) {
  await world.supervision.connect(region.regulator.keys.pause!).halt(region.number, ZeroHash, DIRECT);
}

export async function hold(world: World, region: RegionPeople, assetId: string) {
  await world.registry.connect(region.regulator.keys.freeze!).hold(assetId, ZeroHash, ZeroHash, DIRECT);
}

/** A contract of a level above with `duties`, granted by governance and past their notice. */
export async function higherContract(world: TwoRegions, duties: number) {
  const contract = await ethers.deployContract("HigherContract", [world.membership, world.registry]);
  if (duties !== 0) {
    const { timestamp } = (await ethers.provider.getBlock("latest"))!;
    const effectiveAt = BigInt(timestamp) + (await world.membership.dutyNotice()) + 10n;
    await world.membership.grantDuties(contract, duties, effectiveAt);
    await ethers.provider.send("evm_setNextBlockTimestamp", [`0x${effectiveAt.toString(16)}`]);
    await ethers.provider.send("evm_mine", []);
  }
  return contract;
}

/** Another institution of `region`, admitted by its regulator, with its keys: name → signer and key roles. */
export async function admitInstitution(
  world: World,
  region: RegionPeople,
  name: string,
  partyRoles: number,
  keys: Readonly<Record<string, readonly [Signer, number]>>,
): Promise<Institution> {
  const party = institutionId(Scheme.Uscc, name);
  const grants = [];
  for (const [signer, roles] of Object.values(keys)) {
    grants.push(await keyGrant(world, signer, party, roles, region.regulator.party));
  }
  await world.membership
    .connect(region.regulator.keys.admit!)
    .admit(admission({ scheme: Scheme.Uscc, identifier: bytes32(name), roles: partyRoles }), grants, DIRECT);
  return {
    party,
    keys: Object.fromEntries(Object.entries(keys).map(([each, [signer]]) => [each, signer])),
  };
}

/** A second exchange of `region`. */
export function secondExchange(world: TwoRegions, region: RegionPeople): Promise<Institution> {
  const [, , , registrar, reviewer, sponsor] = world.strangers;
  return admitInstitution(world, region, `SECOND-${region.code}`, PartyRole.EXCHANGE, {
    registrar: [registrar!, KeyRole.REGISTRAR],
    reviewer: [reviewer!, KeyRole.REVIEWER],
    sponsor: [sponsor!, KeyRole.SPONSOR],
  });
}
