import { expect } from "chai";
import { ZeroHash, zeroPadValue } from "ethers";
import { digestOf, sign } from "../../helpers/acts.ts";
import {
  activeAsset,
  assetIdOf,
  bytes32,
  contentOf,
  DIRECT,
  ethers,
  networkHelpers,
  registration,
  reviewed,
  Status,
  twoRegions,
} from "../../helpers/contracts.ts";
import { halt, suspend } from "../../helpers/people.ts";

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

describe("RightsRegistry.hold", () => {
  context("given an active asset of Guangdong", () => {
    context("when the regulator of Guangdong holds it", () => {
      it("makes the asset held", async () => {
        const { registry, freeze, id } = await given();
        await registry.connect(freeze).hold(id, CASE, GROUND, DIRECT);
        expect(await registry.statusOf(id)).to.equal(Status.Held);
      });

      it("keeps the hold under the region's number", async () => {
        const { registry, freeze, id, source } = await given();
        await registry.connect(freeze).hold(id, CASE, GROUND, DIRECT);
        expect(await registry.isHeldBy(id, source)).to.equal(true);
      });

      it("emits HoldPlaced with case and ground", async () => {
        const { registry, freeze, id, source, guangdong } = await given();
        await expect(registry.connect(freeze).hold(id, CASE, GROUND, DIRECT))
          .to.emit(registry, "HoldPlaced")
          .withArgs(id, source, guangdong.regulator.party, CASE, GROUND, ZeroHash);
      });
    });

    context("when a stranger relays the regulator's signature", () => {
      it("holds it with the digest that was signed", async () => {
        const { world, registry, freeze, id, source, guangdong, strangers } = await given();
        const values = { assetId: id, caseNumber: CASE, ground: GROUND };
        const by = await sign(world, "HoldAsset", values, freeze);
        await expect(registry.connect(strangers[0]!).hold(id, CASE, GROUND, by))
          .to.emit(registry, "HoldPlaced")
          .withArgs(
            id,
            source,
            guangdong.regulator.party,
            CASE,
            GROUND,
            await digestOf(world, "HoldAsset", values),
          );
      });

      it("reverts with SignatureInvalid for another ground", async () => {
        const { world, registry, freeze, id, strangers } = await given();
        const by = await sign(world, "HoldAsset", { assetId: id, caseNumber: CASE, ground: GROUND }, freeze);
        await expect(
          registry.connect(strangers[0]!).hold(id, CASE, ZeroHash, by),
        ).to.be.revertedWithCustomError(registry, "SignatureInvalid");
      });

      it("reverts with SignatureInvalid for the lift's signature", async () => {
        const { world, registry, freeze, id, strangers } = await given();
        const by = await sign(world, "LiftHold", { assetId: id, caseNumber: CASE, ground: GROUND }, freeze);
        await expect(
          registry.connect(strangers[0]!).hold(id, CASE, GROUND, by),
        ).to.be.revertedWithCustomError(registry, "SignatureInvalid");
      });
    });

    context("when the regulator of Hong Kong holds it", () => {
      it("reverts with NotRegulatorOf", async () => {
        const { registry, membership, id, guangdong, hongKong } = await given();
        await expect(registry.connect(hongKong.regulator.keys.freeze!).hold(id, CASE, GROUND, DIRECT))
          .to.be.revertedWithCustomError(membership, "NotRegulatorOf")
          .withArgs(guangdong.number, hongKong.regulator.party);
      });
    });

    context("when another key of the regulator holds it", () => {
      it("reverts with KeyLacksRole", async () => {
        const { registry, membership, id, guangdong } = await given();
        for (const name of ["admit", "suspend", "pause"]) {
          const key = guangdong.regulator.keys[name]!;
          await expect(registry.connect(key).hold(id, CASE, GROUND, DIRECT))
            .to.be.revertedWithCustomError(membership, "KeyLacksRole")
            .withArgs(key.address, 64);
        }
      });
    });

    context("when its holder or its exchange holds it", () => {
      it("reverts with KeyLacksRole", async () => {
        const { registry, membership, id, guangdong } = await given();
        for (const key of [guangdong.firm.keys.owner!, guangdong.exchange.keys.registrar!]) {
          await expect(registry.connect(key).hold(id, CASE, GROUND, DIRECT))
            .to.be.revertedWithCustomError(membership, "KeyLacksRole")
            .withArgs(key.address, 64);
        }
      });
    });

    context("when the same region holds it twice", () => {
      it("reverts with HoldAlreadyPlaced, whatever the case", async () => {
        const { registry, freeze, id, source } = await given();
        await registry.connect(freeze).hold(id, CASE, GROUND, DIRECT);
        await expect(registry.connect(freeze).hold(id, bytes32("GD-2026-18"), GROUND, DIRECT))
          .to.be.revertedWithCustomError(registry, "HoldAlreadyPlaced")
          .withArgs(id, source);
      });
    });

    context("when the holder is suspended and the region halted", () => {
      it("holds it all the same", async () => {
        const { world, registry, freeze, id, guangdong } = await given();
        await suspend(world, guangdong, guangdong.firm.party);
        await halt(world, guangdong);
        await registry.connect(freeze).hold(id, CASE, GROUND, DIRECT);
        expect(await registry.statusOf(id)).to.equal(Status.Held);
      });
    });
  });

  context("given an asset whose rights were sold to Hong Kong", () => {
    context("when the regulator of Hong Kong holds it", () => {
      it("reverts with NotRegulatorOf: an asset stays its own region's", async () => {
        const { registry, membership, id, guangdong, hongKong } = await given();
        const owner = guangdong.firm.keys.owner!;
        for (const right of [1, 2, 3]) {
          await registry.connect(owner).transferRight(id, right, hongKong.firm.party);
        }
        await expect(registry.connect(hongKong.regulator.keys.freeze!).hold(id, CASE, GROUND, DIRECT))
          .to.be.revertedWithCustomError(membership, "NotRegulatorOf")
          .withArgs(guangdong.number, hongKong.regulator.party);
      });
    });
  });

  context("given a noticed asset", () => {
    context("when it is held beyond its notice", () => {
      it("is held before and after the notice would have ended", async () => {
        const world = await loadFixture(twoRegions);
        const { registry, guangdong } = world;
        const values = registration({ holder: guangdong.firm.party, contentRoot: contentOf("new") });
        const { item, review } = await reviewed(world, guangdong, values);
        await registry.connect(guangdong.exchange.keys.registrar!).register(item, review);
        const id = assetIdOf(values.contentRoot);
        await registry.connect(guangdong.regulator.keys.freeze!).hold(id, CASE, GROUND, DIRECT);
        expect(await registry.statusOf(id)).to.equal(Status.Held);
        await networkHelpers.time.increaseTo((await registry.assetOf(id)).noticeEnds);
        expect(await registry.statusOf(id)).to.equal(Status.Held);
      });
    });
  });

  context("given an asset that no longer is, or never was", () => {
    context("when the regulator holds a retired asset", () => {
      it("reverts with AssetNotActive", async () => {
        const { registry, freeze, id, guangdong } = await given();
        await registry.connect(guangdong.firm.keys.owner!).retire(id, DIRECT);
        const { noticeEnds } = await registry.assetOf(id);
        await expect(registry.connect(freeze).hold(id, CASE, GROUND, DIRECT))
          .to.be.revertedWithCustomError(registry, "AssetNotActive")
          .withArgs(id, Status.Retired, noticeEnds);
      });
    });

    context("when the regulator holds unknown content", () => {
      it("reverts with AssetUnknown", async () => {
        const { registry, freeze } = await given();
        const id = assetIdOf(contentOf("nothing"));
        await expect(registry.connect(freeze).hold(id, CASE, GROUND, DIRECT))
          .to.be.revertedWithCustomError(registry, "AssetUnknown")
          .withArgs(id);
      });
    });
  });
});
