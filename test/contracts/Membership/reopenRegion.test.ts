import { expect } from "chai";
import { Duty, networkHelpers, twoRegions } from "../../helpers/contracts.ts";
import { higherContract } from "../../helpers/people.ts";

const { loadFixture } = networkHelpers;

async function given() {
  const world = await loadFixture(twoRegions);
  const steering = await higherContract(world, Duty.STEER_REGIONS);
  await steering.haltRegion(world.guangdong.number);
  return { ...world, steering };
}

describe("Membership.reopenRegion", () => {
  context("given a halted region", () => {
    context("when a contract with the duty STEER_REGIONS reopens it", () => {
      it("is halted no more", async () => {
        const { membership, steering, guangdong } = await given();
        await steering.reopenRegion(guangdong.number);
        expect(await membership.areHalted(guangdong.number, guangdong.number)).to.deep.equal([false, false]);
      });

      it("emits RegionReopened", async () => {
        const { membership, steering, guangdong } = await given();
        await expect(steering.reopenRegion(guangdong.number))
          .to.emit(membership, "RegionReopened")
          .withArgs(guangdong.number);
      });
    });

    context("when the regulator calls it past Supervision", () => {
      it("reverts with LacksDuty", async () => {
        const { membership, guangdong } = await given();
        const key = guangdong.regulator.keys.pause!;
        await expect(membership.connect(key).reopenRegion(guangdong.number))
          .to.be.revertedWithCustomError(membership, "LacksDuty")
          .withArgs(key.address, Duty.STEER_REGIONS);
      });
    });
  });

  context("given an open region", () => {
    context("when it is reopened", () => {
      it("reverts with RegionIsNotHalted", async () => {
        const { membership, steering, hongKong } = await given();
        await expect(steering.reopenRegion(hongKong.number))
          .to.be.revertedWithCustomError(membership, "RegionIsNotHalted")
          .withArgs(hongKong.number);
      });
    });
  });
});
