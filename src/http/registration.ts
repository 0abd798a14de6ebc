import type { ItemReview, RegisterAsset } from "../domain/commands.ts";
import { type Descriptor, descriptorRoot, sealDescriptor } from "../domain/descriptor.ts";
import { DatadeedError } from "../domain/errors.ts";
import { assetIdOf, type Hash, RIGHT_KINDS } from "../domain/ids.ts";
import {
  DATA_CLASSES,
  DATA_FLAGS,
  flagsFromBits,
  flagsToBits,
  MOST_UPSTREAM,
  type Registration,
  rightsFromBits,
  rightsToBits,
} from "../domain/registration.ts";
import { registrationLeaf } from "../domain/review-tree.ts";
import { invalid } from "./request.ts";
import { assetId, hash, party, rate, signature, uint32, unixSecond, z } from "./schemas.ts";

/** One asset to register, from the words of the API to what the ledger and the reviewer see. */

const text = z
  .union([
    z.string("must be a text, or texts by language tag").min(1).max(20_000),
    z.record(z.string().max(40), z.string().max(20_000)),
  ])
  .openapi("Text", { description: "A text, or one by language tag (BCP 47)." });

export const descriptor = z
  .looseObject({
    identifier: z.string().min(1).max(2_000),
    title: text,
    publisher: z.looseObject({ name: text, identifier: z.string().max(500).optional() }),
    description: text.optional(),
    keywords: z.array(z.string().max(500)).max(500).optional(),
    // Some publishers give the whole text of their terms.
    license: z.string().max(20_000).optional(),
  })
  .openapi("Descriptor", { description: "The DCAT-like record of the asset; may carry any other member." });

const content = z
  .discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("file"), root: hash }),
    z.strictObject({ kind: z.literal("manifest"), root: hash }),
    z.strictObject({ kind: z.literal("descriptor"), root: hash.optional() }),
  ])
  .openapi("Content", {
    description:
      "What is registered: a file by its SHA-256, a folder by the root of its manifest, or the descriptor's own identity fields.",
  });

const merklePath = z.array(hash).max(10);

export const itemReview = z
  .strictObject({
    reviewer: party,
    deadline: unixSecond,
    signature,
    root: hash.optional(),
    path: merklePath.optional(),
  })
  .openapi("ItemReview", {
    description:
      "The reviewer's signature of `Review` over `root`, and this item's path to it. Without `root` the item stands alone.",
  });

export const batchReview = z
  .strictObject({ reviewer: party, deadline: unixSecond, signature })
  .openapi("BatchReview", { description: "One signature over the tree of all items, in the order given." });

export const registrationWish = z
  .strictObject({
    holder: party,
    content,
    descriptor,
    rights: z.array(z.enum(RIGHT_KINDS)).min(1).max(3),
    class: z.enum(DATA_CLASSES),
    flags: z.array(z.enum(DATA_FLAGS)).max(3).default([]),
    theme: z.int().min(0).max(13).default(0),
    prohibitedUses: z.array(z.int().min(0).max(15)).max(16).default([]),
    persons: uint32.default(0),
    sensitivePersons: uint32.default(0),
    upstreamRate: rate.default(0),
    maxUpstreamTotal: rate.default(0),
    parents: z.array(assetId).max(100).default([]),
    review: itemReview.optional(),
  })
  .openapi("RegistrationWish");

export type RegistrationWish = z.output<typeof registrationWish>;

export interface PreparedItem {
  readonly command: RegisterAsset;
  readonly descriptor: { readonly hash: Hash; readonly body: string };
  readonly leaf: Hash;
}

/** Throws `validation-failed` for what the ledger would refuse whatever its state. Signatures are not looked at. */
export function prepareItem(wish: RegistrationWish): PreparedItem {
  const sealed = sealDescriptor(wish.descriptor as Descriptor);
  const registration: Registration = {
    contentRoot: contentRootOf(wish),
    descriptorHash: sealed.hash,
    holder: wish.holder,
    kind: wish.content.kind,
    rights: rightsFromBits(rightsToBits(wish.rights)),
    class: wish.class,
    flags: flagsFromBits(flagsToBits(wish.flags)),
    theme: wish.theme,
    prohibitedUses: wish.prohibitedUses.reduce((mask, bit) => mask | (1 << bit), 0),
    persons: wish.persons,
    sensitivePersons: wish.sensitivePersons,
    upstreamRate: wish.upstreamRate,
    maxUpstreamTotal: wish.maxUpstreamTotal,
    parents: wish.parents,
  };
  requireConsistent(registration);
  const leaf = registrationLeaf(registration);
  const command: RegisterAsset = {
    kind: "register-asset",
    assetId: assetIdOf(registration.contentRoot),
    registration,
    ...(wish.review === undefined ? {} : { review: reviewOf(wish.review, leaf) }),
  };
  return { command, descriptor: sealed, leaf };
}

function contentRootOf({ content, descriptor }: RegistrationWish): Hash {
  if (content.kind !== "descriptor") return content.root;
  const root = descriptorRoot(descriptor as Descriptor);
  if (content.root !== undefined && content.root !== root) {
    throw invalid("content.root", `must be the hash of the descriptor's identity fields, ${root}`);
  }
  return root;
}

function reviewOf(review: z.output<typeof itemReview>, leaf: Hash): ItemReview {
  const { reviewer, deadline, signature, root, path = [] } = review;
  if (root === undefined && path.length > 0) throw invalid("review.root", "must come with review.path");
  return { reviewer, deadline, signature, root: root ?? leaf, path };
}

/** The rules of the registry's `_requireValid`, and of its order of parents. */
function requireConsistent(r: Registration): void {
  const isPersonal = r.flags.includes("personal");
  const isSensitive = r.flags.includes("sensitive");
  if (/^0x0*$/.test(r.contentRoot)) throw invalid("content.root", "must not be zero");
  if (isSensitive && !isPersonal) throw invalid("flags", "must have personal where they have sensitive");
  if (isPersonal !== r.persons > 0)
    throw invalid("persons", "must be above 0 with the flag personal, else 0");
  if (isSensitive !== r.sensitivePersons > 0 || r.sensitivePersons > r.persons) {
    throw invalid(
      "sensitivePersons",
      "must be above 0 and at most persons with the flag sensitive, else be 0",
    );
  }
  if (r.upstreamRate > MOST_UPSTREAM) throw invalid("upstreamRate", `must be at most ${MOST_UPSTREAM}`);
  const at = r.parents.findIndex((parent, index) => index > 0 && parent <= r.parents[index - 1]!);
  if (at >= 0) throw new DatadeedError("parents-not-increasing", { field: "parents", index: at });
}
