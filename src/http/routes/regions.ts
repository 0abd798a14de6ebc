import { DatadeedError } from "../../domain/errors.ts";
import type { RegionId } from "../../domain/ids.ts";
import { actAnswers, signOrRelay } from "../acts.ts";
import type { Gateway } from "../gateway.ts";
import { type Route, route } from "../route.ts";
import { asOf, authorization, hash, party, region, uint32, z } from "../schemas.ts";
import { asOfView } from "../views.ts";

const regionSchema = z
  .object({
    region,
    number: z.int(),
    regulator: party,
    halted: z.boolean(),
    noticePeriod: z.int().openapi({ description: "Seconds." }),
  })
  .openapi("Region");

const params = z.strictObject({ id: region });
const ground = hash.describe("Hash of the published reason.");
const order = z.strictObject({ ground, authorization: authorization.optional() });

export function regionRoutes(gateway: Gateway): Route[] {
  const { queries } = gateway;

  function numberOf(id: RegionId): number {
    const found = queries.regions().find((each) => each.region === id);
    if (found === undefined) throw new DatadeedError("region-not-open", { region: id });
    return found.number;
  }

  const steering = (name: "halt" | "reopening", act: "HaltRegion" | "ReopenRegion", does: string) =>
    route({
      id: `${name}Region`,
      method: "post",
      path: `/v1/regions/{id}/${name}`,
      tag: "regions",
      summary: `${does} (signed by its regulator)`,
      access: "parties:write",
      isWrite: true,
      params,
      body: order,
      answers: actAnswers,
      errors: ["region-not-open", "signature-forged", "signature-expired"],
      handle(call) {
        const number = numberOf(call.params.id);
        const { ground, authorization: given } = call.body;
        return signOrRelay(gateway, call, given, {
          act,
          values: { region: number, ground },
          function: act === "HaltRegion" ? "halt" : "reopen",
          args: [number, ground],
        });
      },
    });

  return [
    route({
      id: "listRegions",
      method: "get",
      path: "/v1/regions",
      tag: "regions",
      summary: "The regions that governance opened",
      access: "parties:read",
      isIndexed: true,
      answers: {
        200: { description: "All of them.", schema: z.object({ items: z.array(regionSchema), asOf }) },
      },
      handle: () => ({
        status: 200,
        body: { items: queries.regions(), asOf: asOfView(queries.tip()) },
      }),
    }),
    steering("halt", "HaltRegion", "Stop new business in a region"),
    steering("reopening", "ReopenRegion", "Reopen a region"),
    route({
      id: "setNoticePeriod",
      method: "post",
      path: "/v1/regions/{id}/notice-period",
      tag: "regions",
      summary: "Set how long later registrations stay noticed (signed by the regulator)",
      access: "parties:write",
      isWrite: true,
      params,
      body: z.strictObject({ noticePeriod: uint32, authorization: authorization.optional() }),
      answers: actAnswers,
      errors: ["region-not-open", "signature-forged", "signature-expired"],
      handle(call) {
        const number = numberOf(call.params.id);
        const { noticePeriod, authorization: given } = call.body;
        return signOrRelay(gateway, call, given, {
          act: "SetNoticePeriod",
          values: { region: number, noticePeriod },
          function: "setNoticePeriod",
          args: [number, noticePeriod],
        });
      },
    }),
  ];
}
