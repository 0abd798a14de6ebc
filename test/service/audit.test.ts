import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { id as keccakOf } from "ethers";
import type { RawLog } from "../../src/cli/audit/reading.ts";
import { replay } from "../../src/proofs/history.ts";
import { datadeed } from "../helpers/cli.ts";
import {
  activeAsset,
  assetIdOf,
  bytes32,
  connection,
  contentOf,
  ethers,
  Right,
  signAct,
  type TwoRegions,
  twoRegions,
} from "../helpers/contracts.ts";
import { type Lie, type NodeServer, serveNode } from "../helpers/node-server.ts";

/** An asset with a history of four entries, each in a block of its own: registered, held, lifted, transferred. */
async function harbour(world: TwoRegions): Promise<string> {
  const { guangdong, registry } = world;
  const id = await activeAsset(world, guangdong, { holder: guangdong.firm.party }, "harbour");
  const freeze = guangdong.regulator.keys.freeze!;
  const fields = { assetId: "bytes32", caseNumber: "bytes32", ground: "bytes32" };
  const values = { assetId: id, caseNumber: bytes32("CN-GD/2026/17"), ground: keccakOf("a complaint") };
  for (const [nonce, act] of (["HoldAsset", "LiftHold"] as const).entries()) {
    const by = await signAct(registry, "Datadeed RightsRegistry", act, fields, values, freeze, {
      nonce: BigInt(nonce),
    });
    const send = act === "HoldAsset" ? registry.hold : registry.lift;
    await send(id, values.caseNumber, values.ground, by);
  }
  await registry.connect(guangdong.firm.keys.owner!).transferRight(id, Right.Use, guangdong.person.party);
  return id;
}

interface Answer {
  readonly verdict: string;
  readonly head: string;
  readonly entries: readonly { readonly event: string }[];
  readonly faults: readonly {
    readonly sentence: string;
    readonly node: string;
    readonly where?: { readonly entry?: number };
  }[];
}

describe("datadeed audit", () => {
  const folder = mkdtempSync(join(tmpdir(), "datadeed-audit-"));
  const file = join(folder, "deployment.json");
  const servers: NodeServer[] = [];
  let world: TwoRegions;
  let asset: string;

  before(async () => {
    world = await twoRegions();
    asset = await harbour(world);
    writeFileSync(file, JSON.stringify(await deploymentOf(world)));
  });
  afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));
  after(() => rmSync(folder, { recursive: true }));

  async function node(lie?: Lie): Promise<string> {
    const server = await serveNode(connection.provider, lie);
    servers.push(server);
    return server.url;
  }
  const auditOf = (rpc: readonly string[], ...more: string[]) =>
    datadeed(["audit", asset, ...rpc.flatMap((url) => ["--rpc", url]), "--deployment", file, ...more]);

  /** Alters the list that eth_getLogs answers; an audit asks once for all of so short a ledger. */
  const withLogs =
    (change: (logs: RawLog[]) => RawLog[]): Lie =>
    (method, result) =>
      method === "eth_getLogs" ? change(result as RawLog[]) : result;
  /** A node that keeps no state but the newest. */
  const forgetful =
    (lie: Lie): Lie =>
    (method, result, params) => {
      const tip = `0x${connectionTip.toString(16)}`;
      if (method === "eth_getStorageAt" && params[2] !== tip) throw new Error("state is not available");
      return lie(method, result, params);
    };
  /** A node of the oldest kind: it has no receipts of whole blocks. */
  const withoutReceipts =
    (lie: Lie): Lie =>
    (method, result, params) => {
      if (method === "eth_getBlockReceipts") throw new Error("the method does not exist");
      return lie(method, result, params);
    };
  let connectionTip = 0;
  beforeEach(async () => {
    connectionTip = await ethers.provider.getBlockNumber();
  });

  context("given an honest node", () => {
    it("proves the history and tells it, in words and as JSON", async () => {
      const url = await node();
      const { code, out, err } = await auditOf([url]);
      expect(err).to.equal("");
      expect(code).to.equal(0);
      expect(out).to.match(/PROVED {2}The 4 entries above are the whole history/);
      for (const event of ["AssetRegistered", "HoldPlaced", "HoldLifted", "RightTransferred"])
        expect(out).to.contain(event);
      expect(out).to.match(/caseNumber +CN-GD\/2026\/17/);
      expect(out).to.match(/right +use/);
      const answer = (await auditOf([url], "--json")).json<Answer>();
      expect(answer.verdict).to.equal("proved");
      expect(answer.head).to.equal(await world.registry.historyHeadOf(asset));
      expect(answer.entries.map(({ event }) => event)).to.deep.equal([
        "AssetRegistered",
        "HoldPlaced",
        "HoldLifted",
        "RightTransferred",
      ]);
    });

    it("proves what was the history at an earlier block", async () => {
      const answer = await auditOf([await node()], "--block", String(connectionTip - 1), "--json");
      expect(answer.code).to.equal(0);
      expect(answer.json<Answer>().entries).to.have.length(3);
    });

    it("says that an id is not registered", async () => {
      const unknown = assetIdOf(contentOf("nobody's"));
      const { code, out } = await datadeed(["audit", unknown, "--rpc", await node(), "--deployment", file]);
      expect(code).to.equal(1);
      expect(out).to.contain("NOT PROVED  No asset of this id is registered");
    });

    it("ignores, with a note, logs of this id by a contract that is none of the deployment's", async () => {
      const stranger = `0x${"5e".repeat(20)}`;
      const more = withLogs((logs) => [...logs, { ...logs.at(-1)!, address: stranger, logIndex: "0x9" }]);
      const { code, out } = await auditOf([await node(more)]);
      expect(code).to.equal(0);
      expect(out).to.contain(`Ignored: 1 log with this id by ${stranger}`);
    });

    it("asks in smaller ranges where the node finds a range too large", async () => {
      const short: Lie = (method, result, params) => {
        const { fromBlock, toBlock } = (params[0] ?? {}) as { fromBlock: string; toBlock: string };
        if (method === "eth_getLogs" && Number(toBlock) - Number(fromBlock) > 5) throw new Error("too wide");
        return result;
      };
      expect((await auditOf([await node(short)])).code).to.equal(0);
    });

    it("reads again where a block came between two questions to a node without old states", async () => {
      let asked = 0;
      const moving: Lie = (method, result) => {
        if (method === "eth_getStorageAt" && asked++ === 0) throw new Error("state is not available");
        return result;
      };
      expect((await auditOf([await node(moving)])).code).to.equal(0);
    });
  });

  context("given a node that spoils the log", () => {
    const swap = (list: RawLog[], a: number, b: number) => list.with(a, list[b]!).with(b, list[a]!);
    const place = (log: RawLog, like: RawLog) => ({
      ...log,
      blockNumber: like.blockNumber,
      blockHash: like.blockHash,
      logIndex: like.logIndex,
    });
    const flip = (data: string) => `${data.slice(0, -2)}${data.endsWith("00") ? "01" : "00"}`;
    const SPOILED: [string, (logs: RawLog[]) => RawLog[], number][] = [
      ["the first entry dropped", (logs) => logs.slice(1), 1],
      ["an entry in the middle dropped", (logs) => logs.toSpliced(1, 1), 2],
      ["the last entry dropped", (logs) => logs.slice(0, -1), 4],
      ["a byte of data changed", (logs) => logs.with(2, { ...logs[2]!, data: flip(logs[2]!.data) }), 3],
      [
        "a topic changed",
        (logs) => logs.with(3, { ...logs[3]!, topics: logs[3]!.topics.with(3, keccakOf("x")) }),
        4,
      ],
      ["two entries swapped", (logs) => swap(logs, 1, 2), 3],
      [
        "two entries swapped, each in the other's place",
        (logs) => logs.with(1, place(logs[2]!, logs[1]!)).with(2, place(logs[1]!, logs[2]!)),
        2,
      ],
      [
        "an entry invented",
        (logs) => [...logs, { ...logs[1]!, logIndex: "0x7", blockNumber: logs[3]!.blockNumber }],
        5,
      ],
    ];

    const NODES: [string, (lie: Lie) => Lie][] = [
      ["with old states and receipts", (lie) => lie],
      ["with old states", withoutReceipts],
      ["with receipts", forgetful],
    ];
    for (const [kind, as] of NODES) {
      for (const [what, change, entry] of SPOILED) {
        it(`${kind}, is not proved with ${what}, and says where`, async () => {
          const { code, out, json } = await auditOf([await node(as(withLogs(change)))], "--json");
          expect(code, out).to.equal(1);
          const { verdict, faults } = json<Answer>();
          expect(verdict).to.equal("not-proved");
          expect(faults[0]!.where?.entry, faults[0]!.sentence).to.equal(entry);
        });
      }
    }

    it("finds the place by a second node, where neither keeps more than it must", async () => {
      const lying = await node(withoutReceipts(forgetful(withLogs((logs) => logs.toSpliced(2, 1)))));
      const honest = await node(withoutReceipts(forgetful((_, result) => result)));
      const { code, json } = await auditOf([lying, honest], "--json");
      expect(code).to.equal(1);
      const { faults, entries } = json<Answer>();
      expect(faults[0]!.sentence).to.match(/entry 3 \(block \d+\) is missing/);
      expect(faults[0]!.node).to.equal(lying);
      expect(entries).to.have.length(4);
    });

    it("says that the place is unknown where there is nothing to tell it by", async () => {
      const { code, out } = await auditOf([
        await node(withoutReceipts(forgetful(withLogs((logs) => logs.slice(1))))),
      ]);
      expect(code).to.equal(1);
      expect(out).to.contain("NOT PROVED").and.to.contain("name a second node with --rpc");
    });

    it("prints the fault as a sentence", async () => {
      const { out } = await auditOf([await node(withLogs((logs) => logs.toSpliced(1, 1)))]);
      expect(out).to.match(
        /NOT PROVED {2}The 3 entries replay to 0x[0-9a-f]{64}; the ledger stores 0x[0-9a-f]{64}\. /,
      );
    });
  });

  context("given a node that lies about the ledger itself", () => {
    it("is not proved where a shortened log comes with a head to match, once a second node is asked", async () => {
      const short: Lie = (method, result) => {
        if (method === "eth_getLogs") return (result as RawLog[]).slice(0, -1);
        return method === "eth_getStorageAt" ? replay(kept) : result;
      };
      const logs = await ethers.provider.getLogs({ fromBlock: 0, topics: [null, asset] });
      const kept = logs.slice(0, -1);
      expect((await auditOf([await node(short)])).code, "one node alone is believed").to.equal(0);
      const { code, out } = await auditOf([await node(), await node(short)]);
      expect(code).to.equal(1);
      expect(out).to.contain("The nodes disagree: the head is");
    });

    it("is not proved with other code at a contract's address", async () => {
      const other: Lie = (method, result) =>
        method === "eth_getCode" ? `${(result as string).slice(0, -2)}ff` : result;
      const { code, out } = await auditOf([await node(other)]);
      expect(code).to.equal(1);
      expect(out).to.contain("The code of rightsRegistry at");
    });

    it("proves nothing by a node that answers nonsense", async () => {
      const broken = withLogs(([first]) => [{ ...first!, topics: "none" as never }]);
      const { code, err } = await auditOf([await node(broken)]);
      expect(code).to.equal(4);
      expect(err).to.contain("no log:");
    });

    it("is not proved on another chain", async () => {
      const other: Lie = (method, result) => (method === "eth_chainId" ? "0x2a" : result);
      const { code, out } = await auditOf([await node(other)]);
      expect(code).to.equal(1);
      expect(out).to.contain("chain id 42");
    });

    it("is not proved where the node names a slot that is not the head's", async () => {
      const other: Lie = (method, result) => (method === "eth_call" ? keccakOf("elsewhere") : result);
      const { code, out } = await auditOf([await node(other)]);
      expect(code).to.equal(1);
      expect(out).to.contain("no slot of a mapping by this asset id");
    });
  });

  context("given a command line or a machine that is not in order", () => {
    let unreachable: string;
    before(async () => {
      const gone = await serveNode(connection.provider);
      await gone.close();
      unreachable = gone.url;
    });
    const cases: [string, () => string[], number, string][] = [
      ["no node", () => ["audit", asset, "--deployment", file], 2, "needs --rpc <url>"],
      ["no deployment file", () => ["audit", asset, "--rpc", unreachable], 2, "needs --deployment <file>"],
      [
        "a file that is not there",
        () => ["audit", asset, "--rpc", unreachable, "--deployment", "nowhere.json"],
        5,
        "no such file",
      ],
      [
        "an id that is no hash",
        () => ["audit", "0x12", "--rpc", unreachable, "--deployment", file],
        2,
        "64 hex digits",
      ],
      [
        "a node that does not listen",
        () => ["audit", asset, "--rpc", unreachable, "--deployment", file],
        4,
        "ECONNREFUSED",
      ],
      [
        "an option that does not exist",
        () => ["audit", asset, "--node", unreachable],
        2,
        "Unknown option '--node'",
      ],
    ];
    for (const [what, words, code, sentence] of cases) {
      it(`says so in a sentence, with exit code ${code}: ${what}`, async () => {
        const outcome = await datadeed(words());
        expect(outcome.code).to.equal(code);
        expect(outcome.out).to.equal("");
        expect(outcome.err).to.contain(sentence);
        const json = await datadeed([...words(), "--json"]);
        expect(json.code).to.equal(code);
        expect(json.json().error.detail).to.contain(sentence);
      });
    }
  });
});

/** The deployment file of the fixture. */
async function deploymentOf({ manager, membership, supervision, policy, registry }: TwoRegions) {
  const contracts = {
    accessManager: manager,
    membership,
    supervision,
    transferPolicy: policy,
    rightsRegistry: registry,
  };
  const entries = Object.entries(contracts).map(async ([name, contract]) => {
    const address = await contract.getAddress();
    return [name, { address, codeHash: ethers.keccak256(await ethers.provider.getCode(address)) }];
  });
  const { chainId } = await ethers.provider.getNetwork();
  return {
    chainId: Number(chainId),
    deployBlock: 0,
    contracts: Object.fromEntries(await Promise.all(entries)),
  };
}
