import { randomUUID } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { DatadeedError, type Problem } from "../domain/errors.ts";
import type { Call, Option } from "./command.ts";
import { EXIT, type ExitCode, Failure, failure, usage } from "./failure.ts";

/** The HTTP API, with one API key. Whatever is asked twice has one effect: every POST carries an idempotency key. */
export interface Gateway {
  readonly url: string;
  /** @param wait Seconds that the gateway may take until there is an end to tell. */
  get<T>(path: string, query?: Query, wait?: number): Promise<T>;
  /** @param key The idempotency key; a fresh one where the request is never to be resumed. */
  post<T>(path: string, body: unknown, key?: string): Promise<Answer<T>>;
}

export interface Answer<T> {
  readonly body: T;
  /** True where the gateway says that it answers an earlier request again. */
  readonly replayed: boolean;
}

type Query = Readonly<Record<string, string | number | undefined>>;

/** As the API writes it. */
export interface Operation {
  readonly id: string;
  readonly act: string;
  readonly state: "in-review" | "accepted" | "signed" | "broadcast" | "mined" | "final" | "rejected";
  readonly assetId?: string;
  readonly transactionHash?: string;
  readonly block?: { readonly number: number; readonly hash: string };
  readonly visible: boolean;
  readonly alreadyDone: boolean;
  readonly refusal?: Pick<Problem, "code" | "title" | "detail" | "help" | "facts" | "retryable">;
  readonly acceptedAt: string;
  readonly updatedAt: string;
}

export interface AsOf {
  readonly block: number;
  readonly hash: string;
  readonly timestamp: string;
}

export const GATEWAY_OPTIONS: Readonly<Record<string, Option>> = {
  gateway: { value: "url", about: "the gateway's base URL; DATADEED_URL, if absent" },
  "api-key-file": { value: "file", about: "a file with the API key; DATADEED_API_KEY, if absent" },
};

const PATIENCE = 30_000;
const LONGEST_PAUSE = 5_000;
/** Seconds; well below `PATIENCE`. */
const LONGEST_WAIT = 10;

/** @param perseverance Milliseconds to go on while the gateway is away or busy. */
export function gatewayOf(call: Call, perseverance = 3_000): Gateway {
  const url = baseUrl(call);
  const key = apiKey(call);
  const ask = async (path: string, init: RequestInit): Promise<Response> => {
    const headers = { ...init.headers, authorization: `Bearer ${key}`, accept: "application/json" };
    const until = call.terminal.now() + perseverance;
    for (let attempt = 0; ; attempt++) {
      const outcome = await once(url, path, { ...init, headers });
      if (outcome instanceof Response && outcome.ok) return outcome;
      const [problem, pause] =
        outcome instanceof Response
          ? [await refusalOf(url, outcome), pauseOf(outcome)]
          : [outcome, undefined];
      const wait = pause ?? Math.min(LONGEST_PAUSE, 200 * 2 ** attempt);
      if (!problem.problem.retryable || call.terminal.now() + wait > until) throw problem;
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  };
  return {
    url,
    async get<T>(path: string, query: Query = {}, wait = 0) {
      const given = Object.entries(query).filter(([, value]) => value !== undefined);
      const search = new URLSearchParams(
        given.map(([name, value]): [string, string] => [name, String(value)]),
      );
      const headers: Record<string, string> = wait > 0 ? { prefer: `wait=${Math.ceil(wait)}` } : {};
      const response = await ask(given.length === 0 ? path : `${path}?${search}`, { method: "GET", headers });
      return (await jsonOf(url, response)) as T;
    },
    async post<T>(path: string, body: unknown, key: string = randomUUID()) {
      const headers = { "content-type": "application/json", "idempotency-key": key };
      const response = await ask(path, { method: "POST", headers, body: JSON.stringify(body) });
      const replayed = response.headers.get("idempotency-replayed") === "true";
      return { body: (await jsonOf(url, response)) as T, replayed };
    },
  };
}

/** Follows an operation until it is final and the gateway's answers show it, or is rejected; or until the time is over. */
export async function settle(
  gateway: Gateway,
  operation: Operation,
  milliseconds: number,
): Promise<Operation> {
  const until = Date.now() + milliseconds;
  let latest = operation;
  while (!hasEnded(latest) && Date.now() < until) {
    const asked = Date.now();
    latest = await operationOf(gateway, operation.id, Math.min(LONGEST_WAIT, (until - asked) / 1_000));
    // A gateway that does not wait is not asked more than a few times a second.
    if (!hasEnded(latest))
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, asked + 300 - Date.now())));
  }
  return latest;
}

export async function operationOf(gateway: Gateway, id: string, wait = 0): Promise<Operation> {
  const path = `/v1/operations/${encodeURIComponent(id)}`;
  return (await gateway.get<{ operation: Operation }>(path, {}, wait)).operation;
}

export const hasEnded = ({ state, visible }: Operation): boolean =>
  state === "rejected" || (state === "final" && visible);

export function exitOf({ state }: Operation): ExitCode {
  if (state === "final") return EXIT.ok;
  return state === "rejected" ? EXIT.no : EXIT.pending;
}

function baseUrl({ option, terminal }: Call): string {
  const url = option("gateway") ?? terminal.env.DATADEED_URL;
  if (!url) throw usage("Which gateway? Give --gateway <url> or set DATADEED_URL.", "gateway");
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw usage(`The gateway must be an http or https URL, not ${url}.`, "gateway");
  }
  return url.replace(/\/+$/, "");
}

function apiKey({ option, terminal }: Call): string {
  const path = option("api-key-file");
  if (path !== undefined && process.platform !== "win32" && (statSync(path).mode & 0o077) !== 0) {
    throw new DatadeedError("key-exposed", { file: path });
  }
  const key = (path === undefined ? terminal.env.DATADEED_API_KEY : readFileSync(path, "utf8"))?.trim();
  if (!key) {
    throw failure("not-authenticated", "No API key: give --api-key-file <file> or set DATADEED_API_KEY.", {
      field: "api-key-file",
    });
  }
  if (!/^[\x21-\x7e]+$/.test(key)) {
    throw failure("not-authenticated", "The API key has characters that no key has: is it the right file?");
  }
  return key;
}

async function once(url: string, path: string, init: RequestInit): Promise<Response | Failure> {
  try {
    return await fetch(url + path, { ...init, redirect: "error", signal: AbortSignal.timeout(PATIENCE) });
  } catch (error) {
    return failure(
      "gateway-unreachable",
      `The gateway ${url} cannot be reached: ${reasonOf(error as Error)}.`,
      {
        gateway: url,
      },
    );
  }
}

/** `fetch` hides why behind its cause. */
function reasonOf(error: Error): string {
  if (error.name === "TimeoutError") return `no answer within ${PATIENCE / 1000} s`;
  const cause = error.cause as NodeJS.ErrnoException | undefined;
  return cause?.code ?? cause?.message ?? error.message;
}

async function refusalOf(url: string, response: Response): Promise<Failure> {
  const problem = (await response.json().catch(() => undefined)) as Failure["problem"] | undefined;
  const exit = response.status >= 500 || response.status === 429 ? EXIT.unreachable : EXIT.refused;
  if (problem?.code !== undefined) return new Failure(problem, exit);
  const sentence = `${url} answers with status ${response.status} and no problem details: is it a gateway?`;
  return failure("gateway-unreachable", sentence, { gateway: url });
}

function pauseOf(response: Response): number | undefined {
  const seconds = Number(response.headers.get("retry-after") ?? "");
  return seconds > 0 ? seconds * 1_000 : undefined;
}

async function jsonOf(url: string, response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    throw failure("gateway-unreachable", `${url} answers without JSON: is it a gateway?`, { gateway: url });
  }
}
