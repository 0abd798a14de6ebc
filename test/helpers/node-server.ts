/** The Hardhat network behind JSON-RPC, as an honest node or, with a `lie`, as one that alters its answers. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface Provider {
  request(call: { method: string; params?: unknown[] }): Promise<unknown>;
}

/** What the node answers in place of `result`; it may throw an error with a message. */
export type Lie = (method: string, result: unknown, params: readonly unknown[]) => unknown;

export interface NodeServer {
  readonly url: string;
  close(): Promise<void>;
}

interface Call {
  readonly id: number;
  readonly method: string;
  readonly params: unknown[];
}

export async function serveNode(provider: Provider, lie: Lie = (_, result) => result): Promise<NodeServer> {
  async function answerCall({ id, method, params }: Call): Promise<object> {
    try {
      const result = lie(method, await answer(provider, method, params), params);
      return { jsonrpc: "2.0", id, result };
    } catch (error) {
      const { message, data } = error as Error & { data?: unknown };
      return { jsonrpc: "2.0", id, error: { code: -32000, message, data } };
    }
  }

  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const calls = JSON.parse(Buffer.concat(chunks).toString()) as Call | Call[];
    const answers = Array.isArray(calls) ? await Promise.all(calls.map(answerCall)) : await answerCall(calls);
    response.end(JSON.stringify(answers));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Hardhat's network has no receipts of a block; nodes of shared ledgers do. */
async function answer(provider: Provider, method: string, params: unknown[]): Promise<unknown> {
  if (method !== "eth_getBlockReceipts") return provider.request({ method, params });
  const block = await provider.request({ method: "eth_getBlockByNumber", params: [params[0], false] });
  const { transactions } = block as { transactions: string[] };
  return Promise.all(
    transactions.map((hash) => provider.request({ method: "eth_getTransactionReceipt", params: [hash] })),
  );
}
