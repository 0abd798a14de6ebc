import { assetIdOf, RIGHT_KINDS, type RightKind } from "../../domain/ids.ts";
import type { AssetRow } from "../../indexer/queries.ts";
import type { Gateway } from "../gateway.ts";
import { type Route, route } from "../route.ts";
import { asOf, assetId, hash, instant, party, region, right, z } from "../schemas.ts";
import { asOfView, instantOf } from "../views.ts";

const request = z
  .strictObject({
    contentRoot: hash.optional(),
    sha256: hash.optional(),
    assetId: assetId.optional(),
    right: right.optional(),
    party: party.optional(),
  })
  .refine(
    ({ contentRoot, sha256, assetId }) =>
      Number(contentRoot !== undefined) + Number(sha256 !== undefined) + Number(assetId !== undefined) === 1,
    { path: ["assetId"], message: "must be given, or else contentRoot or sha256: exactly one of the three" },
  )
  .openapi("VerificationRequest", {
    description:
      "By content root, by the SHA-256 of a file, or by asset id; and whether `party` holds `right` (any right where it is left out).",
  });

const RESULTS = ["valid", "noticed", "held", "retired", "not-holder", "unknown"] as const;
type Result = (typeof RESULTS)[number];

const verification = z
  .object({
    result: z.enum(RESULTS),
    reasons: z.array(z.object({ code: z.enum(RESULTS), message: z.string() })),
    noticedUntil: instant.optional(),
    asset: z
      .object({
        assetId,
        kind: z.string(),
        region,
        class: z.string(),
        status: z.string(),
        registrar: party,
        holders: z.object({ hold: party.optional(), use: party.optional(), operate: party.optional() }),
        descriptorHash: hash,
        registeredAt: z.object({ block: z.int(), transactionHash: hash }),
      })
      .optional(),
    asOf,
  })
  .openapi("Verification");

interface Reason {
  readonly code: Result;
  readonly message: string;
}

export function verificationRoutes(gateway: Gateway): Route[] {
  const { queries } = gateway;

  function find(wish: z.output<typeof request>): AssetRow | undefined {
    if (wish.assetId !== undefined) return queries.asset(wish.assetId);
    const root = wish.contentRoot ?? wish.sha256!;
    const row = queries.asset(assetIdOf(root));
    // An id leaves out two bits of the content: they must agree too.
    if (row?.registration.contentRoot !== root) return undefined;
    return wish.sha256 !== undefined && row.registration.kind !== "file" ? undefined : row;
  }

  return [
    route({
      id: "verify",
      method: "post",
      path: "/v1/verifications",
      tag: "verifications",
      summary: "Is this content registered, may it be traded, and who holds it?",
      description: "`result` is the weightiest of the reasons. Nothing is written.",
      access: "assets:read",
      isIndexed: true,
      largestBody: 4_096,
      body: request,
      answers: { 200: { description: "What the ledger says.", schema: verification } },
      handle({ body }) {
        const row = find(body);
        const reasons = row === undefined ? [UNKNOWN] : reasonsOf(row, body.right, body.party);
        return {
          status: 200,
          body: {
            result: reasons[0]!.code,
            reasons,
            ...(row?.status === "noticed" ? { noticedUntil: instantOf(row.noticeEnds) } : {}),
            ...(row === undefined ? {} : { asset: shortView(row) }),
            asOf: asOfView(queries.tip()),
          },
        };
      },
    }),
  ];
}

const UNKNOWN: Reason = { code: "unknown", message: "No asset with this content is registered." };
const VALID: Reason = { code: "valid", message: "Registered, and nothing stands against it." };

/** The weightiest first. */
function reasonsOf(row: AssetRow, right?: RightKind, holder?: string): Reason[] {
  const reasons: Reason[] = [];
  if (row.status === "retired") {
    reasons.push({ code: "retired", message: "Its holder retired the asset: nobody holds a right in it." });
  }
  if (right !== undefined || holder !== undefined) reasons.push(...holdingReasons(row, right, holder));
  if (row.status === "held") {
    reasons.push({ code: "held", message: `The asset is frozen by ${row.holds.length} hold(s).` });
  }
  if (row.status === "noticed") {
    reasons.push({
      code: "noticed",
      message: `Objections are possible until ${instantOf(row.noticeEnds)}: until then it is not transferred.`,
    });
  }
  return reasons.length === 0 ? [VALID] : reasons;
}

function holdingReasons({ holders }: AssetRow, right?: RightKind, holder?: string): Reason[] {
  const asked = right === undefined ? RIGHT_KINDS : [right];
  const holds = asked.some(
    (each) => holders[each] !== undefined && (holder ?? holders[each]) === holders[each],
  );
  if (holds) return [];
  const what = right === undefined ? "any right in it" : `its right ${right}`;
  return [
    {
      code: "not-holder",
      message: `${holder === undefined ? "Nobody" : "The party does not"} hold${holder === undefined ? "s" : ""} ${what}.`,
    },
  ];
}

const shortView = (row: AssetRow) => ({
  assetId: row.assetId,
  kind: row.registration.kind,
  region: row.region,
  class: row.registration.class,
  status: row.status,
  registrar: row.registrar,
  holders: row.holders,
  descriptorHash: row.registration.descriptorHash,
  registeredAt: { block: row.registeredIn.block, transactionHash: row.registeredIn.transactionHash },
});
