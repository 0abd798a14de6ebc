import { expect } from "chai";
import fc from "fast-check";
import { type RawLog, readAll, type Subject } from "../../src/cli/audit/reading.ts";
import { faultsOf } from "../../src/cli/audit/verdict.ts";
import { type Node, RpcError } from "../../src/cli/rpc.ts";
import { fromHex, keccak256, keccakHex, toHex } from "../../src/domain/crypto.ts";
import type { Deployment } from "../../src/domain/deployment.ts";
import { type AssetId, type Hash, ZERO_HASH } from "../../src/domain/ids.ts";
import { replay } from "../../src/proofs/history.ts";

const ASSET = `0x${"a4".repeat(32)}` as AssetId;
const SLOT = toHex(keccak256(Buffer.concat([fromHex(ASSET), Buffer.alloc(32, 0)])));
const CODE = "0x60";
const TIP = 40;
const names = ["accessManager", "membership", "supervision", "transferPolicy", "rightsRegistry"] as const;
const DEPLOYMENT = {
  chainId: 7,
  deployBlock: 3,
  contracts: Object.fromEntries(
    names.map((name, i) => [
      name,
      { address: `0x${`0${i + 1}`.repeat(20)}`, codeHash: keccakHex(fromHex(CODE)) },
    ]),
  ),
} as unknown as Deployment;
const SUBJECT: Subject = { assetId: ASSET, deployment: DEPLOYMENT };
const REGISTRY = DEPLOYMENT.contracts.rightsRegistry.address;

const hashOf = (number: number) => `0x${number.toString(16).padStart(64, "0")}` as Hash;
const quantity = (number: number) => `0x${number.toString(16)}`;

/** A history of distinct entries; several may share a block. */
const histories = fc.array(fc.integer({ min: 3, max: TIP }), { minLength: 1, maxLength: 9 }).map((blocks) =>
  blocks
    .sort((a, b) => a - b)
    .map(
      (block, i): RawLog => ({
        address: REGISTRY,
        topics: [hashOf(1_000 + i), ASSET],
        data: "0x",
        blockNumber: quantity(block),
        blockHash: hashOf(block),
        // Between any two there is room for one that somebody invents.
        logIndex: quantity(2 * i),
        transactionHash: hashOf(5_000 + i),
      }),
    ),
);

type Spoil = (logs: readonly RawLog[], at: number) => RawLog[];
const inPlaceOf = ({ blockNumber, blockHash, logIndex }: RawLog) => ({ blockNumber, blockHash, logIndex });
const SPOILS: Readonly<Record<string, Spoil>> = {
  dropped: (logs, at) => logs.toSpliced(at, 1),
  altered: (logs, at) => logs.with(at, { ...logs[at]!, data: "0x01" }),
  swapped: (logs, at) => {
    const other = (at + 1) % logs.length;
    const [a, b] = [logs[at]!, logs[other]!];
    return logs.with(at, { ...b, ...inPlaceOf(a) }).with(other, { ...a, ...inPlaceOf(b) });
  },
  invented: (logs, at) =>
    logs.toSpliced(at + 1, 0, {
      ...logs[at]!,
      topics: [hashOf(9), ASSET],
      logIndex: quantity(2 * at + 1),
    }),
};

interface Keeps {
  readonly states: boolean;
  readonly receipts: boolean;
}

/** A node of this ledger that answers `shown` for its logs. */
function nodeOf(truth: readonly RawLog[], shown: readonly RawLog[], keeps: Keeps): Node {
  const upTo = (block: number) => truth.filter(({ blockNumber }) => Number(blockNumber) <= block);
  const lacks = (what: string) => new RpcError(what, { code: -32000, message: "not available" });
  const answer = (method: string, params: readonly unknown[]): unknown => {
    switch (method) {
      case "eth_blockNumber":
        return quantity(TIP);
      case "eth_chainId":
        return quantity(DEPLOYMENT.chainId);
      case "eth_getCode":
        return CODE;
      case "eth_call":
        return SLOT;
      case "eth_getBlockByNumber":
        return { hash: hashOf(Number(params[0])), timestamp: "0x1" };
      case "eth_getLogs":
        return shown;
      case "eth_getStorageAt":
        if (!keeps.states && Number(params[2]) !== TIP) throw lacks(method);
        return replay(upTo(Number(params[2])));
      case "eth_getBlockReceipts":
        if (!keeps.receipts) throw lacks(method);
        return [{ logs: truth.filter(({ blockNumber }) => Number(blockNumber) === Number(params[0])) }];
      default:
        throw new Error(`an auditor asks for ${method}`);
    }
  };
  return {
    url: "http://node",
    call: async <T>(method: string, params: readonly unknown[]) => answer(method, params) as T,
  };
}

const faults = async (...nodes: Node[]) => faultsOf(await readAll(nodes, SUBJECT), SUBJECT);
const kept = fc.record({ states: fc.boolean(), receipts: fc.boolean() });

describe("cli/audit", () => {
  it("finds no fault in any history that is shown as it is", async () => {
    await fc.assert(
      fc.asyncProperty(histories, kept, async (truth, keeps) => {
        expect(await faults(nodeOf(truth, truth, keeps))).to.deep.equal([]);
      }),
      { numRuns: 60 },
    );
  });

  for (const [what, spoil] of Object.entries(SPOILS)) {
    it(`finds the first entry that is ${what}, with whatever the node keeps`, async () => {
      await fc.assert(
        fc.asyncProperty(histories, fc.nat(), kept, async (truth, pick, keeps) => {
          const at = pick % truth.length;
          const shown = spoil(truth, at);
          fc.pre(replay(shown) !== replay(truth));
          const [fault, ...more] = await faults(nodeOf(truth, shown, keeps));
          expect(more).to.deep.equal([]);
          const firstBad = shown.findIndex(
            (log, i) => log.topics[0] !== truth[i]?.topics[0] || log.data !== truth[i]?.data,
          );
          const expected = (firstBad < 0 ? shown.length : firstBad) + 1;
          if (keeps.receipts) expect(fault!.where?.entry, fault!.sentence).to.equal(expected);
          // Heads of blocks alone tell the block, and its first entry.
          else if (keeps.states) expect(fault!.where!.entry!, fault!.sentence).to.be.at.most(expected);
          else expect(fault!.sentence).to.contain("name a second node");
        }),
        { numRuns: 120 },
      );
    });

    it(`finds the first entry that is ${what}, by an honest second node`, async () => {
      await fc.assert(
        fc.asyncProperty(histories, fc.nat(), async (truth, pick) => {
          const shown = spoil(truth, pick % truth.length);
          fc.pre(replay(shown) !== replay(truth));
          const nothing = { states: false, receipts: false };
          const [fault, ...more] = await faults(nodeOf(truth, truth, nothing), nodeOf(truth, shown, nothing));
          expect(more).to.deep.equal([]);
          const firstBad = shown.findIndex(
            (log, i) => log.topics[0] !== truth[i]?.topics[0] || log.data !== truth[i]?.data,
          );
          expect(fault!.where?.entry, fault!.sentence).to.equal((firstBad < 0 ? shown.length : firstBad) + 1);
        }),
        { numRuns: 60 },
      );
    });
  }

  it("says of an id without head and entries that it is not registered", async () => {
    const [fault] = await faults(nodeOf([], [], { states: true, receipts: true }));
    expect(fault!.sentence).to.contain("No asset of this id is registered");
    expect(replay([])).to.equal(ZERO_HASH);
  });
});
