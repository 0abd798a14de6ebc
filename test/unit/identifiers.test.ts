import { expect } from "chai";
import { AbiCoder, encodeBytes32String, keccak256 } from "ethers";
import { DatadeedError } from "../../src/domain/errors.ts";
import { identifierBytes, parseIdentifier, partyIdOf } from "../../src/domain/identifiers.ts";
import { SCHEMES, type Scheme } from "../../src/domain/parties.ts";

const VALID: readonly (readonly [Scheme, string])[] = [
  ["uscc", "91350100M000100Y43"],
  ["uscc", "91420000737944946L"],
  ["lei", "5493001KJTIIGC8Y1R12"],
  ["lei", "213800WAVVOPS85N2205"],
  ["uen", "53333444A"],
  ["uen", "201912345K"],
  ["uen", "T08GB0001A"],
  ["wallet", "0x52908400098527886e0f7030069857d2e4169ee7"],
];

/** Every other character of the same kind in one place: neither check promises to tell a letter from any digit. */
function* misspelt(text: string, at: number): Generator<string> {
  for (const character of /[0-9]/.test(text[at]!) ? "0123456789" : "ABCDEFGHIJKLMNOPQRSTUVWXYZ") {
    if (character !== text[at]) yield text.slice(0, at) + character + text.slice(at + 1);
  }
}

const isRefused = (scheme: Scheme, text: string): boolean => {
  try {
    parseIdentifier(scheme, text, "identifier");
    return false;
  } catch (error) {
    return error instanceof DatadeedError && error.code === "validation-failed";
  }
};

describe("identifiers", () => {
  for (const [scheme, identifier] of VALID) {
    it(`takes the ${scheme} ${identifier}`, () => {
      expect(parseIdentifier(scheme, identifier, "identifier")).to.equal(identifier);
    });
  }

  it("takes lower case and spaces around, and answers with the one spelling", () => {
    expect(parseIdentifier("uscc", " 91350100m000100y43 ", "identifier")).to.equal("91350100M000100Y43");
  });

  for (const [scheme, identifier] of VALID.filter(([each]) => each === "uscc" || each === "lei")) {
    it(`refuses ${identifier} with any one character wrong`, () => {
      const found = [...identifier].flatMap((_, at) =>
        [...misspelt(identifier, at)].filter((text) => !isRefused(scheme, text)),
      );
      expect(found).to.deep.equal([]);
    });
  }

  it("refuses a UEN of no shape, an LEI as a USCC, and a wallet that is too short", () => {
    expect(isRefused("uen", "5333344A")).to.equal(true);
    expect(isRefused("uen", "179912345K")).to.equal(true);
    expect(isRefused("uscc", "5493001KJTIIGC8Y1R12")).to.equal(true);
    expect(isRefused("wallet", "0x1234")).to.equal(true);
  });

  it("names field and rule", () => {
    expect(() => parseIdentifier("lei", "5493001KJTIIGC8Y1R13", "publisher.lei"))
      .to.throw(DatadeedError)
      .with.deep.property("facts", {
        field: "publisher.lei",
        rule: "must be an LEI: 20 characters, the last two the check digits of ISO 17442",
      });
  });

  for (const [scheme, identifier] of VALID.filter(([each]) => each !== "wallet")) {
    it(`computes the party of ${identifier} as the contract does`, () => {
      const bytes = encodeBytes32String(identifier);
      const encoded = AbiCoder.defaultAbiCoder().encode(
        ["string", "uint8", "bytes32"],
        ["datadeed:party", SCHEMES.indexOf(scheme) + 1, bytes],
      );
      expect(identifierBytes(scheme, identifier)).to.equal(bytes);
      expect(partyIdOf(scheme, identifier)).to.equal(`0x${keccak256(encoded).slice(-40)}`);
    });
  }

  it("takes an individual's wallet as its party", () => {
    const wallet = "0x52908400098527886e0f7030069857d2e4169ee7";
    expect(partyIdOf("wallet", wallet)).to.equal(wallet);
    expect(identifierBytes("wallet", wallet)).to.equal(`0x${"0".repeat(24)}${wallet.slice(2)}`);
  });
});
