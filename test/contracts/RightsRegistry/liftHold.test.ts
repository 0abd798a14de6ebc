import { expect } from "chai";
import { AbiCoder, keccak256, ZeroHash } from "ethers";
import {
  activeAsset,
  bytes32,
  DIRECT,
  Duty,
  networkHelpers,
  Status,
  twoRegions,
} from "../../helpers/contracts.ts";
import { higherContract } from "../../helpers/people.ts";

const { loadFixture } = networkHelpers;
const CASE = bytes32("case 17");

const sourceOf = (account: string, source: string) =>
  keccak256(AbiCoder.defaultAbiCoder().encode(["address", "bytes32"], [account, source]));

async function given() {
  const world = await loadFixture(twoRegions);
  const id = await activeAsset(world, world.guangdong, { holder: world.guangdong.firm.party });
  const court = await higherContract(world, Duty.HOLD);
  await court.placeHold(id, CASE);
  return { ...world, world, id, court, address: await court.getAddress() };
}

describe("RightsRegistry.liftHold", () => {
  context("given a contract's hold", () => {
    context("when that contract lifts it", () => {
      it("makes the asset active", async () => {
        const { registry, id, court } = await given();
        await court.liftHold(id, CASE);
        expect(await registry.statusOf(id)).to.equal(Status.Active);
      });

      it("emits HoldLifted", async () => {
        const { registry, id, court, address } = await given();
        await expect(court.liftHold(id, CASE))
          .to.emit(registry, "HoldLifted")
          .withArgs(id, sourceOf(address, CASE), address, CASE, ZeroHash, ZeroHash);
      });
    });

    context("when another contract with the duty lifts it", () => {
      it("reverts with HoldNotPlaced: each source lifts its own", async () => {
        const { world, registry, id } = await given();
        const other = await higherContract(world, Duty.HOLD);
        await expect(other.liftHold(id, CASE))
          .to.be.revertedWithCustomError(registry, "HoldNotPlaced")
          .withArgs(id, sourceOf(await other.getAddress(), CASE));
      });
    });

    context("when the region's regulator lifts it", () => {
      it("reverts with HoldNotPlaced", async () => {
        const { registry, id, guangdong } = await given();
        const region = `0x${guangdong.number.toString(16).padStart(64, "0")}`;
        await expect(registry.connect(guangdong.regulator.keys.freeze!).lift(id, CASE, ZeroHash, DIRECT))
          .to.be.revertedWithCustomError(registry, "HoldNotPlaced")
          .withArgs(id, region);
      });
    });

    context("when a stranger lifts it", () => {
      it("reverts with LacksDuty", async () => {
        const { registry, membership, id, strangers } = await given();
        await expect(registry.connect(strangers[0]!).liftHold(id, CASE))
          .to.be.revertedWithCustomError(membership, "LacksDuty")
          .withArgs(strangers[0]!.address, Duty.HOLD);
      });
    });

    context("when it names another case", () => {
      it("reverts with HoldNotPlaced", async () => {
        const { registry, id, court, address } = await given();
        await expect(court.liftHold(id, bytes32("case 18")))
          .to.be.revertedWithCustomError(registry, "HoldNotPlaced")
          .withArgs(id, sourceOf(address, bytes32("case 18")));
      });
    });
  });
});
