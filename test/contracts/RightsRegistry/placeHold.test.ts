import { expect } from "chai";
import { AbiCoder, keccak256, ZeroHash } from "ethers";
import { impersonate } from "../../helpers/acts.ts";
import {
  activeAsset,
  bytes32,
  Duty,
  networkHelpers,
  Status,
  type TwoRegions,
  twoRegions,
} from "../../helpers/contracts.ts";
import { higherContract } from "../../helpers/people.ts";

const { loadFixture } = networkHelpers;
const CASE = bytes32("case 17");

/** A contract's own source: two contracts that name the same one do not meet. */
const sourceOf = (account: string, source: string) =>
  keccak256(AbiCoder.defaultAbiCoder().encode(["address", "bytes32"], [account, source]));

async function given(duties: number) {
  const world = await loadFixture(twoRegions);
  const id = await activeAsset(world, world.guangdong, { holder: world.guangdong.firm.party });
  const court = await higherContract(world, duties);
  return { ...world, world: world as TwoRegions, id, court, address: await court.getAddress() };
}

describe("RightsRegistry.placeHold", () => {
  context("given a contract with the duty HOLD", () => {
    context("when it places a hold", () => {
      it("makes the asset held", async () => {
        const { registry, id, court } = await given(Duty.HOLD);
        await court.placeHold(id, CASE);
        expect(await registry.statusOf(id)).to.equal(Status.Held);
      });

      it("emits HoldPlaced with its own source, the case's number and no digest", async () => {
        const { registry, id, court, address } = await given(Duty.HOLD);
        await expect(court.placeHold(id, CASE))
          .to.emit(registry, "HoldPlaced")
          .withArgs(id, sourceOf(address, CASE), address, CASE, ZeroHash, ZeroHash);
      });
    });

    context("when it places holds of two cases", () => {
      it("stays held until both are lifted", async () => {
        const { registry, id, court } = await given(Duty.HOLD);
        await court.placeHold(id, CASE);
        await court.placeHold(id, bytes32("case 18"));
        await court.liftHold(id, CASE);
        expect(await registry.statusOf(id)).to.equal(Status.Held);
        await court.liftHold(id, bytes32("case 18"));
        expect(await registry.statusOf(id)).to.equal(Status.Active);
      });
    });

    context("when it places the same hold twice", () => {
      it("reverts with HoldAlreadyPlaced", async () => {
        const { registry, id, court, address } = await given(Duty.HOLD);
        await court.placeHold(id, CASE);
        await expect(court.placeHold(id, CASE))
          .to.be.revertedWithCustomError(registry, "HoldAlreadyPlaced")
          .withArgs(id, sourceOf(address, CASE));
      });
    });

    context("when it names a region's number as its source", () => {
      it("does not place the regulator's hold", async () => {
        const { registry, id, court, guangdong } = await given(Duty.HOLD);
        const region = `0x${guangdong.number.toString(16).padStart(64, "0")}`;
        await court.placeHold(id, region);
        expect(await registry.isHeldBy(id, region)).to.equal(false);
      });
    });

    context("when governance takes the duty back", () => {
      it("reverts with LacksDuty at once", async () => {
        const { registry, membership, id, court, address } = await given(Duty.HOLD);
        await membership.grantDuties(address, 0, 0);
        await expect(court.placeHold(id, CASE))
          .to.be.revertedWithCustomError(membership, "LacksDuty")
          .withArgs(address, Duty.HOLD);
        expect(await registry.statusOf(id)).to.equal(Status.Active);
      });
    });
  });

  context("given a grant whose 30 days of notice run", () => {
    async function granted() {
      const all = await given(0);
      const effectiveAt = (await networkHelpers.time.latest()) + 30 * 86_400 + 60;
      await all.membership.grantDuties(all.address, Duty.HOLD, effectiveAt);
      return { ...all, effectiveAt };
    }

    context("when the contract places a hold a second too early", () => {
      it("reverts with LacksDuty", async () => {
        const { membership, id, court, address, effectiveAt } = await granted();
        await networkHelpers.time.setNextBlockTimestamp(effectiveAt - 1);
        await expect(court.placeHold(id, CASE))
          .to.be.revertedWithCustomError(membership, "LacksDuty")
          .withArgs(address, Duty.HOLD);
      });
    });

    context("when the notice is over", () => {
      it("makes the asset held", async () => {
        const { registry, id, court, effectiveAt } = await granted();
        await networkHelpers.time.setNextBlockTimestamp(effectiveAt);
        await court.placeHold(id, CASE);
        expect(await registry.statusOf(id)).to.equal(Status.Held);
      });
    });
  });

  context("given nobody has the duty", () => {
    context("when anybody calls it", () => {
      it("reverts with LacksDuty, whoever it is", async () => {
        const { registry, membership, id, guangdong, strangers } = await given(0);
        const everybody = [guangdong.regulator, guangdong.exchange, guangdong.firm, guangdong.person];
        for (const key of [...everybody.flatMap(({ keys }) => Object.values(keys)), strangers[0]!]) {
          await expect(registry.connect(key).placeHold(id, CASE))
            .to.be.revertedWithCustomError(membership, "LacksDuty")
            .withArgs(key.address, Duty.HOLD);
        }
      });

      it("reverts with LacksDuty for the deployer and the contracts of today", async () => {
        const { registry, membership, id, supervision, policy, manager } = await given(0);
        for (const contract of [membership, supervision, policy, manager, registry]) {
          const account = await impersonate(await contract.getAddress());
          await expect(registry.connect(account).placeHold(id, CASE))
            .to.be.revertedWithCustomError(membership, "LacksDuty")
            .withArgs(account.address, Duty.HOLD);
        }
        await expect(registry.placeHold(id, CASE)).to.be.revertedWithCustomError(membership, "LacksDuty");
      });
    });

    context("when a contract with the other duties calls it", () => {
      it("reverts with LacksDuty", async () => {
        const { membership, id, court, address } = await given(
          Duty.APPEND | Duty.REASSIGN | Duty.STEER_REGIONS,
        );
        await expect(court.placeHold(id, CASE))
          .to.be.revertedWithCustomError(membership, "LacksDuty")
          .withArgs(address, Duty.HOLD);
      });
    });
  });
});
