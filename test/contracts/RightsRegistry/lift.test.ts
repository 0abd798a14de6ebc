import { expect } from "chai";
import { ZeroHash, zeroPadValue } from "ethers";
import { digestOf, sign } from "../../helpers/acts.ts";
import {
  activeAsset,
  bytes32,
  DIRECT,
  Duty,
  ethers,
  networkHelpers,
  Status,
  twoRegions,
} from "../../helpers/contracts.ts";
import { admitInstitution, higherContract } from "../../helpers/people.ts";

const { loadFixture } = networkHelpers;
const CASE = bytes32("GD-2026-17");
const GROUND = ethers.id("a complaint of the author");

async function given() {
  const world = await loadFixture(twoRegions);
  const { guangdong } = world;
  const id = await activeAsset(world, guangdong, { holder: guangdong.firm.party });
  const source = zeroPadValue(ethers.toBeHex(guangdong.number), 32);
  return { ...world, world, id, source, freeze: guangdong.regulator.keys.freeze! };
}

describe("RightsRegistry.lift", () => {
  async function held() {
    const all = await given();
    await all.registry.connect(all.freeze).hold(all.id, CASE, GROUND, DIRECT);
    return all;
  }

  context("given an asset that its regulator holds", () => {
    context("when that regulator lifts the hold", () => {
      it("makes the asset active again", async () => {
        const { registry, freeze, id } = await held();
        await registry.connect(freeze).lift(id, CASE, GROUND, DIRECT);
        expect(await registry.statusOf(id)).to.equal(Status.Active);
      });

      it("emits HoldLifted", async () => {
        const { registry, freeze, id, source, guangdong } = await held();
        await expect(registry.connect(freeze).lift(id, CASE, GROUND, DIRECT))
          .to.emit(registry, "HoldLifted")
          .withArgs(id, source, guangdong.regulator.party, CASE, GROUND, ZeroHash);
      });

      it("lets the holder transfer again", async () => {
        const { registry, freeze, id, guangdong, hongKong } = await held();
        await registry.connect(freeze).lift(id, CASE, GROUND, DIRECT);
        await registry.connect(guangdong.firm.keys.owner!).transferRight(id, 1, hongKong.firm.party);
        expect(await registry.holderOf(id, 1)).to.equal(hongKong.firm.party);
      });
    });

    context("when a stranger relays the regulator's signature", () => {
      it("lifts it with the digest that was signed", async () => {
        const { world, registry, freeze, id, source, guangdong, strangers } = await held();
        const values = { assetId: id, caseNumber: CASE, ground: GROUND };
        const by = await sign(world, "LiftHold", values, freeze);
        await expect(registry.connect(strangers[0]!).lift(id, CASE, GROUND, by))
          .to.emit(registry, "HoldLifted")
          .withArgs(
            id,
            source,
            guangdong.regulator.party,
            CASE,
            GROUND,
            await digestOf(world, "LiftHold", values),
          );
      });
    });

    context("when it is lifted twice", () => {
      it("reverts with HoldNotPlaced", async () => {
        const { registry, freeze, id, source } = await held();
        await registry.connect(freeze).lift(id, CASE, GROUND, DIRECT);
        await expect(registry.connect(freeze).lift(id, CASE, GROUND, DIRECT))
          .to.be.revertedWithCustomError(registry, "HoldNotPlaced")
          .withArgs(id, source);
      });
    });

    context("when the regulator of Hong Kong lifts it", () => {
      it("reverts with NotRegulatorOf", async () => {
        const { registry, membership, id, guangdong, hongKong } = await held();
        await expect(registry.connect(hongKong.regulator.keys.freeze!).lift(id, CASE, GROUND, DIRECT))
          .to.be.revertedWithCustomError(membership, "NotRegulatorOf")
          .withArgs(guangdong.number, hongKong.regulator.party);
      });
    });

    context("when a regulator that took office later lifts it", () => {
      it("makes the asset active again: the hold is the region's", async () => {
        const { world, registry, membership, id, guangdong, strangers } = await held();
        const next = await admitInstitution(world, guangdong, "NEXT-REGULATOR", 2, {
          freeze: [strangers[0]!, 64],
        });
        await membership.changeRegulator(ethers.encodeBytes32String("CN-GD").slice(0, 18), next.party);
        await registry.connect(next.keys.freeze!).lift(id, CASE, GROUND, DIRECT);
        expect(await registry.statusOf(id)).to.equal(Status.Active);
      });
    });
  });

  context("given an asset that a case holds too", () => {
    async function heldTwice() {
      const all = await held();
      const court = await higherContract(all.world, Duty.HOLD);
      await court.placeHold(all.id, CASE);
      return { ...all, court };
    }

    context("when the regulator lifts its hold", () => {
      it("stays held by the case", async () => {
        const { registry, freeze, id } = await heldTwice();
        await registry.connect(freeze).lift(id, CASE, GROUND, DIRECT);
        expect(await registry.statusOf(id)).to.equal(Status.Held);
      });
    });

    context("when the case lifts its hold", () => {
      it("stays held by the regulator", async () => {
        const { registry, court, id } = await heldTwice();
        await court.liftHold(id, CASE);
        expect(await registry.statusOf(id)).to.equal(Status.Held);
      });
    });

    context("when both lift", () => {
      it("is active", async () => {
        const { registry, court, freeze, id } = await heldTwice();
        await court.liftHold(id, CASE);
        await registry.connect(freeze).lift(id, CASE, GROUND, DIRECT);
        expect(await registry.statusOf(id)).to.equal(Status.Active);
      });
    });
  });
});
