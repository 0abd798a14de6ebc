import { DatadeedError } from "../../domain/errors.ts";
import { RIGHT_KINDS } from "../../domain/ids.ts";
import { actAnswers, signOrRelay } from "../acts.ts";
import type { Gateway } from "../gateway.ts";
import { type Route, route } from "../route.ts";
import { assetId, authorization, hash, party, rate, right, z } from "../schemas.ts";

/** What holders and regulators do with an asset: signed by them, relayed here. */

const params = z.strictObject({ id: assetId });
const signed = { authorization: authorization.optional() };
const errors = ["signature-forged", "signature-expired"] as const;

/** On the ledger 32 bytes: a hash as it is, or up to 32 characters of ASCII, left-aligned. */
const caseNumber = z
  .union([
    hash,
    z
      .string()
      .regex(/^[\x20-\x7e]{1,32}$/, "must be 1 to 32 characters of ASCII, or 32 bytes as hex")
      .transform((text) => `0x${Buffer.from(text, "ascii").toString("hex").padEnd(64, "0")}`),
  ])
  .openapi("CaseNumber", { example: "HK-2026-0001" });

const holdBody = z.strictObject({
  caseNumber,
  ground: hash.describe("Hash of the published reason."),
  ...signed,
});

export function rightRoutes(gateway: Gateway): Route[] {
  const hold = (path: "holds" | "holds/lift", act: "HoldAsset" | "LiftHold", does: string) =>
    route({
      id: act === "HoldAsset" ? "holdAsset" : "liftHold",
      method: "post",
      path: `/v1/assets/{id}/${path}`,
      tag: "rights",
      summary: `${does} (signed by the regulator of the asset's region)`,
      access: "assets:write",
      isWrite: true,
      params,
      body: holdBody,
      answers: actAnswers,
      errors,
      handle(call) {
        const { id } = call.params;
        const { caseNumber, ground, authorization: given } = call.body;
        return signOrRelay(gateway, call, given, {
          act,
          values: { assetId: id, caseNumber, ground },
          function: act === "HoldAsset" ? "hold" : "lift",
          args: [id, caseNumber, ground],
          assetId: id,
        });
      },
    });

  return [
    route({
      id: "transferRight",
      method: "post",
      path: "/v1/assets/{id}/rights/{kind}/transfers",
      tag: "rights",
      summary: "Move a right to another party (signed by its holder)",
      description:
        "`from`, where given, must be who holds the right as far as this gateway has read the ledger.",
      access: "assets:write",
      isWrite: true,
      params: z.strictObject({ id: assetId, kind: right }),
      body: z.strictObject({ from: party.optional(), to: party, ...signed }),
      answers: actAnswers,
      errors: [...errors, "not-holder"],
      handle(call) {
        const { id, kind } = call.params;
        const { from, to, authorization: given } = call.body;
        const holder = gateway.queries.asset(id)?.holders[kind];
        if (from !== undefined && holder !== undefined && holder !== from) {
          throw new DatadeedError("not-holder", { assetId: id, right: kind, party: from, holder });
        }
        const number = RIGHT_KINDS.indexOf(kind) + 1;
        return signOrRelay(gateway, call, given, {
          act: "TransferRight",
          values: { assetId: id, right: number, to },
          function: "transferRightSigned",
          args: [id, number, to],
          assetId: id,
        });
      },
    }),
    route({
      id: "retireAsset",
      method: "post",
      path: "/v1/assets/{id}/retirement",
      tag: "rights",
      summary: "Burn all rights in an asset for ever (signed by the holder of all of them)",
      access: "assets:write",
      isWrite: true,
      params,
      body: z.strictObject(signed),
      answers: actAnswers,
      errors,
      handle: (call) =>
        signOrRelay(gateway, call, call.body.authorization, {
          act: "RetireAsset",
          values: { assetId: call.params.id },
          function: "retire",
          args: [call.params.id],
          assetId: call.params.id,
        }),
    }),
    route({
      id: "lowerUpstreamRate",
      method: "post",
      path: "/v1/assets/{id}/upstream-rate",
      tag: "rights",
      summary: "Lower what later derivatives will owe an asset (signed by the holder of Operate)",
      access: "assets:write",
      isWrite: true,
      params,
      body: z.strictObject({ rate, ...signed }),
      answers: actAnswers,
      errors,
      handle: (call) =>
        signOrRelay(gateway, call, call.body.authorization, {
          act: "LowerUpstreamRate",
          values: { assetId: call.params.id, rate: call.body.rate },
          function: "lowerUpstreamRate",
          args: [call.params.id, call.body.rate],
          assetId: call.params.id,
        }),
    }),
    hold("holds", "HoldAsset", "Freeze an asset in every region"),
    hold("holds/lift", "LiftHold", "End the regulator's hold"),
  ];
}
