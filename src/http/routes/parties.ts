import { DatadeedError } from "../../domain/errors.ts";
import { KEY_ROLES, PARTY_CLASSES, PARTY_ROLES, SCHEMES } from "../../domain/parties.ts";
import type { Gateway } from "../gateway.ts";
import { type Route, route } from "../route.ts";
import { asOf, cursor, instant, limitOf, party, region, z } from "../schemas.ts";
import { asOfView, partyView } from "../views.ts";
import { admissionRoutes } from "./admissions.ts";
import { partyActRoutes } from "./party-acts.ts";

const partySchema = z
  .object({
    party,
    region,
    sponsor: party,
    class: z.enum(PARTY_CLASSES),
    roles: z.array(z.enum(PARTY_ROLES)),
    scheme: z.enum(SCHEMES),
    identifier: z.string().optional(),
    validUntil: instant,
    status: z.enum(["active", "suspended"]),
    controllingGroup: party,
    keyEpoch: z.int(),
    keys: z.array(z.object({ key: party, roles: z.array(z.enum(KEY_ROLES)), live: z.boolean() })),
    payoutAddress: party.optional(),
    endpoint: z.string().optional(),
    recovery: z.object({ key: party, completableAt: instant, objected: z.boolean() }).optional(),
  })
  .openapi("Party");

export function partyRoutes(gateway: Gateway): Route[] {
  const { queries, cursors } = gateway;
  return [
    route({
      id: "getParty",
      method: "get",
      path: "/v1/parties/{id}",
      tag: "parties",
      summary: "A party with its keys",
      access: "parties:read",
      isIndexed: true,
      params: z.strictObject({ id: party }),
      answers: { 200: { description: "The party.", schema: z.object({ party: partySchema, asOf }) } },
      errors: ["not-found"],
      handle({ params }) {
        const row = queries.party(params.id);
        if (row === undefined) throw new DatadeedError("not-found", { party: params.id });
        return { status: 200, body: { party: partyView(row), asOf: asOfView(queries.tip()) } };
      },
    }),
    route({
      id: "listParties",
      method: "get",
      path: "/v1/parties",
      tag: "parties",
      summary: "Parties, in the order of their ids",
      access: "parties:read",
      isIndexed: true,
      query: z.strictObject({
        region: region.optional(),
        sponsor: party.optional(),
        cursor: cursor.optional(),
        limit: limitOf(200, 50),
      }),
      answers: {
        200: {
          description: "A page.",
          schema: z.object({ items: z.array(partySchema), nextCursor: cursor.optional(), asOf }),
        },
      },
      errors: ["cursor-invalid"],
      handle({ query }) {
        const { region, sponsor, limit } = query;
        const list = `parties ${JSON.stringify([region, sponsor])}`;
        const after = query.cursor === undefined ? undefined : cursors.decode(list, query.cursor)[0];
        const rows = queries.parties({
          limit: limit + 1,
          ...(region === undefined ? {} : { region }),
          ...(sponsor === undefined ? {} : { sponsor }),
          ...(after === undefined ? {} : { after: after as z.output<typeof party> }),
        });
        const page = rows.slice(0, limit);
        const last = rows.length > limit ? page.at(-1) : undefined;
        return {
          status: 200,
          body: {
            items: page.map(partyView),
            ...(last === undefined ? {} : { nextCursor: cursors.encode(list, [last.party]) }),
            asOf: asOfView(queries.tip()),
          },
        };
      },
    }),
    ...admissionRoutes(gateway),
    ...partyActRoutes(gateway),
  ];
}
