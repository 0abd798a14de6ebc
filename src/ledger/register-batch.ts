import type { ItemReview } from "../domain/commands.ts";
import type { Hash } from "../domain/ids.ts";
import type { Registration } from "../domain/registration.ts";
import { registrationValues } from "../domain/review-tree.ts";
import { INTERFACES } from "./abi.ts";

/**
 * Calldata of `registerBatch(ReviewedRegistration[],Review[])`, written out by hand: the general encoder manages 2,000
 * items a second, which would make it the gateway's limit.
 */
export interface ReviewedItem {
  readonly registration: Registration;
  readonly review: ItemReview;
}

const SELECTOR = INTERFACES.rightsRegistry.getFunction("registerBatch")!.selector;
const REGISTRATION_WORDS = 14;

export function encodeRegisterBatch(items: readonly ReviewedItem[]): `0x${string}` {
  const { reviews, indexOf } = distinctReviews(items);
  const encodedItems = arrayOfDynamic(items.map((item) => encodeItem(item, indexOf(item.review))));
  const encodedReviews = arrayOfDynamic(reviews.map(encodeReview));
  return `${SELECTOR as `0x${string}`}${word(64)}${word(64 + encodedItems.length / 2)}${encodedItems}${encodedReviews}`;
}

function distinctReviews(items: readonly ReviewedItem[]) {
  const indexes = new Map<string, number>();
  const reviews: ItemReview[] = [];
  for (const { review } of items) {
    if (indexes.has(review.signature)) continue;
    indexes.set(review.signature, reviews.length);
    reviews.push(review);
  }
  return { reviews, indexOf: (review: ItemReview) => indexes.get(review.signature)! };
}

function encodeItem({ registration, review }: ReviewedItem, index: number): string {
  const encoded = encodeRegistration(registration);
  return word(96) + word(index) + word(96 + encoded.length / 2) + encoded + words(review.path);
}

function encodeRegistration(registration: Registration): string {
  const r = registrationValues(registration);
  return (
    r.contentRoot.slice(2) +
    r.descriptorHash.slice(2) +
    address(r.holder) +
    word(r.kind) +
    word(r.rights) +
    word(r.class) +
    word(r.flags) +
    word(r.theme) +
    word(r.prohibitedUses) +
    word(r.persons) +
    word(r.sensitivePersons) +
    word(r.upstreamRate) +
    word(r.maxUpstreamTotal) +
    word(REGISTRATION_WORDS * 32) +
    words(r.parents)
  );
}

function encodeReview({ reviewer, deadline, root, signature }: ItemReview): string {
  const bytes = signature.slice(2);
  const padding = (64 - (bytes.length % 64)) % 64;
  return (
    address(reviewer) +
    word(deadline) +
    root.slice(2) +
    word(128) +
    word(bytes.length / 2) +
    bytes +
    "0".repeat(padding)
  );
}

/** Length, offsets counted from the first of them, bodies. */
function arrayOfDynamic(bodies: readonly string[]): string {
  let offset = 32 * bodies.length;
  let offsets = "";
  for (const body of bodies) {
    offsets += word(offset);
    offset += body.length / 2;
  }
  return word(bodies.length) + offsets + bodies.join("");
}

const ZEROS = "0".repeat(64);
const word = (value: number): string => {
  const digits = value.toString(16);
  return ZEROS.slice(digits.length) + digits;
};
const address = (value: string): string => ZEROS.slice(0, 24) + value.slice(2).toLowerCase();
const words = (values: readonly (Hash | string)[]): string =>
  word(values.length) + values.map((value) => value.slice(2)).join("");
