import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { createMiner } from "../../scripts/ledger/miner.ts";

describe("createMiner", () => {
  const recording = (left: readonly number[] = []) => {
    const blocks: number[] = [];
    const mine = async (transactions: number) => {
      blocks.push(transactions);
      return left[blocks.length - 1] ?? 0;
    };
    return { blocks, mine };
  };

  it("mines at once, so that a ledger that rested has the time of day", async () => {
    const { blocks, mine } = recording();
    const miner = createMiner(mine);
    await miner.stop();
    expect(blocks).to.deep.equal([0]);
  });

  it("gathers what comes together", async () => {
    const { blocks, mine } = recording();
    const miner = createMiner(mine);
    for (let i = 0; i < 5; i++) miner.notice(1);
    await sleep(200);
    await miner.stop();
    expect(blocks).to.deep.equal([0, 5]);
  });

  it("mines what waits before it stops", async () => {
    const { blocks, mine } = recording();
    const miner = createMiner(mine);
    miner.notice(1);
    await miner.stop();
    expect(blocks).to.deep.equal([0, 1]);
  });

  it("mines again for what did not fit", async () => {
    const { blocks, mine } = recording([0, 2]);
    const miner = createMiner(mine);
    miner.notice(3);
    await sleep(400);
    await miner.stop();
    expect(blocks).to.deep.equal([0, 3, 2]);
  });

  it("gives no more than a block a second after a large one", async () => {
    const { blocks, mine } = recording();
    const miner = createMiner(mine);
    miner.notice(100);
    await sleep(150);
    miner.notice(1);
    await sleep(400);
    expect(blocks).to.deep.equal([0, 100]);
    await sleep(700);
    await miner.stop();
    expect(blocks).to.deep.equal([0, 100, 1]);
  });

  it("keeps what waits when mining fails", async () => {
    let calls = 0;
    const miner = createMiner(async () => {
      calls += 1;
      if (calls === 2) throw new Error("the node is gone");
      return 0;
    });
    miner.notice(1);
    await sleep(500);
    await miner.stop();
    expect(calls).to.equal(3);
  });
});
