import type { Failure } from "./failure.ts";
import { harmless, table } from "./text.ts";

/** Where a command speaks: results to `out`, everything about its progress to `err`. */
export interface Terminal {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Columns of `out`; without end where it is no terminal. */
  readonly columns: number;
  /** Columns of `err` where it may be drawn over. */
  readonly drawable: number | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly now: () => number;
}

export function processTerminal(): Terminal {
  return {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    columns: process.stdout.columns ?? Number.POSITIVE_INFINITY,
    drawable: process.stderr.columns,
    env: process.env,
    now: Date.now,
  };
}

/** A failure in words: what, which field and rule, what to do. */
export function sayFailure({ problem }: Failure): string {
  const { field, rule, ...facts } = problem.facts ?? {};
  const rows: string[][] = [["code", problem.code]];
  if (typeof field === "string") rows.push(["field", field]);
  if (typeof rule === "string") rows.push(["rule", rule]);
  for (const error of problem.errors ?? []) rows.push([error.field, error.message || error.rule]);
  for (const [name, value] of Object.entries(facts)) rows.push([name, sayFact(value)]);
  if (problem.help) rows.push(["do", problem.help]);
  return `error: ${harmless(problem.detail || problem.title)}\n${table(rows, "  ")}\n`;
}

const sayFact = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
