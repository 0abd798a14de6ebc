import { DatadeedError } from "../domain/errors.ts";

export const RESOURCES = [
  "assets",
  "parties",
  "reviews",
  "operations",
  "events",
  "descriptors",
  "metrics",
  "keys",
] as const;
export const ACTIONS = ["read", "write", "admin"] as const;

export type Scope = `${(typeof RESOURCES)[number]}:${(typeof ACTIONS)[number]}`;

/** Each stands for itself: `write` includes neither `read` nor `admin`. */
export const SCOPES: readonly Scope[] = RESOURCES.flatMap((resource) =>
  ACTIONS.map((action): Scope => `${resource}:${action}`),
);

export function parseScopes(texts: readonly string[], field = "scopes"): Scope[] {
  const unknown = texts.find((text) => !SCOPES.includes(text as Scope));
  if (unknown !== undefined || texts.length === 0) {
    throw new DatadeedError("validation-failed", {
      field,
      rule: `must be one or more of <resource>:read|write|admin with ${RESOURCES.join(", ")}`,
      ...(unknown === undefined ? {} : { unknown }),
    });
  }
  return [...new Set(texts)] as Scope[];
}
