import { expect } from "chai";
import { ZeroAddress } from "ethers";
import {
  activeAsset,
  assetIdOf,
  contentOf,
  DIRECT,
  Duty,
  FAR,
  networkHelpers,
  Right,
  registration,
  reviewed,
  Status,
  tokenOf,
  twoRegions,
} from "../../helpers/contracts.ts";
import { halt, higherContract, hold, suspend } from "../../helpers/people.ts";

const { loadFixture } = networkHelpers;

async function given(duties: number = Duty.REASSIGN) {
  const world = await loadFixture(twoRegions);
  const firm = world.guangdong.firm;
  const id = await activeAsset(world, world.guangdong, { holder: firm.party, rights: 5 });
  const court = await higherContract(world, duties);
  return { ...world, world, id, firm, court, winner: world.hongKong.firm.party };
}

describe("RightsRegistry.reassign", () => {
  context("given a contract with the duty REASSIGN", () => {
    context("when it gives a right to the winner of a case", () => {
      it("makes the winner the holder", async () => {
        const { registry, court, id, winner } = await given();
        await court.reassign(id, Right.Hold, winner);
        expect(await registry.holderOf(id, Right.Hold)).to.equal(winner);
      });

      it("emits RightReassigned with the contract", async () => {
        const { registry, court, id, winner, firm } = await given();
        await expect(court.reassign(id, Right.Hold, winner))
          .to.emit(registry, "RightReassigned")
          .withArgs(id, firm.party, winner, Right.Hold, await court.getAddress());
      });

      it("emits Transfer", async () => {
        const { registry, court, id, winner, firm } = await given();
        await expect(court.reassign(id, Right.Hold, winner))
          .to.emit(registry, "Transfer")
          .withArgs(firm.party, winner, tokenOf(id, Right.Hold));
      });

      it("moves one from balance to balance", async () => {
        const { registry, court, id, winner, firm } = await given();
        await court.reassign(id, Right.Hold, winner);
        expect(await registry.balanceOf(firm.party)).to.equal(1n);
        expect(await registry.balanceOf(winner)).to.equal(1n);
      });

      it("ends the loser's approvals", async () => {
        const { registry, court, id, winner, firm, guangdong } = await given();
        await registry.connect(firm.keys.owner!).approve(guangdong.person.party, tokenOf(id, Right.Hold));
        await court.reassign(id, Right.Hold, winner);
        expect(await registry.getApproved(tokenOf(id, Right.Hold))).to.equal(ZeroAddress);
      });
    });

    context("when the asset is held, the loser suspended and its region halted", () => {
      it("makes the winner the holder all the same", async () => {
        const { world, registry, court, id, winner, firm, guangdong } = await given();
        await hold(world, guangdong, id);
        await suspend(world, guangdong, firm.party);
        await halt(world, guangdong);
        await court.reassign(id, Right.Hold, winner);
        expect(await registry.holderOf(id, Right.Hold)).to.equal(winner);
      });

      it("leaves the hold standing", async () => {
        const { world, registry, court, id, winner, guangdong } = await given();
        await hold(world, guangdong, id);
        await court.reassign(id, Right.Hold, winner);
        expect(await registry.statusOf(id)).to.equal(Status.Held);
      });
    });

    context("when the asset is still noticed", () => {
      it("makes the winner the holder all the same", async () => {
        const { world, registry, court, winner, guangdong } = await given();
        const values = registration({ holder: guangdong.firm.party, contentRoot: contentOf("new") });
        const { item, review } = await reviewed(world, guangdong, values);
        await registry.connect(guangdong.exchange.keys.registrar!).register(item, review);
        await court.reassign(assetIdOf(values.contentRoot), Right.Hold, winner);
        expect(await registry.holderOf(assetIdOf(values.contentRoot), Right.Hold)).to.equal(winner);
      });
    });

    context("when the receiver is suspended", () => {
      it("reverts with PartyNotInGoodStanding", async () => {
        const { world, membership, court, id, winner, hongKong } = await given();
        await suspend(world, hongKong, winner);
        await expect(court.reassign(id, Right.Hold, winner))
          .to.be.revertedWithCustomError(membership, "PartyNotInGoodStanding")
          .withArgs(winner, 2, FAR);
      });
    });

    context("when the receiver is no party", () => {
      it("reverts with PartyUnknown", async () => {
        const { membership, court, id, strangers } = await given();
        await expect(court.reassign(id, Right.Hold, strangers[0]!.address))
          .to.be.revertedWithCustomError(membership, "PartyUnknown")
          .withArgs(strangers[0]!.address);
      });
    });

    context("when the receiver holds the right already", () => {
      it("reverts with TransferToSelf", async () => {
        const { registry, court, id, firm } = await given();
        await expect(court.reassign(id, Right.Hold, firm.party))
          .to.be.revertedWithCustomError(registry, "TransferToSelf")
          .withArgs(firm.party);
      });
    });

    context("when nobody ever had the right", () => {
      it("reverts with NotHolder", async () => {
        const { registry, court, id, winner } = await given();
        await expect(court.reassign(id, Right.Use, winner))
          .to.be.revertedWithCustomError(registry, "NotHolder")
          .withArgs(id, Right.Use, ZeroAddress);
      });
    });

    context("when the asset is retired", () => {
      it("reverts with AssetNotActive", async () => {
        const { registry, court, id, winner, firm } = await given();
        await registry.connect(firm.keys.owner!).retire(id, DIRECT);
        const { noticeEnds } = await registry.assetOf(id);
        await expect(court.reassign(id, Right.Hold, winner))
          .to.be.revertedWithCustomError(registry, "AssetNotActive")
          .withArgs(id, Status.Retired, noticeEnds);
      });
    });

    context("when nobody registered the content", () => {
      it("reverts with AssetUnknown", async () => {
        const { registry, court, winner } = await given();
        const id = assetIdOf(contentOf("nothing"));
        await expect(court.reassign(id, Right.Hold, winner))
          .to.be.revertedWithCustomError(registry, "AssetUnknown")
          .withArgs(id);
      });
    });
  });

  context("given nobody has the duty", () => {
    context("when a regulator, an exchange, the holder or a stranger calls it", () => {
      it("reverts with LacksDuty", async () => {
        const { registry, membership, id, winner, guangdong, strangers } = await given(0);
        const everybody = [guangdong.regulator, guangdong.exchange, guangdong.firm];
        for (const key of [...everybody.flatMap(({ keys }) => Object.values(keys)), strangers[0]!]) {
          await expect(registry.connect(key).reassign(id, Right.Hold, winner))
            .to.be.revertedWithCustomError(membership, "LacksDuty")
            .withArgs(key.address, Duty.REASSIGN);
        }
      });
    });

    context("when a contract with the duty HOLD calls it", () => {
      it("reverts with LacksDuty", async () => {
        const { membership, court, id, winner } = await given(Duty.HOLD | Duty.APPEND);
        await expect(court.reassign(id, Right.Hold, winner))
          .to.be.revertedWithCustomError(membership, "LacksDuty")
          .withArgs(await court.getAddress(), Duty.REASSIGN);
      });
    });
  });
});
