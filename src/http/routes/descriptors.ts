import { DatadeedError } from "../../domain/errors.ts";
import type { Gateway } from "../gateway.ts";
import { descriptor } from "../registration.ts";
import { type Route, route } from "../route.ts";
import { hash, z } from "../schemas.ts";

export function descriptorRoutes({ descriptors }: Gateway): Route[] {
  return [
    route({
      id: "getDescriptor",
      method: "get",
      path: "/v1/descriptors/{hash}",
      tag: "descriptors",
      summary: "A descriptor by its hash, in the form that was hashed (RFC 8785)",
      description:
        "Also for the gateways of other exchanges: `Authorization: Datadeed <address>:<unix second>:<signature>`, signed over keccak256 of `datadeed:descriptor:<hash>:<unix second>:<base URL asked>` by a live key of the exchange.",
      access: "peer",
      params: z.strictObject({ hash }),
      answers: { 200: { description: "The body; its SHA-256 is the hash.", schema: descriptor } },
      errors: ["not-found"],
      handle({ params, request }) {
        const etag = `"${params.hash}"`;
        const body = descriptors.body(params.hash);
        if (body === undefined) throw new DatadeedError("not-found", { descriptorHash: params.hash });
        const headers = { etag, "cache-control": "private, max-age=31536000, immutable" };
        if (request.headers["if-none-match"] === etag) return { status: 304, text: "", type: "", headers };
        return { status: 200, text: body, type: "application/json", headers };
      },
    }),
  ];
}
