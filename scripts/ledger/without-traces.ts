import { Transform, type TransformCallback } from "node:stream";

const BEGIN = Buffer.from('"traces":[');
const END = Buffer.from('],"exit":');
/** What could be the beginning of either, at the end of a chunk. */
const OVERLAP = BEGIN.length - 1;

/**
 * Leaves the call traces out of a state: more than half of it, and read by debug methods alone, which nobody reaches.
 * A trace holds no other `exit`; where the node's layout should ever differ, the state that comes out does not load.
 */
export function withoutTraces(): Transform {
  let held: Buffer = Buffer.alloc(0);
  let isInside = false;

  function take(isLast: boolean): Buffer {
    const kept: Buffer[] = [];
    for (;;) {
      const at = held.indexOf(isInside ? END : BEGIN);
      if (at < 0) break;
      if (!isInside) kept.push(held.subarray(0, at + BEGIN.length));
      held = held.subarray(isInside ? at : at + BEGIN.length);
      isInside = !isInside;
    }
    const rest = isLast ? 0 : Math.min(OVERLAP, held.length);
    if (!isInside) kept.push(held.subarray(0, held.length - rest));
    held = held.subarray(held.length - rest);
    return Buffer.concat(kept);
  }

  return new Transform({
    transform(chunk: Buffer, _, done: TransformCallback) {
      held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      done(null, take(false));
    },
    flush(done: TransformCallback) {
      done(null, take(true));
    },
  });
}
