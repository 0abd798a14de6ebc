import { execFile } from "node:child_process";
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { Wallet } from "ethers";
import { widthOf } from "../../src/cli/text.ts";
import { addressOf, fromHex } from "../../src/domain/crypto.ts";
import type { PartyId } from "../../src/domain/ids.ts";
import { datadeed, type Outcome } from "../helpers/cli.ts";
import { AS_OF, ASSET, cliBench, operation } from "../helpers/cli-bench.ts";
import { problem, type StandInGateway } from "../helpers/stand-in-gateway.ts";

describe("datadeed, a client of the gateway", () => {
  const bench = cliBench();
  const { folder, at, given, asking } = bench;
  let signer: PartyId;
  before(async () => {
    signer = await bench.makeKey();
  });
  describe("keystore new", () => {
    it("writes a keystore that its password opens, and both files for their owner alone", async () => {
      const password = readFileSync(at("password"), "utf8").trim();
      const wallet = await Wallet.fromEncryptedJson(readFileSync(at("key.json"), "utf8"), password);
      expect(wallet.address.toLowerCase()).to.equal(signer);
      expect(addressOf(fromHex(wallet.privateKey))).to.equal(signer);
      for (const name of ["key.json", "password"]) expect(statSync(at(name)).mode & 0o777).to.equal(0o600);
    });

    it("never overwrites", async () => {
      const before = readFileSync(at("key.json"), "utf8");
      const { code, err } = await datadeed([
        "keystore",
        "new",
        at("key.json"),
        "--password-file",
        at("password"),
      ]);
      expect(code).to.equal(5);
      expect(err).to.contain("exists already");
      expect(readFileSync(at("key.json"), "utf8")).to.equal(before);
    });

    it("refuses a password file that others can read, and makes no key", async () => {
      writeFileSync(at("open-password"), "secret\n");
      chmodSync(at("open-password"), 0o644);
      const { code, err } = await datadeed([
        "keystore",
        "new",
        at("other.json"),
        "--password-file",
        at("open-password"),
      ]);
      expect(code).to.equal(5);
      expect(err).to.contain("key-exposed");
      expect(existsSync(at("other.json"))).to.equal(false);
    });
  });

  describe("asset list", () => {
    const summary = (title: string, publisher: string) => ({
      assetId: ASSET,
      status: "active",
      region: "CN-GD",
      title,
      publisher,
    });

    it("aligns its columns with double-width characters, and obeys no control character", async () => {
      const gateway = await given({
        "GET /v1/assets": () => ({
          body: {
            items: [
              summary("Tram stops", "Harbour"),
              summary("深圳市公交站点", "深圳市交通运输局"),
              summary("evil\u001b[2Jtitle\u202e", "x"),
            ],
            count: 3,
            asOf: AS_OF,
          },
        }),
      });
      const { code, out } = await datadeed(["asset", "list", "--text", "公交", ...asking(gateway)]);
      expect(code).to.equal(0);
      expect(gateway.requests[0]!.query.get("text")).to.equal("公交");
      const lines = out.trimEnd().split("\n");
      const publishers = [..."publisher,Harbour,深圳市交通运输局,x".split(",").entries()].map(([i, word]) =>
        widthOf(lines[i]!.slice(0, lines[i]!.lastIndexOf(word))),
      );
      expect(new Set(publishers).size, out).to.equal(1);
      for (const control of ["\u001b", "\u202e"]) expect(out).not.to.contain(control);
      expect(lines.at(-1)).to.equal("3 assets");
    });

    it("reads page after page up to the limit, and says how many there are", async () => {
      const page = (cursor: string | null) => (cursor === null ? 0 : Number(cursor));
      const gateway = await given({
        "GET /v1/assets": ({ query }) => ({
          body: {
            items: Array.from({ length: Number(query.get("limit")) }, () => summary("t", "p")),
            nextCursor: String(page(query.get("cursor")) + 1),
            count: 1_190,
            asOf: AS_OF,
          },
        }),
      });
      const { out } = await datadeed(["asset", "list", "--limit", "450", ...asking(gateway)]);
      expect(gateway.requests.map(({ query }) => query.get("limit"))).to.deep.equal(["200", "200", "50"]);
      expect(out).to.contain("450 assets of 1,190");
    });
  });

  describe("a gateway in trouble", () => {
    const show = (gateway: StandInGateway, ...more: string[]) =>
      datadeed(["asset", "show", ASSET, ...asking(gateway), ...more]);
    const asset = {
      asset: { assetId: ASSET, status: "active", descriptor: null, descriptorState: "pending" },
      asOf: AS_OF,
    };

    it("is asked again while it says that it is not ready, or hangs up", async () => {
      let asked = 0;
      const gateway = await given({
        "GET /v1/assets/*": () => {
          asked++;
          if (asked === 1) return problem("not-ready");
          return asked === 2 ? "hang up" : { body: asset };
        },
      });
      const { code, out } = await show(gateway);
      expect(code).to.equal(0);
      expect(out)
        .to.match(/status +active/)
        .and.to.match(/descriptorState +pending/);
    });

    const cases: [string, () => Promise<Outcome>, number, string][] = [
      [
        "refuses the key",
        async () => show(await given({ "GET /v1/assets/*": () => problem("not-authenticated") })),
        3,
        "not-authenticated",
      ],
      [
        "knows no such asset",
        async () => show(await given({ "GET /v1/assets/*": () => problem("asset-unknown") })),
        3,
        "asset-unknown",
      ],
      [
        "stays away",
        async () => show(await given({ "GET /v1/assets/*": () => problem("ledger-unavailable") })),
        4,
        "ledger-unavailable",
      ],
      [
        "is no gateway",
        async () => show(await given({ "GET /v1/assets/*": () => ({ status: 418, body: "tea" }) })),
        4,
        "is it a gateway?",
      ],
    ];
    for (const [what, run, code, sentence] of cases) {
      it(`ends with exit code ${code} where it ${what}, and says what to do`, async () => {
        const outcome = await run();
        expect(outcome.code).to.equal(code);
        expect(outcome.err)
          .to.contain(sentence)
          .and.to.match(/\n {2}do +\S/);
        expect(outcome.out).to.equal("");
      });
    }

    it("does not read an API key from a file that others can read", async () => {
      writeFileSync(at("open-key"), "dd_secret\n");
      chmodSync(at("open-key"), 0o644);
      const gateway = await given({});
      const { code, err } = await datadeed([
        "asset",
        "show",
        ASSET,
        "--gateway",
        gateway.url,
        "--api-key-file",
        at("open-key"),
      ]);
      expect(code).to.equal(5);
      expect(err).to.contain("key-exposed");
      expect(gateway.requests).to.have.length(0);
    });
  });

  describe("operation", () => {
    const states: [Record<string, unknown>, number][] = [
      [{}, 0],
      [
        {
          state: "rejected",
          refusal: { code: "region-halted", detail: "The region is halted", help: "Wait.", facts: {} },
        },
        1,
      ],
      [{ state: "broadcast", visible: false }, 6],
    ];
    for (const [over, code] of states) {
      it(`ends with exit code ${code} for one that is ${over.state ?? "final"}`, async () => {
        const gateway = await given({
          "GET /v1/operations/op_1": () => ({ body: { operation: operation(over), asOf: AS_OF } }),
        });
        const outcome = await datadeed(["operation", "op_1", ...asking(gateway)]);
        expect(outcome.code).to.equal(code);
        expect(outcome.out).to.contain(String(over.state ?? "final"));
      });
    }
  });

  describe("the launcher", () => {
    it("runs the program on its own Node.js, from anywhere, and passes on arguments, output and exit code", async () => {
      const launcher = join(import.meta.dirname, "../../src/cli/datadeed.mjs");
      const run = (...words: string[]) =>
        new Promise<Outcome>((resolve) => {
          execFile(process.execPath, [launcher, ...words], { cwd: folder }, (error, out, err) => {
            resolve({ code: error === null ? 0 : Number(error.code), out, err, json: () => JSON.parse(out) });
          });
        });
      expect((await run("--help")).out).to.contain("usage: datadeed <command>");
      expect((await run("asset", "show")).code).to.equal(2);
    });
  });

  describe("help", () => {
    it("lists every command, and each explains itself", async () => {
      const { out, code } = await datadeed(["--help"]);
      expect(code).to.equal(0);
      const names = [...out.matchAll(/^ {2}([a-z]+(?: [a-z]+)?) {2,}\S/gm)].map((match) => match[1]!);
      expect(names).to.include.members(["review", "asset show", "transfer", "operation", "audit"]);
      const helps = await Promise.all(names.map((name) => datadeed([...name.split(" "), "--help"])));
      for (const [index, help] of helps.entries()) {
        expect(help.code).to.equal(0);
        expect(help.out).to.contain(`usage: datadeed ${names[index]}`).and.to.contain("--json");
      }
    });

    it("names the commands that there are, for one that there is not", async () => {
      const { code, err } = await datadeed(["asset", "burn"]);
      expect(code).to.equal(2);
      expect(err).to.contain(
        "There is no command asset burn: there are asset list, asset show, asset history.",
      );
    });
  });
});
