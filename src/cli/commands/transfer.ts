import { type AssetId, parseAssetId, parsePartyId, RIGHT_KINDS, type RightKind } from "../../domain/ids.ts";
import type { TypedData } from "../../domain/typed-data.ts";
import type { Call, Command } from "../command.ts";
import { usage } from "../failure.ts";
import { GATEWAY_OPTIONS, gatewayOf, type Operation, settle } from "../gateway.ts";
import { KEY_OPTIONS, PIN_OPTION, trustedDomain, unlock, untrusted } from "../keys.ts";
import { instant, table } from "../text.ts";
import { conclude, WAIT_MS } from "./operation.ts";

/** A signature that is good for longer than this is not needed by anybody who acts in good faith. */
const LONGEST_DEADLINE = 7 * 86_400;

export const transfer: Command = {
  name: "transfer",
  summary: "Moves a right to another party, signed with a key on this machine",
  parameters: [
    { name: "assetId", about: "the asset, 0x and 64 hex digits" },
    { name: "right", about: "hold, use or operate" },
  ],
  options: {
    ...GATEWAY_OPTIONS,
    ...KEY_OPTIONS,
    ...PIN_OPTION,
    to: { value: "party", about: "who gets the right" },
    "no-wait": { about: "do not wait for the ledger" },
  },
  notes: [
    "The gateway proposes what to sign; it is compared with what was asked for, field by field, before anything is\n" +
      "signed, and shown. The key never leaves this machine.",
    "Exit code: 0 final, 1 rejected, 6 not ended yet.",
  ],
  run,
};

interface Wish {
  readonly assetId: AssetId;
  readonly right: RightKind;
  readonly to: string;
}

async function run(call: Call): Promise<number> {
  const wish: Wish = {
    assetId: parseAssetId(call.parameter("assetId"), "assetId"),
    right: rightOf(call.parameter("right")),
    to: parsePartyId(call.required("to"), "to"),
  };
  const gateway = gatewayOf(call);
  const key = await unlock(call);
  const path = `/v1/assets/${wish.assetId}/rights/${wish.right}/transfers`;
  const { body } = await gateway.post<{ typedData: TypedData }>(path, { to: wish.to });
  const domain = trustedDomain(call, body.typedData, "TransferRight");
  const message = requireWish(body.typedData.message, wish, call.terminal.now());
  call.terminal.err(`${sayAct(wish, key.address, domain, message)}\n`);
  const authorization = {
    signer: key.address,
    nonce: message.nonce,
    deadline: message.deadline,
    signature: key.sign(domain, "TransferRight", { ...message }),
  };
  const sent = await gateway.post<{ operation: Operation }>(path, { to: wish.to, authorization });
  const { operation } = sent.body;
  return conclude(call, call.flag("no-wait") ? operation : await settle(gateway, operation, WAIT_MS));
}

function rightOf(word: string): RightKind {
  const right = RIGHT_KINDS.find((each) => each === word);
  if (right === undefined) throw usage(`<right> must be ${RIGHT_KINDS.join(", ")}, not ${word}.`, "right");
  return right;
}

interface Message {
  readonly assetId: AssetId;
  readonly right: number;
  readonly to: string;
  readonly nonce: string;
  readonly deadline: number;
}

/** The message that was asked for, with the gateway's nonce and deadline: nothing else of its answer is signed. */
function requireWish(message: TypedData["message"], { assetId, right, to }: Wish, now: number): Message {
  const number = RIGHT_KINDS.indexOf(right) + 1;
  const same = (field: string, asked: string) => {
    const answered = String(message[field]).toLowerCase();
    if (answered !== asked) throw untrusted(`its ${field} is ${answered}; asked for was ${asked}`);
  };
  same("assetId", assetId);
  same("right", String(number));
  same("to", to);
  const [nonce, deadline] = [String(message.nonce), Number(message.deadline)];
  if (!/^\d{1,78}$/.test(nonce)) throw untrusted(`its nonce is ${nonce}`);
  const left = deadline - now / 1000;
  if (!(left > 0 && left <= LONGEST_DEADLINE))
    throw untrusted(`its deadline is ${message.deadline}, not within a week`);
  return { assetId, right: number, to, nonce, deadline };
}

function sayAct(
  { assetId, right, to }: Wish,
  signer: string,
  domain: TypedData["domain"],
  { nonce, deadline }: Message,
): string {
  return `Signing TransferRight\n${table(
    [
      ["asset", assetId],
      ["right", right],
      ["to", to],
      ["signer", signer],
      ["valid until", instant(deadline)],
      ["nonce", nonce],
      ["registry", `${domain.verifyingContract} on chain ${domain.chainId}`],
    ],
    "  ",
  )}`;
}
