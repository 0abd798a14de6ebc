import { expect } from "chai";
import { encodeBytes32String, ZeroAddress, ZeroHash } from "ethers";
import { digestOf, sign } from "../../helpers/acts.ts";
import {
  activeAsset,
  assetIdOf,
  contentOf,
  DIRECT,
  FAR,
  networkHelpers,
  Right,
  registration,
  reviewed,
  Status,
  tokenOf,
  twoRegions,
} from "../../helpers/contracts.ts";
import { hold, suspend } from "../../helpers/people.ts";

const { loadFixture } = networkHelpers;

async function given(rights = 7) {
  const world = await loadFixture(twoRegions);
  const firm = world.guangdong.firm;
  const id = await activeAsset(world, world.guangdong, { holder: firm.party, rights });
  return { ...world, world, id, firm, owner: firm.keys.owner! };
}

describe("RightsRegistry.retire", () => {
  context("given an asset whose rights one firm holds", () => {
    context("when the firm's key retires it", () => {
      it("makes the asset retired", async () => {
        const { registry, owner, id } = await given();
        await registry.connect(owner).retire(id, DIRECT);
        expect(await registry.statusOf(id)).to.equal(Status.Retired);
      });

      it("burns each token", async () => {
        const { registry, owner, firm, id } = await given(5);
        const sent = registry.connect(owner).retire(id, DIRECT);
        for (const right of [Right.Hold, Right.Operate]) {
          await expect(sent)
            .to.emit(registry, "Transfer")
            .withArgs(firm.party, ZeroAddress, tokenOf(id, right));
        }
      });

      it("leaves no owner", async () => {
        const { registry, owner, id } = await given();
        await registry.connect(owner).retire(id, DIRECT);
        expect(await registry.holderOf(id, Right.Hold)).to.equal(ZeroAddress);
      });

      it("takes the rights off the balance", async () => {
        const { registry, owner, firm, id } = await given(5);
        await registry.connect(owner).retire(id, DIRECT);
        expect(await registry.balanceOf(firm.party)).to.equal(0n);
      });

      it("emits AssetRetired with the key and no digest", async () => {
        const { registry, owner, firm, id } = await given();
        await expect(registry.connect(owner).retire(id, DIRECT))
          .to.emit(registry, "AssetRetired")
          .withArgs(id, firm.party, owner.address, ZeroHash);
      });

      it("keeps the record's first holder", async () => {
        const { registry, owner, firm, id } = await given();
        await registry.connect(owner).retire(id, DIRECT);
        expect((await registry.assetOf(id)).firstHolder).to.equal(firm.party);
      });
    });

    context("when a stranger relays the firm's signature", () => {
      it("retires it with the digest that was signed", async () => {
        const { world, registry, owner, firm, id, strangers } = await given();
        const by = await sign(world, "RetireAsset", { assetId: id }, owner);
        await expect(registry.connect(strangers[0]!).retire(id, by))
          .to.emit(registry, "AssetRetired")
          .withArgs(id, firm.party, owner.address, await digestOf(world, "RetireAsset", { assetId: id }));
      });
    });

    context("when another party's key retires it", () => {
      it("reverts with NotHolder", async () => {
        const { registry, id, hongKong } = await given();
        await expect(registry.connect(hongKong.firm.keys.owner!).retire(id, DIRECT))
          .to.be.revertedWithCustomError(registry, "NotHolder")
          .withArgs(id, Right.Hold, hongKong.firm.party);
      });
    });

    context("when the regulator of its region retires it", () => {
      it("reverts with KeyLacksRole", async () => {
        const { registry, membership, id, guangdong } = await given();
        const freeze = guangdong.regulator.keys.freeze!;
        await expect(registry.connect(freeze).retire(id, DIRECT))
          .to.be.revertedWithCustomError(membership, "KeyLacksRole")
          .withArgs(freeze.address, 2);
      });
    });

    context("when the firm is suspended", () => {
      it("reverts with PartyNotInGoodStanding", async () => {
        const { world, registry, membership, owner, firm, id, guangdong } = await given();
        await suspend(world, guangdong, firm.party);
        await expect(registry.connect(owner).retire(id, DIRECT))
          .to.be.revertedWithCustomError(membership, "PartyNotInGoodStanding")
          .withArgs(firm.party, 2, FAR);
      });
    });

    context("when it is held", () => {
      it("reverts with AssetNotActive", async () => {
        const { world, registry, owner, id, guangdong } = await given();
        await hold(world, guangdong, id);
        const { noticeEnds } = await registry.assetOf(id);
        await expect(registry.connect(owner).retire(id, DIRECT))
          .to.be.revertedWithCustomError(registry, "AssetNotActive")
          .withArgs(id, Status.Held, noticeEnds);
      });
    });
  });

  context("given an asset one of whose rights was sold", () => {
    context("when the holder of the others retires it", () => {
      it("reverts with NotHolder, naming the right that is missing", async () => {
        const { registry, owner, firm, id, hongKong } = await given();
        await registry.connect(owner).transferRight(id, Right.Use, hongKong.firm.party);
        await expect(registry.connect(owner).retire(id, DIRECT))
          .to.be.revertedWithCustomError(registry, "NotHolder")
          .withArgs(id, Right.Use, firm.party);
      });
    });

    context("when all rights were sold to one buyer, and it retires the asset", () => {
      it("makes the asset retired", async () => {
        const { registry, owner, id, hongKong } = await given(5);
        const buyer = hongKong.firm;
        await registry.connect(owner).transferRight(id, Right.Hold, buyer.party);
        await registry.connect(owner).transferRight(id, Right.Operate, buyer.party);
        await registry.connect(buyer.keys.owner!).retire(id, DIRECT);
        expect(await registry.balanceOf(buyer.party)).to.equal(0n);
      });
    });
  });

  context("given a noticed asset", () => {
    context("when its holder retires it", () => {
      it("reverts with AssetNotActive", async () => {
        const world = await loadFixture(twoRegions);
        const { registry, guangdong } = world;
        const values = registration({ holder: guangdong.firm.party, contentRoot: contentOf("new") });
        const { item, review } = await reviewed(world, guangdong, values);
        await registry.connect(guangdong.exchange.keys.registrar!).register(item, review);
        const id = assetIdOf(values.contentRoot);
        const { noticeEnds } = await registry.assetOf(id);
        await expect(registry.connect(guangdong.firm.keys.owner!).retire(id, DIRECT))
          .to.be.revertedWithCustomError(registry, "AssetNotActive")
          .withArgs(id, Status.Noticed, noticeEnds);
      });
    });
  });

  context("given a retired asset", () => {
    async function retired() {
      const all = await given();
      await all.registry.connect(all.owner).retire(all.id, DIRECT);
      return all;
    }

    context("when it is retired again", () => {
      it("reverts with AssetNotActive", async () => {
        const { registry, owner, id } = await retired();
        const { noticeEnds } = await registry.assetOf(id);
        await expect(registry.connect(owner).retire(id, DIRECT))
          .to.be.revertedWithCustomError(registry, "AssetNotActive")
          .withArgs(id, Status.Retired, noticeEnds);
      });
    });

    context("when its content is registered again", () => {
      it("reverts with AssetAlreadyRegistered, naming the first holder", async () => {
        const { world, registry, id, firm, hongKong } = await retired();
        const values = registration({ holder: hongKong.firm.party, contentRoot: contentOf("asset") });
        const { item, review } = await reviewed(world, hongKong, values);
        await expect(registry.connect(hongKong.exchange.keys.registrar!).register(item, review))
          .to.be.revertedWithCustomError(registry, "AssetAlreadyRegistered")
          .withArgs(id, encodeBytes32String("CN-GD").slice(0, 18), firm.party);
      });
    });

    context("when a child names it as its parent", () => {
      it("reverts with ParentUnavailable", async () => {
        const { world, registry, id, guangdong } = await retired();
        const values = registration({
          holder: guangdong.firm.party,
          contentRoot: contentOf("child"),
          parents: [id],
        });
        const { item, review } = await reviewed(world, guangdong, values);
        await expect(registry.connect(guangdong.exchange.keys.registrar!).register(item, review))
          .to.be.revertedWithCustomError(registry, "ParentUnavailable")
          .withArgs(id, Status.Retired);
      });
    });
  });
});
