/** `npm run ledger`: the embedded ledger by itself, until Ctrl-C. */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { DatadeedError, ERRORS } from "../../src/domain/errors.ts";
import { startLedger } from "./ledger.ts";

const USAGE = `usage: npm run ledger -- [--directory .datadeed] [--port 8545] [--host 127.0.0.1] [--state-every 20]`;

function settings() {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    options: { directory: text, port: text, host: text, "state-every": text, help: { type: "boolean" } },
  });
  if (values.help) {
    console.log(USAGE);
    process.exit(0);
  }
  const port = Number(values.port ?? 8545);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error("--port must be 0 to 65535");
  const seconds = Number(values["state-every"] ?? 20);
  if (!(seconds > 0)) throw new Error("--state-every must be a number of seconds");
  return {
    directory: resolve(values.directory ?? ".datadeed"),
    port,
    host: values.host ?? "127.0.0.1",
    stateEveryMs: seconds * 1_000,
  };
}

function fail(error: Error): never {
  console.error(error instanceof DatadeedError ? sentenceFor(error) : error.message);
  process.exit(1);
}

function sentenceFor({ code, message, facts }: DatadeedError): string {
  if (code === "state-locked")
    return `Process ${facts.pid} holds the ledger in this directory: stop it, or choose another --directory.`;
  return `${message}. ${facts.help ?? ERRORS[code].help}`;
}

try {
  const chosen = settings();
  const ledger = await startLedger({ ...chosen, log: (sentence) => console.error(sentence) });
  // A terminal that was closed must not cost the last state.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
  let isStopping = false;
  const stop = (signal: NodeJS.Signals) => {
    // Only a person's second Ctrl-C: wrappers pass the other signals on, so that they arrive twice.
    if (isStopping && signal !== "SIGINT") return;
    if (isStopping) {
      console.error("Left without the last state: the one before is taken at the next start.");
      process.exit(1);
    }
    isStopping = true;
    console.error("Keeping the state (again to leave without it) …");
    void ledger.stop();
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop);
  // scripts/setup.mjs, which started us, was killed.
  process.once("disconnect", () => stop("SIGTERM"));
  console.log(
    `The ledger listens on ${ledger.url}, chain id ${ledger.chainId}. Its state is in ${chosen.directory}.`,
  );
  const reason = await ledger.ended;
  if (reason !== undefined) fail(reason);
} catch (error) {
  fail(error as Error);
}
