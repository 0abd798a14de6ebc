import { fromHex, keccak256, toHex } from "./crypto.ts";
import type { Hash } from "./ids.ts";

/**
 * EIP-712: what owners, reviewers and regulators sign. The table holds every act that a contract accepts signed; its
 * fields, in order, are the contract's own type strings.
 */

export type ContractName = "membership" | "supervision" | "rightsRegistry";

export interface Domain {
  readonly name: string;
  readonly version: "1";
  readonly chainId: number;
  readonly verifyingContract: `0x${string}`;
}

export const DOMAIN_NAMES: Readonly<Record<ContractName, string>> = {
  membership: "Datadeed Membership",
  supervision: "Datadeed Supervision",
  rightsRegistry: "Datadeed RightsRegistry",
};

export interface Act {
  readonly contract: ContractName;
  /** Field name → Solidity type, in the order of the struct. */
  readonly fields: Readonly<Record<string, string>>;
}

/** An act that ends in nonce and deadline: an `Authorization` carries the signature. */
const act = (contract: ContractName, fields: Record<string, string>): Act => ({
  contract,
  fields: { ...fields, nonce: "uint256", deadline: "uint48" },
});

const REGISTRATION_FIELDS = {
  contentRoot: "bytes32",
  descriptorHash: "bytes32",
  holder: "address",
  kind: "uint8",
  rights: "uint8",
  class: "uint8",
  flags: "uint8",
  theme: "uint8",
  prohibitedUses: "uint16",
  persons: "uint32",
  sensitivePersons: "uint32",
  upstreamRate: "uint32",
  maxUpstreamTotal: "uint32",
  parents: "bytes32[]",
} as const;

export const ACTS = {
  TransferRight: act("rightsRegistry", { assetId: "bytes32", right: "uint8", to: "address" }),
  RetireAsset: act("rightsRegistry", { assetId: "bytes32" }),
  LowerUpstreamRate: act("rightsRegistry", { assetId: "bytes32", rate: "uint32" }),
  HoldAsset: act("rightsRegistry", { assetId: "bytes32", caseNumber: "bytes32", ground: "bytes32" }),
  LiftHold: act("rightsRegistry", { assetId: "bytes32", caseNumber: "bytes32", ground: "bytes32" }),
  Review: {
    contract: "rightsRegistry",
    fields: { registrar: "address", deadline: "uint48", root: "bytes32" },
  },
  Registration: { contract: "rightsRegistry", fields: REGISTRATION_FIELDS },
  KeyConsent: {
    contract: "membership",
    fields: { party: "address", roles: "uint16", grantor: "address", deadline: "uint48" },
  },
  AdmitParty: act("membership", {
    scheme: "uint8",
    identifier: "bytes32",
    class: "uint8",
    roles: "uint16",
    validUntil: "uint48",
    controllingGroup: "address",
    evidence: "bytes32",
    keys: "KeyRoles[]",
  }),
  AddKey: act("membership", { party: "address", key: "address", roles: "uint16" }),
  RevokeKey: act("membership", { party: "address", key: "address" }),
  RotateKey: act("membership", { party: "address", formerKey: "address", key: "address", roles: "uint16" }),
  ProposeRecovery: act("membership", { party: "address", key: "address", roles: "uint16" }),
  ObjectToRecovery: act("membership", { party: "address" }),
  DecideRecovery: act("membership", { party: "address", allowed: "bool" }),
  RenewParty: act("membership", { party: "address", validUntil: "uint48", evidence: "bytes32" }),
  SuspendParty: act("membership", { party: "address", ground: "bytes32" }),
  ReinstateParty: act("membership", { party: "address", ground: "bytes32" }),
  ChangeSponsor: act("membership", { party: "address", sponsor: "address" }),
  SponsorConsent: act("membership", { party: "address", sponsor: "address" }),
  SetPayoutAddress: act("membership", { party: "address", account: "address" }),
  SetEndpoint: act("membership", { party: "address", url: "string" }),
  HaltRegion: act("supervision", { region: "uint16", ground: "bytes32" }),
  ReopenRegion: act("supervision", { region: "uint16", ground: "bytes32" }),
  SetNoticePeriod: act("supervision", { region: "uint16", noticePeriod: "uint32" }),
} as const satisfies Record<string, Act>;

export type ActName = keyof typeof ACTS;

/** The one struct that another contains. */
const NESTED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  KeyRoles: { key: "address", roles: "uint16" },
};

/** Values by field: addresses and bytes as hex, numbers as number, bigint or decimal string. */
export type ActValues = Readonly<Record<string, unknown>>;

export function structHash(name: ActName, values: ActValues): Buffer {
  return hashStruct(TYPE_HASHES[name], ACTS[name].fields, values);
}

/** What is signed: keccak256(0x1901 ‖ domain separator ‖ struct hash). */
export function digestOf(domain: Domain, name: ActName, values: ActValues): Buffer {
  return digestOfHash(domainSeparator(domain), structHash(name, values));
}

export function digestOfHash(separator: Uint8Array, hash: Uint8Array): Buffer {
  return keccak256(Buffer.concat([PREFIX, separator, hash]));
}

export function domainSeparator(domain: Domain): Buffer {
  return keccak256(
    Buffer.concat([
      DOMAIN_TYPE,
      keccak256(Buffer.from(domain.name)),
      keccak256(Buffer.from(domain.version)),
      word(domain.chainId),
      addressWord(domain.verifyingContract),
    ]),
  );
}

/** The JSON that wallets take as `eth_signTypedData_v4`; integers beyond 2^53 as decimal strings. */
export interface TypedData {
  readonly types: Readonly<Record<string, readonly { readonly name: string; readonly type: string }[]>>;
  readonly primaryType: ActName;
  readonly domain: Domain;
  readonly message: Readonly<Record<string, unknown>>;
}

export function typedData(domain: Domain, name: ActName, values: ActValues): TypedData {
  const { fields } = ACTS[name];
  const nested = Object.values(fields).filter((type) => baseOf(type) in NESTED);
  const types = {
    EIP712Domain: membersOf({
      name: "string",
      version: "string",
      chainId: "uint256",
      verifyingContract: "address",
    }),
    [name]: membersOf(fields),
    ...Object.fromEntries(nested.map((type) => [baseOf(type), membersOf(NESTED[baseOf(type)]!)])),
  };
  const message = Object.fromEntries(Object.keys(fields).map((field) => [field, asJson(values[field])]));
  return { types, primaryType: name, domain, message };
}

const asJson = (value: unknown): unknown => (typeof value === "bigint" ? value.toString() : value);
const membersOf = (fields: Readonly<Record<string, string>>) =>
  Object.entries(fields).map(([name, type]) => ({ name, type }));
const baseOf = (type: string): string => type.replace("[]", "");

/** `Name(type field,…)` followed by the structs it contains. */
export function typeString(name: ActName): string {
  const { fields } = ACTS[name];
  const nested = Object.values(fields)
    .map(baseOf)
    .filter((type) => type in NESTED);
  return [signatureOf(name, fields), ...nested.map((type) => signatureOf(type, NESTED[type]!))].join("");
}

const signatureOf = (name: string, fields: Readonly<Record<string, string>>): string =>
  `${name}(${Object.entries(fields)
    .map(([field, type]) => `${type} ${field}`)
    .join(",")})`;

const PREFIX = Buffer.from([0x19, 0x01]);
const DOMAIN_TYPE = keccak256(
  Buffer.from("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
);
const TYPE_HASHES = Object.fromEntries(
  (Object.keys(ACTS) as ActName[]).map((name) => [name, keccak256(Buffer.from(typeString(name)))]),
) as Record<ActName, Buffer>;
const NESTED_HASHES = Object.fromEntries(
  Object.entries(NESTED).map(([name, fields]) => [name, keccak256(Buffer.from(signatureOf(name, fields)))]),
);

function hashStruct(typeHash: Buffer, fields: Readonly<Record<string, string>>, values: ActValues): Buffer {
  const words: Uint8Array[] = [typeHash];
  for (const field in fields) words.push(encode(fields[field]!, values[field]));
  return keccak256(Buffer.concat(words));
}

function encode(type: string, value: unknown): Buffer {
  if (type.endsWith("[]")) {
    const item = baseOf(type);
    return keccak256(Buffer.concat((value as readonly unknown[]).map((each) => encode(item, each))));
  }
  if (type in NESTED) return hashStruct(NESTED_HASHES[type]!, NESTED[type]!, value as ActValues);
  if (type === "address") return addressWord(value as string);
  if (type === "string") return keccak256(Buffer.from(value as string));
  if (type.startsWith("bytes")) return fromHex((value as string).padEnd(66, "0"));
  if (type === "bool") return word(value ? 1 : 0);
  return word(value as number | bigint | string);
}

function word(value: number | bigint | string): Buffer {
  const bytes = Buffer.alloc(32);
  if (typeof value === "number" && value <= 0xffffffffffff) bytes.writeUIntBE(value, 26, 6);
  else bytes.write(BigInt(value).toString(16).padStart(64, "0"), "hex");
  return bytes;
}

function addressWord(address: string): Buffer {
  const bytes = Buffer.alloc(32);
  bytes.write(address.slice(2), 12, "hex");
  return bytes;
}

/** The digest as hex: what an event names as the act's `digest`. */
export const digestHex = (domain: Domain, name: ActName, values: ActValues): Hash =>
  toHex(digestOf(domain, name, values)) as Hash;
