import { readdirSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import type { Rpc } from "../../src/ledger/rpc.ts";
import {
  isAlive,
  type LedgerProcess,
  launchLedger,
  minedIn,
  newAccount,
  nodePidOf,
  parentOf,
  temporaryFolder,
  until,
} from "../helpers/ledger.ts";

describe("Embedded ledger", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let running: LedgerProcess[];

  const start = async (...flags: string[]) => {
    const ledger = await launchLedger(folder.path, "--state-every", "0.2", ...flags);
    running.push(ledger);
    return ledger;
  };
  const states = () =>
    readdirSync(join(folder.path, "ledger"))
      .filter((name) => /^state-\d+\.gz$/.test(name))
      .sort((a, b) => Number(/\d+/.exec(b)) - Number(/\d+/.exec(a)))
      .map((name) => join(folder.path, "ledger", name));
  /** Until a state is kept that begins to be written from now on. */
  const keptAgain = async () => {
    const before = states()[0];
    await until(() => states()[0] !== before, "a newer state is kept");
  };

  beforeEach(() => {
    folder = temporaryFolder();
    running = [];
  });

  afterEach(async function () {
    for (const ledger of running) {
      if (this.currentTest?.isFailed()) console.error(ledger.said());
      ledger.signal("SIGKILL");
      await ledger.ended;
    }
    folder.remove();
  });

  /** Everything that gateways and auditors read of the past. */
  async function historyOf(rpc: Rpc, hashes: readonly string[]) {
    const tip = Number(await rpc.call("eth_blockNumber"));
    const blocks = Array.from({ length: tip + 1 }, (_, number) => `0x${number.toString(16)}`);
    return {
      blocks: await Promise.all(blocks.map((number) => rpc.call("eth_getBlockByNumber", number, true))),
      receipts: await Promise.all(blocks.map((number) => rpc.call("eth_getBlockReceipts", number))),
      single: await Promise.all(hashes.map((hash) => rpc.call("eth_getTransactionReceipt", hash))),
      logs: await rpc.call<unknown[]>("eth_getLogs", { fromBlock: "0x0", toBlock: "latest" }),
    };
  }

  async function withHistory(ledger: LedgerProcess) {
    const account = await newAccount(ledger.rpc);
    const hashes = [await account.send(ledger.rpc)];
    for (let i = 0; i < 3; i++) {
      hashes.push(await account.write(ledger.rpc, BigInt(i) << 128n, 50));
      await minedIn(ledger.rpc, hashes.at(-1)!);
    }
    return { account, hashes };
  }

  context("given it was stopped", () => {
    it("continues with every block, receipt and log, on the same chain id", async () => {
      const ledger = await start();
      const { hashes, account } = await withHistory(ledger);
      const before = await historyOf(ledger.rpc, hashes);
      const chainId = await ledger.rpc.call("eth_chainId");
      ledger.signal("SIGINT");
      expect(await ledger.ended).to.equal(0);

      const again = await start();
      expect(await again.rpc.call("eth_chainId")).to.equal(chainId);
      const after = await historyOf(again.rpc, hashes);
      const length = before.blocks.length;
      expect(after.logs).to.deep.equal(before.logs).and.to.have.length(150);
      expect(after.blocks.slice(0, length)).to.deep.equal(before.blocks);
      expect(after.receipts.slice(0, length)).to.deep.equal(before.receipts);
      expect(after.single).to.deep.equal(before.single);
      expect((await minedIn(again.rpc, await account.send(again.rpc))).status).to.equal("0x1");
    });

    it("goes on with the time of day", async () => {
      const ledger = await start();
      await withHistory(ledger);
      ledger.signal("SIGTERM");
      await ledger.ended;
      await sleep(2_000);

      const again = await start();
      const account = await newAccount(again.rpc);
      const { blockNumber } = await minedIn(again.rpc, await account.send(again.rpc));
      const { timestamp } = await again.rpc.call<{ timestamp: string }>(
        "eth_getBlockByNumber",
        blockNumber,
        false,
      );
      expect(Number(timestamp)).to.be.closeTo(Date.now() / 1_000, 2);
    });
  });

  context("given its process is killed", () => {
    it("leaves no node behind, and continues", async () => {
      const ledger = await start();
      const { hashes } = await withHistory(ledger);
      await keptAgain();
      const node = nodePidOf(folder.path);
      expect(isAlive(node)).to.equal(true);
      ledger.signal("SIGKILL");
      await until(() => !isAlive(node), "the node has ended");

      const again = await start();
      expect((await minedIn(again.rpc, hashes.at(-1)!)).status).to.equal("0x1");
    });
  });

  context("given its process and the node's warden are killed at once", () => {
    it("ends the orphan at the next start", async () => {
      const ledger = await start();
      const orphan = nodePidOf(folder.path);
      process.kill(parentOf(orphan), "SIGKILL");
      process.kill(ledger.pid, "SIGKILL");
      await ledger.ended;
      await start();
      expect(nodePidOf(folder.path)).not.to.equal(orphan);
      await until(() => !isAlive(orphan), "the orphan has ended");
    });
  });

  context("given it is killed at any moment of writing its states", () => {
    it("starts again, each time with all that the newest whole state holds", async () => {
      let height = 0;
      for (let round = 0; round < 5; round++) {
        const ledger = await launchLedger(folder.path, "--state-every", "0.001");
        running.push(ledger);
        const found = Number(await ledger.rpc.call("eth_blockNumber"));
        expect(found, ledger.said()).to.be.at.least(height);
        height = found;
        const account = await newAccount(ledger.rpc);
        await minedIn(ledger.rpc, await account.send(ledger.rpc));
        for (let i = 0; i < 20; i++) await account.write(ledger.rpc, BigInt(i) << 128n, 200);
        await sleep(100 + round * 60);
        ledger.signal("SIGKILL");
        await ledger.ended;
      }
      expect(height).to.be.greaterThan(1);
      expect((await start()).said()).not.to.contain("does not load");
    });
  });

  context("given its node is killed", () => {
    it("says so and starts it again from its newest state, behind the same address", async () => {
      const ledger = await start();
      const { hashes, account } = await withHistory(ledger);
      await keptAgain();
      const first = nodePidOf(folder.path);
      process.kill(first, "SIGKILL");
      await until(() => nodePidOf(folder.path) !== first, "another node runs");
      await until(
        () =>
          ledger.rpc.call("eth_blockNumber").then(
            () => true,
            () => false,
          ),
        "it answers again",
      );

      expect(ledger.said()).to.contain("ended unexpectedly");
      expect((await minedIn(ledger.rpc, hashes.at(-1)!)).status).to.equal("0x1");
      expect((await minedIn(ledger.rpc, await account.send(ledger.rpc))).status).to.equal("0x1");
    });
  });

  context("given its node does not stay", () => {
    it("gives up, says so, and leaves nothing running", async () => {
      const ledger = await start();
      for (let kills = 0; kills < 6; kills++) {
        await until(() => isAlive(nodePidOf(folder.path)), "a node runs");
        process.kill(nodePidOf(folder.path), "SIGKILL");
        await until(() => !isAlive(nodePidOf(folder.path)) || kills === 5, "it has ended");
        await until(() => isAlive(nodePidOf(folder.path)) || kills === 5, "another runs");
      }
      expect(await ledger.ended).to.equal(1);
      expect(ledger.said()).to.contain("6 times within a minute");
      expect(isAlive(nodePidOf(folder.path))).to.equal(false);
    });
  });

  context("given the newest state is cut short", () => {
    it("says so and takes the one before", async () => {
      const ledger = await start();
      const { hashes } = await withHistory(ledger);
      ledger.signal("SIGTERM");
      await ledger.ended;
      const second = await start();
      second.signal("SIGTERM");
      await second.ended;
      expect(states().length).to.be.greaterThan(1);
      truncateSync(states()[0]!, Math.floor(statSync(states()[0]!).size / 2));
      writeFileSync(join(folder.path, "ledger", "state-99.gz.tmp"), "half a sta");

      const again = await start();
      expect(again.said()).to.contain("does not load");
      expect((await minedIn(again.rpc, hashes.at(-1)!)).status).to.equal("0x1");
      expect(readdirSync(join(folder.path, "ledger"))).not.to.contain("state-99.gz.tmp");
    });
  });

  context("when states are written again and again", () => {
    it("keeps the newest three", async () => {
      const ledger = await start();
      const account = await newAccount(ledger.rpc);
      for (let i = 0; i < 5; i++) {
        await account.send(ledger.rpc);
        await keptAgain();
      }
      ledger.signal("SIGTERM");
      await ledger.ended;
      expect(states()).to.have.length(3);
    });
  });

  context("given another process holds the state", () => {
    it("refuses to start and names that process", async () => {
      const ledger = await start();
      const second = await start();
      expect(await second.ended).to.equal(1);
      expect(second.said()).to.contain(`Process ${ledger.pid} holds`);
    });
  });

  context("given the port is in use", () => {
    it("refuses to start and says which", async () => {
      const ledger = await start();
      const { port } = new URL(ledger.url);
      const other = temporaryFolder();
      const second = await launchLedger(other.path, "--port", port);
      expect(await second.ended).to.equal(1);
      expect(second.said())
        .to.match(/port is in use/)
        .and.to.contain(port);
      other.remove();
    });
  });

  context("given a state of another version", () => {
    it("refuses to start and leaves it as it is", async () => {
      const ledger = await start();
      ledger.signal("SIGTERM");
      await ledger.ended;
      const file = join(folder.path, "ledger", "version.json");
      writeFileSync(file, JSON.stringify({ version: 99, chainId: 5 }));
      const before = states();
      const second = await start();
      expect(await second.ended).to.equal(1);
      expect(second.said()).to.contain("version 99");
      expect(states()).to.deep.equal(before);
    });
  });
});

describe("Embedded ledger, from outside", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let ledger: LedgerProcess;

  before(async () => {
    folder = temporaryFolder();
    ledger = await launchLedger(folder.path);
  });

  after(async () => {
    ledger.signal("SIGTERM");
    await ledger.ended;
    folder.remove();
  });

  const post = async (body: string, type = "application/json") => {
    const response = await fetch(ledger.url, { method: "POST", headers: { "content-type": type }, body });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const ask = async (method: string, params: unknown[] = []) =>
    (await post(JSON.stringify({ jsonrpc: "2.0", id: 7, method, params }))).body;
  const CLOSED = -32601;
  const codeOf = (answer: Record<string, unknown>) => (answer.error as { code: number } | undefined)?.code;

  context("when a method of a shared ledger is called", () => {
    for (const method of ["eth_blockNumber", "net_version", "web3_clientVersion", "anvil_nodeInfo"]) {
      it(`answers ${method}`, async () => {
        expect(await ask(method)).to.have.property("result");
      });
    }
  });

  context("when a method that bends the rules is called", () => {
    const methods = [
      ...["evm_mine", "evm_setNextBlockTimestamp", "evm_revert", "anvil_setBalance", "anvil_dumpState"],
      ...["hardhat_impersonateAccount", "debug_traceTransaction", "txpool_content", "personal_sign"],
      ...[
        "eth_sendTransaction",
        "eth_sendUnsignedTransaction",
        "eth_sign",
        "eth_signTransaction",
        "Eth_call",
      ],
    ];
    for (const method of methods) {
      it(`refuses ${method}`, async () => {
        expect(codeOf(await ask(method))).to.equal(CLOSED);
      });
    }

    it("refuses it within a batch too, and does nothing of the batch", async () => {
      const calls = ["eth_blockNumber", "evm_mine"].map((method, id) => ({
        jsonrpc: "2.0",
        id,
        method,
        params: [],
      }));
      const { body } = await post(JSON.stringify(calls));
      expect(codeOf(body)).to.equal(CLOSED);
    });

    it("is not fooled by a method named twice or written with escapes", async () => {
      const before = await ask("eth_blockNumber");
      await post('{"jsonrpc":"2.0","id":1,"method":"evm_mine","params":[],"method":"eth_blockNumber"}');
      await post('{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber","params":[],"\\u006dethod":"evm_mine"}');
      expect(await ask("eth_blockNumber")).to.deep.equal(before);
    });
  });

  context("when a request is not JSON-RPC", () => {
    it("refuses what a foreign web page could send", async () => {
      const call = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_blockNumber", params: [] });
      expect((await post(call, "text/plain")).status).to.equal(415);
    });

    for (const body of ["", "{", "[]", "1", "[1]", "null"]) {
      it(`refuses ${JSON.stringify(body)}`, async () => {
        expect((await post(body)).status).to.equal(400);
      });
    }

    it("refuses more than 24 MiB", async () => {
      expect((await post(" ".repeat(24 * 1024 * 1024 + 1))).status).to.equal(413);
    });

    it("takes a batch of 16 MB", async () => {
      const call = { jsonrpc: "2.0", method: "web3_sha3", params: [`0x${"ab".repeat(1_000_000)}`] };
      const { body } = await post(JSON.stringify(Array.from({ length: 8 }, (_, id) => ({ ...call, id }))));
      expect(body).to.have.length(8);
    });
  });

  context("when a transaction comes alone", () => {
    it("is in a block within 200 ms", async () => {
      const account = await newAccount(ledger.rpc);
      for (let i = 0; i < 3; i++) {
        await sleep(1_200);
        const begun = performance.now();
        const hash = await account.send(ledger.rpc);
        while ((await ledger.rpc.call("eth_getTransactionReceipt", hash)) === null) await sleep(5);
        expect(performance.now() - begun).to.be.below(200);
      }
    });
  });

  context("when a transaction's sender does not wait for the answer", () => {
    it("is in a block all the same", async () => {
      const account = await newAccount(ledger.rpc);
      const params = [await account.sign()];
      const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_sendRawTransaction", params });
      const headers = { "content-type": "application/json", "content-length": body.length };
      const sent = request(ledger.url, { method: "POST", headers });
      sent.on("error", () => {});
      await new Promise<void>((resolve) => sent.end(body, resolve));
      await sleep(1);
      sent.destroy();
      const count = () => ledger.rpc.call("eth_getTransactionCount", account.address, "latest");
      await until(async () => Number(await count()) === 1, "the transaction is mined");
    });
  });

  context("when transactions come steadily", () => {
    it("mines at most a block a second, and all of them", async () => {
      const account = await newAccount(ledger.rpc);
      const height = async () => Number(await ledger.rpc.call("eth_blockNumber"));
      const hashes: string[] = [];
      const sendFor = async (ms: number) => {
        for (const end = performance.now() + ms; performance.now() < end; )
          hashes.push(await account.send(ledger.rpc));
      };
      // The first blocks of a burst may come sooner than a second apart.
      await sendFor(1_000);
      const before = await height();
      const begun = performance.now();
      await sendFor(4_000);
      expect(await height()).to.be.at.most(before + 1 + (performance.now() - begun) / 1_000);
      for (const hash of hashes) expect((await minedIn(ledger.rpc, hash)).status).to.equal("0x1");
    });
  });
});
