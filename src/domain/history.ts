import { fromHex, keccak256, toHex } from "./crypto.ts";
import type { Hash } from "./ids.ts";

/** The hash chain of an asset's log: contracts/types/History.sol in TypeScript. */

/** A log as JSON-RPC gives it; letters of hex digits in either case. */
export interface Log {
  readonly address: string;
  readonly topics: readonly string[];
  readonly data: string;
}

/** keccak256(emitter, 20 bytes ‖ number of topics, 1 byte ‖ topics, 32 bytes each ‖ data). */
export function entryOf({ address, topics, data }: Log): Hash {
  const count = Buffer.from([topics.length]);
  return toHex(
    keccak256(Buffer.concat([fromHex(address), count, ...topics.map(fromHex), fromHex(data)])),
  ) as Hash;
}

/** keccak256(head ‖ entry). */
export function nextHead(head: Hash, entry: Hash): Hash {
  return toHex(keccak256(Buffer.concat([fromHex(head), fromHex(entry)]))) as Hash;
}
