import { failure } from "./failure.ts";

/** A node of the ledger, asked over JSON-RPC. */
export interface Node {
  readonly url: string;
  call<T>(method: string, params: readonly unknown[]): Promise<T>;
}

/** An answer of the node that is an error: it was reached and says no. */
export class RpcError extends Error {
  readonly rpcCode: number;

  constructor(message: string, rpcCode: number) {
    super(message);
    this.name = "RpcError";
    this.rpcCode = rpcCode;
  }
}

const PATIENCE = 30_000;

export function nodeAt(url: string): Node {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw failure("usage", `--rpc must be an http or https URL, not ${url}.`, { field: "rpc" });
  }
  let id = 0;
  return {
    url,
    async call<T>(method: string, params: readonly unknown[]): Promise<T> {
      const answer = await ask(url, { jsonrpc: "2.0", id: ++id, method, params });
      if (answer.error !== undefined)
        throw new RpcError(`${method}: ${answer.error.message}`, answer.error.code);
      return answer.result as T;
    },
  };
}

interface Answer {
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string };
}

interface Request {
  readonly jsonrpc: "2.0";
  readonly id: number;
  readonly method: string;
  readonly params: readonly unknown[];
}

async function ask(url: string, request: Request): Promise<Answer> {
  const unreachable = (reason: string) =>
    failure("node-unreachable", `The node ${url} cannot be asked for ${request.method}: ${reason}.`, {
      rpc: url,
    });
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(request),
      signal: AbortSignal.timeout(PATIENCE),
    });
    const text = await response.text();
    const answer = jsonOf(text);
    if (answer === undefined) throw unreachable(`it answers with status ${response.status} and no JSON-RPC`);
    return answer;
  } catch (error) {
    if ((error as Error).name === "Failure") throw error;
    throw unreachable(reasonOf(error as Error));
  }
}

function jsonOf(text: string): Answer | undefined {
  try {
    const answer = JSON.parse(text) as Answer;
    return answer.error !== undefined || "result" in answer ? answer : undefined;
  } catch {
    return undefined;
  }
}

/** `fetch` hides why behind its cause. */
export function reasonOf(error: Error): string {
  if (error.name === "TimeoutError") return `no answer within ${PATIENCE / 1000} s`;
  const cause = error.cause as NodeJS.ErrnoException | undefined;
  if (cause?.code === "ECONNREFUSED") return "nothing listens there";
  if (cause?.code === "ENOTFOUND") return "no such host";
  return cause?.message || error.message;
}
