import { randomBytes } from "node:crypto";
import type { ActAuthorization, RelayAct } from "../domain/commands.ts";
import { domainOf } from "../domain/deployment.ts";
import { DatadeedError } from "../domain/errors.ts";
import type { AssetId, PartyId } from "../domain/ids.ts";
import { ACTS, type ActName, type ActValues, type TypedData, typedData } from "../domain/typed-data.ts";
import type { Gateway } from "./gateway.ts";
import type { Answer, Call } from "./route.ts";
import { type authorization, operationAnswer, typedData as typedDataSchema, z } from "./schemas.ts";
import { requireSigned, requireUnexpired } from "./signatures.ts";
import { answerOperation, enqueue, requireInTime } from "./writes.ts";

/**
 * Acts that their owner signs and this gateway relays, in two steps: without an authorization the answer is the typed
 * data to sign, with a fresh nonce and deadline; with one the act is sent.
 */

type AnyCall = Call<unknown, unknown, unknown>;
export type GivenAuthorization = z.output<typeof authorization>;

/** How long the owner has for signing, and the ledger for taking it. */
const SECONDS_TO_SIGN = 3_600;

export interface SignedAct {
  readonly act: ActName;
  /** All fields but nonce and deadline. */
  readonly values: ActValues;
  readonly function: string;
  /** As `RelayAct.args`. */
  readonly args: readonly unknown[];
  readonly assetId?: AssetId;
}

export const actAnswers = {
  200: {
    description:
      "The typed data to sign, where the request had no authorization; or the operation at its end.",
    schema: z.union([z.object({ typedData: typedDataSchema }), operationAnswer]),
  },
  202: { description: "The act is on its way to the ledger.", schema: operationAnswer },
} as const;

export async function signOrRelay(
  gateway: Gateway,
  call: AnyCall,
  given: GivenAuthorization | undefined,
  act: SignedAct,
): Promise<Answer> {
  if (given === undefined) {
    return { status: 200, body: { typedData: freshTypedData(gateway, act.act, act.values) } };
  }
  const authorization = await authorized(gateway, call, act.act, act.values, given);
  return relay(gateway, call, { ...act, contract: ACTS[act.act].contract }, authorization);
}

/** The typed data of an act with a nonce that nobody used and an hour to sign. */
export function freshTypedData(gateway: Gateway, act: ActName, values: ActValues): TypedData {
  const domain = domainOf(gateway.deployment, ACTS[act].contract);
  return typedData(domain, act, {
    ...values,
    nonce: BigInt(`0x${randomBytes(32).toString("hex")}`),
    deadline: gateway.now() + SECONDS_TO_SIGN,
  });
}

/** Throws `signature-forged` or `signature-expired`. */
export async function authorized(
  gateway: Gateway,
  call: AnyCall,
  act: ActName,
  values: ActValues,
  given: GivenAuthorization,
): Promise<ActAuthorization> {
  const { signer, deadline, signature } = given;
  const nonce = BigInt(given.nonce);
  await requireSigned(gateway, act, { ...values, nonce, deadline }, signer, signature);
  requireInTime(gateway, call, () => requireUnexpired(gateway, act, signer, deadline));
  return { signer, nonce, deadline, signature };
}

/** Without an authorization the gateway's own key performs the act. */
export async function relay(
  gateway: Gateway,
  call: AnyCall,
  act: Pick<RelayAct, "act" | "contract" | "function" | "args" | "assetId">,
  authorization?: ActAuthorization,
): Promise<Answer> {
  const command: RelayAct = {
    kind: "relay-act",
    act: act.act,
    contract: act.contract,
    function: act.function,
    args: act.args,
    ...(authorization === undefined ? {} : { authorization }),
    ...(act.assetId === undefined ? {} : { assetId: act.assetId }),
  };
  return answerOperation(gateway, call, await enqueue(gateway, call, [command]));
}

/** Where the gateway's own key acts: only for the exchange that runs it. */
export function requireExchange(gateway: Gateway, { principal }: AnyCall): void {
  requireTenant(principal.party, gateway.gatewayParty);
}

export function requireTenant(tenant: PartyId, party: PartyId): void {
  if (tenant !== party) throw new DatadeedError("party-of-another-tenant", { tenant, party });
}
