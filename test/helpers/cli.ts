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

export interface Running {
  /** Resolves once the output so far, of both streams, matches. */
  said(pattern: RegExp): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<Outcome>;
}

export function datadeed(words: readonly string[], env: Record<string, string> = {}): Promise<Outcome> {
  return startDatadeed(words, env).ended;
}

export function startDatadeed(words: readonly string[], env: Record<string, string> = {}): Running {
  const child = spawn(process.execPath, [PROGRAM, ...words], { env: { PATH: process.env.PATH, ...env } });
  const listeners = new Set<() => void>();
  let [out, err] = ["", ""];
  const hear = (take: (text: string) => void) => (chunk: Buffer) => {
    take(chunk.toString());
    for (const listener of listeners) listener();
  };
  child.stdout.on(
    "data",
    hear((text) => (out += text)),
  );
  child.stderr.on(
    "data",
    hear((text) => (err += text)),
  );
  const ended = new Promise<Outcome>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, out, err, json: () => JSON.parse(out) }));
  });
  return {
    ended,
    kill: (signal) => child.kill(signal),
    said: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (!pattern.test(out + err)) return;
          listeners.delete(look);
          resolve();
        };
        listeners.add(look);
        look();
        ended.then(() => reject(new Error(`it ended without saying ${pattern}: ${out}${err}`)), reject);
      }),
  };
}
