import { DatabaseSync } from "node:sqlite";
import { expect } from "chai";
import { matchExpression, termsOf } from "../../src/domain/search-terms.ts";

describe("domain/search-terms", () => {
  const database = new DatabaseSync(":memory:");
  database.exec("CREATE VIRTUAL TABLE texts USING fts5(terms, content = '')");
  after(() => database.close());

  const finds = (text: string, search: string): boolean => {
    const { lastInsertRowid } = database.prepare("INSERT INTO texts (terms) VALUES (?)").run(termsOf(text));
    const expression = matchExpression(search);
    if (expression === undefined) return false;
    const rows = database.prepare("SELECT rowid FROM texts WHERE texts MATCH ?").all(expression);
    return rows.some(({ rowid }) => rowid === lastInsertRowid);
  };

  const cases: [string, string, boolean][] = [
    ["深圳市公交站点", "公交", true],
    ["深圳市公交站点", "站点", true],
    ["深圳市公交站点", "市", true],
    ["深圳市公交站点", "点", true],
    ["深圳市公交站点", "交公", false],
    ["深圳市公交站点", "公站", false],
    ["深圳市第4號巴士站", "巴士", true],
    ["深圳市第4號巴士站", "4號", true],
    ["MTR港鐵路線", "港鐵", true],
    ["MTR港鐵路線", "mtr", true],
    ["東京メトロ", "メトロ", true],
    ["Bus stops of Harbour", "harb", true],
    ["Bus stops of Harbour", "HARBOUR bus", true],
    ["Bus stops of Harbour", "arbour", false],
    ["Bus stops of Harbour", "bus 公交", false],
    ["Bus stops of Harbour", "…", false],
  ];
  for (const [text, search, found] of cases) {
    it(`${found ? "finds" : "does not find"} “${text}” by “${search}”`, () => {
      expect(finds(text, search)).to.equal(found);
    });
  }
});
