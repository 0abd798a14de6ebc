import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { type Descriptor, descriptorHash, descriptorRoot } from "../../src/domain/descriptor.ts";
import { assetIdOf } from "../../src/domain/ids.ts";
import { chineseCatalog } from "../helpers/chinese-catalog.ts";
import { datadeed, type Outcome, startDatadeed } from "../helpers/cli.ts";
import { problem, type Request, type StandInGateway, standInGateway } from "../helpers/stand-in-gateway.ts";

const HOLDER = `0x${"be".repeat(20)}`;
const OTHER = `0x${"cd".repeat(20)}`;
const TIME = "2026-02-03T04:05:06.000Z";

interface Item {
  readonly holder: string;
  readonly descriptor: Descriptor;
  readonly rights: readonly string[];
  readonly class: string;
}
interface StoredOperation {
  readonly id: string;
  readonly assetId: string;
  state: string;
  refusal?: unknown;
}

/**
 * A gateway that keeps what it accepted and answers repeated requests as the API says. `judge` is its ledger: it says
 * what becomes of an item, at each look at it.
 */
function keepingGateway(judge: (item: Item) => "final" | "in-review" | { code: "party-unknown" }) {
  const answers = new Map<string, { index: number; operation?: StoredOperation; problem?: unknown }[]>();
  const operations = new Map<string, { stored: StoredOperation; item: Item }>();
  const view = ({ id, assetId, state, refusal }: StoredOperation) => ({
    id,
    kind: "register-asset",
    act: "RegisterAsset",
    state,
    assetId,
    visible: state === "final",
    alreadyDone: false,
    ...(refusal === undefined ? {} : { refusal }),
    acceptedAt: TIME,
    updatedAt: TIME,
  });
  const settle = ({ stored, item }: { stored: StoredOperation; item: Item }) => {
    const end = judge(item);
    if (stored.state === "final" || stored.state === "rejected") return;
    stored.state = typeof end === "string" ? end : "rejected";
    if (typeof end === "object") stored.refusal = problem(end.code, { party: item.holder }).body;
  };
  const accept = ({ headers, body }: Request) => {
    const key = headers["idempotency-key"] as string;
    const replayed = answers.has(key);
    const results =
      answers.get(key) ??
      (body.items as Item[]).map((item, index) => {
        if ((item.descriptor.title as string).includes("unwelcome")) {
          const facts = { field: `items[${index}].descriptor.title`, rule: "must be welcome" };
          return { index, problem: problem("validation-failed", facts).body };
        }
        const assetId = assetIdOf(descriptorRoot(item.descriptor));
        const stored: StoredOperation = { id: `op_${operations.size + 1}`, assetId, state: "accepted" };
        operations.set(stored.id, { stored, item });
        return { index, operation: stored };
      });
    answers.set(key, results);
    return {
      status: 202,
      headers: replayed ? { "idempotency-replayed": "true" } : {},
      body: {
        results: results.map((each) =>
          each.operation ? { index: each.index, operation: view(each.operation) } : each,
        ),
      },
    };
  };
  const shown = ({ path }: Request) => {
    const id = path.split("/").at(-1);
    const found = [...operations.values()].find(
      ({ stored }) => stored.assetId === id && stored.state === "final",
    );
    if (found === undefined) return problem("asset-unknown");
    const { holder, descriptor } = found.item;
    const asset = {
      assetId: id,
      firstHolder: holder,
      descriptorHash: descriptorHash(descriptor),
      region: "HK",
    };
    return { body: { asset } };
  };
  const routes = {
    "GET /v1/assets/*": shown,
    "POST /v1/assets/batch": accept,
    "GET /v1/operations/*": ({ path }: Request) => {
      const found = operations.get(path.split("/").at(-1)!)!;
      settle(found);
      return { body: { operation: view(found.stored) } };
    },
  };
  return { routes, operations };
}

const line = (i: number, over: object = {}) =>
  JSON.stringify({
    id: `hk:${i}`,
    title: `Dataset ${i}`,
    publisher: i % 2 ? "Harbour Office" : "深圳市, 交通运输局",
    lang: "en",
    region: "HK",
    ...over,
  });

describe("datadeed import", () => {
  const folder = mkdtempSync(join(tmpdir(), "datadeed-import-"));
  const at = (name: string) => join(folder, name);
  const gateways: StandInGateway[] = [];
  before(() => writeFileSync(at("api-key"), "dd_secret\n", { mode: 0o600 }));
  afterEach(() => Promise.all(gateways.splice(0).map((gateway) => gateway.close())));
  after(() => rmSync(folder, { recursive: true }));

  async function given(routes: Parameters<typeof standInGateway>[0]): Promise<StandInGateway> {
    const gateway = await standInGateway(routes);
    gateways.push(gateway);
    return gateway;
  }
  function catalog(name: string, lines: readonly string[]): string {
    writeFileSync(at(name), `${lines.join("\n")}\n`);
    return at(name);
  }
  const numbered = (count: number) => Array.from({ length: count }, (_, i) => line(i));
  const words = (path: string, gateway: StandInGateway, ...more: string[]) => [
    "import",
    path,
    "--holder",
    HOLDER,
    "--gateway",
    gateway.url,
    "--api-key-file",
    at("api-key"),
    ...more,
  ];
  const importing = (path: string, gateway: StandInGateway, ...more: string[]): Promise<Outcome> =>
    datadeed(words(path, gateway, ...more));
  const posts = (gateway: StandInGateway) => gateway.requests.filter(({ method }) => method === "POST");
  const keys = (gateway: StandInGateway) => posts(gateway).map(({ headers }) => headers["idempotency-key"]);

  it("sends every entry in batches of at most 500, and follows them to their end", async () => {
    const { routes, operations } = keepingGateway(() => "final");
    const gateway = await given(routes);
    const { code, out, err } = await importing(catalog("many.jsonl", numbered(1_203)), gateway, "--wait");
    expect(code, err).to.equal(0);
    expect(out).to.match(/1,203 entries\n {2}registered now +1,203\n/);
    expect(posts(gateway).map(({ body }) => body.items.length)).to.deep.equal([500, 500, 203]);
    expect(operations.size).to.equal(1_203);
    const [item] = posts(gateway)[0]!.body.items;
    expect(item).to.deep.include({ holder: HOLDER, rights: ["hold", "use", "operate"], class: "public" });
    expect(item.content.kind).to.equal("descriptor");
  });

  it("registers nothing the second time, and says so", async () => {
    const { routes, operations } = keepingGateway(() => "final");
    const gateway = await given(routes);
    const path = catalog("twice.jsonl", numbered(30));
    await importing(path, gateway, "--wait");
    const { code, out } = await importing(path, gateway, "--wait");
    expect(code).to.equal(0);
    expect(out)
      .to.match(/registered before +30/)
      .and.to.contain("Nothing new was registered");
    expect(operations.size).to.equal(30);
    expect(posts(gateway)).to.have.length(1);
  });

  it("asks for nothing twice while the first request is under way", async () => {
    const { routes, operations } = keepingGateway(() => "in-review");
    const gateway = await given(routes);
    const path = catalog("hasty.jsonl", numbered(30));
    await importing(path, gateway);
    await importing(path, gateway);
    expect(operations.size).to.equal(30);
    expect(new Set(keys(gateway)).size).to.equal(1);
  });

  it("refuses at once what is registered for another, or with another descriptor", async () => {
    const { routes, operations } = keepingGateway(() => "final");
    const gateway = await given(routes);
    await importing(catalog("first.jsonl", numbered(2)), gateway, "--wait");
    const changed = catalog("changed.jsonl", [line(0, { description: "new words" }), line(1)]);
    const { code, out } = await importing(changed, gateway);
    expect(code).to.equal(1);
    expect(out).to.match(/registered before +1\n/);
    expect(out).to.match(
      /entry 1 .*asset-already-registered +The content is registered already, in HK with another/,
    );
    const others = await datadeed([...words(changed, gateway), "--holder", OTHER]);
    expect(others.out).to.contain(`The content is registered already, in HK for ${HOLDER}`);
    expect(operations.size).to.equal(2);
  });

  it("goes on where it was broken off, with the same requests", async () => {
    const { routes, operations } = keepingGateway(() => "final");
    let isDown = false;
    const gateway = await given({
      ...routes,
      "POST /v1/assets/batch": (request) => {
        const answer = isDown ? "hang up" : routes["POST /v1/assets/batch"](request);
        isDown = true;
        return answer;
      },
    });
    const path = catalog("broken.jsonl", numbered(700));
    const broken = startDatadeed(words(path, gateway));
    while (posts(gateway).length < 2) await new Promise((resolve) => setTimeout(resolve, 20));
    broken.kill("SIGKILL");
    await broken.ended;
    expect(operations.size).to.equal(500);
    const again = await given(routes);
    const { out } = await importing(path, again, "--wait", "--json");
    expect(operations.size).to.equal(700);
    expect(keys(again)).to.deep.equal(keys(gateway).slice(0, 2));
    expect(JSON.parse(out)).to.deep.include({ entries: 700, refused: 0 });
  });

  it("tries again what the ledger refused before, and nothing else", async () => {
    let isAdmitted = false;
    const isSecond = ({ descriptor }: Item) => descriptor.title === "Dataset 1";
    const { routes, operations } = keepingGateway((item) =>
      isSecond(item) && !isAdmitted ? { code: "party-unknown" } : "final",
    );
    const gateway = await given(routes);
    const path = catalog("refused.jsonl", numbered(3));
    const first = await importing(path, gateway, "--wait");
    expect(first.code).to.equal(1);
    expect(first.out).to.match(/entry 2 .*party-unknown/);
    isAdmitted = true;
    const second = await importing(path, gateway, "--wait");
    expect(second.code, second.out).to.equal(0);
    expect(second.out)
      .to.match(/registered now +1\n/)
      .and.to.match(/registered before +2\n/);
    expect((await importing(path, gateway, "--wait")).out).to.contain("Nothing new was registered");
    expect(operations.size).to.equal(4);
  });

  it("says how many wait for review, and with --wait ends once they are reviewed", async () => {
    let isReviewed = false;
    const { routes } = keepingGateway(() => (isReviewed ? "final" : "in-review"));
    const gateway = await given(routes);
    const path = catalog("review.jsonl", numbered(12));
    await importing(path, gateway, "--wait", "--timeout", "1");
    const { out, code } = await importing(path, gateway);
    expect(code).to.equal(0);
    expect(out).to.contain("12 entries wait for a reviewer");
    const waiting = startDatadeed(words(path, gateway, "--wait"));
    setTimeout(() => {
      isReviewed = true;
    }, 300);
    expect((await waiting.ended).code).to.equal(0);
  });

  it("ends with exit code 6 where the time is over", async () => {
    const gateway = await given(keepingGateway(() => "in-review").routes);
    const { code } = await importing(catalog("slow.jsonl", numbered(2)), gateway, "--wait", "--timeout", "1");
    expect(code).to.equal(6);
  });

  it("reports each entry that was refused, with the reason, and registers the others", async () => {
    const gateway = await given(keepingGateway(() => "final").routes);
    const lines = [
      line(0),
      "{ not json",
      line(2, { title: "an unwelcome one" }),
      line(0, { description: "the same identity again" }),
      line(4, { title: "" }),
      line(5),
    ];
    const { code, out } = await importing(
      catalog("spoiled.jsonl", lines),
      gateway,
      "--wait",
      "--report",
      at("report.jsonl"),
    );
    expect(code).to.equal(1);
    expect(out)
      .to.match(/registered now +2\n/)
      .and.to.match(/refused +4\n/);
    const report = readFileSync(at("report.jsonl"), "utf8")
      .trim()
      .split("\n")
      .map((each) => JSON.parse(each));
    expect(report.map(({ outcome }) => outcome)).to.deep.equal([
      "registered",
      "refused",
      "refused",
      "refused",
      "refused",
      "registered",
    ]);
    for (const refused of report.filter(({ outcome }) => outcome === "refused")) {
      expect(refused).to.include.keys("entry", "code", "detail", "field", "rule");
    }
    expect(report[2].rule).to.equal("must be welcome");
    expect(report[3].rule).to.contain("must be unique: entry 1");
  });

  it("shows ten reasons for a copy spoiled in ten ways, and registers the rest", async () => {
    const lines = chineseCatalog().split("\n");
    const spoil = (i: number, change: (entry: Record<string, unknown>) => unknown) => {
      lines[i] = JSON.stringify(change(JSON.parse(lines[i]!)));
    };
    lines[3] = lines[3]!.slice(0, -1);
    spoil(14, ({ id: _, ...entry }) => entry);
    spoil(25, (entry) => ({ ...entry, title: " " }));
    spoil(36, (entry) => ({ ...entry, title: 2026 }));
    spoil(47, ({ publisher: _, ...entry }) => entry);
    spoil(58, (entry) => ({ ...entry, lang: "Chinese, simplified" }));
    spoil(69, (entry) => ({ ...entry, distribution: [{ downloadURL: "somewhere" }] }));
    spoil(80, (entry) => ({ ...entry, note: "x".repeat(70_000) }));
    spoil(91, (entry) => ({ ...entry, title: "an unwelcome one" }));
    lines[102] = lines[101]!;
    const gateway = await given(keepingGateway(() => "final").routes);
    const path = catalog("ten.jsonl", lines);
    const { code, out } = await importing(path, gateway, "--wait", "--report", at("ten-report.jsonl"));
    expect(code).to.equal(1);
    expect(out)
      .to.match(/registered now +190\n/)
      .and.to.match(/refused +10\n/);
    const refused = readFileSync(at("ten-report.jsonl"), "utf8")
      .trim()
      .split("\n")
      .map((each) => JSON.parse(each))
      .filter(({ outcome }) => outcome === "refused");
    expect(refused.map(({ entry }) => entry)).to.deep.equal([4, 15, 26, 37, 48, 59, 70, 81, 92, 103]);
    expect(new Set(refused.map(({ field, rule }) => `${field} ${rule}`)).size).to.equal(10);
    for (const { field, rule } of refused) expect(out).to.contain(`${field} ${rule}`);
  });

  it("asks who holds what, and takes the filled-in list of publishers", async () => {
    const { routes } = keepingGateway(() => "final");
    const gateway = await given(routes);
    const path = catalog("publishers.jsonl", numbered(5));
    const listed = await datadeed(["import", path, "--list-publishers"]);
    expect(listed.code).to.equal(0);
    expect(listed.out).to.equal(
      'publisher,entries,party\r\nHarbour Office,2,\r\n"深圳市, 交通运输局",3,\r\n',
    );
    writeFileSync(at("parties.csv"), listed.out.replace('局",3,', `局",3,${OTHER}`));
    await importing(path, gateway, "--parties", at("parties.csv"));
    const holders = posts(gateway)[0]!.body.items.map(({ holder }: Item) => holder);
    expect(holders).to.deep.equal([OTHER, HOLDER, OTHER, HOLDER, OTHER]);
    const alone = [
      "import",
      path,
      "--parties",
      at("parties.csv"),
      "--gateway",
      gateway.url,
      "--api-key-file",
      at("api-key"),
    ];
    const { code, out } = await datadeed(alone);
    expect(code).to.equal(1);
    expect(out).to.match(
      /entry 2 .*publisher must have a party in --parties, or give --holder: Harbour Office/,
    );
  });

  it("sends nothing with --dry-run", async () => {
    const path = catalog("dry.jsonl", [line(1), "{ not json"]);
    const { code, out } = await datadeed(["import", path, "--holder", HOLDER, "--dry-run"]);
    expect(code).to.equal(1);
    expect(out).to.contain("1 of 2 entries would be sent; nothing was.");
  });

  it("stops at a gateway that refuses the key, with its problem", async () => {
    const gateway = await given({
      "POST /v1/assets/batch": () => problem("scope-missing", { scope: "assets:write" }),
    });
    const { code, err } = await importing(catalog("key.jsonl", numbered(1)), gateway);
    expect(code).to.equal(3);
    expect(err).to.contain("scope-missing").and.to.contain("assets:write");
  });

  const wrong: [string, string[], string][] = [
    ["nobody to hold the entries", [], "Who holds the entries?"],
    ["a holder that is no party's id", ["--holder", "0x12"], "--holder must be a party's id"],
    [
      "a right that does not exist",
      ["--holder", HOLDER, "--rights", "hold,sell"],
      "--rights takes hold, use, operate, not sell",
    ],
    [
      "a class that does not exist",
      ["--holder", HOLDER, "--class", "secret"],
      "--class must be public or general",
    ],
  ];
  for (const [what, options, sentence] of wrong) {
    it(`refuses a command line with ${what}`, async () => {
      const { code, err } = await datadeed(["import", catalog("any.jsonl", numbered(1)), ...options]);
      expect(code).to.equal(2);
      expect(err).to.contain(sentence);
    });
  }
});
