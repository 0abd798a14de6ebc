import { DatadeedError } from "../domain/errors.ts";
import { createRpc } from "../ledger/rpc.ts";
import { failure } from "./failure.ts";

/** A node of the ledger that an auditor asks; `RpcError` where it answers with an error. */
export interface Node {
  /** For reading: without a password or a path, which may hold an access key. */
  readonly url: string;
  call<T>(method: string, params: readonly unknown[]): Promise<T>;
}

export { RpcError } from "../ledger/rpc.ts";

export function nodeAt(url: string): Node {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw failure("usage", `--rpc must be an http or https URL, not ${url}.`, { field: "rpc" });
  }
  const rpc = createRpc(url);
  const { origin, pathname } = new URL(url);
  const shown = pathname === "/" ? origin : `${origin}/…`;
  return {
    url: shown,
    async call<T>(method: string, params: readonly unknown[]): Promise<T> {
      try {
        return await rpc.call<T>(method, ...params);
      } catch (error) {
        if (!(error instanceof DatadeedError)) throw error;
        const reason = String(error.facts.reason ?? error.message);
        throw failure("node-unreachable", `The node ${shown} cannot be asked for ${method}: ${reason}.`, {
          rpc: shown,
        });
      }
    },
  };
}
