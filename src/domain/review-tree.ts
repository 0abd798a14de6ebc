import { fromHex, keccak256, toHex } from "./crypto.ts";
import type { Hash } from "./ids.ts";
import type { Registration } from "./registration.ts";
import { CONTENT_KINDS, DATA_CLASSES, flagsToBits, rightsToBits } from "./registration.ts";
import { structHash } from "./typed-data.ts";

/** What a reviewer signs: the Merkle root (sorted pairs, keccak256) over the leaves of up to 1,000 items. */
export const MOST_REVIEWED = 1_000;

/** The fields of `Registration` as the ledger numbers them. */
export function registrationValues(r: Registration) {
  return {
    contentRoot: r.contentRoot,
    descriptorHash: r.descriptorHash,
    holder: r.holder,
    kind: CONTENT_KINDS.indexOf(r.kind) + 1,
    rights: rightsToBits(r.rights),
    class: DATA_CLASSES.indexOf(r.class),
    flags: flagsToBits(r.flags),
    theme: r.theme,
    prohibitedUses: r.prohibitedUses,
    persons: r.persons,
    sensitivePersons: r.sensitivePersons,
    upstreamRate: r.upstreamRate,
    maxUpstreamTotal: r.maxUpstreamTotal,
    parents: r.parents,
  };
}

/** EIP-712 hashStruct of the registration. */
export const registrationLeaf = (r: Registration): Hash =>
  toHex(structHash("Registration", registrationValues(r))) as Hash;

export interface ReviewTree {
  readonly root: Hash;
  /** The siblings on the way from the leaf to the root; empty where the item is alone. */
  pathOf(index: number): Hash[];
}

/** Levels are paired from the left; a node without a sibling rises unchanged, so that its path is one shorter. */
export function reviewTree(leaves: readonly Hash[]): ReviewTree {
  if (leaves.length === 0) throw new RangeError("a review has at least one item");
  const levels: Buffer[][] = [leaves.map(fromHex)];
  while (levels.at(-1)!.length > 1) levels.push(parentsOf(levels.at(-1)!));
  return {
    root: toHex(levels.at(-1)![0]!) as Hash,
    pathOf(index) {
      const path: Hash[] = [];
      for (let level = 0, at = index; level < levels.length - 1; level++, at >>= 1) {
        const sibling = levels[level]![at ^ 1];
        if (sibling !== undefined) path.push(toHex(sibling) as Hash);
      }
      return path;
    },
  };
}

export function rootFrom(leaf: Hash, path: readonly Hash[]): Hash {
  return toHex(
    path.reduce<Buffer>((node, sibling) => hashPair(node, fromHex(sibling)), fromHex(leaf)),
  ) as Hash;
}

function parentsOf(nodes: readonly Buffer[]): Buffer[] {
  const parents: Buffer[] = [];
  for (let i = 0; i < nodes.length; i += 2) {
    const [left, right] = [nodes[i]!, nodes[i + 1]];
    parents.push(right === undefined ? left : hashPair(left, right));
  }
  return parents;
}

const hashPair = (a: Buffer, b: Buffer): Buffer =>
  keccak256(a.compare(b) < 0 ? Buffer.concat([a, b]) : Buffer.concat([b, a]));
