import { expect } from "chai";
import { AbiCoder, concat, keccak256, solidityPackedKeccak256, toBeHex, ZeroHash } from "ethers";
import fc from "fast-check";
import { entryOf } from "../../src/domain/history.ts";
import type { AssetId, Hash } from "../../src/domain/ids.ts";
import {
  checkHistory,
  firstBadBlock,
  firstDifference,
  mappingSlotOf,
  type PlacedLog,
  replay,
} from "../../src/proofs/history.ts";

const ASSET = `0x${"a4".repeat(32)}` as AssetId;
const EMITTER = `0x${"1c".repeat(20)}`;

const hex = (bytes: number) =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((b) => `0x${Buffer.from(b).toString("hex")}`);
const anyData = fc.uint8Array({ maxLength: 200 }).map((b) => `0x${Buffer.from(b).toString("hex")}`);

/** A well-formed history: one log a place, places strictly increasing. */
const histories = fc
  .array(
    fc.record({
      selector: hex(32),
      extra: fc.array(hex(32), { maxLength: 2 }),
      data: anyData,
      gap: fc.nat(3),
    }),
    {
      minLength: 1,
      maxLength: 12,
    },
  )
  .map((parts) => {
    let block = 5;
    return parts.map(({ selector, extra, data, gap }, i): PlacedLog => {
      block += gap;
      return { address: EMITTER, topics: [selector, ASSET, ...extra], data, block, logIndex: i };
    });
  });

const claim = (logs: readonly PlacedLog[], head: Hash) => checkHistory({ assetId: ASSET, logs, head });

describe("proofs/history", () => {
  describe("entryOf", () => {
    it("is keccak256 of emitter, number of topics, topics and data, packed", () => {
      const topics = [`0x${"01".repeat(32)}`, ASSET, `0x${"02".repeat(32)}`];
      const expected = solidityPackedKeccak256(
        ["address", "uint8", "bytes32", "bytes32", "bytes32", "bytes"],
        [EMITTER, 3, ...topics, "0xbeef"],
      );
      expect(entryOf({ address: EMITTER, topics, data: "0xbeef" })).to.equal(expected);
    });

    it("is the same whatever the case of the letters", () => {
      const log = { address: EMITTER, topics: [ASSET], data: "0xab" };
      const shouting = { address: EMITTER.toUpperCase().replace("0X", "0x"), topics: [ASSET], data: "0xAB" };
      expect(entryOf(shouting)).to.equal(entryOf(log));
    });
  });

  describe("replay", () => {
    it("begins at zero and chains keccak256(head, entry)", () => {
      const log = { address: EMITTER, topics: [ASSET], data: "0x" };
      const once = keccak256(concat([ZeroHash, entryOf(log)]));
      expect(replay([])).to.equal(ZeroHash);
      expect(replay([log, log])).to.equal(keccak256(concat([once, entryOf(log)])));
    });
  });

  describe("checkHistory", () => {
    it("accepts any history at its own head", () => {
      fc.assert(
        fc.property(histories, (logs) => {
          expect(claim(logs, replay(logs))).to.deep.equal({ ok: true, entries: logs.length });
        }),
        { numRuns: 50 },
      );
    });

    it("refuses a list with any one entry dropped", () => {
      fc.assert(
        fc.property(histories, fc.nat(), (logs, at) => {
          const dropped = logs.toSpliced(at % logs.length, 1);
          expect(claim(dropped, replay(logs))).to.include({ ok: false, why: "head" });
        }),
        { numRuns: 50 },
      );
    });

    it("refuses a list with any one bit of a log changed", () => {
      fc.assert(
        fc.property(histories, fc.nat(), fc.nat(), (logs, at, bit) => {
          const log = logs[at % logs.length]!;
          const bytes = Buffer.from(`${log.topics[0]!.slice(2)}${log.data.slice(2)}`, "hex");
          bytes[(bit >> 3) % bytes.length]! ^= 1 << (bit & 7);
          const [topic, data] = [bytes.subarray(0, 32), bytes.subarray(32)].map(
            (part) => `0x${part.toString("hex")}`,
          );
          const altered = { ...log, topics: [topic!, ...log.topics.slice(1)], data: data! };
          expect(claim(logs.with(at % logs.length, altered), replay(logs))).to.include({
            ok: false,
            why: "head",
          });
        }),
        { numRuns: 50 },
      );
    });

    it("says where two entries are swapped, and refuses them as well when their places are swapped too", () => {
      const logs = [1, 2, 3].map(
        (i): PlacedLog => ({
          address: EMITTER,
          topics: [`0x${`0${i}`.repeat(32)}`, ASSET],
          data: "0x",
          block: i,
          logIndex: 0,
        }),
      );
      const [first, second, third] = logs as [PlacedLog, PlacedLog, PlacedLog];
      const head = replay(logs);
      expect(claim([first, third, second], head)).to.deep.equal({ ok: false, why: "order", where: 2 });
      const relabelled = [first, { ...third, block: 2 }, { ...second, block: 3 }];
      expect(claim(relabelled, head)).to.include({ ok: false, why: "head" });
    });

    it("refuses an entry given twice", () => {
      const log: PlacedLog = {
        address: EMITTER,
        topics: [ZeroHash, ASSET],
        data: "0x",
        block: 1,
        logIndex: 0,
      };
      expect(claim([log, log], replay([log, log]))).to.deep.equal({ ok: false, why: "order", where: 1 });
    });

    it("refuses a log about another asset", () => {
      const log: PlacedLog = {
        address: EMITTER,
        topics: [ZeroHash, ZeroHash],
        data: "0x",
        block: 1,
        logIndex: 0,
      };
      expect(claim([log], replay([log]))).to.deep.equal({ ok: false, why: "foreign", where: 0 });
    });
  });

  describe("firstBadBlock", () => {
    it("names the block of the first entry that is missing, with heads alone", async () => {
      await fc.assert(
        fc.asyncProperty(histories, fc.nat(), async (logs, at) => {
          const index = at % logs.length;
          const headAt = async (block: number) => replay(logs.filter((log) => log.block <= block));
          const last = logs.at(-1)!.block + 3;
          expect(await firstBadBlock(logs.toSpliced(index, 1), 0, last, headAt)).to.equal(logs[index]!.block);
          expect(await firstBadBlock(logs, 0, last, headAt)).to.equal(undefined);
        }),
        { numRuns: 50 },
      );
    });

    it("reads no more heads than a bisection needs", async () => {
      let reads = 0;
      const headAt = async () => {
        reads++;
        return `0x${"ff".repeat(32)}` as Hash;
      };
      expect(await firstBadBlock([], 0, 1_000_000, headAt)).to.equal(0);
      expect(reads).to.be.at.most(22);
    });
  });

  describe("firstDifference", () => {
    it("finds the first entry that two lists do not share", () => {
      fc.assert(
        fc.property(histories, fc.nat(), (logs, at) => {
          const index = at % logs.length;
          expect(firstDifference(logs, logs)).to.equal(undefined);
          expect(firstDifference(logs, logs.slice(0, index))).to.equal(index);
          expect(
            firstDifference(logs.with(index, { ...logs[index]!, data: `${logs[index]!.data}00` }), logs),
          ).to.equal(index);
        }),
        { numRuns: 30 },
      );
    });
  });

  it("mappingSlotOf knows the slot of a mapping's value, and no other", () => {
    const slot = keccak256(AbiCoder.defaultAbiCoder().encode(["bytes32", "uint256"], [ASSET, 7]));
    expect(mappingSlotOf(ASSET, slot)).to.equal(7);
    expect(mappingSlotOf(ASSET, toBeHex(7, 32))).to.equal(undefined);
  });
});
