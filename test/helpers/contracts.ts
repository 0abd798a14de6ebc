/**
 * The contracts on a fresh Hardhat network, with people: a regulator, an exchange with a registrar, a reviewer and a
 * sponsor key, and clients, in `CN-GD` and in `HK`.
 */

import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { AbiCoder, encodeBytes32String, id as keccakOf, ZeroAddress, ZeroHash } from "ethers";
import { network } from "hardhat";

export const connection = await network.create();
export const { ethers, networkHelpers } = connection;

export const KeyRole = {
  ADMIN: 1,
  TRANSFER: 2,
  REGISTRAR: 4,
  REVIEWER: 8,
  SPONSOR: 16,
  ADMIT: 32,
  FREEZE: 64,
  SUSPEND: 128,
  PAUSE: 256,
} as const;
export const PartyRole = {
  EXCHANGE: 1,
  REGULATOR: 2,
  ARBITER: 4,
  ASSESSOR: 8,
  INTERMEDIARY: 16,
  AUDITOR: 32,
} as const;
export const Scheme = { Wallet: 1, Uscc: 2, Lei: 3, Uen: 4 } as const;
export const PartyClass = { PublicBody: 1, Enterprise: 2, SmallEnterprise: 3, Person: 4 } as const;
export const Duty = { APPEND: 1, HOLD: 2, REASSIGN: 4, STEER_REGIONS: 8 } as const;
export const Right = { Hold: 1, Use: 2, Operate: 3 } as const;
export const Status = { Unknown: 0n, Noticed: 1n, Active: 2n, Held: 3n, Retired: 4n } as const;

export const DELAY = { recovery: 7 * 86_400, payout: 2 * 86_400, duty: 30 * 86_400 } as const;
export const FAR = 4_000_000_000;
export const NOTICE = 3_600;

/** Nobody signed: the sender acts itself. */
export const DIRECT = { signer: ZeroAddress, nonce: 0n, deadline: 0, signature: "0x" };

export type Signer = HardhatEthersSigner;

export const bytes32 = (text: string) => encodeBytes32String(text);
export const regionId = (code: string) => encodeBytes32String(code).slice(0, 18);

/** The id of an institution, as Membership computes it. */
export function institutionId(scheme: number, identifier: string): string {
  const encoded = AbiCoder.defaultAbiCoder().encode(
    ["string", "uint8", "bytes32"],
    ["datadeed:party", scheme, bytes32(identifier)],
  );
  return ethers.getAddress(`0x${ethers.keccak256(encoded).slice(-40)}`);
}

export interface World extends Awaited<ReturnType<typeof deployContracts>> {}

async function deployContracts() {
  const manager = await ethers.deployContract("AccessManager", [(await ethers.getSigners())[0]!.address]);
  const membership = await ethers.deployContract("Membership", [
    manager,
    DELAY.recovery,
    DELAY.payout,
    DELAY.duty,
  ]);
  const supervision = await ethers.deployContract("Supervision", [membership]);
  const policy = await ethers.deployContract("TransferPolicy", [membership]);
  const registry = await ethers.deployContract("RightsRegistry", [membership, policy]);
  await membership.grantDuties(supervision, Duty.STEER_REGIONS, 0);
  return { manager, membership, supervision, policy, registry };
}

export async function domainOf(contract: { getAddress(): Promise<string> }, name: string) {
  const { chainId } = await ethers.provider.getNetwork();
  return { name, version: "1", chainId, verifyingContract: await contract.getAddress() };
}

const KEY_CONSENT = {
  KeyConsent: [
    { name: "party", type: "address" },
    { name: "roles", type: "uint16" },
    { name: "grantor", type: "address" },
    { name: "deadline", type: "uint48" },
  ],
};

/** A key's consent to act for `party` in `roles`, granted by `grantor`. */
export async function keyGrant(
  world: World,
  key: Signer,
  party: string,
  roles: number,
  grantor: string,
  deadline = FAR,
) {
  const domain = await domainOf(world.membership, "Datadeed Membership");
  const consent = await key.signTypedData(domain, KEY_CONSENT, { party, roles, grantor, deadline });
  return { key: key.address, roles, deadline, consent };
}

/** An `Authorization` for a struct of `fields` (name → Solidity type) with these values, signed by `signer`. */
export async function signAct(
  contract: { getAddress(): Promise<string> },
  domainName: string,
  act: string,
  fields: Record<string, string>,
  values: Record<string, unknown>,
  signer: Signer,
  { nonce = 0n, deadline = FAR }: { nonce?: bigint; deadline?: number } = {},
) {
  const members = { ...fields, nonce: "uint256", deadline: "uint48" };
  const types = { [act]: Object.entries(members).map(([name, type]) => ({ name, type })) };
  const signature = await signer.signTypedData(await domainOf(contract, domainName), types, {
    ...values,
    nonce,
    deadline,
  });
  return { signer: signer.address, nonce, deadline, signature };
}

export function admission(over: Partial<Record<string, unknown>> & { scheme: number; identifier: string }) {
  return {
    class: PartyClass.Enterprise,
    roles: 0,
    validUntil: FAR,
    controllingGroup: ZeroAddress,
    evidence: ZeroHash,
    ...over,
  };
}

/** An institution with its keys: who signs for what. */
export interface Institution {
  readonly party: string;
  readonly keys: Readonly<Record<string, Signer>>;
}

export interface RegionPeople {
  readonly code: string;
  readonly number: bigint;
  readonly regulator: Institution;
  readonly exchange: Institution;
  /** A firm; its key has ADMIN and TRANSFER. */
  readonly firm: Institution;
  /** An individual: the wallet is the party. */
  readonly person: Institution;
}

async function openRegion(world: World, people: Signer[], code: string): Promise<RegionPeople> {
  const take = () => people.pop()!;
  const regulatorKeys = { admit: take(), freeze: take(), suspend: take(), pause: take() };
  const regulator = institutionId(Scheme.Uscc, `REGULATOR-${code}`);
  const roles = {
    admit: KeyRole.ADMIT | KeyRole.ADMIN,
    freeze: KeyRole.FREEZE,
    suspend: KeyRole.SUSPEND,
    pause: KeyRole.PAUSE,
  };
  const grants = [];
  for (const name of ["admit", "freeze", "suspend", "pause"] as const) {
    grants.push(await keyGrant(world, regulatorKeys[name], regulator, roles[name], ZeroAddress));
  }
  const identity = admission({
    scheme: Scheme.Uscc,
    identifier: bytes32(`REGULATOR-${code}`),
    class: PartyClass.PublicBody,
    roles: PartyRole.REGULATOR,
  });
  await world.membership.openRegion(regionId(code), identity, grants);
  const exchangeKeys = { admin: take(), registrar: take(), reviewer: take(), sponsor: take() };
  const exchange = institutionId(Scheme.Uscc, `EXCHANGE-${code}`);
  const exchangeRoles = {
    admin: KeyRole.ADMIN | KeyRole.TRANSFER,
    registrar: KeyRole.REGISTRAR,
    reviewer: KeyRole.REVIEWER,
    sponsor: KeyRole.SPONSOR,
  };
  const exchangeGrants = [];
  for (const name of ["admin", "registrar", "reviewer", "sponsor"] as const) {
    exchangeGrants.push(await keyGrant(world, exchangeKeys[name], exchange, exchangeRoles[name], regulator));
  }
  await world.membership
    .connect(regulatorKeys.admit)
    .admit(
      admission({ scheme: Scheme.Uscc, identifier: bytes32(`EXCHANGE-${code}`), roles: PartyRole.EXCHANGE }),
      exchangeGrants,
      DIRECT,
    );
  const firmKey = take();
  const firm = institutionId(Scheme.Lei, `FIRM-${code}`);
  await world.membership
    .connect(exchangeKeys.sponsor)
    .admitClient(
      admission({ scheme: Scheme.Lei, identifier: bytes32(`FIRM-${code}`) }),
      await keyGrant(world, firmKey, firm, KeyRole.ADMIN | KeyRole.TRANSFER, exchange),
      DIRECT,
    );
  const wallet = take();
  await world.membership.connect(exchangeKeys.sponsor).admitClient(
    admission({
      scheme: Scheme.Wallet,
      identifier: ethers.zeroPadValue(wallet.address, 32),
      class: PartyClass.Person,
    }),
    await keyGrant(world, wallet, wallet.address, KeyRole.ADMIN | KeyRole.TRANSFER, exchange),
    DIRECT,
  );
  const number = await world.membership.regionNumberOf(regionId(code));
  await world.supervision.connect(regulatorKeys.pause).setNoticePeriod(number, NOTICE, DIRECT);
  return {
    code,
    number,
    regulator: { party: regulator, keys: regulatorKeys },
    exchange: { party: exchange, keys: exchangeKeys },
    firm: { party: firm, keys: { owner: firmKey } },
    person: { party: wallet.address, keys: { owner: wallet } },
  };
}

/** Two regions with their people. The deployer holds governance without delay here; the deployment's own test looks at that. */
export async function twoRegions() {
  const world = await deployContracts();
  const people = (await ethers.getSigners()).slice(1, 40);
  // Accounts that nobody has bound: strangers.
  const strangers = people.splice(0, 6);
  const guangdong = await openRegion(world, people, "CN-GD");
  const hongKong = await openRegion(world, people, "HK");
  return { ...world, strangers, guangdong, hongKong };
}

export type TwoRegions = Awaited<ReturnType<typeof twoRegions>>;

export interface RegistrationValues {
  contentRoot: string;
  descriptorHash: string;
  holder: string;
  kind: number;
  rights: number;
  class: number;
  flags: number;
  theme: number;
  prohibitedUses: number;
  persons: number;
  sensitivePersons: number;
  upstreamRate: number;
  maxUpstreamTotal: number;
  parents: string[];
}

export function registration(
  over: Partial<RegistrationValues> & { holder: string; contentRoot: string },
): RegistrationValues {
  return {
    descriptorHash: keccakOf("descriptor"),
    kind: 1,
    rights: 7,
    class: 0,
    flags: 0,
    theme: 0,
    prohibitedUses: 0,
    persons: 0,
    sensitivePersons: 0,
    upstreamRate: 0,
    maxUpstreamTotal: 0,
    parents: [],
    ...over,
  };
}

export const contentOf = (text: string) => keccakOf(text);
export const assetIdOf = (contentRoot: string) => ethers.toBeHex(BigInt(contentRoot) & ~3n, 32);
export const tokenOf = (assetId: string, right: number) => BigInt(assetId) | BigInt(right);

const REVIEW = {
  Review: [
    { name: "registrar", type: "address" },
    { name: "deadline", type: "uint48" },
    { name: "root", type: "bytes32" },
  ],
};

/** A reviewer's signature of a root for a registrar's party. */
export async function review(
  world: World,
  reviewer: Signer,
  registrar: string,
  root: string,
  deadline = FAR,
) {
  const domain = await domainOf(world.registry, "Datadeed RightsRegistry");
  const signature = await reviewer.signTypedData(domain, REVIEW, { registrar, deadline, root });
  return { reviewer: reviewer.address, deadline, root, signature };
}

/** One item with a review of its own, by the exchange of `region`. */
export async function reviewed(world: World, region: RegionPeople, values: RegistrationValues) {
  const root = await world.registry.registrationLeaf(values);
  return {
    item: { registration: values, review: 0, path: [] as string[] },
    review: await review(world, region.exchange.keys.reviewer!, region.exchange.party, root),
  };
}

/** Registers an asset in `region` and lets its notice end. */
export async function activeAsset(
  world: World,
  region: RegionPeople,
  over: Partial<RegistrationValues> & { holder: string },
  name = "asset",
) {
  const values = registration({ contentRoot: contentOf(name), ...over });
  const { item, review } = await reviewed(world, region, values);
  await world.registry.connect(region.exchange.keys.registrar!).register(item, review);
  await networkHelpers.time.increase(NOTICE + 1);
  return assetIdOf(values.contentRoot);
}
