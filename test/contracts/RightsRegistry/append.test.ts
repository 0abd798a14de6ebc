import { expect } from "chai";
import { concat, getBytes, keccak256, type Log, toBeHex, ZeroHash } from "ethers";
import {
  activeAsset,
  assetIdOf,
  bytes32,
  contentOf,
  DIRECT,
  Duty,
  ethers,
  networkHelpers,
  Right,
  twoRegions,
} from "../../helpers/contracts.ts";
import { higherContract } from "../../helpers/people.ts";

const { loadFixture } = networkHelpers;
const CASE = bytes32("case 17");

/** What an auditor does: no ABI, no contract's help, only raw logs whose first indexed argument is the asset. */
function replay(logs: readonly Pick<Log, "address" | "topics" | "data">[]): string {
  let head = ZeroHash;
  for (const { address, topics, data } of logs) {
    const entry = keccak256(concat([address, toBeHex(topics.length, 1), ...topics, getBytes(data)]));
    head = keccak256(concat([head, entry]));
  }
  return head;
}

async function given(duties: number = Duty.APPEND) {
  const world = await loadFixture(twoRegions);
  const id = await activeAsset(world, world.guangdong, { holder: world.guangdong.firm.party });
  return { ...world, world, id, court: await higherContract(world, duties) };
}

describe("RightsRegistry.append", () => {
  context("given a contract with the duty APPEND", () => {
    context("when it logs about an asset and appends the log's entry", () => {
      it("moves the head by that entry", async () => {
        const { registry, court, id } = await given();
        const before = await registry.historyHeadOf(id);
        const receipt = await (await court.note(id, CASE, ZeroHash, "0x1234")).wait();
        const [log] = receipt!.logs;
        const entry = keccak256(concat([log!.address, "0x04", ...log!.topics, log!.data]));
        expect(await registry.historyHeadOf(id)).to.equal(keccak256(concat([before, entry])));
      });

      it("emits a log that its own interface decodes", async () => {
        const { court, id } = await given();
        await expect(court.note(id, CASE, ZeroHash, "0x1234"))
          .to.emit(court, "Noted")
          .withArgs(id, CASE, ZeroHash, "0x1234");
      });
    });

    context("when it appends to an asset that is held or retired", () => {
      it("moves the head all the same", async () => {
        const { registry, court, id, guangdong } = await given();
        await registry.connect(guangdong.firm.keys.owner!).retire(id, DIRECT);
        const before = await registry.historyHeadOf(id);
        await court.note(id, CASE, ZeroHash, "0x");
        expect(await registry.historyHeadOf(id)).not.to.equal(before);
      });
    });

    context("when it appends to content that nobody registered", () => {
      it("reverts with AssetUnknown", async () => {
        const { registry, court } = await given();
        const id = assetIdOf(contentOf("nothing"));
        await expect(court.note(id, CASE, ZeroHash, "0x"))
          .to.be.revertedWithCustomError(registry, "AssetUnknown")
          .withArgs(id);
      });
    });
  });

  context("given nobody has the duty", () => {
    context("when a regulator, an exchange, the holder or a stranger calls it", () => {
      it("reverts with LacksDuty", async () => {
        const { registry, membership, id, guangdong, strangers } = await given(0);
        const everybody = [guangdong.regulator, guangdong.exchange, guangdong.firm];
        for (const key of [...everybody.flatMap(({ keys }) => Object.values(keys)), strangers[0]!]) {
          await expect(registry.connect(key).append(id, CASE))
            .to.be.revertedWithCustomError(membership, "LacksDuty")
            .withArgs(key.address, Duty.APPEND);
        }
      });
    });
  });

  context("given an asset to which everything happened", () => {
    context("when an auditor replays every log whose second topic is its id", () => {
      it("arrives at the head that the ledger keeps", async () => {
        const { registry, id, guangdong, hongKong, court } = await given(
          Duty.APPEND | Duty.HOLD | Duty.REASSIGN,
        );
        const owner = guangdong.firm.keys.owner!;
        const freeze = guangdong.regulator.keys.freeze!;
        await registry.connect(owner).approve(guangdong.person.party, BigInt(id) | 1n);
        await registry.connect(owner).transferRight(id, Right.Use, hongKong.firm.party);
        await registry.connect(freeze).hold(id, CASE, ZeroHash, DIRECT);
        await court.placeHold(id, CASE);
        await court.note(id, CASE, CASE, "0xabcdef");
        await court.reassign(id, Right.Use, guangdong.firm.party);
        await court.liftHold(id, CASE);
        await registry.connect(freeze).lift(id, CASE, ZeroHash, DIRECT);
        await registry.connect(owner).retire(id, DIRECT);
        const logs = await ethers.provider.getLogs({ fromBlock: 0, topics: [null, id] });
        expect(logs).to.have.length(9);
        const slot = await registry.historyHeadSlot(id);
        expect(await ethers.provider.getStorage(registry, slot)).to.equal(replay(logs));
      });
    });
  });
});
