import { addressOf, signDigest } from "../domain/crypto.ts";
import { domainOf } from "../domain/deployment.ts";
import { isAddress, type PartyId } from "../domain/ids.ts";
import {
  ACTS,
  type ActName,
  DOMAIN_NAMES,
  type Domain,
  digestOf,
  type TypedData,
} from "../domain/typed-data.ts";
import type { Call, Option } from "./command.ts";
import { readDeployment } from "./deployment-file.ts";
import { failure } from "./failure.ts";

/** A key on this machine, unlocked for one command. */
export interface LocalKey {
  readonly address: PartyId;
  sign(domain: Domain, act: ActName, values: Readonly<Record<string, unknown>>): `0x${string}`;
}

export const KEY_OPTIONS: Readonly<Record<string, Option>> = {
  key: { value: "keystore", about: "the signer's key, a Web3 Secret Storage file that only you can read" },
  "password-file": { value: "file", about: "a file with the keystore's password" },
};

export const PIN_OPTION: Readonly<Record<string, Option>> = {
  deployment: {
    value: "file",
    about: "the deployment file: signs for this ledger and these contracts alone",
  },
};

export async function unlock(call: Call): Promise<LocalKey> {
  const path = call.required("key");
  // Loaded here: it brings ethers, which takes longer than all the rest of a command.
  const { openKeystore } = await import("../ledger/signer.ts");
  const privateKey = await openKeystore(path, call.required("password-file"));
  return {
    address: addressOf(privateKey),
    sign: (domain, act, values) => signDigest(digestOf(domain, act, values), privateKey),
  };
}

/**
 * The domain of typed data that a gateway sent: for the act asked for, of exactly the contract's own fields, and of the
 * deployment file's ledger and contract where one is given. What is signed is computed here, from the fields alone.
 */
export function trustedDomain(call: Call, data: TypedData, act: ActName): Domain {
  const { contract, fields } = ACTS[act];
  const { domain } = data;
  if (data.primaryType !== act) throw untrusted(`it asks to sign a ${data.primaryType}, not a ${act}`);
  if (
    domain?.name !== DOMAIN_NAMES[contract] ||
    domain.version !== "1" ||
    !isAddress(domain.verifyingContract ?? "")
  ) {
    throw untrusted(`its domain is not that of ${DOMAIN_NAMES[contract]}`);
  }
  const members = (data.types?.[act] ?? []).map(({ name, type }) => `${type} ${name}`).join(",");
  const expected = Object.entries(fields)
    .map(([name, type]) => `${type} ${name}`)
    .join(",");
  if (members !== expected) throw untrusted(`the fields of its ${act} are not the contract's`);
  const file = call.option("deployment");
  if (file !== undefined) requireSame(domain, domainOf(readDeployment(file), contract), file);
  return domain;
}

function requireSame(domain: Domain, pinned: Domain, file: string): void {
  const sameContract = domain.verifyingContract.toLowerCase() === pinned.verifyingContract.toLowerCase();
  if (domain.chainId === pinned.chainId && sameContract) return;
  throw untrusted(
    `it is for chain ${domain.chainId} and contract ${domain.verifyingContract}; ${file} says chain ` +
      `${pinned.chainId} and ${pinned.verifyingContract}`,
  );
}

export const untrusted = (why: string) =>
  failure("answer-untrusted", `The typed data is not signed: ${why}.`);
