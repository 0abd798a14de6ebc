import { expect } from "chai";
import { Duty, NOTICE, networkHelpers, twoRegions } from "../../helpers/contracts.ts";
import { higherContract } from "../../helpers/people.ts";

const { loadFixture } = networkHelpers;

async function given() {
  const world = await loadFixture(twoRegions);
  return { ...world, steering: await higherContract(world, Duty.STEER_REGIONS) };
}

describe("Membership.setNoticePeriod", () => {
  context("given a contract with the duty STEER_REGIONS", () => {
    context("when it sets a region's period", () => {
      it("stores it for that region alone", async () => {
        const { membership, steering, guangdong, hongKong } = await given();
        await steering.setNoticePeriod(guangdong.number, 86_400);
        expect(await membership.noticePeriodOf(guangdong.number)).to.equal(86_400n);
        expect(await membership.noticePeriodOf(hongKong.number)).to.equal(BigInt(NOTICE));
      });

      it("emits NoticePeriodChanged", async () => {
        const { membership, steering, guangdong } = await given();
        await expect(steering.setNoticePeriod(guangdong.number, 86_400))
          .to.emit(membership, "NoticePeriodChanged")
          .withArgs(guangdong.number, 86_400);
      });

      it("leaves the regulator as it is", async () => {
        const { membership, steering, guangdong } = await given();
        await steering.setNoticePeriod(guangdong.number, 4_294_967_295);
        expect((await membership.regionOf(guangdong.number)).regulator).to.equal(guangdong.regulator.party);
      });
    });
  });

  context("given a caller without that duty", () => {
    context("when the regulator calls it past Supervision", () => {
      it("reverts with LacksDuty", async () => {
        const { membership, guangdong } = await given();
        const key = guangdong.regulator.keys.pause!;
        await expect(membership.connect(key).setNoticePeriod(guangdong.number, 0))
          .to.be.revertedWithCustomError(membership, "LacksDuty")
          .withArgs(key.address, Duty.STEER_REGIONS);
      });
    });
  });
});
