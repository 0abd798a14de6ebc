/** What tests of the command line share: files of a user, a stand-in gateway, and typed data that is in order. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Hash, PartyId } from "../../src/domain/ids.ts";
import type { Domain } from "../../src/domain/typed-data.ts";
import { datadeed } from "./cli.ts";
import { type Routes, type StandInGateway, standInGateway } from "./stand-in-gateway.ts";

export const ASSET = `0x${"a4".repeat(32)}` as Hash;
export const RECEIVER = `0x${"be".repeat(20)}` as PartyId;
export const REGISTRAR = `0x${"e7".repeat(20)}` as PartyId;
export const AS_OF = { block: 12, hash: `0x${"0b".repeat(32)}`, timestamp: "2026-02-03T04:05:06.000Z" };
export const DOMAIN: Domain = {
  name: "Datadeed RightsRegistry",
  version: "1",
  chainId: 4242,
  verifyingContract: `0x${"c0".repeat(20)}`,
};

export const inAnHour = (): number => Math.floor(Date.now() / 1000) + 3_600;

/** An operation as the API writes it; final where nothing else is said. */
export function operation(over: Record<string, unknown> = {}) {
  return {
    id: "op_1",
    kind: "relay-act",
    act: "TransferRight",
    state: "final",
    assetId: ASSET,
    transactionHash: `0x${"7a".repeat(32)}`,
    block: { number: 12, hash: AS_OF.hash },
    visible: true,
    alreadyDone: false,
    acceptedAt: "2026-02-03T04:05:00.000Z",
    updatedAt: "2026-02-03T04:05:06.000Z",
    ...over,
  };
}

/** A user's folder with an API key and, after `makeKey`, a keystore; its gateways end with each test. */
export function cliBench() {
  const folder = mkdtempSync(join(tmpdir(), "datadeed-cli-"));
  const at = (name: string) => join(folder, name);
  const gateways: StandInGateway[] = [];
  before(() => writeFileSync(at("api-key"), "dd_secret\n", { mode: 0o600 }));
  afterEach(() => Promise.all(gateways.splice(0).map((gateway) => gateway.close())));
  after(() => rmSync(folder, { recursive: true }));
  return {
    folder,
    at,
    async given(routes: Routes): Promise<StandInGateway> {
      const gateway = await standInGateway(routes);
      gateways.push(gateway);
      return gateway;
    },
    asking: (gateway: { readonly url: string }) => [
      "--gateway",
      gateway.url,
      "--api-key-file",
      at("api-key"),
    ],
    signing: () => ["--key", at("key.json"), "--password-file", at("password")],
    /** @returns The new key's address. */
    async makeKey(): Promise<PartyId> {
      const words = ["keystore", "new", at("key.json"), "--password-file", at("password"), "--json"];
      return (await datadeed(words)).json<{ address: PartyId }>().address;
    },
  };
}
