import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { manifestRoot } from "../../src/domain/fingerprint.ts";
import { assetIdOf, type Hash } from "../../src/domain/ids.ts";
import { datadeed } from "../helpers/cli.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

describe("datadeed fingerprint", () => {
  let folder: string;
  const at = (...path: string[]) => join(folder, ...path);
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "datadeed-fingerprint-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  interface Answer {
    readonly kind: string;
    readonly root: Hash;
    readonly assetId: string;
    readonly entries?: readonly { readonly path: string }[];
  }
  const answer = async (path: string) => {
    const { code, out, err } = await datadeed(["fingerprint", path, "--json"]);
    expect(code, out + err).to.equal(0);
    return JSON.parse(out) as Answer;
  };

  it("is the SHA-256 of a file, and the id without its two lowest bits", async () => {
    writeFileSync(at("a.csv"), "ship,berth\n");
    const found = await answer(at("a.csv"));
    expect(found.root).to.equal(`0x${sha256("ship,berth\n")}`);
    expect(found).to.include({ kind: "file", assetId: assetIdOf(found.root) });
  });

  it("reads a file larger than its buffers once", async () => {
    const large = "0123456789abcdef".repeat(400_000);
    writeFileSync(at("large.bin"), large);
    expect((await answer(at("large.bin"))).root).to.equal(`0x${sha256(large)}`);
  });

  it("is the manifest's root of a folder, with its files listed, empty folders left out", async () => {
    mkdirSync(at("data", "深圳"), { recursive: true });
    mkdirSync(at("data", "empty"));
    writeFileSync(at("data", "b.csv"), "b");
    writeFileSync(at("data", "深圳", "a.csv"), "a");
    const found = await answer(at("data"));
    const entries = ["b.csv", "深圳/a.csv"].map((path) => ({ path, size: 1, sha256: sha256(path.at(-5)!) }));
    expect(found.entries!.map(({ path }) => path)).to.deep.equal(["b.csv", "深圳/a.csv"]);
    expect(found.root).to.equal(manifestRoot(entries));
    expect(found.kind).to.equal("manifest");
  });

  it("tells a folder of one file from the file", async () => {
    mkdirSync(at("one"));
    writeFileSync(at("one", "a.csv"), "a");
    expect((await answer(at("one"))).root).not.to.equal((await answer(at("one", "a.csv"))).root);
  });

  it("prints what people read", async () => {
    mkdirSync(at("data"));
    writeFileSync(at("data", "a.csv"), "a");
    const { out } = await datadeed(["fingerprint", at("data")]);
    expect(out).to.match(/^kind +manifest\nroot +0x[0-9a-f]{64}\n/);
    expect(out)
      .to.contain("1 file, 1 byte")
      .and.to.match(/ a\.csv\n$/);
  });

  const refused: [string, () => string, string][] = [
    ["a path that is not there", () => at("nothing"), "no such file or folder"],
    ["an empty folder", () => folder, "has no file below it"],
    [
      "a symbolic link within a folder",
      () => {
        writeFileSync(at("real"), "x");
        symlinkSync(at("real"), at("link"));
        return folder;
      },
      "is a symbolic link",
    ],
    [
      "the same name composed in two ways",
      () => {
        writeFileSync(at("e\u0301"), "x");
        writeFileSync(at("\u00e9"), "y");
        return folder;
      },
      "must not come twice",
    ],
  ];
  for (const [what, path, sentence] of refused) {
    it(`refuses ${what}, with a sentence`, async () => {
      const { code, err } = await datadeed(["fingerprint", path()]);
      expect(code).to.be.oneOf([2, 5]);
      expect(err).to.contain(sentence);
    });
  }
});
