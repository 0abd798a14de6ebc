import { randomInt } from "node:crypto";
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatadeedError } from "../../src/domain/errors.ts";

/** Of how the folder of a ledger is laid out, and of the node that wrote its states. */
const VERSION = 1;

/**
 * The chain id of the ledger in this folder, drawn at random when it is new: what was signed for one ledger means nothing
 * on another. Throws `state-version` where another version of this program made it.
 */
export function chainIdOf(folder: string): number {
  const file = join(folder, "version.json");
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return found(file);
  }
  const { version, chainId } = parse(text);
  if (version !== VERSION || !Number.isSafeInteger(chainId)) {
    throw new DatadeedError("state-version", {
      field: file,
      rule: `is of version ${version ?? "unknown"}; this program reads version ${VERSION}`,
    });
  }
  return chainId!;
}

function parse(text: string): { version?: number; chainId?: number } {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

function found(file: string): number {
  const chainId = randomInt(10_000_000, 2 ** 31);
  const handle = openSync(`${file}.tmp`, "w");
  writeFileSync(handle, `${JSON.stringify({ version: VERSION, chainId })}\n`);
  fsyncSync(handle);
  closeSync(handle);
  renameSync(`${file}.tmp`, file);
  return chainId;
}
