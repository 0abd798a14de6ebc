import type { ServerResponse } from "node:http";
import { DatadeedError, type Facts, type Problem, problemOf } from "../domain/errors.ts";
import type { z } from "./schemas.ts";

/** RFC 9457, from the one table of errors. */

export interface FieldError {
  readonly field: string;
  readonly rule: string;
  readonly message: string;
}

export interface HttpProblem extends Problem {
  readonly errors?: readonly FieldError[];
}

/** A request that broke rules of its schema. */
export class ValidationError extends DatadeedError {
  readonly errors: readonly FieldError[];

  constructor(errors: readonly FieldError[]) {
    const [first] = errors;
    super("validation-failed", first === undefined ? {} : { field: first.field, rule: first.message });
    this.name = "ValidationError";
    this.errors = errors;
  }
}

function fieldErrors(issue: z.core.$ZodIssue, value: unknown, root: string): FieldError[] {
  const field = fieldOf(root, issue.path);
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      field: fieldOf(root, [...issue.path, key]),
      rule: "unknown-field",
      message: "is not a field of this request",
    }));
  }
  if (issue.code === "invalid_type" && valueAt(value, issue.path) === undefined) {
    return [{ field, rule: "required", message: "is missing" }];
  }
  return [{ field, rule: issue.code.replaceAll("_", "-"), message: sentenceOfIssue(issue) }];
}

/** Sizes in words: the library's own sentence speaks of what it expected, and not of what to do. */
function sentenceOfIssue(issue: z.core.$ZodIssue): string {
  if (issue.code === "too_big")
    return `must ${measure(issue.origin)} at most ${issue.maximum}${unitOf(issue.origin)}`;
  if (issue.code === "too_small")
    return `must ${measure(issue.origin)} at least ${issue.minimum}${unitOf(issue.origin)}`;
  return issue.message.replace(/^Invalid input: expected/, "must be");
}

const measure = (origin: string): string => (unitOf(origin) === "" ? "be" : "have");
const unitOf = (origin: string): string =>
  ({ string: " characters", array: " items" })[origin as "string" | "array"] ?? "";

function fieldOf(root: string, path: readonly PropertyKey[]): string {
  const parts = root === "" ? path : [root, ...path];
  const joined = parts.reduce<string>(
    (whole, part) =>
      typeof part === "number"
        ? `${whole}[${part}]`
        : whole === ""
          ? String(part)
          : `${whole}.${String(part)}`,
    "",
  );
  return joined === "" ? "body" : joined;
}

const valueAt = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], value);

/**
 * Throws a `ValidationError` for a value that the schema refuses.
 * @param root Where the value stands in the request, such as `query`; nothing for the body.
 */
export function parseWith<T>(schema: z.ZodType<T>, value: unknown, root = ""): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ValidationError(parsed.error.issues.flatMap((issue) => fieldErrors(issue, value, root)));
}

export function problemFrom(error: DatadeedError): HttpProblem {
  const problem = problemOf(error.code, plain(error.facts));
  if (error instanceof ValidationError) return { ...problem, errors: error.errors };
  const { field, rule } = error.facts as { field?: string; rule?: string };
  if (error.code !== "validation-failed" || field === undefined) return problem;
  return { ...problem, errors: [{ field, rule: "invalid", message: rule ?? "breaks a rule" }] };
}

/** Facts as JSON carries them: integers of the ledger as text. */
export const plain = (facts: Facts): Facts => JSON.parse(jsonOf(facts));

export const jsonOf = (value: unknown): string =>
  JSON.stringify(value, (_, each) => (typeof each === "bigint" ? each.toString() : each));

export function sendProblem(
  response: ServerResponse,
  problem: HttpProblem,
  headers: Readonly<Record<string, string>>,
): void {
  const body = JSON.stringify(problem);
  response.writeHead(problem.status, {
    ...headers,
    "content-type": "application/problem+json",
    "content-length": Buffer.byteLength(body),
  });
  response.end(body);
}
