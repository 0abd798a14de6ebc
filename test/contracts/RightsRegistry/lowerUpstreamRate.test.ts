import { expect } from "chai";
import { type Result, ZeroHash } from "ethers";
import { digestOf, sign } from "../../helpers/acts.ts";
import {
  activeAsset,
  assetIdOf,
  contentOf,
  DIRECT,
  FAR,
  networkHelpers,
  Right,
  Status,
  twoRegions,
} from "../../helpers/contracts.ts";
import { hold, suspend } from "../../helpers/people.ts";

const { loadFixture } = networkHelpers;

/** A struct that ethers answered, as a plain object. */
const fields = (struct: unknown) => (struct as Result).toObject();

async function given() {
  const world = await loadFixture(twoRegions);
  const firm = world.guangdong.firm;
  const id = await activeAsset(world, world.guangdong, { holder: firm.party, upstreamRate: 200_000 });
  return { ...world, world, id, firm, owner: firm.keys.owner! };
}

describe("RightsRegistry.lowerUpstreamRate", () => {
  context("given an asset that asks 20 % of its derivatives", () => {
    context("when the holder of Operate lowers it to 5 %", () => {
      it("stores the new rate", async () => {
        const { registry, owner, id } = await given();
        await registry.connect(owner).lowerUpstreamRate(id, 50_000, DIRECT);
        expect((await registry.assetOf(id)).upstreamRate).to.equal(50_000n);
      });

      it("emits UpstreamRateLowered", async () => {
        const { registry, owner, firm, id } = await given();
        await expect(registry.connect(owner).lowerUpstreamRate(id, 50_000, DIRECT))
          .to.emit(registry, "UpstreamRateLowered")
          .withArgs(id, firm.party, owner.address, 50_000, ZeroHash);
      });

      it("changes nothing else of the record", async () => {
        const { registry, owner, id } = await given();
        const others = async () => {
          const { upstreamRate, historyHead, ...rest } = fields(await registry.assetOf(id));
          return rest;
        };
        const before = await others();
        await registry.connect(owner).lowerUpstreamRate(id, 0, DIRECT);
        expect(await others()).to.deep.equal(before);
      });
    });

    context("when a stranger relays the holder's signature", () => {
      it("lowers it with the digest that was signed", async () => {
        const { world, registry, owner, firm, id, strangers } = await given();
        const values = { assetId: id, rate: 1 };
        const by = await sign(world, "LowerUpstreamRate", values, owner);
        await expect(registry.connect(strangers[0]!).lowerUpstreamRate(id, 1, by))
          .to.emit(registry, "UpstreamRateLowered")
          .withArgs(id, firm.party, owner.address, 1, await digestOf(world, "LowerUpstreamRate", values));
      });
    });

    context("when it is raised or stays", () => {
      it("reverts with RateNotLower", async () => {
        const { registry, owner, id } = await given();
        for (const rate of [200_000, 200_001, 4_294_967_295]) {
          await expect(registry.connect(owner).lowerUpstreamRate(id, rate, DIRECT))
            .to.be.revertedWithCustomError(registry, "RateNotLower")
            .withArgs(200_000, rate);
        }
      });
    });

    context("when Operate was sold", () => {
      it("reverts with NotHolder for the former holder", async () => {
        const { registry, owner, firm, id, hongKong } = await given();
        await registry.connect(owner).transferRight(id, Right.Operate, hongKong.firm.party);
        await expect(registry.connect(owner).lowerUpstreamRate(id, 0, DIRECT))
          .to.be.revertedWithCustomError(registry, "NotHolder")
          .withArgs(id, Right.Operate, firm.party);
      });

      it("lets the buyer lower it", async () => {
        const { registry, owner, id, hongKong } = await given();
        await registry.connect(owner).transferRight(id, Right.Operate, hongKong.firm.party);
        await registry.connect(hongKong.firm.keys.owner!).lowerUpstreamRate(id, 7, DIRECT);
        expect((await registry.assetOf(id)).upstreamRate).to.equal(7n);
      });
    });

    context("when the holder of Hold alone lowers it", () => {
      it("reverts with NotHolder", async () => {
        const { registry, owner, id, hongKong } = await given();
        await registry.connect(owner).transferRight(id, Right.Hold, hongKong.firm.party);
        await expect(registry.connect(hongKong.firm.keys.owner!).lowerUpstreamRate(id, 0, DIRECT))
          .to.be.revertedWithCustomError(registry, "NotHolder")
          .withArgs(id, Right.Operate, hongKong.firm.party);
      });
    });

    context("when the holder is suspended", () => {
      it("reverts with PartyNotInGoodStanding", async () => {
        const { world, registry, membership, owner, firm, id, guangdong } = await given();
        await suspend(world, guangdong, firm.party);
        await expect(registry.connect(owner).lowerUpstreamRate(id, 0, DIRECT))
          .to.be.revertedWithCustomError(membership, "PartyNotInGoodStanding")
          .withArgs(firm.party, 2, FAR);
      });
    });

    context("when the asset is held", () => {
      it("reverts with AssetNotActive", async () => {
        const { world, registry, owner, id, guangdong } = await given();
        await hold(world, guangdong, id);
        const { noticeEnds } = await registry.assetOf(id);
        await expect(registry.connect(owner).lowerUpstreamRate(id, 0, DIRECT))
          .to.be.revertedWithCustomError(registry, "AssetNotActive")
          .withArgs(id, Status.Held, noticeEnds);
      });
    });

    context("when nobody registered the content", () => {
      it("reverts with AssetUnknown", async () => {
        const { registry, owner } = await given();
        const id = assetIdOf(contentOf("nothing"));
        await expect(registry.connect(owner).lowerUpstreamRate(id, 0, DIRECT))
          .to.be.revertedWithCustomError(registry, "AssetUnknown")
          .withArgs(id);
      });
    });
  });

  context("given a child that was registered at 20 %", () => {
    context("when the parent's rate is lowered", () => {
      it("leaves the child's copy, and gives the new rate to the next child", async () => {
        const { world, registry, owner, firm, id, guangdong } = await given();
        const terms = { holder: firm.party, parents: [id], maxUpstreamTotal: 500_000 };
        const first = await activeAsset(world, guangdong, terms, "first child");
        await registry.connect(owner).lowerUpstreamRate(id, 30_000, DIRECT);
        const second = await activeAsset(world, guangdong, terms, "second child");
        expect(await registry.ancestorsOf(first)).to.deep.equal([[id, 200_000n]]);
        expect(await registry.ancestorsOf(second)).to.deep.equal([[id, 30_000n]]);
      });
    });
  });
});
