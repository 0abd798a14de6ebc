import { canonicalJson, type Json } from "./canonical-json.ts";
import { sha256Hex } from "./crypto.ts";
import { DatadeedError } from "./errors.ts";
import type { Hash } from "./ids.ts";

/** A text, or one by language tag (BCP 47). */
export type Text = string | Readonly<Record<string, string>>;

export type Publisher = {
  readonly name: Text;
  readonly identifier?: string;
  readonly [other: string]: Json | undefined;
};

/**
 * The DCAT-like record of an asset: kept off the ledger, committed by hash. `identifier`, `title` and `publisher` are
 * the publisher's own; beside the named members it may carry any JSON.
 */
export interface Descriptor {
  readonly identifier: string;
  readonly title: Text;
  readonly publisher: Publisher;
  readonly description?: Text;
  readonly keywords?: readonly string[];
  readonly license?: string;
  readonly [other: string]: Json | undefined;
}

/** Canonical form, in bytes of UTF-8. */
export const LARGEST_DESCRIPTOR = 64 * 1024;

/** SHA-256 of the RFC 8785 form: what the ledger commits to. */
export const descriptorHash = (descriptor: Descriptor): Hash =>
  sha256Hex(Buffer.from(canonicalJson(descriptor as Json)));

/**
 * The content root of a service or of a record without files: SHA-256 of `datadeed:descriptor:` and the RFC 8785 form of
 * the publisher's identity fields, nothing about the import.
 */
export function descriptorRoot({ identifier, title, publisher }: Descriptor): Hash {
  const identity = canonicalJson({ identifier, title, publisher } as unknown as Json);
  return sha256Hex(Buffer.from(`datadeed:descriptor:${identity}`));
}

/** @returns The canonical form and its hash. Throws `validation-failed` where it is too large or not I-JSON. */
export function sealDescriptor(descriptor: Descriptor, field = "descriptor"): { body: string; hash: Hash } {
  const body = canonicalOf(descriptor, field);
  if (Buffer.byteLength(body) > LARGEST_DESCRIPTOR) {
    throw new DatadeedError("validation-failed", {
      field,
      rule: `must be at most ${LARGEST_DESCRIPTOR} bytes`,
    });
  }
  return { body, hash: sha256Hex(Buffer.from(body)) };
}

function canonicalOf(descriptor: Descriptor, field: string): string {
  try {
    return canonicalJson(descriptor as Json);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new DatadeedError("validation-failed", {
      field,
      rule: `must be I-JSON (RFC 7493): ${error.message}`,
    });
  }
}

/** The text in its first language: what lists and searches show. */
export function plainText(text: Text | undefined): string {
  if (text === undefined || typeof text === "string") return text ?? "";
  return text.en ?? Object.values(text)[0] ?? "";
}

/** All that a search should find, in every language given. */
export function searchableText({ title, publisher, description, keywords }: Descriptor): string {
  const texts = [title, publisher.name, description ?? ""].flatMap((text) =>
    typeof text === "string" ? [text] : Object.values(text),
  );
  return [...texts, ...(keywords ?? [])].join("\n");
}
