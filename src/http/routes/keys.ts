import { RESOURCES, SCOPES, type Scope } from "../../auth/scopes.ts";
import { DatadeedError } from "../../domain/errors.ts";
import { requireTenant } from "../acts.ts";
import type { Gateway } from "../gateway.ts";
import { invalid } from "../request.ts";
import { type Route, route } from "../route.ts";
import { instant, party, z } from "../schemas.ts";
import { apiKeyView } from "../views.ts";
import { enqueue } from "../writes.ts";

const scope = z
  .enum(SCOPES as [Scope, ...Scope[]])
  .openapi("Scope", { description: `\`<resource>:read|write|admin\` with ${RESOURCES.join(", ")}.` });

const apiKey = z
  .object({
    id: z.string(),
    party,
    label: z.string(),
    scopes: z.array(scope),
    createdAt: instant,
    expiresAt: instant,
    revokedAt: instant.optional(),
  })
  .openapi("ApiKey");

export function keyRoutes(gateway: Gateway): Route[] {
  const { apiKeys, gatewayParty } = gateway;
  return [
    route({
      id: "createKey",
      method: "post",
      path: "/v1/keys",
      tag: "keys",
      summary: "Make an API key",
      description:
        "A key gives at most the scopes it has itself. The exchange that runs the gateway makes keys for any party, others for themselves. The secret is shown in this answer only.",
      access: "keys:admin",
      isWrite: true,
      body: z.strictObject({
        party: party.optional(),
        label: z.string().min(1).max(200),
        scopes: z.array(scope).min(1),
        expiresAt: instant.optional(),
      }),
      answers: {
        201: {
          description: "The key with its secret.",
          schema: z.object({ key: apiKey, secret: z.string() }),
        },
      },
      errors: ["key-shown-once", "party-of-another-tenant"],
      async handle(call) {
        const { principal, body } = call;
        const holder = body.party ?? principal.party;
        if (principal.party !== gatewayParty) requireTenant(principal.party, holder);
        const beyond = body.scopes.find((each) => !principal.scopes.has(each));
        if (beyond !== undefined) throw new DatadeedError("scope-missing", { scope: beyond });
        const expiresAt = body.expiresAt === undefined ? undefined : Date.parse(body.expiresAt);
        if (expiresAt !== undefined && expiresAt <= gateway.clock()) {
          throw invalid("expiresAt", "must be in the future");
        }
        // The outbox remembers the request: its repetition must not make a second key, and can't show the first again.
        if (!(await enqueue(gateway, call, [])).isNew) throw new DatadeedError("key-shown-once");
        const { key, secret } = apiKeys.create({
          party: holder,
          label: body.label,
          scopes: [...new Set(body.scopes)],
          ...(expiresAt === undefined ? {} : { expiresAt }),
        });
        return { status: 201, body: { key: apiKeyView(key), secret } };
      },
    }),
    route({
      id: "listKeys",
      method: "get",
      path: "/v1/keys",
      tag: "keys",
      summary: "The tenant's API keys, without their secrets",
      access: "keys:read",
      answers: { 200: { description: "All of them.", schema: z.object({ items: z.array(apiKey) }) } },
      handle: ({ principal }) => ({
        status: 200,
        body: {
          items: apiKeys.list(principal.party === gatewayParty ? undefined : principal.party).map(apiKeyView),
        },
      }),
    }),
    route({
      id: "revokeKey",
      method: "delete",
      path: "/v1/keys/{id}",
      tag: "keys",
      summary: "End an API key at once",
      description: "Repeating it changes nothing.",
      access: "keys:admin",
      params: z.strictObject({ id: z.string().max(100) }),
      answers: { 200: { description: "The key as it is now.", schema: z.object({ key: apiKey }) } },
      errors: ["not-found"],
      handle({ params, principal }) {
        const key = apiKeys.revoke(params.id, principal.party === gatewayParty ? undefined : principal.party);
        if (key === undefined) throw new DatadeedError("not-found", { keyId: params.id });
        return { status: 200, body: { key: apiKeyView(key) } };
      },
    }),
  ];
}
