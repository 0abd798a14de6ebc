import { HDNodeWallet, Mnemonic } from "ethers";
import { addressOf, fromHex } from "../domain/crypto.ts";
import type { PartyId } from "../domain/ids.ts";

/**
 * Keys that everybody has: the accounts that development nodes print (Hardhat, Anvil and Foundry share one phrase,
 * Ganache's deterministic mode another), and the three in the genesis files of Besu's documentation.
 */
const PHRASES = [
  "test test test test test test test test test test test junk",
  "myth like bonus scare over problem client lizard pioneer submit female collect",
];
const ACCOUNTS_A_PHRASE = 20;
const BESU = [
  "0x8f2a55949038a9610f50fb23b5883af3b4ecb3c3bb792cbcefbd1542c692be63",
  "0xc87509a1c067bbde78beb793e6fa76530b6382a4c0241e5e4a9ec0a0f44dc0d3",
  "0xae6ae8e5ccbfb04590405997ee2d52d2b330726137b875053c36d94e974d162f",
];

let known: ReadonlySet<string> | undefined;

/** Worked out at the first question: deriving forty keys takes a while, and most programs never ask. */
export function isPubliclyKnown(address: PartyId): boolean {
  known ??= new Set([...PHRASES.flatMap(accountsOf), ...BESU.map((key) => addressOf(fromHex(key)))]);
  return known.has(address);
}

function accountsOf(phrase: string): string[] {
  const root = HDNodeWallet.fromMnemonic(Mnemonic.fromPhrase(phrase), "m/44'/60'/0'/0");
  return Array.from({ length: ACCOUNTS_A_PHRASE }, (_, index) =>
    root.deriveChild(index).address.toLowerCase(),
  );
}
