import { domainOf } from "../domain/deployment.ts";
import type { PartyId } from "../domain/ids.ts";
import { KEY_ROLES, keyRolesToBits } from "../domain/parties.ts";
import { type TypedData, typedData } from "../domain/typed-data.ts";
import type { Gateway } from "./gateway.ts";
import type { Call } from "./route.ts";
import { party, signature, unixSecond, z } from "./schemas.ts";
import { requireSigned, requireUnexpired } from "./signatures.ts";
import { requireInTime } from "./writes.ts";

/** A key that is to act for a party, and its own consent: nobody binds a key that did not agree to it. */

export const keyWish = {
  address: party,
  roles: z.array(z.enum(KEY_ROLES)).min(1).max(KEY_ROLES.length),
  deadline: unixSecond.optional().openapi({ description: "Until when the consent counts; as signed." }),
  consent: signature
    .optional()
    .openapi({ description: "The key's signature of `KeyConsent`. Without it the answer is what to sign." }),
};

export const keyGrant = z.strictObject(keyWish).openapi("KeyWish");
type KeyWish = z.output<typeof keyGrant>;

/** `KeyGrant` of contracts/membership/IMembership.sol. */
export interface KeyGrant {
  readonly key: PartyId;
  readonly roles: number;
  readonly deadline: number;
  readonly consent: `0x${string}`;
}

const SECONDS_TO_CONSENT = 86_400;

/** @param grantor The party whose key grants: the sponsor at admission and recovery, the party itself later. */
export function consentTypedData(
  gateway: Gateway,
  { roles, deadline }: KeyWish,
  of: PartyId,
  grantor: PartyId,
): TypedData {
  return typedData(domainOf(gateway.deployment, "membership"), "KeyConsent", {
    party: of,
    roles: keyRolesToBits(roles),
    grantor,
    deadline: deadline ?? gateway.now() + SECONDS_TO_CONSENT,
  });
}

/** Nothing where the consent is still to be given. Throws `signature-forged` or `signature-expired`. */
export async function grantOf(
  gateway: Gateway,
  call: Call<unknown, unknown, unknown>,
  { address, roles, deadline, consent }: KeyWish,
  of: PartyId,
  grantor: PartyId,
): Promise<KeyGrant | undefined> {
  if (consent === undefined || deadline === undefined) return undefined;
  const bits = keyRolesToBits(roles);
  await requireSigned(gateway, "KeyConsent", { party: of, roles: bits, grantor, deadline }, address, consent);
  requireInTime(gateway, call, () => requireUnexpired(gateway, "KeyConsent", address, deadline));
  return { key: address, roles: bits, deadline, consent };
}
