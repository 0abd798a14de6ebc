import { Agent, request } from "node:http";
import { request as requestTls, Agent as TlsAgent } from "node:https";
import { DatadeedError } from "../domain/errors.ts";

/** JSON-RPC 2.0 over HTTP, with kept connections. */
export interface Rpc {
  /** Throws `ledger-unavailable` where nothing answers, and `RpcError` for the node's own error. */
  call<T = unknown>(method: string, ...params: readonly unknown[]): Promise<T>;
  /** Several calls in one request, answered in order; one error fails all. */
  batch<T = unknown>(calls: readonly { method: string; params: readonly unknown[] }[]): Promise<T[]>;
  close(): void;
}

/** What the node answered instead of a result. `data` is the revert data, where there is any. */
export class RpcError extends Error {
  readonly code: number;
  readonly data: string | undefined;

  constructor(method: string, { code, message, data }: { code: number; message: string; data?: unknown }) {
    super(`${method}: ${message}`);
    this.name = "RpcError";
    this.code = code;
    this.data = revertDataOf(data);
  }
}

/** Nodes put revert data in `data`, or in an object there. */
function revertDataOf(data: unknown): string | undefined {
  if (typeof data === "string") return data.startsWith("0x") ? data : undefined;
  if (typeof data === "object" && data !== null && "data" in data) return revertDataOf(data.data);
  return undefined;
}

interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: { code: number; message: string; data?: unknown };
}

export function createRpc(url: string, timeoutMs = 30_000): Rpc {
  const target = new URL(url);
  const isTls = target.protocol === "https:";
  const options = { keepAlive: true, maxSockets: 16, keepAliveMsecs: 10_000 };
  const agent = isTls ? new TlsAgent(options) : new Agent(options);
  let lastId = 0;

  function post(body: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const unavailable = (cause: Error) =>
        reject(new DatadeedError("ledger-unavailable", { url: target.origin, reason: cause.message }));
      const sent = (isTls ? requestTls : request)(
        target,
        {
          method: "POST",
          agent,
          timeout: timeoutMs,
          headers: { "content-type": "application/json", "content-length": Buffer.byteLength(body) },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("error", unavailable);
          response.on("end", () => {
            if (response.complete && response.statusCode === 200) resolve(Buffer.concat(chunks).toString());
            else unavailable(new Error(`HTTP status ${response.statusCode}`));
          });
        },
      );
      sent.on("timeout", () => sent.destroy(new Error(`no answer within ${timeoutMs} ms`)));
      sent.on("error", unavailable);
      sent.end(body);
    });
  }

  async function ask(method: string, params: readonly unknown[]): Promise<unknown> {
    const answer = parse(
      await post(JSON.stringify({ jsonrpc: "2.0", id: ++lastId, method, params })),
    ) as Answer;
    if (answer.error !== undefined) throw new RpcError(method, answer.error);
    return answer.result;
  }

  function parse(text: string): unknown {
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw new DatadeedError("ledger-unavailable", { url: target.origin, reason: `no JSON: ${cause}` });
    }
  }

  return {
    call: <T>(method: string, ...params: readonly unknown[]) => ask(method, params) as Promise<T>,
    async batch<T>(calls: readonly { method: string; params: readonly unknown[] }[]) {
      if (calls.length === 0) return [];
      const first = lastId + 1;
      const body = calls.map(({ method, params }) => ({ jsonrpc: "2.0", id: ++lastId, method, params }));
      const answers = parse(await post(JSON.stringify(body))) as Answer[] | Answer;
      if (!Array.isArray(answers))
        throw new RpcError("batch", answers.error ?? { code: 0, message: "no list" });
      const ordered = new Array<T>(calls.length);
      for (const answer of answers) {
        const index = answer.id - first;
        if (answer.error !== undefined) throw new RpcError(calls[index]?.method ?? "batch", answer.error);
        ordered[index] = answer.result as T;
      }
      return ordered;
    },
    close: () => agent.destroy(),
  };
}
