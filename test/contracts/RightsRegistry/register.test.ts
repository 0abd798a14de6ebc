import { expect } from "chai";
import { ZeroHash } from "ethers";
import {
  assetIdOf,
  contentOf,
  DIRECT,
  ethers,
  NOTICE,
  networkHelpers,
  Right,
  registration,
  review,
  reviewed,
  Status,
  tokenOf,
  twoRegions,
} from "../../helpers/contracts.ts";

const { loadFixture } = networkHelpers;

describe("RightsRegistry.register", () => {
  context("given an open region and a reviewed item", () => {
    async function given() {
      const world = await loadFixture(twoRegions);
      const values = registration({
        holder: world.guangdong.firm.party,
        contentRoot: contentOf("harbour"),
        rights: 5,
      });
      const { item, review } = await reviewed(world, world.guangdong, values);
      const id = assetIdOf(values.contentRoot);
      return { ...world, values, item, review, id, registrar: world.guangdong.exchange.keys.registrar! };
    }

    context("when the registrar sends it", () => {
      it("stores the record, noticed until the region's period ends", async () => {
        const { registry, registrar, item, review, id, guangdong } = await given();
        await registry.connect(registrar).register(item, review);
        const asset = await registry.assetOf(id);
        const { timestamp } = (await ethers.provider.getBlock("latest"))!;
        expect(asset.status).to.equal(Status.Noticed);
        expect(asset.firstHolder).to.equal(guangdong.firm.party);
        expect(asset.rights).to.equal(5n);
        expect(asset.noticeEnds).to.equal(BigInt(timestamp + NOTICE));
        await networkHelpers.time.increase(NOTICE);
        expect(await registry.statusOf(id)).to.equal(Status.Active);
      });

      it("emits AssetRegistered and one Transfer a right, and owns nothing that was not claimed", async () => {
        const { registry, registrar, item, review, id, guangdong } = await given();
        const firm = guangdong.firm.party;
        const sent = registry.connect(registrar).register(item, review);
        await expect(sent)
          .to.emit(registry, "Transfer")
          .withArgs(ethers.ZeroAddress, firm, tokenOf(id, Right.Hold));
        await expect(sent)
          .to.emit(registry, "Transfer")
          .withArgs(ethers.ZeroAddress, firm, tokenOf(id, Right.Operate));
        expect(await registry.balanceOf(firm)).to.equal(2n);
        await expect(registry.ownerOf(tokenOf(id, Right.Use)))
          .to.be.revertedWithCustomError(registry, "ERC721NonexistentToken")
          .withArgs(tokenOf(id, Right.Use));
      });

      it("sets a head that the raw log alone reproduces", async () => {
        const { registry, registrar, item, review, id } = await given();
        const receipt = await (await registry.connect(registrar).register(item, review)).wait();
        const log = receipt!.logs.find((each) => each.topics[1] === id)!;
        const entry = ethers.keccak256(
          ethers.concat([log.address, ethers.toBeHex(log.topics.length, 1), ...log.topics, log.data]),
        );
        const head = ethers.keccak256(ethers.concat([ZeroHash, entry]));
        expect(await registry.historyHeadOf(id)).to.equal(head);
        const slot = await registry.historyHeadSlot(id);
        expect(await ethers.provider.getStorage(registry, slot)).to.equal(head);
      });

      it("lets ethers decode the event by the interface", async () => {
        const { registry, registrar, item, review, id, values } = await given();
        const receipt = await (await registry.connect(registrar).register(item, review)).wait();
        const parsed = registry.interface.parseLog(receipt!.logs.find((each) => each.topics[1] === id)!)!;
        expect(parsed.args.contentRoot).to.equal(values.contentRoot);
        expect(parsed.args.parents).to.deep.equal([]);
      });
    });

    context("when the same content comes again from another region", () => {
      it("reverts with AssetAlreadyRegistered, naming region and holder", async () => {
        const { registry, registrar, item, review, id, guangdong, hongKong, ...world } = await given();
        await registry.connect(registrar).register(item, review);
        const values = registration({
          holder: hongKong.firm.party,
          contentRoot: item.registration.contentRoot,
        });
        const again = await reviewed({ registry, ...world }, hongKong, values);
        await expect(registry.connect(hongKong.exchange.keys.registrar!).register(again.item, again.review))
          .to.be.revertedWithCustomError(registry, "AssetAlreadyRegistered")
          .withArgs(id, ethers.encodeBytes32String("CN-GD").slice(0, 18), guangdong.firm.party);
      });
    });

    context("when another exchange sends the review", () => {
      it("reverts with ReviewerOfAnotherRegion", async () => {
        const { registry, membership, item, review, hongKong } = await given();
        await expect(registry.connect(hongKong.exchange.keys.registrar!).register(item, review))
          .to.be.revertedWithCustomError(membership, "ReviewerOfAnotherRegion")
          .withArgs(review.reviewer);
      });
    });

    context("when the review is a day late", () => {
      it("reverts with SignatureExpired", async () => {
        const { registry, registrar, guangdong, item, ...world } = await given();
        const { timestamp } = (await ethers.provider.getBlock("latest"))!;
        const root = await registry.registrationLeaf(item.registration);
        const late = await review(
          { registry, ...world },
          guangdong.exchange.keys.reviewer!,
          guangdong.exchange.party,
          root,
          timestamp + 86_400,
        );
        await networkHelpers.time.increase(86_402);
        await expect(registry.connect(registrar).register(item, late))
          .to.be.revertedWithCustomError(registry, "SignatureExpired")
          .withArgs(late.reviewer, late.deadline);
      });
    });

    context("when a byte of the item was changed after the review", () => {
      it("reverts with NotInReview", async () => {
        const { registry, registrar, item, review } = await given();
        const changed = { ...item, registration: { ...item.registration, rights: 7 } };
        await expect(registry.connect(registrar).register(changed, review)).to.be.revertedWithCustomError(
          registry,
          "NotInReview",
        );
      });
    });

    context("when the region is halted", () => {
      it("reverts with RegionIsHalted", async () => {
        const { registry, membership, supervision, registrar, item, review, guangdong } = await given();
        await supervision.connect(guangdong.regulator.keys.pause!).halt(guangdong.number, ZeroHash, DIRECT);
        await expect(registry.connect(registrar).register(item, review))
          .to.be.revertedWithCustomError(membership, "RegionIsHalted")
          .withArgs(guangdong.number);
      });
    });

    context("when a stranger or a key without the role sends it", () => {
      it("reverts with KeyNotLive or KeyLacksRole", async () => {
        const { registry, membership, item, review, strangers, guangdong } = await given();
        await expect(registry.connect(strangers[0]!).register(item, review))
          .to.be.revertedWithCustomError(membership, "KeyNotLive")
          .withArgs(strangers[0]!.address);
        const reviewer = guangdong.exchange.keys.sponsor!;
        await expect(registry.connect(reviewer).register(item, review))
          .to.be.revertedWithCustomError(membership, "KeyLacksRole")
          .withArgs(reviewer.address, 4);
      });
    });

    context("when the holder is somebody else's client", () => {
      it("reverts with HolderNotSponsored", async () => {
        const { registry, membership, registrar, guangdong, hongKong, ...world } = await given();
        const values = registration({ holder: hongKong.firm.party, contentRoot: contentOf("other") });
        const own = await reviewed({ registry, membership, ...world }, guangdong, values);
        await expect(registry.connect(registrar).register(own.item, own.review))
          .to.be.revertedWithCustomError(membership, "HolderNotSponsored")
          .withArgs(hongKong.firm.party, guangdong.exchange.party, hongKong.exchange.party);
      });
    });
  });

  context("given values that break a rule", () => {
    const cases = [
      ["contentRoot", { contentRoot: ZeroHash }],
      ["descriptorHash", { descriptorHash: ZeroHash }],
      ["kind", { kind: 0 }],
      ["rights", { rights: 0 }],
      ["rights", { rights: 8 }],
      ["flags", { flags: 8 }],
      ["flags", { flags: 4, sensitivePersons: 1, persons: 1 }],
      ["persons", { flags: 2, persons: 0 }],
      ["persons", { persons: 5 }],
      ["sensitivePersons", { flags: 6, persons: 5, sensitivePersons: 6 }],
      ["upstreamRate", { upstreamRate: 500_001 }],
    ] as const;
    for (const [field, over] of cases) {
      it(`reverts with RegistrationInvalid("${field}") for ${JSON.stringify(over)}`, async () => {
        const { registry, guangdong, ...world } = await loadFixture(twoRegions);
        const values = registration({ holder: guangdong.firm.party, contentRoot: contentOf("x"), ...over });
        const { item, review } = await reviewed({ registry, ...world }, guangdong, values);
        await expect(registry.connect(guangdong.exchange.keys.registrar!).register(item, review))
          .to.be.revertedWithCustomError(registry, "RegistrationInvalid")
          .withArgs(field);
      });
    }
  });
});
