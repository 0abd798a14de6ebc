/** `datadeed` as its users meet it: a process with arguments, two streams and an exit code. */
import { spawn } from "node:child_process";
import { join } from "node:path";

const PROGRAM = join(import.meta.dirname, "../../src/cli/datadeed.ts");

export interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  /** The output as JSON, of a command run with --json. */
  readonly json: <T = { readonly error: { readonly code: string; readonly detail: string } }>() => T;
}

export function datadeed(words: readonly string[], env: Record<string, string> = {}): Promise<Outcome> {
  const child = spawn(process.execPath, [PROGRAM, ...words], { env: { PATH: process.env.PATH, ...env } });
  let [out, err] = ["", ""];
  child.stdout.on("data", (chunk) => {
    out += chunk;
  });
  child.stderr.on("data", (chunk) => {
    err += chunk;
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, out, err, json: () => JSON.parse(out) }));
  });
}
