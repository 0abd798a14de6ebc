import { type Command, helpOf, toJson, understand } from "./command.ts";
import { assetHistory, assetList, assetShow } from "./commands/asset.ts";
import { audit } from "./commands/audit.ts";
import { fingerprint } from "./commands/fingerprint.ts";
import { importCatalog } from "./commands/import.ts";
import { keyCreate, keyList, keyRevoke } from "./commands/key.ts";
import { keystoreNew } from "./commands/keystore.ts";
import { operation } from "./commands/operation.ts";
import { review } from "./commands/review.ts";
import { transfer } from "./commands/transfer.ts";
import { verify } from "./commands/verify.ts";
import { asFailure, EXIT, type ExitCode, usage } from "./failure.ts";
import { processTerminal, sayFailure, type Terminal } from "./terminal.ts";
import { table } from "./text.ts";

/** The order of the help: from files to assets to proofs, then keys. */
const COMMANDS: readonly Command[] = [
  fingerprint,
  verify,
  importCatalog,
  review,
  assetList,
  assetShow,
  assetHistory,
  transfer,
  operation,
  audit,
  keystoreNew,
  keyCreate,
  keyList,
  keyRevoke,
];

const HELP = `usage: datadeed <command> [options]

Registers, verifies and transfers rights in data through a gateway, and checks its claims against the ledger.

${table(
  COMMANDS.map(({ name, summary }) => [name, summary]),
  "  ",
)}

Every command has --help and --json. Commands that ask a gateway take --gateway <url> (or DATADEED_URL) and the API key
from --api-key-file <file> (or DATADEED_API_KEY): a key on the command line could be read by everyone on the machine.

Exit codes: 0 done, or it is so; 1 it is not so; 2 the command line is wrong; 3 the gateway refused; 4 a gateway or node
cannot be reached, try again; 5 a file, key or setting of this machine; 6 an operation has not ended yet. Some commands
have more: see their --help.
`;

async function main(words: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const json = words.includes("--json");
  try {
    const found = find(words);
    if (found === undefined) {
      terminal.out(HELP);
      return EXIT.ok;
    }
    const call = understand(found.command, found.rest, terminal);
    if (call !== "help") return await found.command.run(call);
    terminal.out(helpOf(found.command));
    return EXIT.ok;
  } catch (thrown) {
    const failure = asFailure(thrown);
    if (json) terminal.out(`${toJson({ error: failure.problem })}\n`);
    else terminal.err(sayFailure(failure));
    return failure.exit;
  }
}

/** The command of one or two words; nothing where help is asked for. */
function find(words: readonly string[]): { command: Command; rest: readonly string[] } | undefined {
  const [first, second] = words;
  if (first === undefined || first === "--help" || first === "help") return undefined;
  for (const command of COMMANDS) {
    if (command.name === `${first} ${second}`) return { command, rest: words.slice(2) };
    if (command.name === first) return { command, rest: words.slice(1) };
  }
  const related = COMMANDS.filter(({ name }) => name.startsWith(`${first} `)).map(({ name }) => name);
  const choice = related.length > 0 ? `there are ${related.join(", ")}` : "datadeed --help lists all";
  throw usage(
    `There is no command ${[first, second].filter((word) => word && !word.startsWith("-")).join(" ")}: ${choice}.`,
  );
}

process.exitCode = await main(process.argv.slice(2), processTerminal());
