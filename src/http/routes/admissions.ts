import { identifierBytes, parseIdentifier, partyIdOf } from "../../domain/identifiers.ts";
import { ZERO_ADDRESS } from "../../domain/ids.ts";
import { PARTY_CLASSES, SCHEMES } from "../../domain/parties.ts";
import { relay, requireExchange } from "../acts.ts";
import type { Gateway } from "../gateway.ts";
import { consentTypedData, grantOf, keyGrant } from "../key-grants.ts";
import { invalid } from "../request.ts";
import { type Route, route } from "../route.ts";
import { hash, instant, operationAnswer, party, typedData as typedDataSchema, z } from "../schemas.ts";

/** What the exchange does for its clients with the gateway's own key: admit, renew, propose a recovery. */

const admission = z
  .strictObject({
    scheme: z.enum(SCHEMES),
    identifier: z.string().min(1).max(100),
    class: z.enum(PARTY_CLASSES),
    validUntil: instant,
    controllingGroup: party.optional(),
    evidence: hash.openapi({ description: "Hash of what the sponsor saw, kept off the ledger." }),
    key: keyGrant,
  })
  .openapi("Admission");

const consentOrOperation = {
  200: {
    description:
      "The typed data that the key must sign, where its consent is missing; or the operation at its end.",
    schema: z.union([z.object({ party, typedData: typedDataSchema }), operationAnswer]),
  },
  202: { description: "It is on its way to the ledger.", schema: operationAnswer },
} as const;
const errors = ["party-of-another-tenant", "signature-forged", "signature-expired"] as const;

export function admissionRoutes(gateway: Gateway): Route[] {
  const { gatewayParty } = gateway;
  return [
    route({
      id: "admitClient",
      method: "post",
      path: "/v1/parties",
      tag: "parties",
      summary: "Admit a client of the exchange with its first key",
      description:
        "The identifier's check digits are verified before anything is sent. An individual's only first key is the wallet itself.",
      access: "parties:write",
      isWrite: true,
      body: admission,
      answers: consentOrOperation,
      errors,
      async handle(call) {
        requireExchange(gateway, call);
        const { body } = call;
        const identifier = parseIdentifier(body.scheme, body.identifier, "identifier");
        if ((body.scheme === "wallet") !== (body.class === "person")) {
          throw invalid("class", "must be person with the scheme wallet, and only with it");
        }
        const admitted = partyIdOf(body.scheme, identifier);
        if (body.scheme === "wallet" && body.key.address !== admitted) {
          throw invalid("key.address", "must be the wallet that is the party");
        }
        const validUntil = futureSecond(gateway, body.validUntil);
        const grant = await grantOf(gateway, call, body.key, admitted, gatewayParty);
        if (grant === undefined) {
          const typedData = consentTypedData(gateway, body.key, admitted, gatewayParty);
          return { status: 200, body: { party: admitted, typedData } };
        }
        const values = {
          scheme: SCHEMES.indexOf(body.scheme) + 1,
          identifier: identifierBytes(body.scheme, identifier),
          class: PARTY_CLASSES.indexOf(body.class) + 1,
          roles: 0,
          validUntil,
          controllingGroup: body.controllingGroup ?? ZERO_ADDRESS,
          evidence: body.evidence,
        };
        return relay(gateway, call, {
          act: "AdmitParty",
          contract: "membership",
          function: "admitClient",
          args: [values, grant],
        });
      },
    }),
    route({
      id: "renewParty",
      method: "post",
      path: "/v1/parties/{id}/renewal",
      tag: "parties",
      summary: "Extend or shorten a client's validity",
      access: "parties:write",
      isWrite: true,
      params: z.strictObject({ id: party }),
      body: z.strictObject({ validUntil: instant, evidence: hash }),
      answers: {
        200: { description: "Renewed (with `Prefer: wait`).", schema: operationAnswer },
        202: consentOrOperation[202],
      },
      errors: ["party-of-another-tenant"],
      handle(call) {
        requireExchange(gateway, call);
        const { validUntil, evidence } = call.body;
        return relay(gateway, call, {
          act: "RenewParty",
          contract: "membership",
          function: "renew",
          args: [call.params.id, futureSecond(gateway, validUntil), evidence],
        });
      },
    }),
    route({
      id: "proposeRecovery",
      method: "post",
      path: "/v1/parties/{id}/recovery",
      tag: "parties",
      summary: "Propose a new key for a client that lost its own",
      description: "Completable after the ledger's delay, unless a live key objects.",
      access: "parties:write",
      isWrite: true,
      params: z.strictObject({ id: party }),
      body: keyGrant,
      answers: consentOrOperation,
      errors,
      async handle(call) {
        requireExchange(gateway, call);
        const { id } = call.params;
        const grant = await grantOf(gateway, call, call.body, id, gatewayParty);
        if (grant === undefined) {
          const typedData = consentTypedData(gateway, call.body, id, gatewayParty);
          return { status: 200, body: { party: id, typedData } };
        }
        return relay(gateway, call, {
          act: "ProposeRecovery",
          contract: "membership",
          function: "proposeRecovery",
          args: [id, grant],
        });
      },
    }),
  ];
}

const LAST_SECOND = 0xffffffff;

function futureSecond(gateway: Gateway, text: string): number {
  const second = Math.floor(Date.parse(text) / 1000);
  if (second <= gateway.now()) throw invalid("validUntil", "must be in the future");
  if (second > LAST_SECOND) throw invalid("validUntil", "must be before 2106-02-07T06:28:16Z");
  return second;
}
