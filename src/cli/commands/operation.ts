import type { Call, Command } from "../command.ts";
import { EXIT } from "../failure.ts";
import { exitOf, GATEWAY_OPTIONS, gatewayOf, type Operation, operationOf, settle } from "../gateway.ts";
import { harmless, table } from "../text.ts";

/** How long a command waits for the ledger before it leaves the rest to `datadeed operation`. */
export const WAIT_MS = 120_000;

export const operation: Command = {
  name: "operation",
  summary: "Shows what became of a write: accepted, mined, final or rejected and why",
  parameters: [{ name: "id", about: "the operation's id, as the gateway answered it" }],
  options: { ...GATEWAY_OPTIONS, wait: { about: "wait until it has ended, at most two minutes" } },
  notes: ["Exit code: 0 final, 1 rejected, 6 not ended yet."],
  run,
};

async function run(call: Call): Promise<number> {
  const gateway = gatewayOf(call);
  const found = await operationOf(gateway, call.parameter("id"));
  const latest = call.flag("wait") ? await settle(gateway, found, WAIT_MS) : found;
  call.show(latest, sayOperation(latest));
  return exitOf(latest);
}

export function sayOperation(found: Operation): string {
  const rows = [
    ["operation", found.id],
    ["act", found.act],
    ["state", found.alreadyDone ? `${found.state} (was so before: nothing was written)` : found.state],
    ["asset", found.assetId],
    ["block", found.block?.number.toString()],
    ["transaction", found.transactionHash],
    ["updated", found.updatedAt],
  ].filter((row): row is [string, string] => row[1] !== undefined);
  return `${table(rows)}\n${found.refusal === undefined ? "" : sayRefusal(found.refusal)}`;
}

export function sayRefusal({ code, detail, help, facts }: NonNullable<Operation["refusal"]>): string {
  const rows = Object.entries({ code, ...facts, do: help }).map(([name, value]) => [
    name,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  return `rejected: ${harmless(detail)}\n${table(rows, "  ")}\n`;
}

/** What a command that wrote says in the end, and its exit code. */
export function conclude(call: Call, ended: Operation): number {
  call.show(ended, sayOperation(ended));
  const exit = exitOf(ended);
  if (exit === EXIT.pending) call.terminal.err(`Not ended yet: datadeed operation ${ended.id} --wait\n`);
  return exit;
}
