import { expect } from "chai";
import { encodeBytes32String, ZeroAddress, ZeroHash } from "ethers";
import {
  activeAsset,
  assetIdOf,
  contentOf,
  DIRECT,
  FAR,
  KeyRole,
  keyGrant,
  networkHelpers,
  Right,
  registration,
  reviewed,
  Status,
  tokenOf,
  twoRegions,
} from "../../helpers/contracts.ts";
import { halt, hold, suspend } from "../../helpers/people.ts";

const { loadFixture } = networkHelpers;
const HALTED = encodeBytes32String("REGION_HALTED");

async function given() {
  const world = await loadFixture(twoRegions);
  const firm = world.guangdong.firm;
  const id = await activeAsset(world, world.guangdong, { holder: firm.party });
  return { ...world, world, id, firm, owner: firm.keys.owner!, buyer: world.hongKong.firm };
}

describe("RightsRegistry.transferRight", () => {
  context("given an active asset of a firm in Guangdong", () => {
    context("when the firm's key moves Use to a firm in Hong Kong", () => {
      it("makes that firm the owner of the token", async () => {
        const { registry, owner, id, buyer } = await given();
        await registry.connect(owner).transferRight(id, Right.Use, buyer.party);
        expect(await registry.ownerOf(tokenOf(id, Right.Use))).to.equal(buyer.party);
      });

      it("leaves the other rights where they were", async () => {
        const { registry, owner, id, buyer, firm } = await given();
        await registry.connect(owner).transferRight(id, Right.Use, buyer.party);
        expect(await registry.holderOf(id, Right.Hold)).to.equal(firm.party);
        expect(await registry.holderOf(id, Right.Operate)).to.equal(firm.party);
      });

      it("moves one from balance to balance", async () => {
        const { registry, owner, id, buyer, firm } = await given();
        await registry.connect(owner).transferRight(id, Right.Use, buyer.party);
        expect(await registry.balanceOf(firm.party)).to.equal(2n);
        expect(await registry.balanceOf(buyer.party)).to.equal(1n);
      });

      it("emits RightTransferred with the key and no digest", async () => {
        const { registry, owner, id, buyer, firm } = await given();
        await expect(registry.connect(owner).transferRight(id, Right.Use, buyer.party))
          .to.emit(registry, "RightTransferred")
          .withArgs(id, firm.party, buyer.party, Right.Use, owner.address, ZeroHash);
      });

      it("emits Transfer", async () => {
        const { registry, owner, id, buyer, firm } = await given();
        await expect(registry.connect(owner).transferRight(id, Right.Use, buyer.party))
          .to.emit(registry, "Transfer")
          .withArgs(firm.party, buyer.party, tokenOf(id, Right.Use));
      });

      it("leaves the record's first holder as it is", async () => {
        const { registry, owner, id, buyer, firm } = await given();
        for (const right of [Right.Hold, Right.Use, Right.Operate]) {
          await registry.connect(owner).transferRight(id, right, buyer.party);
        }
        expect((await registry.assetOf(id)).firstHolder).to.equal(firm.party);
      });
    });

    context("when the new owner moves it back", () => {
      it("makes the firm the owner again", async () => {
        const { registry, owner, id, buyer, firm } = await given();
        await registry.connect(owner).transferRight(id, Right.Use, buyer.party);
        await registry.connect(buyer.keys.owner!).transferRight(id, Right.Use, firm.party);
        expect(await registry.holderOf(id, Right.Use)).to.equal(firm.party);
      });
    });

    context("when the former owner tries to move it again", () => {
      it("reverts with NotHolder", async () => {
        const { registry, owner, id, buyer, firm, guangdong } = await given();
        await registry.connect(owner).transferRight(id, Right.Use, buyer.party);
        await expect(registry.connect(owner).transferRight(id, Right.Use, guangdong.person.party))
          .to.be.revertedWithCustomError(registry, "NotHolder")
          .withArgs(id, Right.Use, firm.party);
      });
    });

    context("when it goes to the firm itself", () => {
      it("reverts with TransferToSelf", async () => {
        const { registry, owner, id, firm } = await given();
        await expect(registry.connect(owner).transferRight(id, Right.Use, firm.party))
          .to.be.revertedWithCustomError(registry, "TransferToSelf")
          .withArgs(firm.party);
      });
    });

    context("when it goes to somebody nobody admitted", () => {
      it("reverts with PartyUnknown", async () => {
        const { registry, membership, owner, id, strangers } = await given();
        await expect(registry.connect(owner).transferRight(id, Right.Use, strangers[0]!.address))
          .to.be.revertedWithCustomError(membership, "PartyUnknown")
          .withArgs(strangers[0]!.address);
      });

      it("reverts with PartyUnknown for the zero address", async () => {
        const { registry, membership, owner, id } = await given();
        await expect(registry.connect(owner).transferRight(id, Right.Use, ZeroAddress))
          .to.be.revertedWithCustomError(membership, "PartyUnknown")
          .withArgs(ZeroAddress);
      });

      it("reverts with PartyUnknown for the buyer's key, which is no party", async () => {
        const { registry, membership, owner, id, buyer } = await given();
        const key = buyer.keys.owner!.address;
        await expect(registry.connect(owner).transferRight(id, Right.Use, key))
          .to.be.revertedWithCustomError(membership, "PartyUnknown")
          .withArgs(key);
      });
    });

    context("when another party's key sends it", () => {
      it("reverts with NotHolder", async () => {
        const { registry, id, buyer } = await given();
        await expect(registry.connect(buyer.keys.owner!).transferRight(id, Right.Use, buyer.party))
          .to.be.revertedWithCustomError(registry, "NotHolder")
          .withArgs(id, Right.Use, buyer.party);
      });
    });

    context("when the exchange that sponsors the firm sends it", () => {
      it("reverts with NotHolder", async () => {
        const { registry, id, buyer, guangdong } = await given();
        await expect(
          registry.connect(guangdong.exchange.keys.admin!).transferRight(id, Right.Use, buyer.party),
        )
          .to.be.revertedWithCustomError(registry, "NotHolder")
          .withArgs(id, Right.Use, guangdong.exchange.party);
      });
    });

    context("when a stranger sends it", () => {
      it("reverts with KeyNotLive", async () => {
        const { registry, membership, id, buyer, strangers } = await given();
        await expect(registry.connect(strangers[0]!).transferRight(id, Right.Use, buyer.party))
          .to.be.revertedWithCustomError(membership, "KeyNotLive")
          .withArgs(strangers[0]!.address);
      });
    });

    context("when a key of the firm without TRANSFER sends it", () => {
      it("reverts with KeyLacksRole", async () => {
        const { world, registry, membership, owner, firm, id, buyer, strangers } = await given();
        const clerk = strangers[0]!;
        const grant = await keyGrant(world, clerk, firm.party, KeyRole.ADMIN, firm.party);
        await membership.connect(owner).addKey(firm.party, grant, DIRECT);
        await expect(registry.connect(clerk).transferRight(id, Right.Use, buyer.party))
          .to.be.revertedWithCustomError(membership, "KeyLacksRole")
          .withArgs(clerk.address, KeyRole.TRANSFER);
      });
    });

    context("when a key that the firm revoked sends it", () => {
      it("reverts with KeyNotLive", async () => {
        const { registry, membership, owner, firm, id, buyer } = await given();
        await membership.connect(owner).revokeKey(firm.party, owner.address, DIRECT);
        await expect(registry.connect(owner).transferRight(id, Right.Use, buyer.party))
          .to.be.revertedWithCustomError(membership, "KeyNotLive")
          .withArgs(owner.address);
      });
    });

    context("when the firm is suspended", () => {
      it("reverts with PartyNotInGoodStanding", async () => {
        const { world, registry, membership, owner, firm, id, buyer, guangdong } = await given();
        await suspend(world, guangdong, firm.party);
        await expect(registry.connect(owner).transferRight(id, Right.Use, buyer.party))
          .to.be.revertedWithCustomError(membership, "PartyNotInGoodStanding")
          .withArgs(firm.party, 2, FAR);
      });
    });

    context("when the receiver is suspended", () => {
      it("reverts with PartyNotInGoodStanding", async () => {
        const { world, registry, membership, owner, id, buyer, hongKong } = await given();
        await suspend(world, hongKong, buyer.party);
        await expect(registry.connect(owner).transferRight(id, Right.Use, buyer.party))
          .to.be.revertedWithCustomError(membership, "PartyNotInGoodStanding")
          .withArgs(buyer.party, 2, FAR);
      });
    });

    context("when the receiver's admission has ended", () => {
      it("reverts with PartyNotInGoodStanding", async () => {
        const { registry, membership, owner, id, buyer, hongKong } = await given();
        const ended = (await networkHelpers.time.latest()) + 100;
        const sponsor = hongKong.exchange.keys.sponsor!;
        await membership.connect(sponsor).renew(buyer.party, ended, ZeroHash, DIRECT);
        await networkHelpers.time.increaseTo(ended);
        await expect(registry.connect(owner).transferRight(id, Right.Use, buyer.party))
          .to.be.revertedWithCustomError(membership, "PartyNotInGoodStanding")
          .withArgs(buyer.party, 1, ended);
      });
    });

    context("when the seller's region is halted", () => {
      it("reverts with TransferRefused, naming that region", async () => {
        const { world, registry, owner, id, buyer, guangdong } = await given();
        await halt(world, guangdong);
        await expect(registry.connect(owner).transferRight(id, Right.Use, buyer.party))
          .to.be.revertedWithCustomError(registry, "TransferRefused")
          .withArgs(id, [[HALTED, guangdong.number, 0n]]);
      });
    });

    context("when the receiver's region is halted", () => {
      it("reverts with TransferRefused, naming that region", async () => {
        const { world, registry, owner, id, buyer, hongKong } = await given();
        await halt(world, hongKong);
        await expect(registry.connect(owner).transferRight(id, Right.Use, buyer.party))
          .to.be.revertedWithCustomError(registry, "TransferRefused")
          .withArgs(id, [[HALTED, hongKong.number, 0n]]);
      });
    });

    context("when both regions are halted", () => {
      it("reverts with TransferRefused, naming both", async () => {
        const { world, registry, owner, id, buyer, guangdong, hongKong } = await given();
        await halt(world, guangdong);
        await halt(world, hongKong);
        await expect(registry.connect(owner).transferRight(id, Right.Use, buyer.party))
          .to.be.revertedWithCustomError(registry, "TransferRefused")
          .withArgs(id, [
            [HALTED, guangdong.number, 0n],
            [HALTED, hongKong.number, 0n],
          ]);
      });
    });

    context("when the halt is over", () => {
      it("moves the right", async () => {
        const { world, registry, supervision, owner, id, buyer, hongKong } = await given();
        await halt(world, hongKong);
        await supervision.connect(hongKong.regulator.keys.pause!).reopen(hongKong.number, ZeroHash, DIRECT);
        await registry.connect(owner).transferRight(id, Right.Use, buyer.party);
        expect(await registry.holderOf(id, Right.Use)).to.equal(buyer.party);
      });
    });

    context("when the asset is held", () => {
      it("reverts with AssetNotActive", async () => {
        const { world, registry, owner, id, buyer, guangdong } = await given();
        await hold(world, guangdong, id);
        const { noticeEnds } = await registry.assetOf(id);
        await expect(registry.connect(owner).transferRight(id, Right.Use, buyer.party))
          .to.be.revertedWithCustomError(registry, "AssetNotActive")
          .withArgs(id, Status.Held, noticeEnds);
      });
    });

    context("when the asset is retired", () => {
      it("reverts with NotHolder", async () => {
        const { registry, owner, id, buyer } = await given();
        await registry.connect(owner).retire(id, DIRECT);
        await expect(registry.connect(owner).transferRight(id, Right.Use, buyer.party))
          .to.be.revertedWithCustomError(registry, "NotHolder")
          .withArgs(id, Right.Use, ZeroAddress);
      });
    });

    context("when the right is none of the three", () => {
      it("reverts with NotHolder", async () => {
        const { registry, owner, id, buyer } = await given();
        await expect(registry.connect(owner).transferRight(id, 0, buyer.party))
          .to.be.revertedWithCustomError(registry, "NotHolder")
          .withArgs(id, 0, ZeroAddress);
      });
    });
  });

  context("given a noticed asset", () => {
    context("when its holder moves a right", () => {
      it("reverts with AssetNotActive and the end of the notice", async () => {
        const world = await loadFixture(twoRegions);
        const { registry, guangdong, hongKong } = world;
        const values = registration({ holder: guangdong.firm.party, contentRoot: contentOf("new") });
        const { item, review } = await reviewed(world, guangdong, values);
        await registry.connect(guangdong.exchange.keys.registrar!).register(item, review);
        const id = assetIdOf(values.contentRoot);
        const { noticeEnds } = await registry.assetOf(id);
        await expect(
          registry.connect(guangdong.firm.keys.owner!).transferRight(id, Right.Use, hongKong.firm.party),
        )
          .to.be.revertedWithCustomError(registry, "AssetNotActive")
          .withArgs(id, Status.Noticed, noticeEnds);
      });
    });
  });

  context("given an asset with the right Operate alone", () => {
    context("when its holder moves Hold", () => {
      it("reverts with NotHolder, for nobody holds that right", async () => {
        const world = await loadFixture(twoRegions);
        const { registry, guangdong, hongKong } = world;
        const id = await activeAsset(world, guangdong, { holder: guangdong.firm.party, rights: 4 });
        await expect(
          registry.connect(guangdong.firm.keys.owner!).transferRight(id, Right.Hold, hongKong.firm.party),
        )
          .to.be.revertedWithCustomError(registry, "NotHolder")
          .withArgs(id, Right.Hold, ZeroAddress);
      });
    });
  });

  context("given content that nobody registered", () => {
    context("when somebody moves a right in it", () => {
      it("reverts with AssetUnknown", async () => {
        const { registry, guangdong, hongKong } = await loadFixture(twoRegions);
        const id = assetIdOf(contentOf("nothing"));
        await expect(
          registry.connect(guangdong.firm.keys.owner!).transferRight(id, Right.Use, hongKong.firm.party),
        )
          .to.be.revertedWithCustomError(registry, "AssetUnknown")
          .withArgs(id);
      });
    });
  });
});
