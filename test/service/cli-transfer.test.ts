import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { expect } from "chai";
import { recoverSigner } from "../../src/domain/crypto.ts";
import type { PartyId } from "../../src/domain/ids.ts";
import { digestOf, type TypedData, typedData } from "../../src/domain/typed-data.ts";
import { datadeed } from "../helpers/cli.ts";
import {
  AS_OF,
  ASSET,
  cliBench,
  DOMAIN,
  inAnHour,
  operation,
  RECEIVER,
  REGISTRAR,
} from "../helpers/cli-bench.ts";
import { problem, type StandInGateway } from "../helpers/stand-in-gateway.ts";

describe("datadeed transfer", () => {
  const bench = cliBench();
  const { at, given, asking, signing } = bench;
  let signer: PartyId;
  before(async () => {
    signer = await bench.makeKey();
  });

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
    ["another act", (data) => ({ ...data, primaryType: "RetireAsset" }), /RetireAsset, not a TransferRight/],
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
