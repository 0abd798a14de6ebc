import { expect } from "chai";
import { Duty, networkHelpers, twoRegions } from "../../helpers/contracts.ts";
import { higherContract } from "../../helpers/people.ts";

const { loadFixture } = networkHelpers;

async function given(duties: number = Duty.STEER_REGIONS) {
  const world = await loadFixture(twoRegions);
  return { ...world, steering: await higherContract(world, duties) };
}

describe("Membership.haltRegion", () => {
  context("given a contract with the duty STEER_REGIONS", () => {
    context("when it halts a region", () => {
      it("halts that region alone", async () => {
        const { membership, steering, guangdong, hongKong } = await given();
        await steering.haltRegion(guangdong.number);
        expect(await membership.areHalted(guangdong.number, hongKong.number)).to.deep.equal([true, false]);
      });

      it("emits RegionHalted", async () => {
        const { membership, steering, guangdong } = await given();
        await expect(steering.haltRegion(guangdong.number))
          .to.emit(membership, "RegionHalted")
          .withArgs(guangdong.number);
      });
    });

    context("when the region is halted already", () => {
      it("reverts with RegionIsHalted", async () => {
        const { membership, steering, guangdong } = await given();
        await steering.haltRegion(guangdong.number);
        await expect(steering.haltRegion(guangdong.number))
          .to.be.revertedWithCustomError(membership, "RegionIsHalted")
          .withArgs(guangdong.number);
      });
    });
  });

  context("given a caller without that duty", () => {
    context("when a contract with all the others calls it", () => {
      it("reverts with LacksDuty", async () => {
        const { membership, steering, guangdong } = await given(Duty.APPEND | Duty.HOLD | Duty.REASSIGN);
        await expect(steering.haltRegion(guangdong.number))
          .to.be.revertedWithCustomError(membership, "LacksDuty")
          .withArgs(await steering.getAddress(), Duty.STEER_REGIONS);
      });
    });

    context("when the regulator calls it past Supervision", () => {
      it("reverts with LacksDuty", async () => {
        const { membership, guangdong } = await given(0);
        const key = guangdong.regulator.keys.pause!;
        await expect(membership.connect(key).haltRegion(guangdong.number))
          .to.be.revertedWithCustomError(membership, "LacksDuty")
          .withArgs(key.address, Duty.STEER_REGIONS);
      });
    });
  });
});
