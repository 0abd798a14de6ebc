import { expect } from "chai";
import { ZeroHash } from "ethers";
import {
  DIRECT,
  FAR,
  KeyRole,
  networkHelpers,
  PartyRole,
  regionId,
  twoRegions,
} from "../../helpers/contracts.ts";
import { admitInstitution, suspend } from "../../helpers/people.ts";

const { loadFixture } = networkHelpers;

async function given(roles: number = PartyRole.REGULATOR) {
  const world = await loadFixture(twoRegions);
  const [suspendKey] = world.strangers;
  const keys = roles === PartyRole.REGULATOR ? { suspend: [suspendKey!, KeyRole.SUSPEND] as const } : {};
  const next = await admitInstitution(world, world.guangdong, "NEXT-REGULATOR", roles, keys);
  return { ...world, world, next };
}

describe("Membership.changeRegulator", () => {
  context("given another party of the region with the role REGULATOR", () => {
    context("when governance names it", () => {
      it("emits RegulatorChanged", async () => {
        const { membership, guangdong, next } = await given();
        await expect(membership.changeRegulator(regionId("CN-GD"), next.party))
          .to.emit(membership, "RegulatorChanged")
          .withArgs(guangdong.number, guangdong.regulator.party, next.party);
      });

      it("lets its keys act for the region", async () => {
        const { membership, guangdong, next } = await given();
        await membership.changeRegulator(regionId("CN-GD"), next.party);
        await membership.connect(next.keys.suspend!).suspend(guangdong.firm.party, ZeroHash, DIRECT);
        expect(await membership.isInGoodStanding(guangdong.firm.party)).to.equal(false);
      });

      it("ends what the former regulator's keys could do", async () => {
        const { membership, guangdong, next } = await given();
        await membership.changeRegulator(regionId("CN-GD"), next.party);
        const former = guangdong.regulator.keys.suspend!;
        await expect(membership.connect(former).suspend(guangdong.firm.party, ZeroHash, DIRECT))
          .to.be.revertedWithCustomError(membership, "NotRegulatorOf")
          .withArgs(guangdong.number, guangdong.regulator.party);
      });
    });

    context("when that party is suspended", () => {
      it("reverts with PartyNotInGoodStanding", async () => {
        const { world, membership, guangdong, next } = await given();
        await suspend(world, guangdong, next.party);
        await expect(membership.changeRegulator(regionId("CN-GD"), next.party))
          .to.be.revertedWithCustomError(membership, "PartyNotInGoodStanding")
          .withArgs(next.party, 2, FAR);
      });
    });

    context("when it is named for another region", () => {
      it("reverts with WrongRegion", async () => {
        const { membership, guangdong, hongKong, next } = await given();
        await expect(membership.changeRegulator(regionId("HK"), next.party))
          .to.be.revertedWithCustomError(membership, "WrongRegion")
          .withArgs(next.party, hongKong.number, guangdong.number);
      });
    });

    context("when the region is not open", () => {
      it("reverts with RegionNotOpen", async () => {
        const { membership, next } = await given();
        await expect(membership.changeRegulator(regionId("SG"), next.party))
          .to.be.revertedWithCustomError(membership, "RegionNotOpen")
          .withArgs(regionId("SG"));
      });
    });

    context("when the regulator itself, or a stranger, names it", () => {
      it("reverts with AccessManagedUnauthorized", async () => {
        const { membership, guangdong, strangers, next } = await given();
        for (const sender of [guangdong.regulator.keys.admit!, strangers[1]!]) {
          await expect(membership.connect(sender).changeRegulator(regionId("CN-GD"), next.party))
            .to.be.revertedWithCustomError(membership, "AccessManagedUnauthorized")
            .withArgs(sender.address);
        }
      });
    });
  });

  context("given a party without that role", () => {
    context("when governance names it", () => {
      it("reverts with PartyLacksRole", async () => {
        const { membership, next } = await given(PartyRole.AUDITOR);
        await expect(membership.changeRegulator(regionId("CN-GD"), next.party))
          .to.be.revertedWithCustomError(membership, "PartyLacksRole")
          .withArgs(next.party, PartyRole.REGULATOR);
      });
    });
  });
});
