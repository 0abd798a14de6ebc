import { fromHex, keccak256, toHex } from "./crypto.ts";
import { DatadeedError } from "./errors.ts";
import { type Hash, type PartyId, parsePartyId } from "./ids.ts";
import { SCHEMES, type Scheme } from "./parties.ts";

/** What institutions are called in their countries' registers, and the party ids that follow from it. */

/**
 * @returns The identifier in its one spelling: upper case, a wallet lower case.
 * Throws `validation-failed` for a wrong shape or check digit, before anything reaches the ledger.
 */
export function parseIdentifier(scheme: Scheme, text: string, field: string): string {
  if (scheme === "wallet") return parsePartyId(text, field);
  const identifier = text.trim().toUpperCase();
  const { isValid, rule } = REGISTERS[scheme];
  if (!isValid(identifier)) throw new DatadeedError("validation-failed", { field, rule: `must be ${rule}` });
  return identifier;
}

/** `Admission.identifier`: ASCII left-aligned, a wallet right-aligned. */
export function identifierBytes(scheme: Scheme, identifier: string): Hash {
  const digits = scheme === "wallet" ? identifier.slice(2).padStart(64, "0") : asciiHex(identifier);
  return `0x${digits}` as Hash;
}

/** As Membership computes it: the wallet, or 20 bytes of keccak256(abi.encode("datadeed:party", scheme, identifier)). */
export function partyIdOf(scheme: Scheme, identifier: string): PartyId {
  if (scheme === "wallet") return identifier as PartyId;
  const words = [
    number(0x60),
    number(SCHEMES.indexOf(scheme) + 1),
    identifierBytes(scheme, identifier).slice(2),
    number(DOMAIN.length),
    asciiHex(DOMAIN),
  ];
  return toHex(keccak256(fromHex(`0x${words.join("")}`)).subarray(12)) as PartyId;
}

const DOMAIN = "datadeed:party";
const asciiHex = (text: string): string => Buffer.from(text, "ascii").toString("hex").padEnd(64, "0");
const number = (value: number): string => value.toString(16).padStart(64, "0");

/** GB 32100-2015 leaves out I, O, Z, S and V, which look like digits and each other. */
const USCC_CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY";
const MOD_USCC = USCC_CHARACTERS.length;

/** The check character makes the sum of the first 17, weighted with 3^i, a multiple of 31. */
function isUscc(text: string): boolean {
  const values = Array.from(text, (character) => USCC_CHARACTERS.indexOf(character));
  if (values.length !== 18 || values.includes(-1)) return false;
  const check = values.pop()!;
  // Horner's scheme from the right: ((v16·3 + v15)·3 + …) modulo 31.
  const sum = values.reduceRight((rest, value) => (rest * 3 + value) % MOD_USCC, 0);
  return (sum + check) % MOD_USCC === 0;
}

/** ISO 17442: letters as 10 to 35, the whole number is 1 modulo 97 (ISO 7064). */
function isLei(text: string): boolean {
  if (!/^[0-9A-Z]{18}[0-9]{2}$/.test(text)) return false;
  let remainder = 0;
  for (const character of text) {
    const value = Number.parseInt(character, 36);
    remainder = (remainder * (value < 10 ? 10 : 100) + value) % 97;
  }
  return remainder === 1;
}

/** Singapore's three shapes: businesses, local companies, all others. */
const isUen = (text: string): boolean =>
  /^(?:[0-9]{8}[A-Z]|(?:18|19|20)[0-9]{2}[0-9]{5}[A-Z]|[TSR][0-9]{2}[A-Z]{2}[0-9]{4}[A-Z])$/.test(text);

const REGISTERS = {
  uscc: {
    isValid: isUscc,
    rule: "a unified social credit code: 18 characters without I, O, Z, S and V, the last one the check of GB 32100-2015",
  },
  lei: { isValid: isLei, rule: "an LEI: 20 characters, the last two the check digits of ISO 17442" },
  uen: { isValid: isUen, rule: "a UEN of Singapore, such as 53333444A, 201912345K or T08GB0001A" },
} as const satisfies Record<Exclude<Scheme, "wallet">, { isValid: (text: string) => boolean; rule: string }>;
