import type { Terminal } from "./terminal.ts";
import { shorten } from "./text.ts";

/** How far something is, with rate and time left, redrawn in place; silent where nothing can be drawn over. */
export interface Progress {
  at(done: number): void;
  end(): void;
}

const BAR = 24;
const REDRAW_MS = 100;
/** The rate is that of the last seconds: a ledger's first block should not rule the time left. */
const WINDOW_MS = 10_000;

/** @param total 0 where it is not known. */
export function progressOf({ drawable, err, now }: Terminal, label: string, total: number): Progress {
  const marks: { time: number; done: number }[] = [{ time: now(), done: 0 }];
  let drawn = 0;
  return {
    at(done) {
      const time = now();
      marks.push({ time, done });
      while (marks.length > 2 && time - marks[0]!.time > WINDOW_MS) marks.shift();
      if (drawable === undefined || (time - drawn < REDRAW_MS && done < total)) return;
      drawn = time;
      err(`\r\x1b[2K${shorten(lineOf(label, done, total, rateOf(marks)), drawable - 1)}`);
    },
    end() {
      if (drawable !== undefined) err("\r\x1b[2K");
    },
  };
}

/** Items a second. */
function rateOf(marks: readonly { time: number; done: number }[]): number {
  const [first, last] = [marks[0]!, marks.at(-1)!];
  return last.time === first.time ? 0 : ((last.done - first.done) * 1_000) / (last.time - first.time);
}

export function lineOf(label: string, done: number, total: number, rate: number): string {
  const share = total === 0 ? 0 : Math.min(1, done / total);
  const bar = "█".repeat(Math.floor(share * BAR)).padEnd(BAR, "░");
  const figures = [done, total || undefined]
    .map((number) => number?.toLocaleString("en-US") ?? "?")
    .join("/");
  const speed =
    rate > 0 ? `  ${rate >= 10 ? Math.round(rate).toLocaleString("en-US") : rate.toFixed(1)}/s` : "";
  const left = rate > 0 && done < total ? `  ${sayTime((total - done) / rate)} left` : "";
  return `${label}  ${bar}  ${figures}${speed}${left}`;
}

function sayTime(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3_600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3_600)} h ${Math.floor((whole % 3_600) / 60)} min`;
}
