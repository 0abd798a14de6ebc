import { parseAssetId, parsePartyId } from "../../domain/ids.ts";
import type { Call, Command } from "../command.ts";
import { rowsOf } from "../facts.ts";
import { usage } from "../failure.ts";
import { type AsOf, GATEWAY_OPTIONS, gatewayOf } from "../gateway.ts";
import { harmless, table } from "../text.ts";
import { fingerprintOf } from "./fingerprint.ts";

/** From 10 on, so that no other failure is mistaken for an answer. */
const EXIT_BY_RESULT = {
  valid: 0,
  noticed: 10,
  held: 11,
  retired: 12,
  "not-holder": 13,
  unknown: 14,
} as const;

interface Verification {
  readonly result: keyof typeof EXIT_BY_RESULT;
  readonly reasons: readonly { readonly code: string; readonly message: string }[];
  readonly noticedUntil?: string;
  readonly asset?: Readonly<Record<string, unknown>>;
  readonly asOf: AsOf;
}

export const verify: Command = {
  name: "verify",
  summary: "Fingerprints a file or folder here and asks whether it is registered and in good standing",
  parameters: [{ name: "path", about: "the file or folder; or an asset id, with --right and --party" }],
  options: {
    ...GATEWAY_OPTIONS,
    right: { value: "right", about: "with an asset id: hold, use or operate" },
    party: { value: "party", about: "with an asset id: does this party hold that right?" },
  },
  notes: [
    "Nothing of the content is sent, only its hash.",
    "Exit code: 0 valid, 10 noticed, 11 held, 12 retired, 13 not the holder, 14 unknown.",
  ],
  run,
};

async function run(call: Call): Promise<number> {
  const question = await questionOf(call);
  const { body } = await gatewayOf(call).post<Verification>("/v1/verifications", question);
  call.show({ ...body, question }, sayVerification(question, body));
  return EXIT_BY_RESULT[body.result];
}

async function questionOf(call: Call): Promise<Readonly<Record<string, string>>> {
  const subject = call.parameter("path");
  const [right, party] = [call.option("right"), call.option("party")];
  if (/^0x[0-9a-fA-F]{64}$/.test(subject)) {
    return {
      assetId: parseAssetId(subject, "assetId"),
      ...(right === undefined ? {} : { right }),
      ...(party === undefined ? {} : { party: parsePartyId(party, "party") }),
    };
  }
  if (right !== undefined || party !== undefined)
    throw usage("--right and --party go with an asset id, not a path.");
  const { kind, root } = await fingerprintOf(call, subject);
  return kind === "file" ? { sha256: root } : { contentRoot: root };
}

function sayVerification(
  question: Readonly<Record<string, string>>,
  { result, reasons, ...rest }: Verification,
): string {
  const until = rest.noticedUntil === undefined ? "" : ` until ${rest.noticedUntil}`;
  const rows = rowsOf({ ...question, ...rest.asset });
  const why = reasons.map(({ message }) => `  ${harmless(message)}\n`).join("");
  return `${result.toUpperCase()}${until}\n${why}${table([...rows, ["as of", `block ${rest.asOf.block}, ${rest.asOf.timestamp}`]], "  ")}\n`;
}
