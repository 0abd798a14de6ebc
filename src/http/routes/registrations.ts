import { setImmediate as nextTurn } from "node:timers/promises";
import type { Principal } from "../../auth/keys.ts";
import { DatadeedError } from "../../domain/errors.ts";
import { assetIdOf } from "../../domain/ids.ts";
import { reviewTree } from "../../domain/review-tree.ts";
import type { Operation } from "../../outbox/operation.ts";
import type { Gateway } from "../gateway.ts";
import { type HttpProblem, parseWith, problemFrom } from "../problem.ts";
import {
  batchReview,
  type PreparedItem,
  prepareItem,
  type RegistrationWish,
  registrationWish,
} from "../registration.ts";
import { type Call, type Route, route } from "../route.ts";
import { assetId, hash, operation, problem, z } from "../schemas.ts";
import { createReviewCheck, requireUnexpired, type SignedRoot } from "../signatures.ts";
import { operationView } from "../views.ts";
import { afterWait, answerOperation, enqueue, requireInTime } from "../writes.ts";

const MOST_ITEMS = 1_000;
/** After so many items of a batch other requests get their turn. */
const ITEMS_A_TURN = 50;
const ITEM_BYTES = 256 * 1024;
const BATCH_BYTES = 8 * 1024 * 1024;

const registered = z.object({ operation, assetId, contentRoot: hash, leaf: hash });
const batchResult = z
  .union([
    z.object({ index: z.int(), assetId, contentRoot: hash, leaf: hash, operation }),
    z.object({ index: z.int(), problem }),
  ])
  .openapi("BatchResult");
const results = z.object({ results: z.array(batchResult) });

type Prepared = PreparedItem | HttpProblem;
const isProblem = (item: Prepared): item is HttpProblem => "code" in item;
const isGood = (item: Prepared): item is PreparedItem => !isProblem(item);

export function registrationRoutes(gateway: Gateway): Route[] {
  const reviews = createReviewCheck(gateway);

  /** The exchange registers for itself and its clients; another tenant only what it holds itself. */
  function requireHolder({ party }: Principal, { holder }: RegistrationWish): void {
    if (party !== gateway.gatewayParty && party !== holder) {
      throw new DatadeedError("party-of-another-tenant", { tenant: party, party: holder, field: "holder" });
    }
  }

  async function prepare(
    call: Call<unknown, unknown, unknown>,
    wish: RegistrationWish,
  ): Promise<PreparedItem> {
    requireHolder(call.principal, wish);
    const item = prepareItem(wish);
    const { review } = item.command;
    if (review !== undefined) {
      await reviews.requireReviewed(item.leaf, review);
      requireInTime(gateway, call, () =>
        requireUnexpired(gateway, "Review", review.reviewer, review.deadline),
      );
    }
    return item;
  }

  async function prepareAll(
    call: Call<unknown, unknown, unknown>,
    wishes: readonly unknown[],
    hasOwnReviews: boolean,
  ): Promise<Prepared[]> {
    const items: Prepared[] = [];
    for (const [index, wish] of wishes.entries()) {
      if (index % ITEMS_A_TURN === ITEMS_A_TURN - 1) await nextTurn();
      try {
        const parsed = parseWith(registrationWish, wish, `items[${index}]`);
        if (!hasOwnReviews && parsed.review !== undefined) {
          throw new DatadeedError("validation-failed", {
            field: `items[${index}].review`,
            rule: "must be left out where the batch has one",
          });
        }
        items.push(await prepare(call, parsed));
      } catch (error) {
        if (!(error instanceof DatadeedError)) throw error;
        items.push(problemFrom(error));
      }
    }
    return items;
  }

  /** Gives each item its path in the tree over all of them, which the one signature of the batch covers. */
  async function reviewTogether(
    call: Call<unknown, unknown, unknown>,
    items: readonly Prepared[],
    given: Omit<SignedRoot, "root">,
  ): Promise<Prepared[]> {
    const good = items.filter(isGood);
    if (good.length === 0) return [...items];
    const tree = reviewTree(good.map(({ leaf }) => leaf));
    const signed = { ...given, root: tree.root };
    await reviews.requireReviewSigned(signed);
    requireInTime(gateway, call, () => requireUnexpired(gateway, "Review", given.reviewer, given.deadline));
    const places = new Map(good.map((item, index) => [item, index]));
    return items.map((item) => {
      if (isProblem(item)) return item;
      const review = { ...signed, path: tree.pathOf(places.get(item)!) };
      return { ...item, command: { ...item.command, review } };
    });
  }

  return [
    route({
      id: "registerAsset",
      method: "post",
      path: "/v1/assets",
      tag: "assets",
      summary: "Register a data asset",
      description:
        "Without a review the operation waits `in-review`. The asset id is known at once; the operation tells when it is on the ledger.",
      access: "assets:write",
      isWrite: true,
      largestBody: ITEM_BYTES,
      body: registrationWish,
      answers: {
        200: { description: "Registered (with `Prefer: wait`).", schema: registered },
        202: { description: "Accepted: it is on disk and goes to the ledger.", schema: registered },
      },
      errors: [
        "signature-forged",
        "signature-expired",
        "not-in-review",
        "parents-not-increasing",
        "party-of-another-tenant",
        "asset-already-registered",
      ],
      async handle(call) {
        const { command, descriptor, leaf } = await prepare(call, call.body);
        const acceptance = await enqueue(gateway, call, [command], [descriptor]);
        const { contentRoot } = command.registration;
        return answerOperation(gateway, call, acceptance, () => ({
          assetId: command.assetId,
          contentRoot,
          leaf,
        }));
      },
    }),
    route({
      id: "registerAssets",
      method: "post",
      path: "/v1/assets/batch",
      tag: "assets",
      summary: "Register up to 1,000 data assets",
      description:
        "Each item has its own result: one that is refused does not stop the others. A review of the batch is one signature over the tree of the leaves of all items that are not refused, in the order given.",
      access: "assets:write",
      isWrite: true,
      largestBody: BATCH_BYTES,
      body: z.strictObject({
        items: z.array(z.unknown()).min(1).max(MOST_ITEMS),
        review: batchReview.optional(),
      }),
      bodyDocs: z.strictObject({
        items: z.array(registrationWish).min(1).max(MOST_ITEMS),
        review: batchReview.optional(),
      }),
      answers: {
        200: { description: "All have ended (with `Prefer: wait`).", schema: results },
        202: { description: "What could be was accepted.", schema: results },
      },
      errors: ["signature-forged", "signature-expired"],
      async handle(call) {
        const { items: wishes, review } = call.body;
        const prepared = await prepareAll(call, wishes, review === undefined);
        const items = review === undefined ? prepared : await reviewTogether(call, prepared, review);
        const good = items.filter(isGood);
        const { isNew, operations } = await enqueue(
          gateway,
          call,
          good.map(({ command }) => command),
          good.map(({ descriptor }) => descriptor),
        );
        const settled = await Promise.all(operations.map((each) => afterWait(gateway, each, call.wait)));
        const areOver = settled.every(({ state }) => state === "final" || state === "rejected");
        return {
          status: call.wait > 0 && areOver ? 200 : 202,
          body: { results: resultsOf(items, settled) },
          headers: isNew ? {} : { "idempotency-replayed": "true" },
        };
      },
    }),
  ];

  function resultsOf(items: readonly Prepared[], operations: readonly Operation[]) {
    const tip = gateway.queries.tip();
    let next = 0;
    return items.map((item, index) => {
      if (isProblem(item)) return { index, problem: item };
      const { contentRoot } = item.command.registration;
      const { leaf } = item;
      const operation = operationView(operations[next++]!, tip);
      return { index, assetId: assetIdOf(contentRoot), contentRoot, leaf, operation };
    });
  }
}
