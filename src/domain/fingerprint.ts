import { createHash } from "node:crypto";
import { canonicalJson } from "./canonical-json.ts";
import { sha256, toHex } from "./crypto.ts";
import { DatadeedError } from "./errors.ts";
import type { Hash } from "./ids.ts";

/**
 * Content roots of files and manifests. A file's is its SHA-256. A manifest's is the Merkle root of RFC 6962 over its
 * files: each leaf the RFC 8785 form of `{path,size,sha256}`, in the order of the paths' UTF-8 bytes.
 */

/** One file of a manifest: `path` relative, with `/`, in NFC; `sha256` as 64 hex digits without 0x. */
export interface ManifestEntry {
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
}

/** A file of a manifest, and what leads from its leaf to the root. */
export interface InclusionProof {
  readonly entry: ManifestEntry;
  /** The file's place in the order of paths, from 0. */
  readonly index: number;
  /** How many files the manifest has. */
  readonly count: number;
  /** Siblings from the leaf up, as RFC 6962 lists them. */
  readonly siblings: readonly Hash[];
}

/** Reads the bytes once, whatever their number. */
export async function hashStream(
  chunks: AsyncIterable<Uint8Array>,
): Promise<{ readonly size: number; readonly sha256: string }> {
  const hash = createHash("sha256");
  let size = 0;
  for await (const chunk of chunks) {
    hash.update(chunk);
    size += chunk.length;
  }
  return { size, sha256: hash.digest("hex") };
}

/** The content root of a file whose SHA-256 is known. */
export function fileRoot(sha256: string, field = "sha256"): Hash {
  return `0x${parseSha256(sha256, field)}` as Hash;
}

/** The root over any number of files above 0, in any order. Throws `validation-failed` naming path and rule. */
export function manifestRoot(entries: readonly ManifestEntry[]): Hash {
  return merkleRoot(canonicalManifest(entries).map(leafBytes));
}

/** @returns The entries as they are hashed: paths in NFC, hex in lower case, sorted by the paths' UTF-8 bytes. */
export function canonicalManifest(entries: readonly ManifestEntry[]): ManifestEntry[] {
  if (entries.length === 0) throw invalid("entries", "must name at least one file");
  const sorted = entries
    .map((entry) => canonicalEntry(entry))
    .map((entry) => ({ entry, bytes: Buffer.from(entry.path) }))
    .sort((a, b) => a.bytes.compare(b.bytes))
    .map(({ entry }) => entry);
  requireSeparate(sorted);
  return sorted;
}

/** Throws `validation-failed` where no file of the manifest has the path. */
export function inclusionProof(entries: readonly ManifestEntry[], path: string): InclusionProof {
  const sorted = canonicalManifest(entries);
  const wanted = parsePath(path);
  const index = sorted.findIndex((entry) => entry.path === wanted);
  if (index < 0) throw invalid("path", "must be the path of a file in the manifest", path);
  const siblings = merklePath(sorted.map(leafBytes), index);
  return { entry: sorted[index]!, index, count: sorted.length, siblings };
}

/** Does the manifest with this root have this file under this path? A proof that is malformed proves nothing. */
export function checkInclusion(root: Hash, { entry, index, count, siblings }: InclusionProof): boolean {
  try {
    const leaf = leafHash(leafBytes(canonicalEntry(entry)));
    return rootFromPath(leaf, index, count, siblings) === root.toLowerCase();
  } catch (error) {
    if (error instanceof DatadeedError) return false;
    throw error;
  }
}

/** RFC 6962, section 2.1: the hash of an ordered list of leaves. */
export function merkleRoot(leaves: readonly Uint8Array[]): Hash {
  if (leaves.length === 0) return toHex(sha256(Buffer.alloc(0))) as Hash;
  return toHex(levelsOf(leaves).at(-1)![0]!) as Hash;
}

/** RFC 6962, section 2.1.1: the siblings from a leaf up. */
export function merklePath(leaves: readonly Uint8Array[], index: number): Hash[] {
  const siblings: Hash[] = [];
  let at = index;
  for (const level of levelsOf(leaves).slice(0, -1)) {
    const sibling = level[at ^ 1];
    if (sibling !== undefined) siblings.push(toHex(sibling) as Hash);
    at >>= 1;
  }
  return siblings;
}

/** RFC 9162, section 2.1.3.2. Nothing where the path has not the length that such a leaf's path has. */
export function rootFromPath(
  leaf: Uint8Array,
  index: number,
  count: number,
  siblings: readonly Hash[],
): Hash | undefined {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(count) || index < 0 || index >= count) {
    return undefined;
  }
  let [at, last] = [index, count - 1];
  let node: Uint8Array = leaf;
  for (const sibling of siblings) {
    if (last === 0) return undefined;
    const other = Buffer.from(sibling.slice(2), "hex");
    if (at % 2 === 1 || at === last) {
      node = nodeHash(other, node);
      // The last node of a level without a sibling rises unchanged.
      while (at % 2 === 0 && at !== 0) [at, last] = [at / 2, Math.floor(last / 2)];
    } else {
      node = nodeHash(node, other);
    }
    [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
  }
  return last === 0 ? (toHex(node) as Hash) : undefined;
}

/** Leaves and nodes are hashed under different prefixes, so that no node can be shown as a file. */
export const leafHash = (leaf: Uint8Array): Buffer => sha256(Buffer.concat([LEAF, leaf]));
const nodeHash = (left: Uint8Array, right: Uint8Array): Buffer => sha256(Buffer.concat([NODE, left, right]));
const LEAF = Buffer.from([0]);
const NODE = Buffer.from([1]);

/** Pairing neighbours, the odd last one rising unchanged, is RFC 6962's split at the largest power of two. */
function levelsOf(leaves: readonly Uint8Array[]): Buffer[][] {
  const levels = [leaves.map(leafHash)];
  for (let nodes = levels[0]!; nodes.length > 1; nodes = levels.at(-1)!) {
    const parents: Buffer[] = [];
    for (let i = 0; i < nodes.length; i += 2) {
      const [left, right] = [nodes[i]!, nodes[i + 1]];
      parents.push(right === undefined ? left : nodeHash(left, right));
    }
    levels.push(parents);
  }
  return levels;
}

const leafBytes = ({ path, size, sha256 }: ManifestEntry): Buffer =>
  Buffer.from(canonicalJson({ path, size, sha256 }));

function canonicalEntry({ path, size, sha256 }: ManifestEntry): ManifestEntry {
  const canonical = parsePath(path);
  if (!Number.isSafeInteger(size) || size < 0) {
    throw invalid("size", "must be a whole number of bytes", path);
  }
  return { path: canonical, size, sha256: parseSha256(sha256, "sha256", path) };
}

/** The path in NFC. Throws `validation-failed` for one that is not relative, or that systems read differently. */
export function parsePath(path: string): string {
  const rule = pathRule(path);
  if (rule !== undefined) throw invalid("path", rule, path);
  return path.normalize("NFC");
}

function pathRule(path: string): string | undefined {
  if (typeof path !== "string" || path === "") return "must not be empty";
  if (!path.isWellFormed()) return "must be Unicode without lone surrogates";
  if (path.includes("\0")) return "must not contain NUL";
  if (path.includes("\\")) return "must not contain a backslash, which some systems take for a separator";
  if (path.startsWith("/")) return "must be relative, without a leading /";
  const segments = path.split("/");
  if (segments.includes("")) return "must not have an empty segment";
  if (segments.includes(".") || segments.includes("..")) return "must not have a segment . or ..";
  return undefined;
}

function parseSha256(sha256: string, field: string, path?: string): string {
  if (!/^[0-9a-fA-F]{64}$/.test(sha256)) throw invalid(field, "must be 64 hex digits", path);
  return sha256.toLowerCase();
}

/** No path twice, and none that is a file here and a folder there. */
function requireSeparate(sorted: readonly ManifestEntry[]): void {
  const paths = new Set<string>();
  for (const { path } of sorted) {
    if (paths.has(path)) throw invalid("path", "must not come twice (paths are compared in NFC)", path);
    paths.add(path);
  }
  for (const { path } of sorted) {
    for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) {
      if (paths.has(path.slice(0, end))) {
        throw invalid("path", `must not be below ${path.slice(0, end)}, which is a file`, path);
      }
    }
  }
}

function invalid(field: string, rule: string, path?: string): DatadeedError {
  return new DatadeedError("validation-failed", { field, rule, ...(path === undefined ? {} : { path }) });
}
