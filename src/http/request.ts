import type { IncomingMessage } from "node:http";
import { canonicalJson, type Json } from "../domain/canonical-json.ts";
import { sha256Hex } from "../domain/crypto.ts";
import { DatadeedError } from "../domain/errors.ts";
import type { Hash } from "../domain/ids.ts";

/** What HTTP itself carries: body, idempotency key, preferences. */

/** Reads and parses a JSON body of at most `limit` bytes, once. */
export async function readJson(request: IncomingMessage, limit: number): Promise<unknown> {
  const { "content-type": type = "", "content-encoding": encoding = "identity" } = request.headers;
  if (!/^application\/json\s*(?:;|$)/i.test(type)) throw invalid("Content-Type", "must be application/json");
  if (encoding !== "identity") throw invalid("Content-Encoding", "must be identity");
  if (Number(request.headers["content-length"] ?? 0) > limit) throw tooLarge(limit);
  const bytes = await readBytes(request, limit);
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch (error) {
    throw invalid("body", `must be JSON: ${(error as Error).message}`);
  }
}

function readBytes(request: IncomingMessage, limit: number): Promise<Buffer> {
  return new Promise((done, failed) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > limit) {
        request.removeAllListeners("data");
        failed(tooLarge(limit));
      } else chunks.push(chunk);
    });
    request.on("end", () => done(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
    request.on("error", failed);
  });
}

const KEY = /^[\x21-\x7e]{1,255}$/;

export function idempotencyKeyOf(request: IncomingMessage): string {
  const key = request.headers["idempotency-key"];
  if (key === undefined) throw new DatadeedError("idempotency-key-missing");
  if (typeof key !== "string" || !KEY.test(key)) {
    throw invalid("Idempotency-Key", "must be 1 to 255 visible ASCII characters");
  }
  return key;
}

/** SHA-256 of method, path and canonical body: the same request is the same, however its JSON is laid out. */
export function requestHashOf(method: string, path: string, body: unknown): Hash {
  try {
    return sha256Hex(Buffer.from(`${method} ${path}\n${canonicalJson((body ?? null) as Json)}`));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw invalid("body", `must be I-JSON (RFC 7493): ${error.message}`);
  }
}

const LONGEST_WAIT = 30;

/** Milliseconds of `Prefer: wait=N`; 0 without it. More than 30 s is taken as 30 s. */
export function waitOf(request: IncomingMessage): number {
  const { prefer } = request.headers;
  const seconds = prefer === undefined ? undefined : /(?:^|[,;\s])wait=(\d{1,9})/i.exec(String(prefer))?.[1];
  return seconds === undefined ? 0 : Math.min(Number(seconds), LONGEST_WAIT) * 1000;
}

export function invalid(field: string, rule: string): DatadeedError {
  return new DatadeedError("validation-failed", { field, rule });
}

const tooLarge = (limit: number) => new DatadeedError("payload-too-large", { most: limit, unit: "bytes" });
