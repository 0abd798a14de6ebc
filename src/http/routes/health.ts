import { DatadeedError } from "../../domain/errors.ts";
import type { Gateway } from "../gateway.ts";
import { type Route, route } from "../route.ts";
import { z } from "../schemas.ts";

export function healthRoutes(gateway: Gateway): Route[] {
  return [
    route({
      id: "live",
      method: "get",
      path: "/live",
      tag: "health",
      summary: "Is the process up?",
      access: "open",
      answers: { 200: { description: "It is.", schema: z.object({ live: z.literal(true) }) } },
      handle: () => ({ status: 200, body: { live: true } }),
    }),
    route({
      id: "ready",
      method: "get",
      path: "/ready",
      tag: "health",
      summary: "Does it do all of its work?",
      description:
        "While it does not, `facts.reasons` says why. Writes are accepted even while the ledger is away.",
      access: "open",
      answers: {
        200: {
          description: "It does.",
          schema: z.object({ ready: z.literal(true), reasons: z.array(z.string()) }),
        },
      },
      errors: ["not-ready"],
      handle() {
        const { ready, reasons } = gateway.draining.aborted
          ? { ready: false, reasons: ["stopping"] }
          : gateway.ready();
        if (!ready) throw new DatadeedError("not-ready", { reasons });
        return { status: 200, body: { ready, reasons } };
      },
    }),
    route({
      id: "metrics",
      method: "get",
      path: "/metrics",
      tag: "health",
      summary: "Figures for Prometheus",
      access: "metrics:read",
      answers: { 200: { description: "The figures.", schema: z.string(), type: "text/plain" } },
      async handle() {
        const { contentType, text } = gateway.metrics;
        return { status: 200, text: await text(), type: contentType };
      },
    }),
  ];
}
