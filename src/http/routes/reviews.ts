import type { Principal } from "../../auth/keys.ts";
import type { RegisterAsset } from "../../domain/commands.ts";
import { domainOf } from "../../domain/deployment.ts";
import { DatadeedError } from "../../domain/errors.ts";
import { CONTENT_KINDS, DATA_CLASSES, DATA_FLAGS } from "../../domain/registration.ts";
import { registrationLeaf, reviewTree } from "../../domain/review-tree.ts";
import { typedData } from "../../domain/typed-data.ts";
import type { Operation } from "../../outbox/operation.ts";
import type { Gateway } from "../gateway.ts";
import { descriptor } from "../registration.ts";
import { type Answer, type Call, type Route, route } from "../route.ts";
import {
  asOf,
  assetId,
  hash,
  limitOf,
  operation,
  operationAnswer,
  party,
  right,
  signature,
  typedData as typedDataSchema,
  uint32,
  unixSecond,
  z,
} from "../schemas.ts";
import { createReviewCheck, requireUnexpired } from "../signatures.ts";
import { asOfView, operationView } from "../views.ts";
import { enqueue } from "../writes.ts";

const MOST_OPERATIONS = 1_000;
/** For how long a review signed now can be used. */
const REVIEW_SECONDS = 86_400;

const registration = z
  .object({
    contentRoot: hash,
    descriptorHash: hash,
    holder: party,
    kind: z.enum(CONTENT_KINDS),
    rights: z.array(right),
    class: z.enum(DATA_CLASSES),
    flags: z.array(z.enum(DATA_FLAGS)),
    theme: z.int(),
    prohibitedUses: z.int().openapi({ description: "As signed: one number of 16 bits." }),
    persons: uint32,
    sensitivePersons: uint32,
    upstreamRate: uint32,
    maxUpstreamTotal: uint32,
    parents: z.array(assetId),
  })
  .openapi("Registration", { description: "What the leaf is the hash of." });

const waiting = z
  .object({ operationId: z.string(), assetId, leaf: hash, registration, descriptor: descriptor.nullable() })
  .openapi("WaitingReview");

const approval = z
  .strictObject({
    operationIds: z.array(z.string().max(100)).min(1).max(MOST_OPERATIONS),
    reviewer: party,
    deadline: unixSecond,
    signature,
  })
  .openapi("ReviewApproval", {
    description: "A signature of `Review` over the tree of these operations' leaves, in this order.",
  });
const correction = z
  .strictObject({
    operationId: z.string().max(100),
    returned: z.strictObject({
      field: z.string().min(1).max(200),
      reason: z.string().min(1).max(2_000),
    }),
  })
  .openapi("ReviewReturn", { description: "Sends a registration back, naming what must be corrected." });

export function reviewRoutes(gateway: Gateway): Route[] {
  const { outbox, queries, gatewayParty } = gateway;
  const reviews = createReviewCheck(gateway);

  /** The exchange reviews what all its tenants ask for; another tenant sees its own. */
  const tenantOf = ({ party }: Principal) => (party === gatewayParty ? {} : { tenant: party });

  function find(principal: Principal, id: string): Operation & { readonly command: RegisterAsset } {
    const found = outbox.status(id);
    const isVisible = principal.party === gatewayParty || found?.tenant === principal.party;
    if (found === undefined || !isVisible) throw new DatadeedError("not-found", { operationId: id });
    if (found.command.kind !== "register-asset") {
      throw new DatadeedError("not-awaiting-review", { operationId: id, state: found.state });
    }
    return found as Operation & { readonly command: RegisterAsset };
  }

  function requireWaiting({ id, state }: Operation): void {
    if (state !== "in-review") throw new DatadeedError("not-awaiting-review", { operationId: id, state });
  }

  async function approve(
    call: Call<unknown, unknown, unknown>,
    { operationIds, ...signed }: z.output<typeof approval>,
  ): Promise<Answer> {
    const operations = operationIds.map((id) => find(call.principal, id));
    const tree = reviewTree(operations.map(({ command }) => registrationLeaf(command.registration)));
    // Repeating an approval is answered like the first; a crash in between is made good by the repetition.
    const open = operations.filter(({ command }) => command.review?.signature !== signed.signature);
    for (const each of open) requireWaiting(each);
    if (open.length > 0) {
      requireUnexpired(gateway, "Review", signed.reviewer, signed.deadline);
      await reviews.requireReviewSigned({ ...signed, root: tree.root });
    }
    await enqueue(gateway, call, []);
    await outbox.attachReviews(
      operations.flatMap((each, index) =>
        open.includes(each)
          ? [{ operationId: each.id, review: { ...signed, root: tree.root, path: tree.pathOf(index) } }]
          : [],
      ),
    );
    const tip = queries.tip();
    return {
      status: 202,
      body: { operations: operationIds.map((id) => operationView(outbox.status(id)!, tip)) },
    };
  }

  async function sendBack(
    call: Call<unknown, unknown, unknown>,
    { operationId, returned }: z.output<typeof correction>,
  ): Promise<Answer> {
    const { state, refusal, ...found } = find(call.principal, operationId);
    const isReturned = state === "rejected" && refusal?.code === "returned-for-correction";
    if (!isReturned) requireWaiting({ ...found, state });
    await enqueue(gateway, call, []);
    if (!isReturned) await outbox.returnForCorrection(operationId, returned.field, returned.reason);
    return {
      status: 202,
      body: { operation: operationView(outbox.status(operationId)!, queries.tip()) },
    };
  }

  return [
    route({
      id: "listReviews",
      method: "get",
      path: "/v1/reviews",
      tag: "reviews",
      summary: "What awaits review, with the typed data that approves all of it",
      description:
        "The typed data covers the items shown, in this order. To approve some of them, sign the root of their leaves alone.",
      access: "reviews:read",
      query: z.strictObject({ limit: limitOf(MOST_OPERATIONS, 100) }),
      answers: {
        200: {
          description: "The oldest first; no typed data where nothing waits.",
          schema: z.object({
            items: z.array(waiting),
            root: hash.optional(),
            typedData: typedDataSchema.optional(),
            asOf,
          }),
        },
      },
      handle({ principal, query }) {
        const operations = outbox.list({ ...tenantOf(principal), state: "in-review", limit: query.limit });
        const items = operations.flatMap(({ id, command }) => {
          if (command.kind !== "register-asset") return [];
          const body = gateway.descriptors.body(command.registration.descriptorHash);
          return {
            operationId: id,
            assetId: command.assetId,
            leaf: registrationLeaf(command.registration),
            registration: command.registration,
            descriptor: body === undefined ? null : JSON.parse(body),
          };
        });
        const shown = { items, asOf: asOfView(queries.tip()) };
        if (items.length === 0) return { status: 200, body: shown };
        const { root } = reviewTree(items.map(({ leaf }) => leaf));
        const values = { registrar: gatewayParty, deadline: gateway.now() + REVIEW_SECONDS, root };
        const domain = domainOf(gateway.deployment, "rightsRegistry");
        return { status: 200, body: { ...shown, root, typedData: typedData(domain, "Review", values) } };
      },
    }),
    route({
      id: "review",
      method: "post",
      path: "/v1/reviews",
      tag: "reviews",
      summary: "Approve registrations by a reviewer's signature, or return one for correction",
      access: "reviews:write",
      isWrite: true,
      body: z.union([approval, correction]),
      answers: {
        202: {
          description: "The operations go on, or the one returned has ended.",
          schema: z.union([z.object({ operations: z.array(operation) }), operationAnswer]),
        },
      },
      errors: ["not-found", "not-awaiting-review", "signature-forged", "signature-expired"],
      handle: (call) => ("operationIds" in call.body ? approve(call, call.body) : sendBack(call, call.body)),
    }),
  ];
}
