import { type ParseArgsOptionsConfig, parseArgs } from "node:util";
import { type ExitCode, usage } from "./failure.ts";
import type { Terminal } from "./terminal.ts";
import { table } from "./text.ts";

/** One command of `datadeed`: what it takes, in the words of its help, and what it does. */
export interface Command {
  /** One or two words, such as `audit` or `asset show`. */
  readonly name: string;
  readonly summary: string;
  readonly parameters: readonly Parameter[];
  readonly options: Readonly<Record<string, Option>>;
  /** Further paragraphs of its help: what is sent where, and its own exit codes. */
  readonly notes: readonly string[];
  run(call: Call): Promise<ExitCode>;
}

export interface Parameter {
  readonly name: string;
  readonly about: string;
}

export interface Option {
  readonly about: string;
  /** What stands for the value in the help; a flag has none. */
  readonly value?: string;
  readonly repeated?: boolean;
}

/** A command line that was understood. */
export interface Call {
  readonly terminal: Terminal;
  readonly json: boolean;
  parameter(name: string): string;
  option(name: string): string | undefined;
  /** Fails with a sentence where it is missing. */
  required(name: string): string;
  all(name: string): readonly string[];
  flag(name: string): boolean;
  /** A non-negative integer. */
  integer(name: string): number | undefined;
  /** The result: `value` under --json, otherwise `text`. */
  show(value: unknown, text: string): void;
}

const EVERYWHERE: Readonly<Record<string, Option>> = {
  json: { about: "print the result as JSON" },
  help: { about: "print this help" },
};

export function understand(command: Command, words: readonly string[], terminal: Terminal): Call | "help" {
  const { values, positionals } = parsed(command, words);
  if (values.help === true) return "help";
  requireParameters(command, positionals);
  const json = values.json === true;
  const option = (name: string) => values[name] as string | undefined;
  return {
    terminal,
    json,
    option,
    parameter: (name) => positionals[command.parameters.findIndex((each) => each.name === name)]!,
    required: (name) => requiredOption(command, name, option(name)),
    all: (name) => (values[name] as string[] | undefined) ?? [],
    flag: (name) => values[name] === true,
    integer: (name) => integerOption(name, option(name)),
    show: (value, text) => terminal.out(json ? `${toJson(value)}\n` : text),
  };
}

/** Numbers beyond 2^53 as decimal strings, as the API writes them. */
export function toJson(value: unknown, indent = 2): string {
  return JSON.stringify(
    value,
    (_, member) => (typeof member === "bigint" ? member.toString() : member),
    indent,
  );
}

export function helpOf(command: Command): string {
  const parameters = command.parameters.map(({ name }) => ` <${name}>`).join("");
  const parts = [`usage: datadeed ${command.name}${parameters} [options]`, `${command.summary}.`];
  if (command.parameters.length > 0) {
    parts.push(
      table(
        command.parameters.map(({ name, about }) => [`<${name}>`, about]),
        "  ",
      ),
    );
  }
  const options = Object.entries({ ...command.options, ...EVERYWHERE });
  const rows = options.map(([name, { value, about, repeated }]) => [
    `--${name}${value === undefined ? "" : ` <${value}>`}`,
    repeated ? `${about}; may be repeated` : about,
  ]);
  parts.push(table(rows, "  "), ...command.notes);
  return `${parts.join("\n\n")}\n`;
}

function parsed(command: Command, words: readonly string[]) {
  const options: ParseArgsOptionsConfig = {};
  for (const [name, { value, repeated }] of Object.entries({ ...command.options, ...EVERYWHERE })) {
    options[name] = { type: value === undefined ? "boolean" : "string", multiple: repeated === true };
  }
  try {
    return parseArgs({ args: [...words], options, allowPositionals: true, strict: true });
  } catch (error) {
    // parseArgs explains itself in its first sentence; the rest speaks of `--`, which no command needs.
    const [sentence] = (error as Error).message.split(". ");
    throw usage(`${sentence!.replace(/\.$/, "")}: see datadeed ${command.name} --help.`);
  }
}

function requireParameters(command: Command, positionals: readonly string[]): void {
  const missing = command.parameters[positionals.length];
  if (missing !== undefined) {
    throw usage(`datadeed ${command.name} needs <${missing.name}>: ${missing.about}.`, missing.name);
  }
  const surplus = positionals[command.parameters.length];
  if (surplus !== undefined) throw usage(`datadeed ${command.name} takes no further argument: ${surplus}.`);
}

function requiredOption(command: Command, name: string, value: string | undefined): string {
  if (value !== undefined && value !== "") return value;
  const option = command.options[name]!;
  throw usage(`datadeed ${command.name} needs --${name} <${option.value}>: ${option.about}.`, name);
}

function integerOption(name: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (!/^\d{1,15}$/.test(value)) throw usage(`--${name} must be a whole number, not ${value}.`, name);
  return Number(value);
}
