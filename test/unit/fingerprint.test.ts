import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import fc from "fast-check";
import { DatadeedError } from "../../src/domain/errors.ts";
import {
  canonicalManifest,
  checkInclusion,
  hashStream,
  inclusionProof,
  type ManifestEntry,
  manifestRoot,
  merkleRoot,
} from "../../src/domain/fingerprint.ts";

const { rfc6962 } = JSON.parse(
  readFileSync(join(import.meta.dirname, "../vectors/fingerprint.json"), "utf8"),
) as {
  rfc6962: { leaves: string[]; roots: string[] };
};

const sha = (...parts: Uint8Array[]) => createHash("sha256").update(Buffer.concat(parts)).digest();

/** RFC 6962, section 2.1, word for word: split at the largest power of two below the number of leaves. */
function definition(leaves: readonly Uint8Array[]): Buffer {
  if (leaves.length === 0) return sha();
  if (leaves.length === 1) return sha(Buffer.from([0]), leaves[0]!);
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return sha(Buffer.from([1]), definition(leaves.slice(0, split)), definition(leaves.slice(split)));
}

const hash = (text: string) => createHash("sha256").update(text).digest("hex");
const file = (path: string, content = path): ManifestEntry => ({
  path,
  size: content.length,
  sha256: hash(content),
});
const manifests = fc
  .uniqueArray(fc.string({ minLength: 1, unit: fc.constantFrom("a", "b", "é", "深", "𠮷", "~") }), {
    minLength: 1,
    maxLength: 20,
  })
  .map((names) => names.map((name) => file(`data/${name}.csv`)));

describe("domain/fingerprint", () => {
  describe("merkleRoot", () => {
    for (const [count, root] of rfc6962.roots.entries()) {
      it(`is the known root of ${count} leaves`, () => {
        const leaves = rfc6962.leaves.slice(0, count).map((hex) => Buffer.from(hex, "hex"));
        expect(merkleRoot(leaves)).to.equal(`0x${root}`);
      });
    }

    it("is RFC 6962's for any leaves", () => {
      fc.assert(
        fc.property(fc.array(fc.uint8Array({ maxLength: 8 }), { maxLength: 40 }), (leaves) => {
          expect(merkleRoot(leaves)).to.equal(`0x${definition(leaves).toString("hex")}`);
        }),
        { numRuns: 100 },
      );
    });
  });

  describe("manifestRoot", () => {
    it("is over RFC 8785 leaves in the order of the paths' UTF-8 bytes", () => {
      const [a, b, c] = [file("a.csv"), file("b/é.csv"), file("b/𠮷.csv")];
      const leaf = ({ path, sha256, size }: ManifestEntry) =>
        Buffer.from(`{"path":"${path}","sha256":"${sha256}","size":${size}}`);
      expect(manifestRoot([c, a, b])).to.equal(
        `0x${definition([leaf(a), leaf(b), leaf(c)]).toString("hex")}`,
      );
    });

    it("does not depend on the order given", () => {
      fc.assert(
        fc.property(manifests, (entries) => {
          expect(manifestRoot(entries.toReversed())).to.equal(manifestRoot(entries));
        }),
        { numRuns: 50 },
      );
    });

    it("takes a path for the same however its accents are composed", () => {
      expect(manifestRoot([file("e\u0301.csv", "x")])).to.equal(manifestRoot([file("\u00e9.csv", "x")]));
    });

    const refused: [string, ManifestEntry[], string][] = [
      ["no file", [], "entries"],
      ["a path from the root", [file("/etc/passwd")], "path"],
      ["a path that climbs", [file("a/../../b")], "path"],
      ["a backslash", [file("a\\b")], "path"],
      ["the same path twice after composition", [file("e\u0301"), file("\u00e9")], "path"],
      ["a file that is a folder too", [file("a"), file("a/b")], "path"],
      ["a hash that is none", [{ ...file("a"), sha256: "12" }], "sha256"],
      ["a size that is none", [{ ...file("a"), size: -1 }], "size"],
    ];
    for (const [what, entries, field] of refused) {
      it(`refuses ${what}`, () => {
        expect(() => manifestRoot(entries))
          .to.throw(DatadeedError)
          .that.has.nested.property("facts.field", field);
      });
    }
  });

  describe("inclusionProof", () => {
    it("proves each file of any manifest, and no other content under its path", () => {
      fc.assert(
        fc.property(manifests, fc.nat(), (entries, pick) => {
          const { path } = entries[pick % entries.length]!;
          const [root, proof] = [manifestRoot(entries), inclusionProof(entries, path)];
          expect(checkInclusion(root, proof)).to.equal(true);
          expect(
            checkInclusion(root, { ...proof, entry: { ...proof.entry, size: proof.entry.size + 1 } }),
          ).to.equal(false);
          expect(checkInclusion(root, { ...proof, siblings: [...proof.siblings, root] })).to.equal(false);
          expect(checkInclusion(root, { ...proof, index: proof.count })).to.equal(false);
        }),
        { numRuns: 60 },
      );
    });
  });

  it("canonicalManifest sorts and lowers, and changes nothing else", () => {
    const entry = file("b");
    expect(canonicalManifest([{ ...entry, sha256: entry.sha256.toUpperCase() }, file("a")])).to.deep.equal([
      file("a"),
      entry,
    ]);
  });

  it("hashStream reads chunks of any size once", async () => {
    async function* chunks() {
      for (const each of ["da", "", "ta"]) yield Buffer.from(each);
    }
    expect(await hashStream(chunks())).to.deep.equal({ size: 4, sha256: hash("data") });
  });
});
