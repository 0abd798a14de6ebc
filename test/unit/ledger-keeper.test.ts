import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { createKeeper } from "../../scripts/ledger/keeper.ts";

describe("createKeeper", () => {
  const INTERVAL = 40;

  it("writes after a change, and again only after another", async () => {
    let writes = 0;
    const keeper = createKeeper(
      INTERVAL,
      async () => {
        writes += 1;
      },
      () => {},
    );
    keeper.changed(true);
    keeper.changed(true);
    await sleep(INTERVAL * 3);
    expect(writes).to.equal(1);
    keeper.changed(true);
    await sleep(INTERVAL * 3);
    expect(writes).to.equal(2);
    await keeper.stop();
    expect(writes).to.equal(2);
  });

  it("leaves a block without transactions to the last write", async () => {
    let writes = 0;
    const keeper = createKeeper(
      INTERVAL,
      async () => {
        writes += 1;
      },
      () => {},
    );
    keeper.changed(false);
    await sleep(INTERVAL * 3);
    expect(writes).to.equal(0);
    await keeper.stop();
    expect(writes).to.equal(1);
  });

  it("writes at most a twentieth of the time", async () => {
    const begins: number[] = [];
    const write = async () => {
      begins.push(performance.now());
      await sleep(20);
    };
    const keeper = createKeeper(1, write, () => {});
    keeper.changed(true);
    await sleep(60);
    keeper.changed(true);
    await sleep(600);
    await keeper.stop();
    expect(begins).to.have.length(2);
    expect(begins[1]! - begins[0]!).to.be.at.least(400);
  });

  it("says why a write failed and tries again", async () => {
    let writes = 0;
    const said: string[] = [];
    const write = async () => {
      writes += 1;
      if (writes === 1) throw new Error("no space");
    };
    const keeper = createKeeper(INTERVAL, write, ({ message }) => said.push(message));
    keeper.changed(true);
    await sleep(INTERVAL * 5);
    expect(writes).to.equal(2);
    expect(said).to.deep.equal(["no space"]);
    await keeper.stop();
  });

  it("keeps at once when asked to", async () => {
    let writes = 0;
    const keeper = createKeeper(
      60_000,
      async () => {
        writes += 1;
      },
      () => {},
    );
    keeper.changed(true);
    await keeper.keep();
    expect(writes).to.equal(1);
    await keeper.keep();
    expect(writes).to.equal(1);
    await keeper.stop();
  });

  it("aborts a write that is old already when it stops, and writes the last state", async () => {
    const aborted: boolean[] = [];
    const write = async (signal: AbortSignal) => {
      await sleep(aborted.length === 0 ? 200 : 1);
      aborted.push(signal.aborted);
      signal.throwIfAborted();
    };
    const keeper = createKeeper(1, write, () => {});
    keeper.changed(true);
    await sleep(50);
    keeper.changed(true);
    await keeper.stop();
    expect(aborted).to.deep.equal([true, false]);
  });
});
