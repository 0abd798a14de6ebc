/**
 * Writes contracts/README.md from the interfaces: who may call what, which events and errors there are, and the state
 * machines drawn above the contracts. `--write` updates the file; without it, a difference fails the check.
 */
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

const root = join(import.meta.dirname, "../..");
const readme = join(root, "contracts/README.md");

interface Declaration {
  readonly kind: "function" | "event" | "error";
  readonly name: string;
  readonly signature: string;
  readonly doc: string;
}

interface Interface {
  readonly name: string;
  readonly title: string;
  readonly drawing: string;
  readonly declarations: readonly Declaration[];
}

function interfaces(): Interface[] {
  return globSync("contracts/{membership,supervision,policy,rights,royalties,licensing,disputes}/I*.sol", {
    cwd: root,
  })
    .sort((a, b) => level(a) - level(b))
    .map((path) => parse(basename(path, ".sol"), readFileSync(join(root, path), "utf8")));
}

const LEVELS = ["membership", "supervision", "policy", "rights", "royalties", "licensing", "disputes"];

function level(path: string): number {
  return LEVELS.findIndex((folder) => path.includes(`/${folder}/`));
}

function parse(name: string, source: string): Interface {
  const body = source.slice(source.search(new RegExp(`^interface ${name}\\b`, "m")));
  const head = source.slice(0, source.length - body.length);
  const title = /@title ([^\n]+)/.exec(head.slice(head.lastIndexOf("@title")))?.[1] ?? name;
  const drawing = commentBefore(head)
    .filter((line) => /[─│┌└┐┘▶▼◀▲├┤]|^\s{4,}\S/.test(line))
    .join("\n");
  return { name, title, drawing, declarations: declarationsOf(body) };
}

/** The `///` lines that end the text, without their slashes. */
function commentBefore(text: string): string[] {
  const lines = text.trimEnd().split("\n");
  let first = lines.length;
  while (first > 0 && /^\s*\/\/\//.test(lines[first - 1]!)) first -= 1;
  return lines.slice(first).map((line) => line.replace(/^\s*\/\/\/ ?/, ""));
}

function declarationsOf(body: string): Declaration[] {
  const found: Declaration[] = [];
  for (const match of body.matchAll(/^ {4}(function|event|error) (\w+)\s*\(([^;]*?)\)([^;{]*);/gm)) {
    const [whole, kind, name, parameters, rest] = match as unknown as [
      string,
      Declaration["kind"],
      string,
      string,
      string,
    ];
    const tail = rest.replace(/\s+/g, " ").trim();
    found.push({
      kind,
      name,
      signature: `${name}(${parameters.replace(/\s+/g, " ").trim()})${tail === "" ? "" : ` ${tail}`}`,
      doc: commentBefore(body.slice(0, match.index)).join(" ").replace(/\s+/g, " ").trim(),
    });
    if (whole.length === 0) break;
  }
  return found;
}

const isView = (declaration: Declaration) => /\b(view|pure)\b/.test(declaration.signature);

/** Who may call: the sentence of the documentation that says so. */
function callers(of: Declaration, previous: string): string {
  const sentence = /(Governance only|Anyone may[^.;]*|(?:By|For contracts) [^.;]+)/.exec(of.doc)?.[1];
  if (sentence !== undefined) return sentence;
  if (of.doc === "" && previous !== "") return previous;
  throw new Error(
    `${of.name} does not say who may call it: write a sentence that begins with "By …" or "Governance only"`,
  );
}

function render(): string {
  const out = [
    "# The contracts",
    "",
    "Generated from the interfaces by `npm run docs:contracts`; a check keeps it equal to them. Every act of a key can be sent by",
    "that key or signed by it (EIP-712) and relayed by anyone.",
    "",
  ];
  for (const one of interfaces()) {
    out.push(`## ${one.name.slice(1)}`, "", one.title, "");
    if (one.drawing !== "") out.push("```text", one.drawing, "```", "");
    out.push("| function | who may call it |", "| --- | --- |");
    let previous = "";
    for (const each of one.declarations.filter((d) => d.kind === "function" && !isView(d))) {
      previous = callers(each, previous);
      out.push(`| \`${each.name}\` | ${previous.replaceAll("|", "\\|")} |`);
    }
    out.push(
      "",
      "Reads: " +
        one.declarations
          .filter((d) => d.kind === "function" && isView(d))
          .map((d) => `\`${d.name}\``)
          .join(", ") +
        ".",
      "",
    );
    out.push("| event | arguments |", "| --- | --- |");
    for (const each of one.declarations.filter((d) => d.kind === "event")) {
      out.push(`| \`${each.name}\` | ${argumentsOf(each)} |`);
    }
    out.push("", "| error | arguments | meaning |", "| --- | --- | --- |");
    for (const each of one.declarations.filter((d) => d.kind === "error")) {
      out.push(
        `| \`${each.name}\` | ${argumentsOf(each)} | ${each.doc.replace(/@notice |@dev /g, "").replaceAll("|", "\\|")} |`,
      );
    }
    out.push("");
  }
  return out.join("\n");
}

function argumentsOf(declaration: Declaration): string {
  const inner = declaration.signature.slice(
    declaration.name.length + 1,
    declaration.signature.lastIndexOf(")"),
  );
  return inner === "" ? "" : `\`${inner}\``;
}

const wanted = render();
if (process.argv.includes("--write")) {
  writeFileSync(readme, wanted);
} else if (wanted !== readFileSync(readme, "utf8")) {
  console.error("contracts/README.md differs from the interfaces: run `npm run docs:contracts`");
  process.exit(1);
}
