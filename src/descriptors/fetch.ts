import { lookup as resolve } from "node:dns";
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { BlockList, isIP, type LookupFunction } from "node:net";

/** A peer names its own URL on the ledger: whatever it names, no request of ours reaches a machine of our own network. */

export const LARGEST_BODY = 256 * 1024;
const PATIENCE = 5_000;

/** Why nothing came: the peer's fault (all of it must wait), or this body's alone. */
export class FetchError extends Error {
  readonly isPeers: boolean;

  constructor(message: string, isPeers: boolean) {
    super(message);
    this.name = "FetchError";
    this.isPeers = isPeers;
  }
}

export interface FetchWish {
  readonly url: URL;
  readonly authorization: string;
  /** True for peers that the configuration names. */
  readonly mayBePrivate: boolean;
  readonly signal: AbortSignal;
}

/** One GET: no redirects, at most 256 KiB, at most 5 s from start to end. Throws `FetchError`. */
export function fetchBody({ url, authorization, mayBePrivate, signal }: FetchWish): Promise<Buffer> {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (!mayBePrivate && isIP(host) !== 0 && isPrivate(host)) {
    return Promise.reject(new FetchError("the peer's address is private", true));
  }
  const request = url.protocol === "https:" ? requestHttps : requestHttp;
  const limits = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]);
  return new Promise((done, failed) => {
    const fail = (error: Error) =>
      failed(error instanceof FetchError ? error : new FetchError(error.message, true));
    const options = {
      headers: { authorization, accept: "application/json" },
      signal: limits,
      ...(mayBePrivate ? {} : { lookup: publicOnly }),
    };
    const sent = request(url, options, (answer) => {
      if (answer.statusCode !== 200) {
        answer.destroy();
        const isPeers = answer.statusCode !== 404 && answer.statusCode !== 410;
        return fail(new FetchError(`the peer answered ${answer.statusCode}`, isPeers));
      }
      const chunks: Buffer[] = [];
      let size = 0;
      answer.on("data", (chunk: Buffer) => {
        size += chunk.length;
        if (size > LARGEST_BODY) answer.destroy(new FetchError("the body is too large", false));
        else chunks.push(chunk);
      });
      answer.on("end", () => done(Buffer.concat(chunks)));
      answer.on("error", fail);
    });
    sent.on("error", fail);
    sent.end();
  });
}

/**
 * Resolves a name for the very connection that uses the answer, so that a second answer (DNS rebinding) changes nothing.
 */
const publicOnly: LookupFunction = (hostname, options, callback) => {
  resolve(hostname, { ...options, all: true }, (error, addresses) => {
    if (error !== null) return callback(error, "", 0);
    const allowed = addresses.filter(({ address }) => !isPrivate(address));
    const [first] = allowed;
    if (first === undefined) {
      return callback(new FetchError("the peer's name leads to a private address", true), "", 0);
    }
    if (options.all) callback(null, allowed);
    else callback(null, first.address, first.family);
  });
};

const PRIVATE = new BlockList();
for (const [network, prefix] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
] as const) {
  PRIVATE.addSubnet(network, prefix, "ipv4");
}
for (const [network, prefix] of [
  ["::", 96], // unspecified, loopback, IPv4-compatible
  ["64:ff9b::", 95], // IPv4 behind NAT64, its local form included
  ["100::", 64],
  ["2001::", 23], // Teredo and other special purposes
  ["2001:db8::", 32],
  ["2002::", 16], // IPv4 behind 6to4
  ["fc00::", 7],
  ["fe80::", 9], // link-local and the former site-local
  ["ff00::", 8],
] as const) {
  PRIVATE.addSubnet(network, prefix, "ipv6");
}

/** True for every address that is not of the public internet. */
export function isPrivate(address: string): boolean {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return PRIVATE.check(mapped, "ipv4");
  // A mapped address in its hexadecimal spelling: BlockList reads it as the IPv4 address that it is.
  return PRIVATE.check(address, isIP(address) === 4 ? "ipv4" : "ipv6");
}
