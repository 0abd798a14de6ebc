import { randomUUID } from "node:crypto";
import type { Request, RequestHandler, Response } from "express";
import { type RateLimitRequestHandler, rateLimit } from "express-rate-limit";
import type { Principal } from "../auth/keys.ts";
import { peerOf } from "../descriptors/peer-request.ts";
import { DatadeedError } from "../domain/errors.ts";
import type { Hash } from "../domain/ids.ts";
import type { Gateway } from "./gateway.ts";
import { jsonOf, parseWith, problemFrom, sendProblem } from "./problem.ts";
import { idempotencyKeyOf, invalid, readJson, requestHashOf, waitOf } from "./request.ts";
import type { Answer, Call, Route } from "./route.ts";

/** What happens around every route: who asks, how often, what they sent; and what becomes of an error. */

const USUAL_BODY = 256 * 1024;
/** How long a read waits for the block that it names. */
const BLOCK_PATIENCE = 5_000;

/** Answers are JSON for programs: no browser shall run, frame or keep them. */
const HEADERS = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
} as const;

export interface Server {
  serve(route: Route): RequestHandler;
  /** Answers an error that no route caught. */
  fail(error: unknown, request: Request, response: Response): void;
  /** Resolves when an address without a key may ask once more. */
  allowAddress(request: Request, response: Response): Promise<void>;
}

export function createServer(gateway: Gateway): Server {
  const { limits, logger, metrics } = gateway;
  const byKey = limiter(limits.perKey, (_, response) => response.locals.caller);
  const byAddress = limiter(limits.perAddress, (request) => request.ip ?? "");
  const seconds = metrics.histogram("http_request_seconds", "Time from the request's head to its answer", [
    "route",
    "status",
  ]);

  function fail(error: unknown, request: Request, response: Response): void {
    const known = knownError(error);
    if (known.code === "internal") {
      logger.error(
        { err: error, traceId: known.facts.traceId, method: request.method, path: request.path },
        "request failed",
      );
    }
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const problem = problemFrom(known);
    sendProblem(response, problem, { ...HEADERS, ...extraHeaders(known) });
    logger.debug({ method: request.method, path: request.path, code: problem.code }, "request refused");
  }

  async function call(route: Route, request: Request, response: Response): Promise<Answer> {
    if (gateway.draining.aborted && route.tag !== "health")
      throw new DatadeedError("not-ready", { reasons: ["stopping"] });
    const params = () =>
      route.params === undefined ? undefined : parseWith(route.params, request.params, "path");
    const principal = await authenticate(route, request, response);
    const given: Omit<Call<unknown, unknown, unknown>, "body" | "write"> = {
      principal,
      params: params(),
      query: queryOf(route, request),
      request,
      response,
      wait: waitOf(request),
    };
    const raw =
      route.body === undefined ? undefined : await readJson(request, route.largestBody ?? USUAL_BODY);
    const body = route.body === undefined ? undefined : parseWith(route.body, raw);
    if (route.isIndexed) await requireBlock(gateway, request);
    let name: ReturnType<Call<unknown, unknown, unknown>["write"]> | undefined;
    return route.handle({
      ...given,
      body,
      write() {
        name ??= {
          tenant: principal.party,
          idempotencyKey: idempotencyKeyOf(request),
          requestHash: requestHashOf(request.method, request.path, raw),
        };
        return name;
      },
    });
  }

  async function authenticate(route: Route, request: Request, response: Response): Promise<Principal> {
    if (route.access === "open") {
      await allow(byAddress, request, response);
      return NOBODY;
    }
    const principal = route.access === "peer" ? peerOrKey(gateway, request) : keyOf(gateway, request);
    if (principal === undefined) {
      await allow(byAddress, request, response);
      throw new DatadeedError("not-authenticated");
    }
    response.locals.caller = principal.keyId;
    await allow(byKey, request, response);
    const scope = route.access === "peer" ? "descriptors:read" : route.access;
    if (!principal.scopes.has(scope)) throw new DatadeedError("scope-missing", { scope });
    return principal;
  }

  return {
    fail,
    allowAddress: (request, response) => allow(byAddress, request, response),
    serve: (route) => async (request, response) => {
      const begun = performance.now();
      try {
        const answer = await call(route, request, response);
        if (answer !== "streaming") sendAnswer(response, answer);
      } catch (error) {
        fail(error, request, response);
      } finally {
        const labels = { route: route.id, status: response.statusCode };
        seconds.observe(labels, (performance.now() - begun) / 1000);
      }
    },
  };
}

const NOBODY = { keyId: "", party: "", scopes: new Set() } as unknown as Principal;

function keyOf({ apiKeys }: Gateway, request: Request): Principal | undefined {
  const { authorization } = request.headers;
  if (authorization === undefined || !/^bearer /i.test(authorization)) return undefined;
  return apiKeys.verify(authorization.slice(7));
}

/** A key of ours, or a live key on the ledger of an exchange, signing for this very descriptor at our published URL. */
function peerOrKey(gateway: Gateway, request: Request): Principal | undefined {
  const { authorization } = request.headers;
  if (authorization === undefined || !/^datadeed /i.test(authorization)) return keyOf(gateway, request);
  const base = gateway.queries.party(gateway.gatewayParty)?.endpoint;
  if (base === undefined) return undefined;
  const hash = String(request.params.hash).toLowerCase() as Hash;
  const key = peerOf(authorization, hash, base, gateway.now());
  const peer = key === undefined ? undefined : gateway.queries.partyOfKey(key);
  if (peer === undefined || !peer.roles.includes("exchange")) return undefined;
  return { keyId: `peer ${peer.party}`, party: peer.party, scopes: new Set(["descriptors:read"]) };
}

function limiter(limit: number, keyGenerator: (request: Request, response: Response) => string) {
  return rateLimit({
    windowMs: 1_000,
    limit,
    keyGenerator,
    standardHeaders: false,
    legacyHeaders: false,
    validate: false,
    handler(_request, _response, next) {
      next(new DatadeedError("rate-limited", { most: limit, unit: "requests per second" }));
    },
  });
}

function allow(limit: RateLimitRequestHandler, request: Request, response: Response): Promise<void> {
  return new Promise((done, failed) => {
    void limit(request, response, (error?: unknown) => (error === undefined ? done() : failed(error)));
  });
}

function queryOf({ query }: Route, request: Request): unknown {
  const values: Record<string, unknown> = {};
  const at = request.url.indexOf("?");
  if (at >= 0) {
    for (const [name, value] of new URLSearchParams(request.url.slice(at + 1))) {
      if (Object.hasOwn(values, name)) throw invalid(`query.${name}`, "must be given once");
      values[name] = value;
    }
  }
  if (query !== undefined) return parseWith(query, values, "query");
  const [unknown] = Object.keys(values);
  if (unknown !== undefined) throw invalid(`query.${unknown}`, "is not a parameter of this route");
  return undefined;
}

async function requireBlock({ queries }: Gateway, request: Request): Promise<void> {
  const wanted = request.headers["if-block-at-least"];
  if (wanted === undefined) return;
  if (typeof wanted !== "string" || !/^\d{1,15}$/.test(wanted)) {
    throw invalid("If-Block-At-Least", "must be a block number");
  }
  const tip = await queries.passed(Number(wanted), BLOCK_PATIENCE);
  if (tip.block < Number(wanted)) {
    throw new DatadeedError("index-behind", { wanted: Number(wanted), block: tip.block });
  }
}

function sendAnswer(response: Response, answer: Exclude<Answer, "streaming">): void {
  const isText = "text" in answer;
  const body = isText ? answer.text : jsonOf(answer.body);
  if (answer.status === 304) {
    response.writeHead(304, { ...HEADERS, ...answer.headers });
    response.end();
    return;
  }
  response.writeHead(answer.status, {
    ...HEADERS,
    "content-type": isText ? answer.type : "application/json",
    "content-length": Buffer.byteLength(body),
    ...answer.headers,
  });
  response.end(body);
}

function knownError(error: unknown): DatadeedError {
  if (error instanceof DatadeedError) return error;
  // Express answers a path that is no UTF-8 with such an error.
  if (error instanceof URIError)
    return new DatadeedError("validation-failed", { field: "path", rule: "must be UTF-8" });
  return new DatadeedError("internal", { traceId: randomUUID() });
}

function extraHeaders({ code, facts }: DatadeedError): Record<string, string> {
  if (code === "not-authenticated") return { "www-authenticate": "Bearer" };
  if (code === "rate-limited") return { "retry-after": "1" };
  if (code === "method-not-allowed") return { allow: (facts.allowed as string[]).join(", ") };
  // What is left of the body is not read.
  return code === "payload-too-large" ? { connection: "close" } : {};
}
