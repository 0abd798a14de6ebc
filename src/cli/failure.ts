import { DatadeedError, type ErrorCode, type Facts, type Problem, problemOf } from "../domain/errors.ts";

/** What a script learns from a command without reading its output. */
export const EXIT = {
  /** Done, or: it is so. */
  ok: 0,
  /** It is not so: a history that is not proved, items or an operation that were refused. */
  no: 1,
  /** The command line is wrong; nothing was done. */
  usage: 2,
  /** The gateway refused the request, or answered something else than was asked for. */
  refused: 3,
  /** A gateway or a node cannot be reached, or is not ready. The same command may succeed later. */
  unreachable: 4,
  /** A file, a key or a setting of this machine. */
  local: 5,
  /** An operation has not ended yet. */
  pending: 6,
} as const;
export type ExitCode = number;

/** A problem, as a gateway sends it or as this program found it, on its way to the user. */
export class Failure extends Error {
  readonly problem: Problem & { readonly errors?: readonly FieldError[] };
  readonly exit: ExitCode;

  constructor(problem: Failure["problem"], exit: ExitCode) {
    super(problem.detail);
    this.name = "Failure";
    this.problem = problem;
    this.exit = exit;
  }
}

export interface FieldError {
  readonly field: string;
  readonly rule: string;
  readonly message: string;
}

/** A failure found here; `detail` is the sentence that the user reads. */
export function failure(code: ErrorCode, detail: string, facts: Facts = {}): Failure {
  return new Failure({ ...problemOf(code, facts), detail }, exitOf(code));
}

export const usage = (detail: string, field?: string): Failure =>
  failure("usage", detail, field === undefined ? {} : { field });

/** Whatever was thrown, as a failure. */
export function asFailure(thrown: unknown): Failure {
  if (thrown instanceof Failure) return thrown;
  if (thrown instanceof DatadeedError) {
    return new Failure(problemOf(thrown.code, thrown.facts), exitOf(thrown.code));
  }
  const error = thrown as NodeJS.ErrnoException;
  if (error.path !== undefined && error.code !== undefined) {
    return failure("file-unreadable", `${error.path}: ${sayErrno(error.code)}.`, { path: error.path });
  }
  return failure("internal", error.message ?? String(thrown));
}

function exitOf(code: ErrorCode): ExitCode {
  switch (code) {
    case "usage":
    case "validation-failed":
      return EXIT.usage;
    case "answer-untrusted":
      return EXIT.refused;
    case "gateway-unreachable":
    case "node-unreachable":
    case "not-ready":
    case "ledger-unavailable":
      return EXIT.unreachable;
    default:
      return EXIT.local;
  }
}

const ERRNO: Readonly<Record<string, string>> = {
  ENOENT: "no such file or folder",
  EACCES: "not readable by you",
  EISDIR: "a folder, where a file is expected",
  ENOTDIR: "a file, where a folder is expected",
  EEXIST: "exists already and is not overwritten",
};
const sayErrno = (code: string): string => ERRNO[code] ?? code;
