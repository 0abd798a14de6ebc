import { DatadeedError } from "../../domain/errors.ts";
import type { Gateway } from "../gateway.ts";
import { type Route, route } from "../route.ts";
import { asOf, cursor, limitOf, operation, operationAnswer, z } from "../schemas.ts";
import { asOfView, operationView } from "../views.ts";
import { afterWait } from "../writes.ts";

export function operationRoutes(gateway: Gateway): Route[] {
  const { outbox, queries, cursors } = gateway;
  return [
    route({
      id: "getOperation",
      method: "get",
      path: "/v1/operations/{id}",
      tag: "operations",
      summary: "One operation, from request to final block",
      description: "With `Prefer: wait=N` the answer waits for its end.",
      access: "operations:read",
      isIndexed: true,
      params: z.strictObject({ id: z.string().max(100) }),
      answers: {
        200: { description: "The operation as it is now.", schema: operationAnswer.extend({ asOf }) },
      },
      errors: ["not-found"],
      async handle({ params, principal, wait }) {
        const found = outbox.status(params.id);
        // Whether it is another's or nobody's stays unsaid.
        if (found === undefined || found.tenant !== principal.party) {
          throw new DatadeedError("not-found", { operationId: params.id });
        }
        const settled = await afterWait(gateway, found, wait);
        const tip = queries.tip();
        return { status: 200, body: { operation: operationView(settled, tip), asOf: asOfView(tip) } };
      },
    }),
    route({
      id: "listOperations",
      method: "get",
      path: "/v1/operations",
      tag: "operations",
      summary: "The tenant's operations in the order of acceptance",
      access: "operations:read",
      isIndexed: true,
      query: z.strictObject({
        after: cursor.optional(),
        state: operation.shape.state.optional(),
        limit: limitOf(500, 100),
      }),
      answers: {
        200: {
          description: "A page. `nextCursor` continues after its last operation, now or later.",
          schema: z.object({ items: z.array(operation), nextCursor: cursor.optional(), asOf }),
        },
      },
      errors: ["cursor-invalid"],
      handle({ query, principal }) {
        const after =
          query.after === undefined ? undefined : (cursors.decode("operations", query.after)[0] as number);
        const rows = outbox.list({
          tenant: principal.party,
          limit: query.limit,
          ...(query.state === undefined ? {} : { state: query.state }),
          ...(after === undefined ? {} : { after }),
        });
        const tip = queries.tip();
        const last = rows.at(-1)?.position ?? after;
        return {
          status: 200,
          body: {
            items: rows.map((row) => operationView(row, tip)),
            ...(last === undefined ? {} : { nextCursor: cursors.encode("operations", [last]) }),
            asOf: asOfView(tip),
          },
        };
      },
    }),
  ];
}
