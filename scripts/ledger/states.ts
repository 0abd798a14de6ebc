import {
  closeSync,
  createReadStream,
  createWriteStream,
  fsyncSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { join } from "node:path";
import { Transform, type TransformCallback, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { DatadeedError } from "../../src/domain/errors.ts";
import { withoutTraces } from "./without-traces.ts";

/**
 * Complete states of the ledger in one folder, `state-<number>.gz`, the newest few. A state is written aside, checked, and
 * renamed, so that a kill at any moment leaves complete files only; whatever else is found damaged is passed over. A
 * state is gzip as the node delivers it: its checksum and length are at its end, so that a part is never taken for the whole.
 */
export interface States {
  /** Asks the node on this port for its state and keeps it. An abort leaves the states as they were. */
  write(nodePort: number, signal: AbortSignal): Promise<void>;
  /**
   * Calls `load` with the newest state unpacked, then with the next older, until one loads; `passedOver` hears of each
   * that does not. Where there was never any, with undefined. Throws `state-version` where there are some and none loads:
   * beginning anew would in time push them all out.
   */
  newest<T>(
    load: (file: string | undefined) => Promise<T>,
    passedOver: (file: string, reason: string) => void,
  ): Promise<T>;
}

const KEPT = 3;
/** A state is hundreds of megabytes: in pieces of the usual 16 KiB half the time would go into handing them on. */
const LARGE = { chunkSize: 1 << 20 };
const NAME = /^state-(\d+)\.gz$/;

export function openStates(folder: string): States {
  // What a former process was writing or unpacking when it was killed.
  for (const name of readdirSync(folder)) {
    if (name.endsWith(".tmp")) rmSync(join(folder, name));
  }
  const numbers = () =>
    readdirSync(folder)
      .flatMap((name) => NAME.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => b - a);
  const fileOf = (number: number) => join(folder, `state-${number}.gz`);

  return {
    async write(nodePort, signal) {
      const number = (numbers()[0] ?? 0) + 1;
      const aside = `${fileOf(number)}.tmp`;
      await download(nodePort, aside, signal);
      sync(aside);
      renameSync(aside, fileOf(number));
      sync(folder);
      for (const old of numbers().slice(KEPT)) rmSync(fileOf(old));
    },
    async newest(load, passedOver) {
      const found = numbers().map(fileOf);
      if (found.length === 0) return load(undefined);
      const unpacked = join(folder, "loading.json.tmp");
      for (const file of found) {
        try {
          return await loadFrom(file, unpacked, load);
        } catch (error) {
          passedOver(file, (error as Error).message);
        } finally {
          rmSync(unpacked, { force: true });
        }
      }
      const rule = "has states, and none of them loads";
      throw new DatadeedError("state-version", { field: folder, rule });
    },
  };
}

async function loadFrom<T>(file: string, unpacked: string, load: (file: string) => Promise<T>): Promise<T> {
  await pipeline(createReadStream(file), createGunzip(LARGE), withoutTraces(), createWriteStream(unpacked));
  try {
    return await load(unpacked);
  } catch {
    // The state may be good and the node or what was left out of it not: once more, with all of it.
    await pipeline(createReadStream(file), createGunzip(LARGE), createWriteStream(unpacked));
    return load(unpacked);
  }
}

function sync(path: string): void {
  // A folder cannot be opened for this on Windows, where renaming is durable by itself.
  if (process.platform === "win32" && statSync(path).isDirectory()) return;
  const file = openSync(path, "r");
  fsyncSync(file);
  closeSync(file);
}

/** The answer can be larger than the longest string, so it is decoded, and checked, as it comes. */
async function download(port: number, to: string, signal: AbortSignal): Promise<void> {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "anvil_dumpState", params: [] });
  const headers = { "content-type": "application/json", "content-length": body.length };
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request({ host: "127.0.0.1", port, method: "POST", headers, signal }, resolve)
      .once("error", reject)
      .end(body);
  });
  const state = hexOfResult();
  state.setMaxListeners(20);
  const nowhere = new Writable({ write: (_chunk, _, done) => done() });
  await Promise.all([
    pipeline(response, state, { signal }),
    pipeline(state, createWriteStream(to)),
    pipeline(state, createGunzip(LARGE), nowhere),
  ]);
}

/** From `{"jsonrpc":"2.0","id":1,"result":"0x1f8b…"}` the bytes of the result. */
function hexOfResult(): Transform {
  const START = '"result":"0x';
  let held = "";
  let state: "head" | "hex" | "tail" = "head";
  return new Transform({
    transform(chunk: Buffer, _, done: TransformCallback) {
      held += chunk.toString("latin1");
      if (state === "head") {
        const at = held.indexOf(START);
        if (at < 0) return held.length > 2_000 ? done(new Error(`no state: ${held.slice(0, 300)}`)) : done();
        held = held.slice(at + START.length);
        state = "hex";
      }
      if (state === "tail") return done();
      const end = held.indexOf('"');
      if (end >= 0) state = "tail";
      const hex = end >= 0 ? held.slice(0, end) : held.slice(0, held.length - (held.length % 2));
      held = held.slice(hex.length);
      done(null, Buffer.from(hex, "hex"));
    },
    flush(done: TransformCallback) {
      done(state === "tail" ? null : new Error(`the node's answer ended early: ${held.slice(0, 300)}`));
    },
  });
}
