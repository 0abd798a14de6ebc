import { spawn } from "node:child_process";
import { join } from "node:path";
import type { Call, Command, Option } from "../command.ts";
import { EXIT } from "../failure.ts";

/**
 * API keys are made on the gateway's machine, in its database: whoever can write that file is its operator. The
 * gateway's own program does it, so that the rules of keys are in one place.
 */
const MAIN = join(import.meta.dirname, "../../main.ts");

const DATABASE: Readonly<Record<string, Option>> = {
  database: { value: "file", about: "the gateway's database file" },
};

export const keyCreate: Command = {
  name: "key create",
  summary: "Makes an API key in a gateway's database and shows it, once",
  parameters: [],
  options: {
    ...DATABASE,
    party: { value: "party", about: "whom the key stands for" },
    scopes: { value: "list", about: "comma-separated <resource>:<read|write|admin>" },
    expires: { value: "days", about: "days until it expires; 365, if absent" },
    label: { value: "text", about: "a name for lists" },
  },
  notes: ["Only its hash is kept: a key that was not noted is lost, and another is made."],
  run: (call) => keys(call, "create", ["party", "scopes", "expires", "label"]),
};

export const keyList: Command = {
  name: "key list",
  summary: "Lists the API keys of a gateway's database, without the keys themselves",
  parameters: [],
  options: DATABASE,
  notes: [],
  run: (call) => keys(call, "list", []),
};

export const keyRevoke: Command = {
  name: "key revoke",
  summary: "Ends an API key at once",
  parameters: [{ name: "id", about: "the key's id, from key list" }],
  options: DATABASE,
  notes: [],
  run: (call) => keys(call, "revoke", []),
};

function keys(call: Call, verb: string, options: readonly string[]): Promise<number> {
  const given = options.filter((name) => call.option(name) !== undefined);
  const words = ["keys", verb, "--database", call.required("database")];
  for (const name of given) words.push(`--${name}`, call.option(name)!);
  if (verb === "revoke") words.push("--id", call.parameter("id"));
  if (call.json) words.push("--json");
  const child = spawn(process.execPath, [MAIN, ...words], { stdio: "inherit" });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve(code === 0 ? EXIT.ok : EXIT.local));
  });
}
