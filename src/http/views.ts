import type { ApiKey } from "../auth/keys.ts";
import { type Descriptor, plainText } from "../domain/descriptor.ts";
import { ERRORS, type ErrorCode, problemOf } from "../domain/errors.ts";
import type { AsOf, AssetRow, EventRow, PartyRow } from "../indexer/queries.ts";
import type { Operation } from "../outbox/operation.ts";
import type { Gateway } from "./gateway.ts";
import { plain } from "./problem.ts";

/** Rows as the API shows them: enumerations as words, instants as RFC 3339. */

export const instantOf = (unixSecond: number): string => new Date(unixSecond * 1000).toISOString();

export const asOfView = ({ block, hash, timestamp }: AsOf) => ({
  block,
  hash,
  timestamp: instantOf(timestamp),
});

export function operationView(operation: Operation, tip: AsOf) {
  const { command, block, refusal } = operation;
  return {
    id: operation.id,
    kind: command.kind,
    act: command.kind === "relay-act" ? command.act : "RegisterAsset",
    state: operation.state,
    ...(operation.assetId === undefined ? {} : { assetId: operation.assetId }),
    ...(operation.transactionHash === undefined ? {} : { transactionHash: operation.transactionHash }),
    ...(block === undefined ? {} : { block: { number: block.number, hash: block.hash } }),
    visible: block !== undefined && tip.block >= block.number,
    alreadyDone: operation.alreadyDone,
    ...(refusal === undefined ? {} : { refusal: refusalView(refusal.code, refusal.facts) }),
    acceptedAt: operation.acceptedAt,
    updatedAt: operation.updatedAt,
  };
}

/** A code that this version's table no longer has is still a refusal. */
export const codeOf = (code: string): ErrorCode =>
  code in ERRORS ? (code as ErrorCode) : "transaction-failed";

function refusalView(code: string, facts: Readonly<Record<string, unknown>>) {
  const { title, detail, help, retryable, facts: shown } = problemOf(codeOf(code), plain(facts));
  return { code: codeOf(code), title, detail, help, retryable, facts: shown };
}

export function assetView(row: AssetRow) {
  const { registration: r } = row;
  return {
    assetId: row.assetId,
    contentRoot: r.contentRoot,
    descriptorHash: r.descriptorHash,
    kind: r.kind,
    status: row.status,
    region: row.region,
    registrar: row.registrar,
    reviewer: row.reviewer,
    reviewDigest: row.reviewDigest,
    firstHolder: r.holder,
    holders: row.holders,
    rights: r.rights,
    class: r.class,
    flags: r.flags,
    theme: r.theme,
    prohibitedUses: bitsOf(r.prohibitedUses),
    persons: r.persons,
    sensitivePersons: r.sensitivePersons,
    upstreamRate: row.upstreamRate,
    parents: r.parents,
    ancestors: row.ancestors,
    noticeEnds: instantOf(row.noticeEnds),
    holds: row.holds,
    registeredIn: row.registeredIn,
    historyHead: row.historyHead,
    historyLength: row.historyLength,
  };
}

/** The numbers of the bits that are set. */
export function bitsOf(mask: number): number[] {
  return Array.from({ length: 16 }, (_, bit) => bit).filter((bit) => (mask & (1 << bit)) !== 0);
}

/** The record that the ledger commits to, and whether it is here. */
export function descriptorView(gateway: Gateway, { registration, registrar }: AssetRow) {
  const body = gateway.descriptors.body(registration.descriptorHash);
  return {
    descriptor: body === undefined ? null : (JSON.parse(body) as Descriptor),
    descriptorState:
      body === undefined
        ? gateway.descriptors.stateOf(registration.descriptorHash, registrar)
        : ("present" as const),
  };
}

/** For lists: what people call the asset and its publisher, instead of the whole record. */
export function summaryView(gateway: Gateway, row: AssetRow) {
  const { descriptor, descriptorState } = descriptorView(gateway, row);
  return {
    ...assetView(row),
    ...(descriptor === null
      ? {}
      : { title: plainText(descriptor.title), publisher: plainText(descriptor.publisher.name) }),
    descriptorState,
  };
}

export function eventView(gateway: Gateway, row: EventRow) {
  return {
    cursor: eventCursor(gateway, row),
    name: row.name,
    args: row.args,
    ...(row.assetId === undefined ? {} : { assetId: row.assetId }),
    block: row.block,
    blockHash: row.blockHash,
    logIndex: row.logIndex,
    timestamp: instantOf(row.timestamp),
    transactionHash: row.transactionHash,
    emitter: row.emitter,
    topics: row.topics,
    data: row.data,
  };
}

export const eventCursor = (
  { cursors }: Gateway,
  { block, logIndex, blockHash }: Pick<EventRow, "block" | "logIndex" | "blockHash">,
): string => cursors.encode("events", [block, logIndex, blockHash]);

export function partyView(row: PartyRow) {
  const { recovery } = row;
  return {
    party: row.party,
    region: row.region,
    sponsor: row.sponsor,
    class: row.class,
    roles: row.roles,
    scheme: row.scheme,
    ...(row.identifier === undefined ? {} : { identifier: row.identifier }),
    validUntil: instantOf(row.validUntil),
    status: row.status,
    controllingGroup: row.controllingGroup,
    keyEpoch: row.keyEpoch,
    keys: row.keys,
    ...(row.payoutAddress === undefined ? {} : { payoutAddress: row.payoutAddress }),
    ...(row.endpoint === undefined ? {} : { endpoint: row.endpoint }),
    ...(recovery === undefined
      ? {}
      : {
          recovery: {
            key: recovery.key,
            completableAt: instantOf(recovery.completableAt),
            objected: recovery.objected,
          },
        }),
  };
}

export function apiKeyView(key: ApiKey) {
  return {
    id: key.id,
    party: key.party,
    label: key.label,
    scopes: key.scopes,
    createdAt: new Date(key.createdAt).toISOString(),
    expiresAt: new Date(key.expiresAt).toISOString(),
    ...(key.revokedAt === undefined ? {} : { revokedAt: new Date(key.revokedAt).toISOString() }),
  };
}
