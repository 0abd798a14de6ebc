import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { DatadeedError } from "../../src/domain/errors.ts";

/** What of the node is reachable from outside: what a node of any shared ledger offers, and nothing that bends its rules. */
export interface RpcProxy {
  readonly url: string;
  close(): Promise<void>;
}

export interface ProxySettings {
  readonly host: string;
  readonly port: number;
  /** The node's port; undefined while there is none. */
  readonly nodePort: () => number | undefined;
  /** Transactions went to the node. */
  readonly onTransactions: (count: number) => void;
}

/** A batch of 16 MB, and room for what wraps it. */
const MOST_BYTES = 24 * 1024 * 1024;
const MOST_CALLS = 10_000;

interface Call {
  readonly id?: unknown;
  readonly method?: unknown;
}

/** Throws `port-in-use`. */
export async function startProxy(settings: ProxySettings): Promise<RpcProxy> {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const server = createServer((incoming, outgoing) => {
    handle(settings, agent, incoming, outgoing).catch((error: Error) =>
      refuse(outgoing, 502, -32603, error.message),
    );
  });
  server.keepAliveTimeout = 65_000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const { host, port } = settings;
      reject(
        error.code === "EADDRINUSE"
          ? new DatadeedError("port-in-use", { field: `${host}:${port}`, host, port })
          : error,
      );
    });
    server.listen(settings.port, settings.host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${settings.host}:${port}`,
    async close() {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      agent.destroy();
    },
  };
}

async function handle(
  settings: ProxySettings,
  agent: Agent,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  if (incoming.method !== "POST") return refuse(outgoing, 405, -32600, "JSON-RPC is asked by POST");
  // A web page can send any other type to any address without asking; with this one its browser asks first, in vain.
  if (!incoming.headers["content-type"]?.startsWith("application/json")) {
    return refuse(outgoing, 415, -32600, "send content-type: application/json");
  }
  const body = await read(incoming);
  if (body === undefined) return refuse(outgoing, 413, -32600, `a request has at most ${MOST_BYTES} bytes`);
  const calls = parse(body);
  if (calls === undefined) return refuse(outgoing, 400, -32700, "the body is not JSON-RPC");
  if (Array.isArray(calls) && (calls.length === 0 || calls.length > MOST_CALLS)) {
    return refuse(outgoing, 400, -32600, `a batch has 1 to ${MOST_CALLS} calls`);
  }
  const port = settings.nodePort();
  if (port === undefined) return refuse(outgoing, 503, -32000, "the ledger is starting or stopping");
  const transactions = [calls].flat().filter(isTransaction).length;
  const forbidden = Array.isArray(calls)
    ? calls.find((call) => !isOpen(call))
    : isOpen(calls)
      ? undefined
      : calls;
  if (forbidden !== undefined)
    return refuse(outgoing, 200, -32601, closedSentence(forbidden), idOf(forbidden, calls));
  try {
    await forward(agent, port, unambiguous(body, calls), outgoing);
  } finally {
    if (transactions > 0) settings.onTransactions(transactions);
  }
}

async function read(incoming: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) return undefined;
    chunks.push(chunk);
  }
  return chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
}

function parse(body: Buffer): Call | Call[] | undefined {
  try {
    const parsed = JSON.parse(body.toString()) as unknown;
    const isCall = (value: unknown) => typeof value === "object" && value !== null && !Array.isArray(value);
    if (Array.isArray(parsed)) return parsed.every(isCall) ? parsed : undefined;
    return isCall(parsed) ? (parsed as Call) : undefined;
  } catch {
    return undefined;
  }
}

/** The node's own parser must see the methods that were checked: a body that names one twice or escapes it is written anew. */
function unambiguous(body: Buffer, calls: Call | Call[]): Buffer {
  const expected = Array.isArray(calls) ? calls.length : 1;
  let found = 0;
  for (let at = body.indexOf('"method"'); at >= 0; at = body.indexOf('"method"', at + 8)) found += 1;
  return found === expected && !body.includes("\\") ? body : Buffer.from(JSON.stringify(calls));
}

const RAW_TRANSACTION = /^eth_sendRawTransaction(?:Sync)?$/;
const ACTING_FOR_ACCOUNTS = /^eth_(?:send|sign)/;

function isTransaction({ method }: Call): boolean {
  return typeof method === "string" && RAW_TRANSACTION.test(method);
}

function isOpen({ method }: Call): boolean {
  if (typeof method !== "string") return false;
  // By this answer a gateway tells a development node from a ledger of members; it says nothing else of use.
  if (method === "anvil_nodeInfo") return true;
  if (!/^(?:eth|net|web3)_/.test(method)) return false;
  return RAW_TRANSACTION.test(method) || !ACTING_FOR_ACCOUNTS.test(method);
}

function closedSentence({ method }: Call): string {
  return `the method ${JSON.stringify(method)} is not available: eth_, net_ and web3_ are, without the node's accounts`;
}

function idOf(call: Call, calls: Call | Call[]): unknown {
  return Array.isArray(calls) ? null : call.id;
}

function forward(agent: Agent, port: number, body: Buffer, outgoing: ServerResponse): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json", "content-length": body.length };
    const asked = request({ host: "127.0.0.1", port, method: "POST", agent, headers }, (response) => {
      const length = response.headers["content-length"];
      outgoing.writeHead(response.statusCode ?? 502, {
        "content-type": "application/json",
        ...(length === undefined ? {} : { "content-length": length }),
      });
      response.pipe(outgoing);
      // Who asked is gone: what was asked happens all the same, and its transactions want a block.
      outgoing.once("close", () => response.unpipe(outgoing).resume());
      response.once("end", resolve);
      response.once("error", reject);
    });
    asked.once("error", () => {
      refuse(outgoing, 503, -32000, "the ledger does not answer: it is starting again");
      resolve();
    });
    asked.end(body);
  });
}

function refuse(
  outgoing: ServerResponse,
  status: number,
  code: number,
  message: string,
  id: unknown = null,
): void {
  // The answer has begun: all that is left is to break it off, so that nobody takes a part for the whole.
  if (outgoing.headersSent) return void outgoing.destroy();
  const body = JSON.stringify({ jsonrpc: "2.0", id: id ?? null, error: { code, message } });
  // A body that was not read to its end would be taken for the next request.
  const connection = status === 413 ? { connection: "close" } : {};
  outgoing.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    ...connection,
  });
  outgoing.end(body);
}
