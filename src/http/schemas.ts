import { extendZodWithOpenApi } from "@asteasolutions/zod-to-openapi";
import { z } from "zod";
import { ERRORS, type ErrorCode } from "../domain/errors.ts";
import { type AssetId, type Hash, type PartyId, type RegionId, RIGHT_KINDS } from "../domain/ids.ts";

/** The building blocks that several routes share. What validates here is what /openapi.json says. */

extendZodWithOpenApi(z);

export { z };

/** A pattern of text that is of the type T once it has passed. */
function text<T extends string>(name: string, pattern: RegExp, rule: string, example: string) {
  const schema = z
    .string(`must be ${rule}`)
    .regex(pattern, `must be ${rule}`)
    .openapi(name, { description: `${rule[0]!.toUpperCase()}${rule.slice(1)}.`, example });
  return schema as unknown as z.ZodType<T, string>;
}

/** The same with hex, whose case means nothing in a request; answers are in lower case. */
function hex<T extends string>(name: string, pattern: RegExp, rule: string, example: string) {
  const schema = z
    .string(`must be ${rule}`)
    .regex(pattern, `must be ${rule}`)
    .toLowerCase()
    .openapi(name, { description: `${rule[0]!.toUpperCase()}${rule.slice(1)}.`, example });
  return schema as unknown as z.ZodType<T, string>;
}

const SOME_HASH = `0x${"8f".repeat(31)}8c`;
export const hash = hex<Hash>(
  "Hash",
  /^0x[0-9a-fA-F]{64}$/,
  "32 bytes as 0x and 64 hex digits",
  `0x${"a1".repeat(32)}`,
);
export const assetId = hex<AssetId>(
  "AssetId",
  /^0x[0-9a-fA-F]{63}[048cC]$/,
  "an asset id: 0x and 64 hex digits, the last one 0, 4, 8 or c",
  SOME_HASH,
);
export const party = hex<PartyId>(
  "PartyId",
  /^0x[0-9a-fA-F]{40}$/,
  "20 bytes as 0x and 40 hex digits",
  `0x${"3e".repeat(20)}`,
);
export const region = text<RegionId>(
  "RegionId",
  /^[A-Z]{2}(?:-[A-Z0-9]{1,5})?$/,
  "an ISO 3166-2 code such as CN-GD, HK or SG",
  "HK",
);
export const signature = hex<`0x${string}`>(
  "Signature",
  /^0x(?:[0-9a-fA-F]{2}){1,8192}$/,
  "a signature: 0x and hex digits, 65 bytes where the signer is a plain key",
  `0x${"7b".repeat(64)}1b`,
);
export const cursor = z.string().max(600).openapi("Cursor", {
  description: "A place in a list; opaque. Take it from `nextCursor` of the same list.",
});
export const right = z.enum(RIGHT_KINDS).openapi("Right");
export const instant = z.iso
  .datetime({ offset: true, error: "must be an instant of RFC 3339 such as 2026-01-31T12:00:00Z" })
  .openapi("Instant", { example: "2026-01-31T12:00:00Z" });
/** Unix seconds stand only where they are signed. */
export const unixSecond = z
  .int()
  .min(0)
  .max(0xffffffffffff)
  .openapi("UnixSecond", { example: 1_800_000_000 });
export const nonce = z
  .string()
  .regex(/^(?:0|[1-9][0-9]{0,77})$/, "must be a decimal number as text")
  .refine((digits) => BigInt(digits) < 2n ** 256n, "must be below 2^256")
  .openapi("Nonce", { example: "98765432109876543210" });
export const uint32 = z.int().min(0).max(0xffffffff);
export const rate = z.int().min(0).max(1_000_000).openapi("Rate", { description: "Millionths." });
export const limitOf = (most: number, usual: number) =>
  z.coerce.number("must be a number").int().min(1).max(most).default(usual);

export const authorization = z
  .strictObject({ signer: party, nonce, deadline: unixSecond, signature })
  .openapi("Authorization", {
    description: "Who signed the act's typed data. Without it the answer is the typed data to sign.",
  });

export const asOf = z
  .object({ block: z.int(), hash, timestamp: instant })
  .openapi("AsOf", { description: "The block that the answer speaks of." });

export const typedData = z
  .object({
    types: z.record(z.string(), z.array(z.object({ name: z.string(), type: z.string() }))),
    primaryType: z.string(),
    domain: z.object({
      name: z.string(),
      version: z.string(),
      chainId: z.int(),
      verifyingContract: z.string(),
    }),
    message: z.record(z.string(), z.unknown()),
  })
  .openapi("TypedData", { description: "For `eth_signTypedData_v4`, exactly as it is." });

const codes = Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]];
const facts = z.record(z.string(), z.unknown()).openapi({ description: "What the sentence speaks of." });

export const refusal = z
  .object({
    code: z.enum(codes),
    title: z.string(),
    detail: z.string(),
    help: z.string(),
    retryable: z.boolean(),
    facts,
  })
  .openapi("Refusal");

export const problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.enum(codes),
    detail: z.string(),
    help: z.string(),
    retryable: z.boolean(),
    facts,
    errors: z.array(z.object({ field: z.string(), rule: z.string(), message: z.string() })).optional(),
  })
  .openapi("Problem", { description: "RFC 9457. `code` never changes its meaning." });

export const operation = z
  .object({
    id: z.string(),
    kind: z.enum(["register-asset", "relay-act"]),
    act: z.string().openapi({ description: "`RegisterAsset`, or the act's EIP-712 type." }),
    state: z.enum(["in-review", "accepted", "signed", "broadcast", "mined", "final", "rejected"]),
    assetId: assetId.optional(),
    transactionHash: hash.optional(),
    block: z.object({ number: z.int(), hash }).optional(),
    visible: z.boolean().openapi({ description: "Reads of this gateway show its effect." }),
    alreadyDone: z
      .boolean()
      .openapi({ description: "The ledger had just this already: nothing was written anew." }),
    refusal: refusal.optional(),
    acceptedAt: instant,
    updatedAt: instant,
  })
  .openapi("Operation");

export const operationAnswer = z.object({ operation });

export const event = z
  .object({
    cursor,
    name: z.string(),
    args: z.record(z.string(), z.unknown()),
    assetId: assetId.optional(),
    block: z.int(),
    blockHash: hash,
    logIndex: z.int(),
    timestamp: instant,
    transactionHash: hash,
    emitter: party,
    topics: z.array(hash),
    data: z.string(),
  })
  .openapi("Event", { description: "A log of the ledger: decoded, and as it is." });
