import { randomBytes } from "node:crypto";
import { AbiCoder, encodeBytes32String, ZeroAddress, ZeroHash } from "ethers";
import { addressOf, isPrivateKey, keccakHex, signDigest, toHex } from "../../src/domain/crypto.ts";
import { type Deployment, domainOf } from "../../src/domain/deployment.ts";
import { type Hash, type PartyId, parseRegionId, ZERO_ADDRESS } from "../../src/domain/ids.ts";
import { digestOf } from "../../src/domain/typed-data.ts";
import { INTERFACES } from "../../src/ledger/abi.ts";
import type { Rpc } from "../../src/ledger/rpc.ts";
import { createAccount } from "../deploy/account.ts";
import { openRegions } from "../deploy/governance.ts";

/** An exchange that registers assets of one client, with the keys that it takes. */
export interface Members {
  readonly exchange: PartyId;
  readonly registrarKey: Buffer;
  readonly reviewerKey: Buffer;
  readonly holder: PartyId;
}

const UEN = 4;
const Role = { ADMIN: 1, TRANSFER: 2, REGISTRAR: 4, REVIEWER: 8, SPONSOR: 16, ADMIT: 32 } as const;
const FAR = 4_000_000_000;
const DIRECT = { signer: ZeroAddress, nonce: 0n, deadline: 0, signature: "0x" };

export function newKey(): Buffer {
  const key = randomBytes(32);
  return isPrivateKey(key) ? key : newKey();
}

/** Opens `SG` and admits the exchange and its client. */
export async function admitMembers(
  rpcUrl: string,
  rpc: Rpc,
  deployment: Deployment,
  ownerKey: string,
): Promise<Members> {
  const [admitKey, registrarKey, reviewerKey, sponsorKey, clientKey] = Array.from({ length: 5 }, newKey) as [
    Buffer,
    Buffer,
    Buffer,
    Buffer,
    Buffer,
  ];
  const grant = (key: Buffer, party: PartyId, roles: number, grantor: PartyId) => {
    const values = { party, roles, grantor, deadline: FAR };
    const consent = signDigest(digestOf(domainOf(deployment, "membership"), "KeyConsent", values), key);
    return { key: addressOf(key), roles, deadline: FAR, consent };
  };
  const act = async (key: Buffer, method: string, ...args: unknown[]) => {
    const data = INTERFACES.membership.encodeFunctionData(method, args);
    const to = deployment.contracts.membership.address;
    await (await createAccount(rpc, toHex(key))).send([{ title: method, to, data }]);
  };
  const [regulator, exchange, holder] = ["REGULATOR", "EXCHANGE", "CLIENT"].map(partyOf) as [
    PartyId,
    PartyId,
    PartyId,
  ];
  await openRegions({ rpcUrl, ownerKey, deployment }, [
    {
      region: parseRegionId("SG", "region"),
      regulator: admission("REGULATOR", 1, 2),
      keys: [grant(admitKey, regulator, Role.ADMIT, ZERO_ADDRESS)],
    },
  ]);
  const keys = [
    grant(registrarKey, exchange, Role.REGISTRAR, regulator),
    grant(reviewerKey, exchange, Role.REVIEWER, regulator),
    grant(sponsorKey, exchange, Role.SPONSOR, regulator),
  ];
  await act(admitKey, "admit", admission("EXCHANGE", 2, 1), keys, DIRECT);
  const clientGrant = grant(clientKey, holder, Role.ADMIN | Role.TRANSFER, exchange);
  await act(sponsorKey, "admitClient", admission("CLIENT", 2, 0), clientGrant, DIRECT);
  return { exchange, registrarKey, reviewerKey, holder };
}

function admission(name: string, partyClass: number, roles: number) {
  return {
    scheme: UEN,
    identifier: encodeBytes32String(name),
    class: partyClass,
    roles,
    validUntil: FAR,
    controllingGroup: ZeroAddress,
    evidence: ZeroHash,
  };
}

function partyOf(name: string): PartyId {
  const types = ["string", "uint8", "bytes32"];
  const values = ["datadeed:party", UEN, encodeBytes32String(name)];
  const encoded = AbiCoder.defaultAbiCoder().encode(types, values);
  const hash: Hash = keccakHex(Buffer.from(encoded.slice(2), "hex"));
  return `0x${hash.slice(-40)}` as PartyId;
}
