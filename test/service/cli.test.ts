import { execFile } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { Wallet } from "ethers";
import { widthOf } from "../../src/cli/text.ts";
import { addressOf, fromHex, recoverSigner } from "../../src/domain/crypto.ts";
import { type Descriptor, descriptorHash, descriptorRoot } from "../../src/domain/descriptor.ts";
import { assetIdOf, type Hash, type PartyId } from "../../src/domain/ids.ts";
import type { Registration } from "../../src/domain/registration.ts";
import { registrationLeaf, reviewTree } from "../../src/domain/review-tree.ts";
import { type Domain, digestOf, type TypedData, typedData } from "../../src/domain/typed-data.ts";
import { datadeed, type Outcome, startDatadeed } from "../helpers/cli.ts";
import { problem, type Routes, type StandInGateway, standInGateway } from "../helpers/stand-in-gateway.ts";

const ASSET = `0x${"a4".repeat(32)}` as Hash;
const RECEIVER = `0x${"be".repeat(20)}` as PartyId;
const REGISTRAR = `0x${"e7".repeat(20)}` as PartyId;
const AS_OF = { block: 12, hash: `0x${"0b".repeat(32)}`, timestamp: "2026-02-03T04:05:06.000Z" };
const DOMAIN: Domain = {
  name: "Datadeed RightsRegistry",
  version: "1",
  chainId: 4242,
  verifyingContract: `0x${"c0".repeat(20)}`,
};

const inAnHour = () => Math.floor(Date.now() / 1000) + 3_600;

function operation(over: Record<string, unknown> = {}) {
  return {
    id: "op_1",
    kind: "relay-act",
    act: "TransferRight",
    state: "final",
    assetId: ASSET,
    transactionHash: `0x${"7a".repeat(32)}`,
    block: { number: 12, hash: AS_OF.hash },
    visible: true,
    alreadyDone: false,
    acceptedAt: "2026-02-03T04:05:00.000Z",
    updatedAt: "2026-02-03T04:05:06.000Z",
    ...over,
  };
}

describe("datadeed, a client of the gateway", () => {
  const folder = mkdtempSync(join(tmpdir(), "datadeed-cli-"));
  const at = (name: string) => join(folder, name);
  const gateways: StandInGateway[] = [];
  let signer: PartyId;

  before(async () => {
    const made = await datadeed([
      "keystore",
      "new",
      at("key.json"),
      "--password-file",
      at("password"),
      "--json",
    ]);
    signer = made.json<{ address: PartyId }>().address;
    writeFileSync(at("api-key"), "dd_secret\n", { mode: 0o600 });
  });
  afterEach(() => Promise.all(gateways.splice(0).map((gateway) => gateway.close())));
  after(() => rmSync(folder, { recursive: true }));

  async function given(routes: Routes): Promise<StandInGateway> {
    const gateway = await standInGateway(routes);
    gateways.push(gateway);
    return gateway;
  }
  const asking = (gateway: { url: string }) => ["--gateway", gateway.url, "--api-key-file", at("api-key")];
  const signing = () => ["--key", at("key.json"), "--password-file", at("password")];

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

  describe("transfer", () => {
    const path = `/v1/assets/${ASSET}/rights/use/transfers`;
    const proposal = () =>
      typedData(DOMAIN, "TransferRight", {
        assetId: ASSET,
        right: 2,
        to: RECEIVER,
        nonce: 2n ** 200n,
        deadline: inAnHour(),
      });
    const transferring = (gateway: StandInGateway, ...more: string[]) =>
      datadeed(["transfer", ASSET, "use", "--to", RECEIVER, ...asking(gateway), ...signing(), ...more]);
    /** A gateway that proposes what `spoil` makes of the right typed data. */
    const proposing = (spoil: (data: TypedData) => unknown = (data) => data) =>
      given({
        [`POST ${path}`]: ({ body }) =>
          body.authorization === undefined
            ? { body: { typedData: spoil(proposal()) } }
            : {
                status: 202,
                body: { operation: operation({ state: "accepted", block: undefined, visible: false }) },
              },
        "GET /v1/operations/op_1": () => ({ body: { operation: operation(), asOf: AS_OF } }),
      });

    it("signs what it asked for, shows it, sends it and waits for its end", async () => {
      const gateway = await proposing();
      const { code, out, err } = await transferring(gateway);
      expect(code, err).to.equal(0);
      expect(err).to.contain("Signing TransferRight").and.to.contain(RECEIVER).and.to.contain("chain 4242");
      expect(out).to.match(/state +final/);
      const { to, authorization } = gateway.requests[1]!.body;
      expect(to).to.equal(RECEIVER);
      expect(authorization.signer).to.equal(signer);
      const values = {
        assetId: ASSET,
        right: 2,
        to: RECEIVER,
        nonce: authorization.nonce,
        deadline: authorization.deadline,
      };
      expect(recoverSigner(digestOf(DOMAIN, "TransferRight", values), authorization.signature)).to.equal(
        signer,
      );
      expect(authorization.nonce).to.equal((2n ** 200n).toString());
    });

    it("sends the API key as a bearer, and an idempotency key with every POST", async () => {
      const gateway = await proposing();
      await transferring(gateway);
      for (const { headers, method } of gateway.requests) {
        expect(headers.authorization).to.equal("Bearer dd_secret");
        if (method === "POST") expect(headers["idempotency-key"]).to.match(/^[\x21-\x7e]{1,255}$/);
      }
      const keys = gateway.requests.slice(0, 2).map(({ headers }) => headers["idempotency-key"]);
      expect(new Set(keys).size).to.equal(2);
    });

    const withMessage = (over: object) => (data: TypedData) => ({
      ...data,
      message: { ...data.message, ...over },
    });
    const withDomain = (over: object) => (data: TypedData) => ({
      ...data,
      domain: { ...data.domain, ...over },
    });
    const SPOILED: [string, (data: TypedData) => unknown, RegExp][] = [
      ["another receiver", withMessage({ to: REGISTRAR }), /its to is/],
      ["another asset", withMessage({ assetId: `0x${"c4".repeat(32)}` }), /its assetId is/],
      ["another right", withMessage({ right: 3 }), /its right is 3/],
      ["a deadline in ten years", withMessage({ deadline: inAnHour() + 10 * 365 * 86_400 }), /deadline/],
      ["a deadline that is over", withMessage({ deadline: 1_000 }), /deadline/],
      ["no nonce", withMessage({ nonce: undefined }), /nonce/],
      [
        "another act",
        (data) => ({ ...data, primaryType: "RetireAsset" }),
        /RetireAsset, not a TransferRight/,
      ],
      ["another contract's domain", withDomain({ name: "Datadeed Membership" }), /domain/],
      ["another version of the contract", withDomain({ version: "2" }), /domain/],
      [
        "other fields",
        (data) => ({ ...data, types: { ...data.types, TransferRight: data.types.TransferRight!.slice(1) } }),
        /fields of its TransferRight/,
      ],
    ];
    for (const [what, spoil, sentence] of SPOILED) {
      it(`signs nothing where the gateway proposes ${what}`, async () => {
        const gateway = await proposing(spoil);
        const { code, err } = await transferring(gateway);
        expect(code).to.equal(3);
        expect(err).to.match(sentence).and.to.contain("answer-untrusted");
        expect(gateway.requests).to.have.length(1);
      });
    }

    it("signs for the deployment file's ledger alone, where one is given", async () => {
      const contract = { address: DOMAIN.verifyingContract, codeHash: `0x${"00".repeat(32)}` };
      const names = ["accessManager", "membership", "supervision", "transferPolicy", "rightsRegistry"];
      const deployment = {
        chainId: DOMAIN.chainId,
        deployBlock: 0,
        contracts: Object.fromEntries(names.map((name) => [name, contract])),
      };
      writeFileSync(at("deployment.json"), JSON.stringify(deployment));
      writeFileSync(at("elsewhere.json"), JSON.stringify({ ...deployment, chainId: 1 }));
      expect((await transferring(await proposing(), "--deployment", at("deployment.json"))).code).to.equal(0);
      const { code, err } = await transferring(await proposing(), "--deployment", at("elsewhere.json"));
      expect(code).to.equal(3);
      expect(err).to.contain("it is for chain 4242");
    });

    it("tells why the ledger refused, with exit code 1", async () => {
      const {
        code: reason,
        title,
        detail,
        help,
        facts,
        retryable,
      } = problem("not-holder", { party: signer }).body as never;
      const refusal = { code: reason, title, detail, help, facts, retryable };
      const gateway = await given({
        [`POST ${path}`]: ({ body }) =>
          body.authorization === undefined
            ? { body: { typedData: proposal() } }
            : { status: 202, body: { operation: operation({ state: "rejected", refusal }) } },
      });
      const { code, out } = await transferring(gateway);
      expect(code).to.equal(1);
      expect(out)
        .to.contain("rejected: The party does not hold the right")
        .and.to.contain("not-holder")
        .and.to.contain(signer);
    });

    it("does not sign with a keystore that others can read", async () => {
      writeFileSync(at("open.json"), readFileSync(at("key.json")));
      chmodSync(at("open.json"), 0o640);
      const words = [
        "transfer",
        ASSET,
        "use",
        "--to",
        RECEIVER,
        "--key",
        at("open.json"),
        "--password-file",
        at("password"),
      ];
      const { code, err } = await datadeed([...words, ...asking(await proposing())]);
      expect(code).to.equal(5);
      expect(err).to.contain("key-exposed").and.to.contain("chmod 600");
    });
  });

  describe("review", () => {
    const descriptorOf = (title: string): Descriptor => ({
      identifier: title,
      title,
      publisher: { name: "City of Harbour" },
    });
    function item(
      operationId: string,
      over: Partial<Registration> = {},
      descriptor = descriptorOf(operationId),
    ) {
      const registration: Registration = {
        contentRoot: descriptorRoot(descriptor),
        descriptorHash: descriptorHash(descriptor),
        holder: RECEIVER,
        kind: "descriptor",
        rights: ["hold", "use", "operate"],
        class: "public",
        flags: [],
        theme: 0,
        prohibitedUses: 0,
        persons: 0,
        sensitivePersons: 0,
        upstreamRate: 0,
        maxUpstreamTotal: 0,
        parents: [],
        ...over,
      };
      const assetId = assetIdOf(registration.contentRoot);
      return { operationId, assetId, leaf: registrationLeaf(registration), registration, descriptor };
    }
    type Item = ReturnType<typeof item>;

    /** @param away So many questions are not answered at first. */
    function reviewing(
      items: readonly Item[],
      root = reviewTree(items.map(({ leaf }) => leaf)).root,
      away = 0,
      deadline = inAnHour(),
    ) {
      let asked = 0;
      const message = { registrar: REGISTRAR, deadline, root };
      let open = [...items];
      return given({
        "GET /v1/reviews": () =>
          asked++ < away
            ? "hang up"
            : { body: { items: open, typedData: typedData(DOMAIN, "Review", message), root, asOf: AS_OF } },
        "POST /v1/reviews": ({ body }) => {
          const done: string[] = body.operationIds ?? [body.operationId];
          open = open.filter(({ operationId }) => !done.includes(operationId));
          return { status: 202, body: { operations: [] } };
        },
      });
    }
    const sent = (gateway: StandInGateway) =>
      gateway.requests.filter(({ method }) => method === "POST").map(({ body }) => body);

    function expectSigned(items: readonly Item[], body: Record<string, unknown>) {
      const { root } = reviewTree(items.map(({ registration }) => registrationLeaf(registration)));
      const digest = digestOf(DOMAIN, "Review", { registrar: REGISTRAR, deadline: body.deadline, root });
      expect(body.operationIds).to.deep.equal(items.map(({ operationId }) => operationId));
      expect(body.reviewer).to.equal(signer);
      expect(recoverSigner(digest, body.signature as string)).to.equal(signer);
    }

    it("lists what waits, without a key", async () => {
      const gateway = await reviewing([item("op_a"), item("op_b", { persons: 3 })]);
      const { code, out } = await datadeed(["review", ...asking(gateway)]);
      expect(code).to.equal(0);
      expect(out).to.contain("op_a").and.to.contain("2 items waiting for review");
      expect(out).to.contain("op_b: persons must be given for personal data");
      expect(sent(gateway)).to.deep.equal([]);
    });

    it("signs the root of the registrations shown, whatever root the gateway names", async () => {
      const items = [item("op_a"), item("op_b"), item("op_c")];
      const gateway = await reviewing(items, `0x${"66".repeat(32)}` as Hash);
      const { code, out, err } = await datadeed(["review", ...asking(gateway), ...signing()]);
      expect(code, err).to.equal(0);
      expect(out).to.contain("3 items reviewed and signed");
      expectSigned(items, sent(gateway)[0]);
    });

    const DOUBTFUL: [string, Item, string][] = [
      [
        "a descriptor that is not the one committed to",
        { ...item("op_x"), descriptor: descriptorOf("another") },
        "descriptor",
      ],
      ["a leaf of another registration", { ...item("op_x"), leaf: item("op_y").leaf }, "leaf"],
      ["an asset id of other content", { ...item("op_x"), assetId: item("op_y").assetId }, "assetId"],
      ["a content root that is not the descriptor's", item("op_x", { contentRoot: ASSET }), "content.root"],
      ["no title", item("op_x", {}, descriptorOf(" ")), "descriptor.title"],
      ["persons without personal data", item("op_x", { persons: 2 }), "persons"],
      [
        "more sensitive persons than persons",
        item("op_x", { flags: ["personal", "sensitive"], persons: 1, sensitivePersons: 2 }),
        "sensitivePersons",
      ],
    ];
    for (const [what, doubtful, field] of DOUBTFUL) {
      it(`returns an item with ${what}, and signs the rest`, async () => {
        const sound = [item("op_a"), item("op_b")];
        const gateway = await reviewing([sound[0]!, doubtful, sound[1]!]);
        const { code, out } = await datadeed(["review", ...asking(gateway), ...signing()]);
        expect(code).to.equal(1);
        expect(out).to.contain(`Returned op_x: ${field} `);
        const [returned, signed] = sent(gateway);
        expect(returned).to.have.nested.property("returned.field", field);
        expectSigned(sound, signed);
      });
    }

    it("signs for the registrar named, and no other", async () => {
      const gateway = await reviewing([item("op_a")]);
      const { code, err } = await datadeed([
        "review",
        ...asking(gateway),
        ...signing(),
        "--registrar",
        RECEIVER,
      ]);
      expect(code).to.equal(3);
      expect(err).to.contain(`it is for registrar ${REGISTRAR}`);
      expect(sent(gateway)).to.deep.equal([]);
    });

    it("signs nothing that is good for longer than two days", async () => {
      const gateway = await reviewing([item("op_a")], undefined, 0, inAnHour() + 3 * 86_400);
      const { code, err } = await datadeed(["review", ...asking(gateway), ...signing()]);
      expect(code).to.equal(3);
      expect(err).to.contain("not within two days");
      expect(sent(gateway)).to.deep.equal([]);
    });

    it("returns one item for correction", async () => {
      const gateway = await reviewing([item("op_a")]);
      const words = [
        "--return",
        "op_a",
        "--field",
        "descriptor.license",
        "--reason",
        "must be a licence that exists",
      ];
      expect((await datadeed(["review", ...asking(gateway), ...words])).code).to.equal(0);
      expect(sent(gateway)).to.deep.equal([
        {
          operationId: "op_a",
          returned: { field: "descriptor.license", reason: "must be a licence that exists" },
        },
      ]);
    });

    it("goes on with --watch, over a gateway that is away for a moment, until it is told to stop", async () => {
      const items = [item("op_a")];
      const gateway = await reviewing(items, undefined, 2);
      const watching = startDatadeed([
        "review",
        "--watch",
        "--interval",
        "1",
        ...asking(gateway),
        ...signing(),
      ]);
      await watching.said(/1 item reviewed/);
      watching.kill("SIGTERM");
      expect((await watching.ended).code).to.equal(0);
      expectSigned(items, sent(gateway)[0]);
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
