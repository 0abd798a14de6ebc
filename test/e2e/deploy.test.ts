import { execFile } from "node:child_process";
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import {
  AbiCoder,
  encodeBytes32String,
  encryptKeystoreJson,
  keccak256,
  Wallet,
  ZeroAddress,
  ZeroHash,
} from "ethers";
import { createAccount } from "../../scripts/deploy/account.ts";
import { type DeploySettings, deploy } from "../../scripts/deploy/deploy.ts";
import { ensureDeployed } from "../../scripts/deploy/ensure.ts";
import { openRegions, type RegionOpening, verifyGovernance } from "../../scripts/deploy/governance.ts";
import { type EmbeddedLedger, startLedger } from "../../scripts/ledger/ledger.ts";
import type { Deployment } from "../../src/domain/deployment.ts";
import type { DatadeedError } from "../../src/domain/errors.ts";
import { parseRegionId, type RegionId } from "../../src/domain/ids.ts";
import { INTERFACES } from "../../src/ledger/abi.ts";
import { createRpc, type Rpc } from "../../src/ledger/rpc.ts";
import { temporaryFolder } from "../helpers/ledger.ts";

const DELAY = 2;
const owner = Wallet.createRandom();
const deployer = Wallet.createRandom();

describe("Deployment", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let ledger: EmbeddedLedger;
  let rpc: Rpc;
  let settings: DeploySettings;
  let file: string;

  beforeEach(async () => {
    folder = temporaryFolder();
    ledger = await startLedger({ directory: folder.path, port: 0, log: () => {} });
    rpc = createRpc(ledger.url);
    file = join(folder.path, "deployment.json");
    settings = {
      rpcUrl: ledger.url,
      deployerKey: deployer.privateKey,
      governance: {
        owners: [owner.address],
        executionDelay: DELAY,
        recoveryDelay: 10,
        payoutDelay: 10,
        dutyNotice: 10,
      },
    };
  });

  afterEach(async () => {
    rpc.close();
    await ledger.stop();
    folder.remove();
  });

  const nonceOfDeployer = async () =>
    Number(await rpc.call("eth_getTransactionCount", deployer.address, "latest"));
  const ask = async (
    deployment: Deployment,
    contract: "membership" | "accessManager",
    method: string,
    ...args: unknown[]
  ) => {
    const data = INTERFACES[contract].encodeFunctionData(method, args);
    const answer = await rpc.call<string>(
      "eth_call",
      { to: deployment.contracts[contract].address, data },
      "latest",
    );
    return INTERFACES[contract].decodeFunctionResult(method, answer)[0] as unknown;
  };
  const codeOf = (promise: Promise<unknown>) =>
    promise.then(
      () => "nothing was thrown",
      (error: DatadeedError) => error.code,
    );

  context("when it is done", () => {
    it("leaves no account with a role without a delay, and the deployer with none", async () => {
      const holders = await verifyGovernance(ledger.url, await deploy(settings));
      expect(holders).to.deep.equal([
        { role: 1n, account: owner.address.toLowerCase(), delay: DELAY },
        { role: 0n, account: owner.address.toLowerCase(), delay: DELAY },
      ]);
    });

    it("has given Supervision its duty, and nobody else any", async () => {
      const deployment = await deploy(settings);
      const STEER_REGIONS = 8;
      expect(
        await ask(
          deployment,
          "membership",
          "hasDuty",
          deployment.contracts.supervision.address,
          STEER_REGIONS,
        ),
      ).to.equal(true);
      expect(
        await ask(
          deployment,
          "membership",
          "hasDuty",
          deployment.contracts.rightsRegistry.address,
          STEER_REGIONS,
        ),
      ).to.equal(false);
    });

    it("names a block from which every log of the contracts is found", async () => {
      const deployment = await deploy(settings);
      const range = (fromBlock: number) => ({ fromBlock: `0x${fromBlock.toString(16)}`, toBlock: "latest" });
      const all = await rpc.call<unknown[]>("eth_getLogs", range(0));
      expect(await rpc.call("eth_getLogs", range(deployment.deployBlock))).to.have.length(all.length);
    });
  });

  context("given an owner governs", () => {
    it("lets a role without a delay be found out", async () => {
      const deployment = await deploy(settings);
      // Granted by governance itself, after its delay: possible, and seen.
      const data = INTERFACES.accessManager.encodeFunctionData("grantRole", [
        1n,
        Wallet.createRandom().address,
        0,
      ]);
      await governDirectly(deployment, data);
      expect(await codeOf(verifyGovernance(ledger.url, deployment))).to.equal("deployment-mismatch");
    });

    async function governDirectly(deployment: Deployment, data: string) {
      const account = await createAccount(rpc, owner.privateKey);
      const to = deployment.contracts.accessManager.address;
      const encode = (method: string, ...args: unknown[]) =>
        INTERFACES.accessManager.encodeFunctionData(method, args);
      await account.send([{ title: "schedule", to, data: encode("schedule", to, data, 0) }]);
      await new Promise((resolve) => setTimeout(resolve, (DELAY + 1) * 1_000));
      await account.send([{ title: "execute", to, data: encode("execute", to, data) }]);
    }
  });

  context("when it is run again", () => {
    it("does nothing", async () => {
      const first = await ensureDeployed(settings, file);
      const nonce = await nonceOfDeployer();
      expect(await ensureDeployed(settings, file)).to.deep.equal(first);
      expect(await nonceOfDeployer()).to.equal(nonce);
      expect(existsSync(`${file}.begun`)).to.equal(false);
    });

    it("only checks, for another deployer", async () => {
      const first = await ensureDeployed(settings, file);
      const other = { ...settings, deployerKey: Wallet.createRandom().privateKey };
      expect(await ensureDeployed(other, file)).to.deep.equal(first);
    });
  });

  context("given it was interrupted before its file was written", () => {
    it("goes on where it was", async () => {
      const first = await ensureDeployed(settings, file);
      writeFileSync(
        `${file}.begun`,
        JSON.stringify({ chainId: ledger.chainId, deployer: deployer.address.toLowerCase(), firstNonce: 0 }),
      );
      rmSync(file);
      const nonce = await nonceOfDeployer();
      expect(await ensureDeployed(settings, file)).to.deep.equal(first);
      expect(await nonceOfDeployer()).to.equal(nonce);
    });
  });

  context("given the ledger lost it", () => {
    it("makes it again at the same addresses", async () => {
      const first = await ensureDeployed(settings, file);
      await ledger.stop();
      for (const number of [1, 2, 3])
        rmSync(join(folder.path, "ledger", `state-${number}.gz`), { force: true });
      ledger = await startLedger({ directory: folder.path, port: 0, log: () => {} });
      const again = await ensureDeployed({ ...settings, rpcUrl: ledger.url }, file);
      expect(again.contracts).to.deep.equal(first.contracts);
      expect(JSON.parse(readFileSync(file, "utf8"))).to.deep.equal(again);
    });
  });

  context("given other code at an address of the file", () => {
    it("refuses", async () => {
      const made = await ensureDeployed(settings, file);
      const { membership } = made.contracts;
      const contracts = { ...made.contracts, membership: { ...membership, codeHash: ZeroHash } };
      writeFileSync(file, JSON.stringify({ ...made, contracts }));
      expect(await codeOf(ensureDeployed(settings, file))).to.equal("deployment-mismatch");
    });
  });

  context("given governance that would hide something", () => {
    for (const [name, wrong] of Object.entries({
      "no owner": { owners: [] },
      "the deployer as an owner": { owners: [deployer.address] },
      "no delay": { executionDelay: 0 },
    })) {
      it(`refuses ${name}`, async () => {
        const governance = { ...settings.governance, ...wrong };
        expect(await codeOf(deploy({ ...settings, governance }))).to.equal("config-invalid");
      });
    }
  });

  context("when regions are opened", () => {
    it("opens each after the delay, and once", async () => {
      const deployment = await deploy(settings);
      const openings = await Promise.all(
        ["CN-GD", "HK"].map((code) => openingOf(deployment, parseRegionId(code, "region"))),
      );
      const governance = { rpcUrl: ledger.url, ownerKey: owner.privateKey, deployment };
      const begun = Date.now();
      await openRegions(governance, openings);
      expect(Date.now() - begun).to.be.at.least(DELAY * 1_000 - 1_000);
      expect(await ask(deployment, "membership", "regionNumberOf", bytes8("HK"))).to.equal(2n);
      const said: string[] = [];
      await openRegions({ ...governance, log: (sentence) => said.push(sentence) }, openings);
      expect(said).to.deep.equal([]);
    });

    it("refuses anybody else", async () => {
      const deployment = await deploy(settings);
      const opening = await openingOf(deployment, parseRegionId("SG", "region"));
      const governance = { rpcUrl: ledger.url, ownerKey: Wallet.createRandom().privateKey, deployment };
      expect(await codeOf(openRegions(governance, [opening]))).to.equal("transaction-failed");
    });
  });

  context("when it is run from the command line", () => {
    const main = join(import.meta.dirname, "../../scripts/deploy/main.ts");
    const execute = promisify(execFile);
    // Not in this process's place: the ledger that it talks to lives here.
    const run = async (...flags: string[]) => {
      try {
        return { status: 0, ...(await execute(process.execPath, [main, ...flags], { timeout: 60_000 })) };
      } catch (error) {
        const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
        return { status: code, stdout, stderr };
      }
    };

    it("says what is missing", async () => {
      const { status, stderr } = await run("--rpc", ledger.url);
      expect(status).to.equal(1);
      expect(stderr).to.contain("--owners").and.to.contain("DATADEED_OWNERS");
    });

    it("takes the key from a keystore that only its owner reads, and prints who governs", async () => {
      const keystore = join(folder.path, "deployer.json");
      const password = join(folder.path, "password");
      // The cost of guessing the password is of no matter here.
      const encrypted = await encryptKeystoreJson(
        { address: deployer.address, privateKey: deployer.privateKey },
        "correct horse",
        { scrypt: { N: 1024 } },
      );
      writeFileSync(keystore, encrypted, { mode: 0o644 });
      writeFileSync(password, "correct horse\n", { mode: 0o600 });
      const flags = ["--rpc", ledger.url, "--owners", owner.address, "--out", file];
      const keys = ["--key", keystore, "--password-file", password];
      expect((await run(...flags, ...keys)).stderr).to.contain("chmod 600");
      chmodSync(keystore, 0o600);
      const { status, stdout, stderr } = await run(...flags, ...keys);
      expect(status, stderr).to.equal(0);
      expect(stdout).to.contain(`${owner.address.toLowerCase()} holds governance, with a delay of 604800 s`);
      expect(existsSync(file)).to.equal(true);
    });
  });
});

const bytes8 = (code: string) => encodeBytes32String(code).slice(0, 18);

async function openingOf(deployment: Deployment, region: RegionId): Promise<RegionOpening> {
  const UEN = 4;
  const ADMIT_AND_ADMIN = 33;
  const identifier = encodeBytes32String(`REGULATOR-${region}`);
  const encoded = AbiCoder.defaultAbiCoder().encode(
    ["string", "uint8", "bytes32"],
    ["datadeed:party", UEN, identifier],
  );
  const party = `0x${keccak256(encoded).slice(-40)}`;
  const key = Wallet.createRandom();
  const deadline = 4_000_000_000;
  const domain = {
    name: "Datadeed Membership",
    version: "1",
    chainId: deployment.chainId,
    verifyingContract: deployment.contracts.membership.address,
  };
  const fields = { party: "address", roles: "uint16", grantor: "address", deadline: "uint48" };
  const types = { KeyConsent: Object.entries(fields).map(([name, type]) => ({ name, type })) };
  const values = { party, roles: ADMIT_AND_ADMIN, grantor: ZeroAddress, deadline };
  return {
    region,
    regulator: {
      scheme: UEN,
      identifier,
      class: 1,
      roles: 2,
      validUntil: deadline,
      controllingGroup: ZeroAddress,
      evidence: ZeroHash,
    },
    keys: [
      {
        key: key.address,
        roles: ADMIT_AND_ADMIN,
        deadline,
        consent: await key.signTypedData(domain, types, values),
      },
    ],
  };
}
