/** A gateway's HTTP API with the answers that a test gives it, and the requests that it got. */
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { type ErrorCode, problemOf } from "../../src/domain/errors.ts";

export interface Request {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  // biome-ignore lint/suspicious/noExplicitAny: the test says what it expects of it
  readonly body: any;
}
export interface Reply {
  readonly status?: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** By `METHOD /path`; a route that ends in `*` takes all below it. */
export type Routes = Readonly<Record<string, (request: Request) => Reply | "hang up">>;

export interface StandInGateway {
  readonly url: string;
  readonly requests: readonly Request[];
  close(): Promise<void>;
}

export const problem = (code: ErrorCode, facts: Record<string, unknown> = {}): Reply => {
  const body = problemOf(code, facts);
  return { status: body.status, body };
};

export async function standInGateway(routes: Routes): Promise<StandInGateway> {
  const requests: Request[] = [];
  const server = createServer(async (message, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of message) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    const { pathname, searchParams } = new URL(message.url!, "http://gateway");
    const request: Request = {
      method: message.method!,
      path: pathname,
      query: searchParams,
      headers: message.headers,
      body: text === "" ? undefined : JSON.parse(text),
    };
    requests.push(request);
    const reply = routeOf(routes, request)?.(request) ?? problem("not-found");
    if (reply === "hang up") {
      message.socket.destroy();
      return;
    }
    response.writeHead(reply.status ?? 200, { "content-type": "application/json", ...reply.headers });
    response.end(JSON.stringify(reply.body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function routeOf(routes: Routes, { method, path }: Request): Routes[string] | undefined {
  const wanted = `${method} ${path}`;
  const starred = Object.keys(routes).find(
    (route) => route.endsWith("*") && wanted.startsWith(route.slice(0, -1)),
  );
  return routes[wanted] ?? (starred === undefined ? undefined : routes[starred]);
}
