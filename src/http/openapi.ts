import { OpenAPIRegistry, OpenApiGeneratorV31 } from "@asteasolutions/zod-to-openapi";
import type { ErrorCode } from "../domain/errors.ts";
import { rowOf } from "../domain/errors.ts";
import type { Route } from "./route.ts";
import { event, problem, z } from "./schemas.ts";

/** OpenAPI 3.1 from the routes themselves: nothing is described that is not validated, and nothing answered undescribed. */

type Responses = Record<string, { description: string; content?: Record<string, { schema: z.ZodType }> }>;

export function openApiOf(routes: readonly Route[], streamed: Readonly<Record<string, z.ZodType>>): object {
  const registry = new OpenAPIRegistry();
  registry.registerComponent("securitySchemes", "apiKey", {
    type: "http",
    scheme: "bearer",
    description: "`Authorization: Bearer dd_…`. Each route names the scope that the key must have.",
  });
  registry.registerComponent("securitySchemes", "peer", {
    type: "apiKey",
    in: "header",
    name: "Authorization",
    description: "`Datadeed <address>:<unix second>:<signature>`, by a live key of an exchange.",
  });
  registry.register("Event", event);
  for (const [name, schema] of Object.entries(streamed)) registry.register(name, schema);
  for (const each of routes) registry.registerPath(pathOf(each));
  return new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: "3.1.0",
    info: {
      title: "Datadeed gateway",
      version: "1",
      description:
        "Registers data assets on a shared ledger, verifies and transfers rights in them. Writes answer 202 with an operation; reads say as of which block. Errors are problem details (RFC 9457) with a stable `code`.",
    },
    servers: [{ url: "/" }],
    tags: [...new Set(routes.map(({ tag }) => tag))].map((name) => ({ name })),
  });
}

function pathOf(route: Route): Parameters<OpenAPIRegistry["registerPath"]>[0] {
  const body = route.bodyDocs ?? route.body;
  const headers = headersOf(route);
  return {
    method: route.method,
    path: route.path,
    operationId: route.id,
    tags: [route.tag],
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    security: securityOf(route),
    ...(scopeOf(route) === undefined ? {} : { "x-scope": scopeOf(route) }),
    request: {
      ...(route.params === undefined ? {} : { params: route.params as z.ZodObject }),
      ...(route.query === undefined ? {} : { query: route.query as z.ZodObject }),
      ...(headers === undefined ? {} : { headers }),
      ...(body === undefined
        ? {}
        : { body: { required: true, content: { "application/json": { schema: body } } } }),
    },
    responses: { ...answersOf(route), ...problemsOf(route) },
  };
}

export const scopeOf = ({ access }: Route): string | undefined =>
  access === "open" ? undefined : access === "peer" ? "descriptors:read" : access;

function securityOf(route: Route): Record<string, string[]>[] {
  if (route.access === "open") return [];
  return [{ apiKey: [] }, ...(route.access === "peer" ? [{ peer: [] }] : [])];
}

function headersOf(route: Route): z.ZodObject | undefined {
  if (route.isWrite) {
    return z.object({
      "Idempotency-Key": z.string().optional().openapi({
        description:
          "Needed for whatever is kept: 1 to 255 visible ASCII characters of your own. Repeating the request with it repeats the answer.",
      }),
      Prefer: z
        .string()
        .optional()
        .openapi({ description: "`wait=N` waits up to N ≤ 30 seconds for the operation's end." }),
    });
  }
  if (!route.isIndexed) return undefined;
  return z.object({
    "If-Block-At-Least": z.string().optional().openapi({
      description: "Waits up to 5 s until the index has passed this block, else `index-behind`.",
    }),
  });
}

function answersOf({ answers }: Route): Responses {
  return Object.fromEntries(
    Object.entries(answers).map(([status, { description, schema, type = "application/json" }]) => [
      status,
      { description, ...(schema === undefined ? {} : { content: { [type]: { schema } } }) },
    ]),
  );
}

const EVERYWHERE: readonly ErrorCode[] = ["internal", "not-ready", "rate-limited"];

/** The problems that a route may answer, by status. */
export function errorsOf(route: Route): ErrorCode[] {
  const codes = new Set<ErrorCode>([...EVERYWHERE, ...(route.errors ?? [])]);
  if (route.access !== "open")
    for (const code of ["not-authenticated", "scope-missing"] as const) codes.add(code);
  if (route.params !== undefined || route.query !== undefined) codes.add("validation-failed");
  if (route.isIndexed) for (const code of ["index-behind", "validation-failed"] as const) codes.add(code);
  if (route.body !== undefined)
    for (const code of ["validation-failed", "payload-too-large"] as const) codes.add(code);
  if (route.isWrite) {
    const usual = ["idempotency-key-missing", "idempotency-key-reused", "idempotency-key-in-flight"] as const;
    for (const code of usual) codes.add(code);
  }
  return [...codes];
}

function problemsOf(route: Route): Responses {
  const byStatus = Map.groupBy(errorsOf(route), (code) => rowOf(code).status);
  const content = { "application/problem+json": { schema: problem } };
  const responses: Responses = Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      String(status),
      { description: codes.map((code) => `\`${code}\`: ${rowOf(code).title}.`).join(" "), content },
    ]),
  );
  // With `Prefer: wait` any refusal of the ledger may be the answer.
  if (route.isWrite) responses.default = { description: "A refusal of the ledger.", content };
  return responses;
}
