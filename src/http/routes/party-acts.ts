import type { ActAuthorization } from "../../domain/commands.ts";
import type { PartyId } from "../../domain/ids.ts";
import { keyRolesToBits } from "../../domain/parties.ts";
import type { ActName, ActValues } from "../../domain/typed-data.ts";
import { actAnswers, authorized, freshTypedData, relay, signOrRelay } from "../acts.ts";
import type { Gateway } from "../gateway.ts";
import { consentTypedData, grantOf, keyWish } from "../key-grants.ts";
import { type Answer, type Call, type Route, route } from "../route.ts";
import { authorization, hash, operationAnswer, party, typedData as typedDataSchema, z } from "../schemas.ts";

/** What parties and their regulators decide: each signed by its own key, relayed here. */

const signed = { authorization: authorization.optional() };
const params = z.strictObject({ id: party });
const keyParams = z.strictObject({ id: party, key: party });
const errors = ["signature-forged", "signature-expired"] as const;

/** Acts that need a second signature besides the owner's. */
const twofold = {
  200: {
    description: "What is still to be signed, by the owner and by the other; or the operation at its end.",
    schema: z.union([
      z.object({ typedData: typedDataSchema.optional(), consentTypedData: typedDataSchema.optional() }),
      operationAnswer,
    ]),
  },
  202: actAnswers[202],
} as const;

const newKey = z.strictObject({ ...keyWish, ...signed });

export function partyActRoutes(gateway: Gateway): Route[] {
  /** A route for an act whose owner signs it and that concerns one party. */
  function act<B>(
    path: string,
    id: string,
    summary: string,
    fields: z.ZodType<B>,
    describe: (
      party: PartyId,
      body: B,
    ) => { act: ActName; values: ActValues; function: string; args: unknown[] },
  ): Route {
    return route({
      id,
      method: "post",
      path: `/v1/parties/{id}/${path}`,
      tag: "parties",
      summary,
      access: "parties:write",
      isWrite: true,
      params,
      body: fields,
      answers: actAnswers,
      errors,
      handle(call) {
        const { authorization: given } = call.body as { authorization?: z.output<typeof authorization> };
        return signOrRelay(gateway, call, given, describe(call.params.id, call.body));
      },
    });
  }

  const ground = z.strictObject({
    ground: hash.openapi({ description: "Hash of the published reason." }),
    ...signed,
  });

  return [
    act(
      "suspension",
      "suspendParty",
      "Stop a party from acting and receiving (signed by its regulator)",
      ground,
      (party, { ground }) => ({
        act: "SuspendParty",
        values: { party, ground },
        function: "suspend",
        args: [party, ground],
      }),
    ),
    act(
      "reinstatement",
      "reinstateParty",
      "End a party's suspension (signed by its regulator)",
      ground,
      (party, { ground }) => ({
        act: "ReinstateParty",
        values: { party, ground },
        function: "reinstate",
        args: [party, ground],
      }),
    ),
    act(
      "payout-address",
      "setPayoutAddress",
      "Name where a party's income goes, after the ledger's delay (signed by the party)",
      z.strictObject({ account: party, ...signed }),
      (party, { account }) => ({
        act: "SetPayoutAddress",
        values: { party, account },
        function: "setPayoutAddress",
        args: [party, account],
      }),
    ),
    act(
      "endpoint",
      "setEndpoint",
      "Publish the base URL of a party's gateway (signed by the party)",
      z.strictObject({ url: z.url({ protocol: /^https?$/ }).max(200), ...signed }),
      (party, { url }) => ({
        act: "SetEndpoint",
        values: { party, url },
        function: "setEndpoint",
        args: [party, url],
      }),
    ),
    act(
      "recovery/objection",
      "objectToRecovery",
      "Stop a recovery until the regulator decides (signed by any live key of the party)",
      z.strictObject(signed),
      (party) => ({
        act: "ObjectToRecovery",
        values: { party },
        function: "objectToRecovery",
        args: [party],
      }),
    ),
    act(
      "recovery/decision",
      "decideRecovery",
      "Decide a recovery that was objected to (signed by the regulator)",
      z.strictObject({ allowed: z.boolean(), ...signed }),
      (party, { allowed }) => ({
        act: "DecideRecovery",
        values: { party, allowed },
        function: "decideRecovery",
        args: [party, allowed],
      }),
    ),
    route({
      id: "completeRecovery",
      method: "post",
      path: "/v1/parties/{id}/recovery/completion",
      tag: "parties",
      summary: "Put the proposed key in the place of all earlier ones",
      description: "By anyone, once the delay is over and nobody has objected.",
      access: "parties:write",
      isWrite: true,
      params,
      body: z.strictObject({}),
      answers: {
        200: { description: "Completed (with `Prefer: wait`).", schema: operationAnswer },
        202: actAnswers[202],
      },
      handle: (call) =>
        relay(gateway, call, {
          act: "CompleteRecovery",
          contract: "membership",
          function: "completeRecovery",
          args: [call.params.id],
        }),
    }),
    route({
      id: "addPartyKey",
      method: "post",
      path: "/v1/parties/{id}/keys",
      tag: "parties",
      summary: "Add a key to a party (signed by the party and by the new key)",
      access: "parties:write",
      isWrite: true,
      params,
      body: newKey,
      answers: twofold,
      errors,
      handle: (call) => grantKey(call, call.params.id),
    }),
    route({
      id: "rotatePartyKey",
      method: "post",
      path: "/v1/parties/{id}/keys/{key}/rotation",
      tag: "parties",
      summary: "Add a key and revoke another in one act (signed by the party and by the new key)",
      access: "parties:write",
      isWrite: true,
      params: keyParams,
      body: newKey,
      answers: twofold,
      errors,
      handle: (call) => grantKey(call, call.params.id, call.params.key),
    }),
    route({
      id: "revokePartyKey",
      method: "post",
      path: "/v1/parties/{id}/keys/{key}/revocation",
      tag: "parties",
      summary: "Revoke a key for ever (signed by the party, or by the key itself)",
      access: "parties:write",
      isWrite: true,
      params: keyParams,
      body: z.strictObject(signed),
      answers: actAnswers,
      errors,
      handle(call) {
        const { id, key } = call.params;
        return signOrRelay(gateway, call, call.body.authorization, {
          act: "RevokeKey",
          values: { party: id, key },
          function: "revokeKey",
          args: [id, key],
        });
      },
    }),
    route({
      id: "changeSponsor",
      method: "post",
      path: "/v1/parties/{id}/sponsor",
      tag: "parties",
      summary: "Change a party's sponsor (signed by the party, with the new sponsor's consent)",
      description: "The exchange that runs this gateway consents to its own sponsorship by sending the act.",
      access: "parties:write",
      isWrite: true,
      params,
      body: z.strictObject({ sponsor: party, consent: authorization.optional(), ...signed }),
      answers: twofold,
      errors: [...errors, "party-of-another-tenant"],
      handle: (call) => changeSponsor(call, call.params.id, call.body),
    }),
  ];

  async function grantKey(
    call: Call<unknown, unknown, z.output<typeof newKey>>,
    id: PartyId,
    formerKey?: PartyId,
  ): Promise<Answer> {
    const { authorization: given, ...wish } = call.body;
    const grant = await grantOf(gateway, call, wish, id, id);
    const name = formerKey === undefined ? "AddKey" : "RotateKey";
    const values = {
      party: id,
      ...(formerKey === undefined ? {} : { formerKey }),
      key: wish.address,
      roles: keyRolesToBits(wish.roles),
    };
    if (grant === undefined || given === undefined) {
      const typedData = given === undefined ? { typedData: freshTypedData(gateway, name, values) } : {};
      const consent =
        grant === undefined ? { consentTypedData: consentTypedData(gateway, wish, id, id) } : {};
      return { status: 200, body: { ...typedData, ...consent } };
    }
    const authorization = await authorized(gateway, call, name, values, given);
    const contract = "membership";
    return formerKey === undefined
      ? relay(gateway, call, { act: name, contract, function: "addKey", args: [id, grant] }, authorization)
      : relay(
          gateway,
          call,
          { act: name, contract, function: "rotateKey", args: [id, formerKey, grant] },
          authorization,
        );
  }

  async function changeSponsor(
    call: Call<unknown, unknown, unknown>,
    id: PartyId,
    body: {
      readonly sponsor: PartyId;
      readonly consent?: z.output<typeof authorization> | undefined;
      readonly authorization?: z.output<typeof authorization> | undefined;
    },
  ): Promise<Answer> {
    const { sponsor, consent, authorization: given } = body;
    const values = { party: id, sponsor };
    const isOurs = sponsor === gateway.gatewayParty && call.principal.party === sponsor;
    const lacksConsent = consent === undefined && !isOurs;
    if (given === undefined || lacksConsent) {
      return {
        status: 200,
        body: {
          ...(given === undefined ? { typedData: freshTypedData(gateway, "ChangeSponsor", values) } : {}),
          ...(lacksConsent ? { consentTypedData: freshTypedData(gateway, "SponsorConsent", values) } : {}),
        },
      };
    }
    const by = await authorized(gateway, call, "ChangeSponsor", values, given);
    const consented =
      consent === undefined
        ? SENDER
        : asArgument(await authorized(gateway, call, "SponsorConsent", values, consent));
    return relay(
      gateway,
      call,
      {
        act: "ChangeSponsor",
        contract: "membership",
        function: "changeSponsor",
        args: [id, sponsor, consented],
      },
      by,
    );
  }
}

/** As `Authorization`: the gateway's own key, which sends the transaction, consents. */
const SENDER = { signer: `0x${"0".repeat(40)}`, nonce: "0", deadline: 0, signature: "0x" };

const asArgument = ({ nonce, ...rest }: ActAuthorization) => ({ ...rest, nonce: nonce.toString() });
