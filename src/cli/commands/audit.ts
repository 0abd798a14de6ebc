import { parseAssetId } from "../../domain/ids.ts";
import { type Reading, readAll, type Subject } from "../audit/reading.ts";
import { momentsOf, sayMoments } from "../audit/timeline.ts";
import { type Fault, faultsOf } from "../audit/verdict.ts";
import type { Call, Command } from "../command.ts";
import { readDeployment } from "../deployment-file.ts";
import { EXIT, usage } from "../failure.ts";
import { nodeAt } from "../rpc.ts";
import { counted, instant, table } from "../text.ts";

export const audit: Command = {
  name: "audit",
  summary: "Proves from the ledger alone that an asset's history is complete and untouched",
  parameters: [{ name: "assetId", about: "the asset, 0x and 64 hex digits" }],
  options: {
    rpc: { value: "url", repeated: true, about: "a node of the ledger; several must agree" },
    deployment: {
      value: "file",
      about: "the deployment file: chain id, addresses and code hashes to compare",
    },
    block: { value: "number", about: "the block to audit at; the newest that all nodes have, if absent" },
  },
  notes: [
    "No gateway is asked. The entries are replayed from raw logs and must lead to the head that the ledger stores;\n" +
      "names and facts are decoded for reading only. A node that invents a whole ledger is caught by a second node.",
    "Exit code: 0 proved, 1 not proved.",
  ],
  run,
};

async function run(call: Call): Promise<number> {
  const urls = call.all("rpc");
  if (urls.length === 0) throw usage("datadeed audit needs --rpc <url>: a node of the ledger.", "rpc");
  const subject: Subject = {
    assetId: parseAssetId(call.parameter("assetId"), "assetId"),
    deployment: readDeployment(call.required("deployment")),
  };
  const readings = await readAll(urls.map(nodeAt), subject, call.integer("block"));
  const faults = await faultsOf(readings, subject);
  // The timeline is the first sound node's; where none is, the first one's, as a help to see what is wrong.
  const shown = readings.find(({ node }) => !faults.some((fault) => fault.node === node.url)) ?? readings[0]!;
  const moments = await momentsOf(shown.node, subject.deployment, shown.entries);
  const proved = faults.length === 0;
  const { assetId } = subject;
  call.show(
    {
      assetId,
      verdict: proved ? "proved" : "not-proved",
      faults,
      ledger: { chainId: shown.chainId, block: { ...shown.block, time: instant(shown.block.timestamp) } },
      nodes: readings.map(({ node }) => node.url),
      head: shown.head,
      entries: moments,
      ignored: shown.strangers,
    },
    [heading(subject, readings, shown), sayMoments(moments), sayStrangers(shown), sayVerdict(faults, shown)]
      .filter((part) => part !== "")
      .join("\n"),
  );
  return proved ? EXIT.ok : EXIT.no;
}

function heading(
  { assetId, deployment }: Subject,
  readings: readonly Reading[],
  { block, chainId }: Reading,
): string {
  return `${table([
    ["asset", assetId],
    ["ledger", `chain ${chainId}, block ${block.number} ${block.hash}, ${instant(block.timestamp)}`],
    ["registry", deployment.contracts.rightsRegistry.address],
    ["asked", readings.map(({ node }) => node.url).join(", ")],
  ])}\n`;
}

function sayStrangers({ strangers }: Reading): string {
  if (strangers.length === 0) return "";
  const emitters = [...new Set(strangers.map((log) => log.address))].join(", ");
  return (
    `Ignored: ${counted(strangers.length, "log")} with this id by ${emitters}, no contract of the deployment. ` +
    "Anyone can emit such a log; none is an entry of the history.\n"
  );
}

function sayVerdict(faults: readonly Fault[], { entries, head, block }: Reading): string {
  if (faults.length === 0) {
    const said = entries.length === 1 ? "entry above is" : "entries above are";
    return (
      `PROVED  The ${entries.length === 1 ? "one" : entries.length} ${said} the whole history of the asset at block ` +
      `${block.number}: nothing is missing, altered or swapped. The head is ${head}.\n`
    );
  }
  return `${faults.map(({ sentence, node }) => `NOT PROVED  ${sentence} (${node})`).join("\n")}\n`;
}
