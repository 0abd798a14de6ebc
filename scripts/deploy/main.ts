/** `npm run deploy`: puts the contracts on a ledger and writes the deployment file that gateways and auditors read. */
import { parseArgs } from "node:util";
import { getAddress } from "ethers";
import { toHex } from "../../src/domain/crypto.ts";
import { DatadeedError, ERRORS } from "../../src/domain/errors.ts";
import { openKeystore } from "../../src/ledger/signer.ts";
import type { DeploySettings, Governance } from "./deploy.ts";
import { ensureDeployed, readDeployment } from "./ensure.ts";
import { verifyGovernance } from "./governance.ts";

const DAY = 86_400;

interface Setting {
  readonly variable: string;
  readonly fallback?: string;
  readonly about: string;
}

const SETTINGS = {
  rpc: { variable: "DATADEED_LEDGER_URL", about: "JSON-RPC URL of the ledger" },
  key: { variable: "DATADEED_DEPLOYER_KEY", about: "the deployer's keystore, Web3 Secret Storage v3" },
  "password-file": {
    variable: "DATADEED_DEPLOYER_PASSWORD_FILE",
    about: "a file with the keystore's password",
  },
  owners: { variable: "DATADEED_OWNERS", about: "addresses that will govern, separated by commas" },
  out: { variable: "DATADEED_DEPLOYMENT", fallback: "deployment.json", about: "the deployment file" },
  "governance-delay": {
    variable: "DATADEED_GOVERNANCE_DELAY",
    fallback: `${7 * DAY}`,
    about: "seconds between an owner's schedule and its execution",
  },
  "recovery-delay": {
    variable: "DATADEED_RECOVERY_DELAY",
    fallback: `${7 * DAY}`,
    about: "seconds in which a key may object to a recovery",
  },
  "payout-delay": {
    variable: "DATADEED_PAYOUT_DELAY",
    fallback: `${2 * DAY}`,
    about: "seconds until a new payout address counts",
  },
  "duty-notice": {
    variable: "DATADEED_DUTY_NOTICE",
    fallback: `${30 * DAY}`,
    about: "seconds of notice of new duties for contracts",
  },
} as const satisfies Record<string, Setting>;

type Name = keyof typeof SETTINGS;

function help(): string {
  const lines = Object.entries(SETTINGS as Record<Name, Setting>).map(
    ([name, { variable, fallback, about }]) => {
      const otherwise = fallback === undefined ? "" : ` [${fallback}]`;
      return `  --${name.padEnd(18)} ${variable.padEnd(32)} ${about}${otherwise}`;
    },
  );
  return [
    "usage: npm run deploy -- [settings]",
    "Each setting is a flag or a variable of the environment:",
    ...lines,
    "Run again, it completes what was interrupted, checks what is there, and does nothing else.",
  ].join("\n");
}

function settingsFrom(args: readonly string[]): (name: Name) => string {
  const flags = Object.keys(SETTINGS).map((name) => [name, { type: "string" }] as const);
  const options = { ...Object.fromEntries(flags), help: { type: "boolean" } } as const;
  const values = parse(args, options);
  if (values.help === true) {
    console.log(help());
    process.exit(0);
  }
  return (name) => {
    const { variable, fallback, about } = SETTINGS[name] as Setting;
    const value = values[name] ?? process.env[variable] ?? fallback;
    if (typeof value === "string" && value !== "") return value;
    throw new DatadeedError("config-missing", { field: `--${name}`, rule: `or ${variable}: ${about}` });
  };
}

function parse(args: readonly string[], options: NonNullable<Parameters<typeof parseArgs>[0]>["options"]) {
  try {
    return parseArgs({ args: [...args], options: options! }).values;
  } catch (error) {
    throw new DatadeedError("usage", { field: (error as Error).message });
  }
}

function governanceFrom(setting: (name: Name) => string): Governance {
  const seconds = (name: Name) => Number(setting(name));
  return {
    owners: setting("owners")
      .split(",")
      .map((text) => ownerFrom(text.trim())),
    executionDelay: seconds("governance-delay"),
    recoveryDelay: seconds("recovery-delay"),
    payoutDelay: seconds("payout-delay"),
    dutyNotice: seconds("duty-notice"),
  };
}

function ownerFrom(text: string): string {
  try {
    return getAddress(text);
  } catch {
    throw new DatadeedError("config-invalid", {
      field: "--owners",
      rule: `has ${text}, which is no address`,
    });
  }
}

async function main(): Promise<void> {
  const setting = settingsFrom(process.argv.slice(2));
  const file = setting("out");
  const rpcUrl = setting("rpc");
  const governance = governanceFrom(setting);
  const deployerKey = toHex(await openKeystore(setting("key"), setting("password-file")));
  const log = (sentence: string) => console.error(`${sentence} …`);
  const settings: DeploySettings = { rpcUrl, deployerKey, governance, log };
  await ensureDeployed(settings, file);
  const deployment = readDeployment(file);
  for (const { role, account, delay } of await verifyGovernance(rpcUrl, deployment)) {
    console.log(
      `${account} holds ${role === 0n ? "administration" : "governance"}, with a delay of ${delay} s`,
    );
  }
  console.log(
    `The contracts are on chain ${deployment.chainId} from block ${deployment.deployBlock} on: ${file}`,
  );
}

main().catch((error: Error) => {
  const help = error instanceof DatadeedError ? ` ${ERRORS[error.code].help}` : "";
  console.error(`${error.message}.${help}`);
  process.exit(1);
});
