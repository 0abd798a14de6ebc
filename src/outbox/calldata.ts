import type { ActAuthorization, Command, RegisterAsset, RelayAct } from "../domain/commands.ts";
import { ZERO_ADDRESS } from "../domain/ids.ts";
import type { ContractName } from "../domain/typed-data.ts";
import { encodeCall } from "../ledger/ledger.ts";
import { encodeRegisterBatch, type ReviewedItem } from "../ledger/register-batch.ts";

/** What one transaction asks of a contract: one act, or any number of registrations that have their reviews. */
export function calldataOf(commands: readonly Command[]): { contract: ContractName; data: `0x${string}` } {
  const first = commands[0]!;
  if (first.kind === "relay-act") {
    return { contract: first.contract, data: encodeCall(first.contract, first.function, argumentsOf(first)) };
  }
  const items = commands as readonly (RegisterAsset & ReviewedItem)[];
  return { contract: "rightsRegistry", data: encodeRegisterBatch(items) };
}

/** `Authorization` of an act that the sender performs itself. */
const NOBODY: ActAuthorization = { signer: ZERO_ADDRESS, nonce: 0n, deadline: 0, signature: "0x" };
const UNSIGNED = new Set(["completeRecovery", "transferRight", "cancelNonce"]);

/** With the parameter `by` in its place: last, but for `changeSponsor(party, sponsor, by, consent)`. */
function argumentsOf({ function: name, args, authorization = NOBODY }: RelayAct): unknown[] {
  if (UNSIGNED.has(name)) return [...args];
  const place = name === "changeSponsor" ? args.length - 1 : args.length;
  return args.toSpliced(place, 0, authorization);
}
