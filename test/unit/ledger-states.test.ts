import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { expect } from "chai";
import fc from "fast-check";
import { openStates } from "../../scripts/ledger/states.ts";
import { withoutTraces } from "../../scripts/ledger/without-traces.ts";
import type { DatadeedError } from "../../src/domain/errors.ts";

describe("States of the embedded ledger", () => {
  let folder: string;
  let node: Server;
  let answer: string;
  const forever = new AbortController().signal;
  const stateOf = (content: object) => `0x${gzipSync(JSON.stringify(content)).toString("hex")}`;
  const answering = (result: string) => JSON.stringify({ jsonrpc: "2.0", id: 1, result });
  const port = () => (node.address() as AddressInfo).port;
  const loaded = () =>
    openStates(folder).newest(
      async (file) => file && JSON.parse(readFileSync(file, "utf8")),
      () => {},
    );

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "datadeed-"));
    node = createServer((_, response) => response.end(answer));
    await new Promise<void>((resolve) => node.listen(0, "127.0.0.1", resolve));
  });

  afterEach(() => {
    node.close();
    rmSync(folder, { recursive: true });
  });

  it("gives back what the node gave", async () => {
    const content = { block: 7, accounts: { a: "b".repeat(100_000) } };
    answer = answering(stateOf(content));
    await openStates(folder).write(port(), forever);
    expect(await loaded()).to.deep.equal(content);
  });

  it("begins empty where there never was a state", async () => {
    expect(await loaded()).to.equal(undefined);
  });

  for (const [what, spoil] of Object.entries({
    "an answer that ends early": (whole: string) => whole.slice(0, -40),
    "a state with a changed byte": (whole: string) =>
      whole.replace(/(.{60}).(.{20})$/, "$1" + "0" + "$2").replace(/0"}$/, '1"}'),
    "an error": () => '{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"out of memory"}}',
  })) {
    it(`does not keep ${what}`, async () => {
      answer = spoil(answering(stateOf({ block: 7 })));
      const outcome = await openStates(folder)
        .write(port(), forever)
        .then(
          () => "kept",
          () => "refused",
        );
      expect(outcome).to.equal("refused");
      expect(await loaded()).to.equal(undefined);
    });
  }

  it("takes an older state where newer ones are damaged", async () => {
    writeFileSync(join(folder, "state-1.gz"), gzipSync('{"block":1}'));
    writeFileSync(join(folder, "state-2.gz"), gzipSync('{"block":2}').subarray(0, 20));
    writeFileSync(join(folder, "state-10.gz"), "");
    expect(await loaded()).to.deep.equal({ block: 1 });
  });

  it("does not begin anew where there are states and none loads", async () => {
    writeFileSync(join(folder, "state-1.gz"), "spoiled");
    const code = await loaded().catch((error: DatadeedError) => error.code);
    expect(code).to.equal("state-version");
    expect(readdirSync(folder)).to.deep.equal(["state-1.gz"]);
  });

  it("leaves out call traces and nothing else, wherever the pieces of a state end", async () => {
    const info = fc.record({
      hash: fc.string(),
      traces: fc.array(fc.record({ data: fc.string(), nested: fc.array(fc.nat()) })),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(info), fc.integer({ min: 1, max: 40 }), async (transactions, size) => {
        const whole = (keep: boolean) =>
          Buffer.from(
            JSON.stringify(
              transactions.map((each) => ({
                hash: each.hash,
                traces: keep ? each.traces : [],
                exit: "Stop",
              })),
            ),
          );
        const pieces: Buffer[] = [];
        for (let at = 0; at < whole(true).length; at += size)
          pieces.push(whole(true).subarray(at, at + size));
        expect((await buffer(Readable.from(pieces).pipe(withoutTraces()))).toString()).to.equal(
          whole(false).toString(),
        );
      }),
      { numRuns: 60 },
    );
  });
});
