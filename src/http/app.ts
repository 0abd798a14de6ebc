import express, { type Express, type NextFunction, type Request, type Response } from "express";
import { DatadeedError } from "../domain/errors.ts";
import { assembleGateway, type GatewayParts } from "./gateway.ts";
import { openApiOf } from "./openapi.ts";
import { pageRouter } from "./page.ts";
import type { Route } from "./route.ts";
import { assetRoutes } from "./routes/assets.ts";
import { descriptorRoutes } from "./routes/descriptors.ts";
import { eventRoutes, streamedSchemas } from "./routes/events.ts";
import { healthRoutes } from "./routes/health.ts";
import { keyRoutes } from "./routes/keys.ts";
import { operationRoutes } from "./routes/operations.ts";
import { partyRoutes } from "./routes/parties.ts";
import { regionRoutes } from "./routes/regions.ts";
import { registrationRoutes } from "./routes/registrations.ts";
import { reviewRoutes } from "./routes/reviews.ts";
import { rightRoutes } from "./routes/rights.ts";
import { verificationRoutes } from "./routes/verifications.ts";
import { createServer } from "./server.ts";

export interface HttpApp {
  /** For `http.createServer`. */
  readonly app: Express;
  readonly openApi: object;
  /** From now on not ready: streams and long polls end, new requests are answered `not-ready`. */
  drain(): void;
}

/** The gateway's HTTP API: writes go through the outbox, reads ask the index. */
export function createApp(parts: GatewayParts): HttpApp {
  const draining = new AbortController();
  const gateway = assembleGateway(parts, draining.signal);
  const { serve, fail, allowAddress } = createServer(gateway);
  const routes: Route[] = [
    // Express looks at routes one after another: those asked thousands of times a second come first.
    ...registrationRoutes(gateway),
    ...verificationRoutes(gateway),
    ...operationRoutes(gateway),
    ...assetRoutes(gateway),
    ...rightRoutes(gateway),
    ...reviewRoutes(gateway),
    ...eventRoutes(gateway),
    ...descriptorRoutes(gateway),
    ...partyRoutes(gateway),
    ...regionRoutes(gateway),
    ...keyRoutes(gateway),
    ...healthRoutes(gateway),
  ];
  const openApi = openApiOf(routes, streamedSchemas);
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  for (const route of routes) app[route.method](expressPath(route.path), serve(route));
  app.use(
    pageRouter(openApi, (request, response, next) => void allowAddress(request, response).then(next, next)),
  );
  app.use((request: Request, response: Response, next: NextFunction) => {
    allowAddress(request, response).then(() => next(nothingThere(routes, request)), next);
  });
  app.use((error: unknown, request: Request, response: Response, _next: NextFunction) => {
    fail(error, request, response);
  });
  return { app, openApi, drain: () => draining.abort() };
}

const expressPath = (path: string): string => path.replace(/\{(\w+)\}/g, ":$1");

/** 405 where the path exists for another method, else 404. */
function nothingThere(routes: readonly Route[], { method, path }: Request): DatadeedError {
  const methods = routes
    .filter((route) => new RegExp(`^${route.path.replace(/\{\w+\}/g, "[^/]+")}/?$`).test(path))
    .map((route) => route.method.toUpperCase());
  return methods.length === 0
    ? new DatadeedError("not-found", { path })
    : new DatadeedError("method-not-allowed", { method, path, allowed: [...new Set(methods)] });
}
