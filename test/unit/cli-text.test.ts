import { expect } from "chai";
import fc from "fast-check";
import { csvLine, parseCsv } from "../../src/cli/import/csv.ts";
import { lineOf } from "../../src/cli/progress.ts";
import { counted, harmless, instant, padTo, shorten, table, widthOf } from "../../src/cli/text.ts";

describe("cli/text", () => {
  describe("widthOf", () => {
    const widths: [string, number][] = [
      ["harbour", 7],
      ["港口", 4],
      ["ｆｕｌｌ", 8],
      ["한국", 4],
      ["ひらがな", 8],
      ["é", 1],
      ["e\u0301", 1],
      ["a\u200db", 2],
      ["𠮷", 2],
      ["🚢", 2],
      ["", 0],
    ];
    for (const [text, width] of widths) {
      it(`counts ${width} columns for “${text}”`, () => expect(widthOf(text)).to.equal(width));
    }
  });

  describe("shorten", () => {
    it("keeps within the columns and never splits a wide character", () => {
      fc.assert(
        fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 2, max: 30 }), (text, columns) => {
          const short = shorten(text, columns);
          expect(widthOf(short)).to.be.at.most(columns);
          if (widthOf(text) <= columns) expect(short).to.equal(text);
        }),
      );
    });
  });

  describe("padTo", () => {
    it("fills up to the columns, counting wide characters twice", () => {
      expect(padTo("港", 4)).to.equal("港  ");
      expect(padTo("longer", 3)).to.equal("longer");
    });
  });

  describe("table", () => {
    it("begins every column at the same place, whatever the script", () => {
      const lines = table([
        ["name", "x"],
        ["深圳市", "y"],
        ["Ōsaka", "z"],
      ]).split("\n");
      expect(lines.map((line) => widthOf(line.slice(0, -1)))).to.deep.equal([8, 8, 8]);
    });

    it("leaves no space at the end of a line", () => {
      expect(
        table(
          [
            ["a", ""],
            ["b", "c"],
          ],
          "  ",
        ),
      ).to.equal("  a\n  b  c");
    });
  });

  describe("harmless", () => {
    it("shows what a terminal would obey", () => {
      expect(harmless("a\u001b[2Jb")).to.equal("a\\u{1b}[2Jb");
      expect(harmless("a\u202eb")).to.equal("a\\u{202e}b");
      expect(harmless("a\nb\tc")).to.equal("a b c");
    });
  });

  it("counted says one and many", () => {
    expect(counted(1, "entry", "entries")).to.equal("1 entry");
    expect(counted(1_190, "entry", "entries")).to.equal("1,190 entries");
  });

  it("instant is RFC 3339 to the second", () => {
    expect(instant(1_700_000_000)).to.equal("2023-11-14T22:13:20Z");
  });
});

describe("cli/import/csv", () => {
  it("reads back any cells that it wrote", () => {
    const cell = fc.string({ unit: fc.constantFrom("a", '"', ",", "\n", "\r\n", "深", " ") });
    fc.assert(
      fc.property(fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { maxLength: 5 }), (rows) => {
        expect(parseCsv(rows.map(csvLine).join(""))).to.deep.equal(rows);
      }),
    );
  });

  it("reads what spreadsheets write: a byte order mark, either line end, no last line end", () => {
    expect(parseCsv("\ufeffpublisher,party\n深圳市,0x1\r\n\r\nA,0x2")).to.deep.equal([
      ["publisher", "party"],
      ["深圳市", "0x1"],
      ["A", "0x2"],
    ]);
  });
});

describe("cli/progress", () => {
  it("draws share, rate and time left", () => {
    expect(lineOf("sending", 500, 1_000, 50)).to.equal(
      "sending  ████████████░░░░░░░░░░░░  500/1,000  50/s  10 s left",
    );
    expect(lineOf("sending", 1, 10_000, 0.5)).to.contain("0.5/s  5 h 33 min left");
    expect(lineOf("sending", 400, 1_000, 5)).to.contain("2 min 0 s left");
    expect(lineOf("sending", 0, 10, 0)).to.equal("sending  ░░░░░░░░░░░░░░░░░░░░░░░░  0/10");
    expect(lineOf("hashing", 7, 0, 0)).to.contain("7/?");
  });
});
