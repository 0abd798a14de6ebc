import type { Command } from "../domain/commands.ts";
import { DatadeedError } from "../domain/errors.ts";
import type { Acceptance, Operation, WriteRequest } from "../outbox/operation.ts";
import type { Gateway } from "./gateway.ts";
import type { Answer, Call } from "./route.ts";
import { codeOf, operationView } from "./views.ts";

/** From a checked request to its operations, and from these to the answer. */

type AnyCall = Call<unknown, unknown, unknown>;

/** Keys whose first request is being written to disk. One process serves a database: this sees all of them. */
const inFlight = new WeakMap<Gateway, Set<string>>();

export async function enqueue(
  gateway: Gateway,
  call: AnyCall,
  commands: readonly Command[],
  descriptors: WriteRequest["descriptors"] = [],
): Promise<Acceptance> {
  const write = call.write();
  const name = `${write.tenant} ${write.idempotencyKey}`;
  const flights = inFlight.get(gateway) ?? new Set();
  inFlight.set(gateway, flights);
  if (flights.has(name)) {
    throw new DatadeedError("idempotency-key-in-flight", { idempotencyKey: write.idempotencyKey });
  }
  flights.add(name);
  try {
    return await gateway.outbox.enqueue({ ...write, commands, descriptors });
  } finally {
    flights.delete(name);
  }
}

/**
 * Checks what a later moment judges otherwise (a deadline), unless this very request was accepted before: its repetition
 * is answered like the first.
 */
export function requireInTime(gateway: Gateway, call: AnyCall, check: () => void): void {
  try {
    check();
  } catch (error) {
    if (gateway.outbox.earlier(call.write()) === undefined) throw error;
  }
}

/** 202 with the operation; with `Prefer: wait` and the end reached, 200, or the refusal as the answer. */
export async function answerOperation(
  gateway: Gateway,
  call: AnyCall,
  { isNew, operations }: Acceptance,
  more: (operation: Operation) => Readonly<Record<string, unknown>> = () => ({}),
): Promise<Answer> {
  const accepted = operations[0]!;
  const operation = await afterWait(gateway, accepted, call.wait);
  const { refusal } = operation;
  if (call.wait > 0 && operation.state === "rejected" && refusal !== undefined) {
    throw new DatadeedError(codeOf(refusal.code), { ...refusal.facts, operationId: operation.id });
  }
  return {
    status: call.wait > 0 && operation.state === "final" ? 200 : 202,
    body: { operation: operationView(operation, gateway.queries.tip()), ...more(operation) },
    headers: {
      location: `/v1/operations/${operation.id}`,
      ...(isNew ? {} : { "idempotency-replayed": "true" }),
    },
  };
}

/** The operation once it ended and reads show it, or as it is when the time is over. */
export async function afterWait(
  gateway: Gateway,
  operation: Operation,
  milliseconds: number,
): Promise<Operation> {
  if (milliseconds === 0) return operation;
  const until = gateway.clock() + milliseconds;
  const settled = await Promise.race([
    gateway.outbox.settled(operation.id, milliseconds),
    drained(gateway).then(() => gateway.outbox.status(operation.id) ?? operation),
  ]);
  const left = until - gateway.clock();
  if (settled.state === "final" && settled.block !== undefined && left > 0) {
    await gateway.queries.passed(settled.block.number, left);
  }
  return settled;
}

/** A gateway that stops lets nobody wait. */
function drained({ draining }: Gateway): Promise<void> {
  return new Promise((resolve) => {
    if (draining.aborted) resolve();
    else draining.addEventListener("abort", () => resolve(), { once: true });
  });
}
