import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { Wallet } from "ethers";
import { counted, widthOf } from "../../src/cli/text.ts";
import { sha256Hex } from "../../src/domain/crypto.ts";
import { chineseCatalog } from "../helpers/chinese-catalog.ts";
import { datadeed, type Outcome, startDatadeed } from "../helpers/cli.ts";
import {
  connection,
  DIRECT,
  type Institution,
  KeyRole,
  keyGrant,
  NOTICE,
  type Signer,
  type TwoRegions,
  twoRegions,
} from "../helpers/contracts.ts";
import { deploymentOf, startGateway, type TestGateway } from "../helpers/gateway.ts";
import { type NodeServer, serveNode } from "../helpers/node-server.ts";

const CONTENT = "ship,berth\nOrient Star,7\n";

describe("datadeed with a gateway and its ledger", () => {
  const folder = mkdtempSync(join(tmpdir(), "datadeed-cli-gateway-"));
  const at = (name: string) => join(folder, name);
  let world: TwoRegions;
  let gateway: TestGateway;
  let node: NodeServer;
  let assetId: string;

  before(async () => {
    world = await twoRegions();
    gateway = await startGateway(world, world.guangdong);
    node = await serveNode(connection.provider);
    writeFileSync(at("api-key"), gateway.keyOf(), { mode: 0o600 });
    writeFileSync(at("password"), "a good password\n", { mode: 0o600 });
    writeFileSync(at("deployment.json"), JSON.stringify(await deploymentOf(world)));
    writeFileSync(at("berths.csv"), CONTENT);
    writeFileSync(at("other.csv"), "something else");
    await newKey("reviewer", world.guangdong.exchange, KeyRole.REVIEWER);
    await newKey("owner", world.guangdong.firm, KeyRole.TRANSFER);
    assetId = await register();
  });
  after(async () => {
    await gateway.close();
    await node.close();
    rmSync(folder, { recursive: true });
  });

  /** A keystore with a fresh key of the institution. */
  async function newKey(name: string, { party, keys }: Institution, roles: number): Promise<void> {
    const wallet = Wallet.createRandom();
    const grant = await keyGrant(world, wallet as unknown as Signer, party, roles, party);
    await world.membership.connect((keys.admin ?? keys.owner)!).addKey(party, grant, DIRECT);
    writeFileSync(at(`${name}.json`), await wallet.encrypt("a good password"), { mode: 0o600 });
  }
  /** The firm's file, as the exchange's own program would register it: no command registers a single file. */
  async function register(): Promise<string> {
    const response = await fetch(`${gateway.url}/v1/assets`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${gateway.keyOf()}`,
        "content-type": "application/json",
        "idempotency-key": "berths",
      },
      body: JSON.stringify({
        holder: world.guangdong.firm.party,
        content: { kind: "file", root: sha256Hex(Buffer.from(CONTENT)) },
        descriptor: { identifier: "berths", title: "港口泊位 Berths", publisher: { name: "Harbour Office" } },
        rights: ["hold", "use", "operate"],
        class: "public",
      }),
    });
    return ((await response.json()) as { assetId: string }).assetId;
  }
  const asking = () => ["--gateway", gateway.url, "--api-key-file", at("api-key")];
  const signingAs = (name: string) => [
    ...["--key", at(`${name}.json`), "--password-file", at("password")],
    ...["--deployment", at("deployment.json")],
  ];
  const verifying = (name: string): Promise<Outcome> => datadeed(["verify", at(name), ...asking()]);
  const auditing = () =>
    datadeed(["audit", assetId, "--rpc", node.url, "--deployment", at("deployment.json")]);

  // One story, told in order: each step begins where the one before ended.
  it("verify: knows nothing of content that nobody registered", async () => {
    const { code, out } = await verifying("other.csv");
    expect(code).to.equal(14);
    expect(out).to.match(/^UNKNOWN\n/);
  });

  it("review --watch: approves what waits, and it reaches the ledger", async () => {
    const watching = startDatadeed([
      "review",
      "--watch",
      "--interval",
      "1",
      ...asking(),
      ...signingAs("reviewer"),
    ]);
    await watching.said(/1 item reviewed and signed/);
    watching.kill("SIGTERM");
    expect((await watching.ended).code).to.equal(0);
    const { items } = JSON.parse((await datadeed(["review", ...asking(), "--json"])).out);
    expect(items).to.deep.equal([]);
    const listed = await fetch(`${gateway.url}/v1/operations`, {
      headers: { authorization: `Bearer ${gateway.keyOf()}` },
    });
    const [operation] = ((await listed.json()) as { items: { id: string }[] }).items;
    const { code, out } = await datadeed(["operation", operation!.id, "--wait", ...asking()]);
    expect(code, out).to.equal(0);
  });

  it("verify: says noticed with the notice's end, then valid", async () => {
    const noticed = await verifying("berths.csv");
    expect(noticed.code).to.equal(10);
    expect(noticed.out).to.match(/^NOTICED until \d{4}-/);
    await gateway.pass(NOTICE + 1);
    const valid = await verifying("berths.csv");
    expect(valid.code, valid.out).to.equal(0);
    expect(valid.out)
      .to.match(/^VALID\n/)
      .and.to.contain(assetId);
  });

  it("asset list and show: find it by a two-character word, with holder and descriptor", async () => {
    const listed = await datadeed(["asset", "list", "--text", "泊位", ...asking()]);
    expect(listed.out, listed.err).to.contain(assetId).and.to.contain("1 asset\n");
    const { out } = await datadeed(["asset", "show", assetId, ...asking()]);
    expect(out).to.match(/^title +港口泊位 Berths\n/);
    expect(out).to.match(new RegExp(`holders\\.use +${world.guangdong.firm.party}`, "i"));
  });

  it("transfer: moves the right, signed with the owner's key here", async () => {
    const to = world.guangdong.person.party;
    const { code, out, err } = await datadeed([
      "transfer",
      assetId,
      "use",
      "--to",
      to,
      ...asking(),
      ...signingAs("owner"),
    ]);
    expect(code, out + err).to.equal(0);
    const held = await datadeed(["verify", assetId, "--right", "use", "--party", to, ...asking()]);
    expect(held.code, held.out).to.equal(0);
    const former = ["verify", assetId, "--right", "use", "--party", world.guangdong.firm.party];
    expect((await datadeed([...former, ...asking()])).code).to.equal(13);
  });

  it("transfer: says who may not, and why", async () => {
    const to = world.guangdong.person.party;
    const { code, out, err } = await datadeed([
      "transfer",
      assetId,
      "use",
      "--to",
      to,
      ...asking(),
      ...signingAs("owner"),
    ]);
    expect(code, out + err).to.equal(1);
    expect(out).to.match(/rejected: .*(does not hold|holds the right already)/);
  });

  it("asset history and audit: tell the same, the one by the gateway, the other by the ledger alone", async () => {
    const told = (await datadeed(["asset", "history", assetId, ...asking(), "--json"])).json<{
      items: { name: string }[];
    }>();
    expect(told.items.map(({ name }) => name)).to.deep.equal(["AssetRegistered", "RightTransferred"]);
    const { code, out } = await auditing();
    expect(code, out).to.equal(0);
    expect(out).to.contain("PROVED  The 2 entries above");
  });

  describe("import", () => {
    const importing = (name: string, ...more: string[]) =>
      datadeed(["import", at(name), "--holder", world.guangdong.firm.party, ...asking(), ...more]);
    const listing = async (...filter: string[]) =>
      (await datadeed(["asset", "list", "--limit", "300", ...filter, ...asking()])).out.trimEnd().split("\n");

    before(() => writeFileSync(at("catalog.jsonl"), chineseCatalog()));

    it("waits for the reviewer, registers all, and registers nothing the second time", async () => {
      const sent = await importing("catalog.jsonl");
      expect(sent.code, sent.err).to.equal(0);
      expect(sent.out).to.contain("200 entries wait for a reviewer");
      const reviewed = await datadeed(["review", ...asking(), ...signingAs("reviewer")]);
      expect(reviewed.out).to.contain("200 items reviewed");
      const done = await importing("catalog.jsonl", "--wait", "--json");
      expect(done.code, done.out + done.err).to.equal(0);
      const again = await importing("catalog.jsonl", "--wait");
      expect(again.out).to.contain("Nothing new was registered");
    });

    const found: [string, number][] = [
      ["公交", 10],
      ["图书", 10],
      ["福田", 10],
      ["泊車", 10],
      ["圖書", 10],
      ["道路", 20],
      ["觀塘 巴士", 1],
      ["交公", 0],
    ];
    for (const [words, count] of found) {
      it(`finds ${count} of the Chinese entries by ${words}`, async () => {
        expect((await listing("--text", words)).at(-1)).to.equal(counted(count, "asset"));
      });
    }

    it("shows them in aligned columns", async () => {
      const rows = (await listing("--text", "2026")).slice(0, -1);
      expect(rows).to.have.length(201);
      const begins = rows.map((row) => widthOf(row.slice(0, row.lastIndexOf("  ") + 2)));
      expect(new Set(begins).size).to.equal(1);
    });

    it("says of a catalog with some new entries how many were registered before", async () => {
      const more = Array.from({ length: 5 }, (_, i) =>
        JSON.stringify({
          id: `sz:more:${i}`,
          title: `Ferry ${i}`,
          publisher: "Harbour Office",
          lang: "en",
          region: "CN-GD",
        }),
      );
      writeFileSync(at("longer.jsonl"), `${[chineseCatalog(), ...more].join("\n")}\n`);
      const reviewing = startDatadeed([
        "review",
        "--watch",
        "--interval",
        "1",
        ...asking(),
        ...signingAs("reviewer"),
      ]);
      const { out, code } = await importing("longer.jsonl", "--wait");
      reviewing.kill("SIGTERM");
      await reviewing.ended;
      expect(code, out).to.equal(0);
      expect(out)
        .to.match(/registered now +5\n/)
        .and.to.match(/registered before +200\n/);
    });

    it("reports the reason of the ledger where it refuses: a holder that nobody admitted", async () => {
      writeFileSync(
        at("nobody.jsonl"),
        `${JSON.stringify({ id: "n", title: "T", publisher: "P", lang: "en", region: "HK" })}\n`,
      );
      const stranger = ["--holder", `0x${"99".repeat(20)}`];
      const sent = datadeed([
        "import",
        at("nobody.jsonl"),
        ...stranger,
        "--wait",
        "--timeout",
        "20",
        ...asking(),
      ]);
      const reviewing = startDatadeed([
        "review",
        "--watch",
        "--interval",
        "1",
        ...asking(),
        ...signingAs("reviewer"),
      ]);
      const { out, code } = await sent;
      reviewing.kill("SIGTERM");
      await reviewing.ended;
      expect(code, out).to.equal(1);
      expect(out).to.match(/entry 1 .*party-unknown/);
    });
  });
});
