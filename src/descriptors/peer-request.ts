import { keccak256, recoverSigner } from "../domain/crypto.ts";
import type { Hash, PartyId } from "../domain/ids.ts";

/**
 * How gateways ask each other for a descriptor: `Authorization: Datadeed <address>:<unix second>:<signature>`. The
 * signature, by a live key of the asking exchange, names the descriptor, the moment and whom it asks, so that it is of
 * no use anywhere else or later.
 */
const HEADER = /^Datadeed (0x[0-9a-f]{40}):([0-9]{1,12}):(0x[0-9a-f]{130})$/i;
const SECONDS_ALLOWED = 60;

/** What is signed, as keccak256 of these bytes. */
export const peerMessage = (hash: Hash, unixSecond: number, baseUrl: string): Buffer =>
  Buffer.from(`datadeed:descriptor:${hash}:${unixSecond}:${trimmed(baseUrl)}`);

export const peerHeader = (address: PartyId, unixSecond: number, signature: string): string =>
  `Datadeed ${address}:${unixSecond}:${signature}`;

/** @returns The key that signed, or nothing where the header is not a fresh request for `hash` at `baseUrl`. */
export function peerOf(header: string, hash: Hash, baseUrl: string, unixSecond: number): PartyId | undefined {
  const [, address, at, signature] = HEADER.exec(header) ?? [];
  if (address === undefined || Math.abs(Number(at) - unixSecond) > SECONDS_ALLOWED) return undefined;
  const signer = recoverSigner(keccak256(peerMessage(hash, Number(at), baseUrl)), signature!.toLowerCase());
  return signer === address.toLowerCase() ? signer : undefined;
}

export const trimmed = (baseUrl: string): string => baseUrl.replace(/\/+$/, "");
