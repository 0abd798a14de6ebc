/** A gateway of the exchange of `CN-GD` with everything real: SQLite, outbox, index, and the Hardhat network as ledger. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Wallet } from "ethers";
import { createApiKeys } from "../../src/auth/keys.ts";
import { SCOPES, type Scope } from "../../src/auth/scopes.ts";
import { createDescriptors, type Descriptors } from "../../src/descriptors/descriptors.ts";
import { insertDescriptors } from "../../src/descriptors/store.ts";
import { fromHex, keccakHex } from "../../src/domain/crypto.ts";
import type { Deployment } from "../../src/domain/deployment.ts";
import type { PartyId } from "../../src/domain/ids.ts";
import { createApp, type HttpApp } from "../../src/http/app.ts";
import type { Limits } from "../../src/http/gateway.ts";
import { createIndexer, type Indexer } from "../../src/indexer/indexer.ts";
import { createLedger } from "../../src/ledger/ledger.ts";
import { localSigner } from "../../src/ledger/signer.ts";
import { createOutbox, type RunningOutbox } from "../../src/outbox/outbox.ts";
import { openDatabase } from "../../src/storage/database.ts";
import { createLogger } from "../../src/telemetry/logger.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";
import {
  connection,
  DIRECT,
  ethers,
  KeyRole,
  keyGrant,
  networkHelpers,
  type RegionPeople,
  type Signer,
  type World,
} from "./contracts.ts";
import { type NodeServer, serveNode } from "./node-server.ts";

export interface TestGateway {
  readonly url: string;
  readonly openApi: object;
  readonly gatewayParty: PartyId;
  readonly outbox: RunningOutbox;
  readonly indexer: Indexer;
  readonly descriptors: Descriptors;
  readonly app: HttpApp;
  /** A new API key's secret; all scopes of the exchange itself where nothing is said. */
  keyOf(party?: string, scopes?: readonly Scope[]): string;
  /** Waits until the index shows the newest block. */
  caughtUp(): Promise<void>;
  /** Lets time pass, on the ledger and on the gateway's clock. */
  pass(seconds: number): Promise<void>;
  close(): Promise<void>;
}

export interface GatewaySettings {
  readonly limits?: Partial<Limits>;
  readonly peers?: readonly string[];
  readonly databasePath?: string;
}

export async function deploymentOf(world: World): Promise<Deployment> {
  const contracts = {
    accessManager: world.manager,
    membership: world.membership,
    supervision: world.supervision,
    transferPolicy: world.policy,
    rightsRegistry: world.registry,
  };
  const described = await Promise.all(
    Object.entries(contracts).map(async ([name, contract]) => {
      const address = (await contract.getAddress()).toLowerCase();
      const codeHash = keccakHex(fromHex(await ethers.provider.getCode(address)));
      return [name, { address, codeHash }] as const;
    }),
  );
  const { chainId } = await ethers.provider.getNetwork();
  return {
    chainId: Number(chainId),
    deployBlock: 0,
    contracts: Object.fromEntries(described) as unknown as Deployment["contracts"],
  };
}

/** A key of the exchange that registers and sponsors, with what its transactions cost. */
async function registrarKey(world: World, region: RegionPeople): Promise<Wallet> {
  const wallet = Wallet.createRandom() as unknown as Wallet;
  const { party, keys } = region.exchange;
  const roles = KeyRole.REGISTRAR | KeyRole.SPONSOR;
  const grant = await keyGrant(world, wallet as unknown as Signer, party, roles, party);
  await world.membership.connect(keys.admin!).addKey(party, grant, DIRECT);
  await networkHelpers.setBalance(wallet.address, 10n ** 21n);
  return wallet;
}

export async function startGateway(
  world: World,
  region: RegionPeople,
  settings: GatewaySettings = {},
): Promise<TestGateway> {
  const node = await serveNode(connection.provider);
  const wallet = await registrarKey(world, region);
  const deployment = await deploymentOf(world);
  const gatewayParty = region.exchange.party.toLowerCase() as PartyId;
  const signer = localSigner(fromHex(wallet.privateKey));
  const logger = createLogger({ level: process.env.TEST_LOG ?? "silent" });
  // Tests of one process share the network, and one before may have let its time pass.
  const { timestamp } = (await ethers.provider.getBlock("latest"))!;
  let ahead = Math.max(0, timestamp * 1000 - Date.now());
  const now = () => Date.now() + ahead;
  const db = openDatabase(settings.databasePath ?? ":memory:");
  const ledger = createLedger({ url: node.url, deployment, pollMs: 20 });
  const indexer = createIndexer({ db, ledger, finalityDepth: 0, logger });
  const descriptors = createDescriptors({
    database: db,
    queries: indexer,
    peers: settings.peers ?? [],
    gatewayParty,
    key: signer,
    clock: now,
    logger,
  });
  const keepDescriptors = insertDescriptors(db);
  const outbox = createOutbox({ db, ledger, signer, finalityDepth: 0, keepDescriptors, clock: now, logger });
  const apiKeys = createApiKeys(db, now);
  const http = createApp({
    outbox,
    queries: indexer,
    apiKeys,
    descriptors,
    deployment,
    gatewayParty,
    isContract: async (address) => (await ethers.provider.getCode(address)) !== "0x",
    clock: now,
    logger,
    metrics: createMetrics(),
    ready: () => ({ ready: true, reasons: [] }),
    ...(settings.limits === undefined ? {} : { limits: settings.limits }),
  });
  await indexer.catchUp();
  indexer.start();
  outbox.start();
  const server = createServer(http.app);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  async function caughtUp(): Promise<void> {
    await indexer.passed(await ethers.provider.getBlockNumber(), 10_000);
  }

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    openApi: http.openApi,
    gatewayParty,
    outbox,
    indexer,
    descriptors,
    app: http,
    async pass(seconds) {
      ahead += seconds * 1000;
      await networkHelpers.time.increase(seconds);
      await caughtUp();
    },
    keyOf: (party = gatewayParty, scopes = SCOPES) =>
      apiKeys.create({ party: party.toLowerCase() as PartyId, label: "test", scopes }).secret,
    caughtUp,
    async close() {
      http.drain();
      await closed(server);
      await descriptors.stop();
      await outbox.stop();
      await indexer.stop();
      ledger.close();
      await closeNode(node);
      db.close();
    },
  };
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
}

const closeNode = (node: NodeServer): Promise<void> => node.close();
