import { type Descriptor, descriptorHash, descriptorRoot, plainText } from "../domain/descriptor.ts";
import { assetIdOf } from "../domain/ids.ts";
import type { Registration } from "../domain/registration.ts";
import { registrationLeaf } from "../domain/review-tree.ts";

/** One item that a gateway asks a reviewer to sign. */
export interface ReviewItem {
  readonly operationId: string;
  readonly assetId: string;
  readonly leaf: string;
  readonly registration: Registration;
  readonly descriptor: Descriptor | null;
}

/** Why an item is not signed: the field to correct, and a sentence about it. */
export interface Doubt {
  readonly field: string;
  readonly reason: string;
}

type Check = (item: ReviewItem, descriptor: Descriptor) => boolean;

/**
 * What a program can know without seeing the evidence: that the item says one thing, and that the descriptor shown is
 * the one committed to. In order: the first that fails is the reason.
 */
const CHECKS: readonly (readonly [field: string, reason: string, holds: Check])[] = [
  ["descriptor.title", "must not be empty", (_, { title }) => plainText(title).trim() !== ""],
  [
    "descriptor.publisher.name",
    "must not be empty",
    (_, { publisher }) => plainText(publisher?.name).trim() !== "",
  ],
  [
    "descriptor",
    "must be the one whose hash the registration commits to",
    ({ registration }, descriptor) => descriptorHash(descriptor) === registration.descriptorHash,
  ],
  [
    "content.root",
    "must be the root of the descriptor's identity fields",
    ({ registration }, descriptor) =>
      registration.kind !== "descriptor" || descriptorRoot(descriptor) === registration.contentRoot,
  ],
  [
    "assetId",
    "must be the content root's",
    ({ registration, assetId }) => assetIdOf(registration.contentRoot) === assetId,
  ],
  ["leaf", "must be the registration's", ({ registration, leaf }) => registrationLeaf(registration) === leaf],
  ["rights", "must name at least one right", ({ registration }) => registration.rights.length > 0],
  [
    "persons",
    "must be given for personal data, and only for it",
    ({ registration: { flags, persons } }) => flags.includes("personal") === persons > 0,
  ],
  [
    "sensitivePersons",
    "must be given for sensitive data, only for it, and not exceed persons",
    ({ registration: { flags, persons, sensitivePersons } }) =>
      flags.includes("sensitive") === sensitivePersons > 0 && sensitivePersons <= persons,
  ],
];

export function doubtOf(item: ReviewItem): Doubt | undefined {
  const { descriptor } = item;
  if (descriptor === null || descriptor === undefined) {
    return { field: "descriptor", reason: "must be shown to the reviewer" };
  }
  const failed = CHECKS.find(([, , holds]) => !holds(item, descriptor));
  return failed === undefined ? undefined : { field: failed[0], reason: failed[1] };
}
