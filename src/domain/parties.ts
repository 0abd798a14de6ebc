/** The words for what parties are and their keys may do, in the order of their numbers or bits on the ledger. */

/** Numbered from 1. */
export const SCHEMES = ["wallet", "uscc", "lei", "uen"] as const;
export type Scheme = (typeof SCHEMES)[number];

/** Numbered from 1. */
export const PARTY_CLASSES = ["public-body", "enterprise", "small-enterprise", "person"] as const;
export type PartyClass = (typeof PARTY_CLASSES)[number];

/** Bits of `PartyRole` in contracts/types/Roles.sol. */
export const PARTY_ROLES = [
  "exchange",
  "regulator",
  "arbiter",
  "assessor",
  "intermediary",
  "auditor",
] as const;
export type PartyRole = (typeof PARTY_ROLES)[number];

/** Bits of `KeyRole` in contracts/types/Roles.sol. */
export const KEY_ROLES = [
  "admin",
  "transfer",
  "registrar",
  "reviewer",
  "sponsor",
  "admit",
  "freeze",
  "suspend",
  "pause",
] as const;
export type KeyRole = (typeof KEY_ROLES)[number];

export const keyRolesToBits = (roles: readonly KeyRole[]): number =>
  roles.reduce((bits, role) => bits | (1 << KEY_ROLES.indexOf(role)), 0);
