import { expect } from "chai";
import { digestOf, now, sign } from "../../helpers/acts.ts";
import {
  activeAsset,
  DIRECT,
  ethers,
  FAR,
  KeyRole,
  networkHelpers,
  Right,
  Status,
  twoRegions,
} from "../../helpers/contracts.ts";
import { admitContractWallet, halt, hold, suspend } from "../../helpers/people.ts";

const { loadFixture } = networkHelpers;

describe("RightsRegistry.transferRightSigned", () => {
  context("given an owner's signature of TransferRight", () => {
    async function given(limits: { nonce?: bigint; deadline?: number } = {}) {
      const world = await loadFixture(twoRegions);
      const firm = world.guangdong.firm;
      const owner = firm.keys.owner!;
      const buyer = world.hongKong.firm;
      const id = await activeAsset(world, world.guangdong, { holder: firm.party });
      const values = { assetId: id, right: Right.Use, to: buyer.party };
      const by = await sign(world, "TransferRight", values, owner, limits);
      const relay = world.registry.connect(world.strangers[0]!);
      return { ...world, world, id, firm, owner, buyer, values, by, relay };
    }

    context("when a stranger relays it", () => {
      it("moves the right", async () => {
        const { registry, relay, by, id, buyer } = await given();
        await relay.transferRightSigned(id, Right.Use, buyer.party, by);
        expect(await registry.holderOf(id, Right.Use)).to.equal(buyer.party);
      });

      it("emits RightTransferred with the key and the digest that it signed", async () => {
        const { world, registry, relay, by, id, buyer, firm, owner, values } = await given();
        await expect(relay.transferRightSigned(id, Right.Use, buyer.party, by))
          .to.emit(registry, "RightTransferred")
          .withArgs(
            id,
            firm.party,
            buyer.party,
            Right.Use,
            owner.address,
            await digestOf(world, "TransferRight", values),
          );
      });

      it("uses up the nonce", async () => {
        const { registry, relay, by, id, buyer, owner } = await given({ nonce: 700n });
        await relay.transferRightSigned(id, Right.Use, buyer.party, by);
        expect(await registry.isNonceUsed(owner.address, 700n)).to.equal(true);
      });

      it("leaves the nonces beside it usable", async () => {
        const { world, registry, relay, by, id, buyer, owner, values } = await given({ nonce: 700n });
        const other = await sign(world, "TransferRight", { ...values, right: Right.Hold }, owner, {
          nonce: 699n,
        });
        await relay.transferRightSigned(id, Right.Use, buyer.party, by);
        await relay.transferRightSigned(id, Right.Hold, buyer.party, other);
        expect(await registry.holderOf(id, Right.Hold)).to.equal(buyer.party);
      });
    });

    context("when it is relayed a second time", () => {
      it("reverts with NonceAlreadyUsed, though the right came back", async () => {
        const { registry, relay, by, id, buyer, firm, owner } = await given();
        await relay.transferRightSigned(id, Right.Use, buyer.party, by);
        await registry.connect(buyer.keys.owner!).transferRight(id, Right.Use, firm.party);
        await expect(relay.transferRightSigned(id, Right.Use, buyer.party, by))
          .to.be.revertedWithCustomError(registry, "NonceAlreadyUsed")
          .withArgs(owner.address, 0);
      });
    });

    context("when its owner gave up the nonce", () => {
      it("reverts with NonceAlreadyUsed", async () => {
        const { registry, relay, by, id, buyer, owner } = await given();
        await registry.connect(owner).cancelNonce(0);
        await expect(relay.transferRightSigned(id, Right.Use, buyer.party, by))
          .to.be.revertedWithCustomError(registry, "NonceAlreadyUsed")
          .withArgs(owner.address, 0);
      });
    });

    context("when a stranger gives up the same nonce", () => {
      it("moves the right all the same: nonces are each signer's own", async () => {
        const { registry, relay, by, id, buyer } = await given();
        await relay.cancelNonce(0);
        await relay.transferRightSigned(id, Right.Use, buyer.party, by);
        expect(await registry.holderOf(id, Right.Use)).to.equal(buyer.party);
      });
    });

    context("when a refused transfer is sent again after the reason ended", () => {
      it("moves the right: a refusal uses no nonce", async () => {
        const { world, registry, relay, by, id, buyer, guangdong } = await given();
        await hold(world, guangdong, id);
        await expect(relay.transferRightSigned(id, Right.Use, buyer.party, by)).to.be.revertedWithCustomError(
          registry,
          "AssetNotActive",
        );
        const none = `0x${"0".repeat(64)}`;
        await registry.connect(guangdong.regulator.keys.freeze!).lift(id, none, none, DIRECT);
        await relay.transferRightSigned(id, Right.Use, buyer.party, by);
        expect(await registry.holderOf(id, Right.Use)).to.equal(buyer.party);
      });
    });

    context("when its deadline has passed", () => {
      it("reverts with SignatureExpired", async () => {
        const deadline = (await now()) + 86_400;
        const { registry, relay, by, id, buyer, owner } = await given({ deadline });
        await networkHelpers.time.increaseTo(deadline + 1);
        await expect(relay.transferRightSigned(id, Right.Use, buyer.party, by))
          .to.be.revertedWithCustomError(registry, "SignatureExpired")
          .withArgs(owner.address, deadline);
      });
    });

    context("when the relayer changes the receiver, the right or the asset", () => {
      it("reverts with SignatureInvalid for another receiver", async () => {
        const { world, registry, relay, by, id, values, owner, hongKong } = await given();
        const to = hongKong.person.party;
        await expect(relay.transferRightSigned(id, Right.Use, to, by))
          .to.be.revertedWithCustomError(registry, "SignatureInvalid")
          .withArgs(owner.address, await digestOf(world, "TransferRight", { ...values, to }));
      });

      it("reverts with SignatureInvalid for another right", async () => {
        const { registry, relay, by, id, buyer } = await given();
        await expect(
          relay.transferRightSigned(id, Right.Operate, buyer.party, by),
        ).to.be.revertedWithCustomError(registry, "SignatureInvalid");
      });

      it("reverts with SignatureInvalid for another asset", async () => {
        const { world, registry, relay, by, guangdong, firm, buyer } = await given();
        const other = await activeAsset(world, guangdong, { holder: firm.party }, "other");
        await expect(
          relay.transferRightSigned(other, Right.Use, buyer.party, by),
        ).to.be.revertedWithCustomError(registry, "SignatureInvalid");
      });

      it("reverts with SignatureInvalid for a later deadline", async () => {
        const { registry, relay, by, id, buyer } = await given();
        await expect(
          relay.transferRightSigned(id, Right.Use, buyer.party, { ...by, deadline: FAR + 1 }),
        ).to.be.revertedWithCustomError(registry, "SignatureInvalid");
      });
    });

    context("when it was signed for another contract", () => {
      it("reverts with SignatureInvalid", async () => {
        const { world, registry, relay, id, buyer, values, owner, policy } = await given();
        const elsewhere = { ...world, registry: policy as unknown as typeof registry };
        const by = await sign(elsewhere, "TransferRight", values, owner);
        await expect(relay.transferRightSigned(id, Right.Use, buyer.party, by)).to.be.revertedWithCustomError(
          registry,
          "SignatureInvalid",
        );
      });
    });

    context("when a forger signed it in the owner's name", () => {
      it("reverts with SignatureInvalid", async () => {
        const { world, registry, relay, id, buyer, values, owner, strangers } = await given();
        const forged = await sign(world, "TransferRight", values, strangers[1]!, {
          account: owner.address,
        });
        await expect(relay.transferRightSigned(id, Right.Use, buyer.party, forged))
          .to.be.revertedWithCustomError(registry, "SignatureInvalid")
          .withArgs(owner.address, await digestOf(world, "TransferRight", values));
      });
    });

    context("when the receiver's own key signed it", () => {
      it("reverts with NotHolder", async () => {
        const { world, registry, relay, id, buyer, values } = await given();
        const by = await sign(world, "TransferRight", values, buyer.keys.owner!);
        await expect(relay.transferRightSigned(id, Right.Use, buyer.party, by))
          .to.be.revertedWithCustomError(registry, "NotHolder")
          .withArgs(id, Right.Use, buyer.party);
      });
    });

    context("when the key was revoked after it signed", () => {
      it("reverts with KeyNotLive", async () => {
        const { membership, relay, by, id, buyer, owner, firm } = await given();
        await membership.connect(owner).revokeKey(firm.party, owner.address, DIRECT);
        await expect(relay.transferRightSigned(id, Right.Use, buyer.party, by))
          .to.be.revertedWithCustomError(membership, "KeyNotLive")
          .withArgs(owner.address);
      });
    });

    context("when a party is suspended or a region halted after it was signed", () => {
      it("reverts with PartyNotInGoodStanding for the owner", async () => {
        const { world, membership, relay, by, id, buyer, firm, guangdong } = await given();
        await suspend(world, guangdong, firm.party);
        await expect(relay.transferRightSigned(id, Right.Use, buyer.party, by))
          .to.be.revertedWithCustomError(membership, "PartyNotInGoodStanding")
          .withArgs(firm.party, 2, FAR);
      });

      it("reverts with PartyNotInGoodStanding for the receiver", async () => {
        const { world, membership, relay, by, id, buyer, hongKong } = await given();
        await suspend(world, hongKong, buyer.party);
        await expect(relay.transferRightSigned(id, Right.Use, buyer.party, by))
          .to.be.revertedWithCustomError(membership, "PartyNotInGoodStanding")
          .withArgs(buyer.party, 2, FAR);
      });

      it("reverts with TransferRefused for a region", async () => {
        const { world, registry, relay, by, id, buyer, hongKong } = await given();
        await halt(world, hongKong);
        await expect(relay.transferRightSigned(id, Right.Use, buyer.party, by)).to.be.revertedWithCustomError(
          registry,
          "TransferRefused",
        );
      });

      it("reverts with AssetNotActive for a held asset", async () => {
        const { world, registry, relay, by, id, buyer, guangdong } = await given();
        await hold(world, guangdong, id);
        const { noticeEnds } = await registry.assetOf(id);
        await expect(relay.transferRightSigned(id, Right.Use, buyer.party, by))
          .to.be.revertedWithCustomError(registry, "AssetNotActive")
          .withArgs(id, Status.Held, noticeEnds);
      });
    });

    context("when nobody signed it", () => {
      it("acts for the sender, as transferRight does", async () => {
        const { registry, id, buyer, owner } = await given();
        await registry.connect(owner).transferRightSigned(id, Right.Use, buyer.party, DIRECT);
        expect(await registry.holderOf(id, Right.Use)).to.equal(buyer.party);
      });

      it("reverts with KeyNotLive for a stranger", async () => {
        const { membership, relay, id, buyer, strangers } = await given();
        await expect(relay.transferRightSigned(id, Right.Use, buyer.party, DIRECT))
          .to.be.revertedWithCustomError(membership, "KeyNotLive")
          .withArgs(strangers[0]!.address);
      });
    });
  });

  context("given an owner whose wallet is a contract (ERC-1271)", () => {
    async function given() {
      const world = await loadFixture(twoRegions);
      const { guangdong, hongKong, strangers } = world;
      const { party, owner } = await admitContractWallet(world, guangdong, strangers[5]!, "ContractWallet");
      const id = await activeAsset(world, guangdong, { holder: party });
      const values = { assetId: id, right: Right.Hold, to: hongKong.firm.party };
      return { ...world, world, id, party, owner, values, relay: world.registry.connect(strangers[0]!) };
    }

    context("when the wallet's owner signed and a stranger relays", () => {
      it("moves the right", async () => {
        const { world, registry, relay, id, party, owner, values } = await given();
        const by = await sign(world, "TransferRight", values, owner, { account: party });
        await relay.transferRightSigned(id, Right.Hold, values.to, by);
        expect(await registry.holderOf(id, Right.Hold)).to.equal(values.to);
      });

      it("reverts with NonceAlreadyUsed the second time", async () => {
        const { world, registry, relay, id, party, owner, values } = await given();
        const by = await sign(world, "TransferRight", values, owner, { account: party });
        await relay.transferRightSigned(id, Right.Hold, values.to, by);
        await expect(relay.transferRightSigned(id, Right.Hold, values.to, by))
          .to.be.revertedWithCustomError(registry, "NonceAlreadyUsed")
          .withArgs(party, 0);
      });
    });

    context("when somebody else signed for the wallet", () => {
      it("reverts with SignatureInvalid", async () => {
        const { world, registry, relay, id, party, values, strangers } = await given();
        const by = await sign(world, "TransferRight", values, strangers[1]!, { account: party });
        await expect(relay.transferRightSigned(id, Right.Hold, values.to, by))
          .to.be.revertedWithCustomError(registry, "SignatureInvalid")
          .withArgs(party, await digestOf(world, "TransferRight", values));
      });
    });
  });

  context("given a contract wallet that is a firm's second key", () => {
    context("when the wallet's owner signed", () => {
      it("moves the firm's right", async () => {
        const world = await loadFixture(twoRegions);
        const { guangdong, hongKong, strangers, registry, membership } = world;
        const firm = guangdong.firm;
        const id = await activeAsset(world, guangdong, { holder: firm.party });
        const wallet = await ethers.deployContract("ContractWallet", [strangers[0]!.address]);
        const key = await wallet.getAddress();
        const terms = { party: firm.party, roles: KeyRole.TRANSFER, grantor: firm.party, deadline: FAR };
        const consent = await sign(world, "KeyConsent", terms, strangers[0]!);
        await membership
          .connect(firm.keys.owner!)
          .addKey(
            firm.party,
            { key, roles: KeyRole.TRANSFER, deadline: FAR, consent: consent.signature },
            DIRECT,
          );
        const values = { assetId: id, right: Right.Hold, to: hongKong.firm.party };
        const by = await sign(world, "TransferRight", values, strangers[0]!, { account: key });
        await registry.connect(strangers[1]!).transferRightSigned(id, Right.Hold, values.to, by);
        expect(await registry.holderOf(id, Right.Hold)).to.equal(values.to);
      });
    });
  });
});
