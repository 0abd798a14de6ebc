import { expect } from "chai";
import { recoverSigner } from "../../src/domain/crypto.ts";
import { type Descriptor, descriptorHash, descriptorRoot } from "../../src/domain/descriptor.ts";
import { assetIdOf, type Hash, type PartyId } from "../../src/domain/ids.ts";
import type { Registration } from "../../src/domain/registration.ts";
import { registrationLeaf, reviewTree } from "../../src/domain/review-tree.ts";
import { digestOf, typedData } from "../../src/domain/typed-data.ts";
import { datadeed, startDatadeed } from "../helpers/cli.ts";
import { AS_OF, ASSET, cliBench, DOMAIN, inAnHour, RECEIVER, REGISTRAR } from "../helpers/cli-bench.ts";
import type { StandInGateway } from "../helpers/stand-in-gateway.ts";

describe("datadeed review", () => {
  const bench = cliBench();
  const { given, asking, signing } = bench;
  let signer: PartyId;
  before(async () => {
    signer = await bench.makeKey();
  });

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
