/**
 * ERC-721 (EIP-721, final) and ERC-165 (EIP-165, final): one test a clause, named by its words.
 *
 * Deviations, all by intent; contracts/decisions/erc721-parties.md says why:
 * - D1 Owners, operators and approved addresses are parties. `msg.sender` is a key and stands for its party: "unless
 *   `msg.sender` is the current owner" reads "unless `msg.sender` is a live key, with TRANSFER, of the current owner".
 * - D2 Recipients are parties in good standing. A transfer to any other address throws, which the standard allows ("your
 *   implementation MAY also throw in other situations"); so do noticed, held and retired assets, halted regions, and a
 *   transfer from a party to itself.
 * - D3 An approval ends with the key epoch of the owner that gave it. A recovery ends an epoch and emits Membership's
 *   RecoveryCompleted, no Approval and no ApprovalForAll.
 * - D4 The `operator` that a receiving contract is told is the key that called, as the standard says, not its party.
 */
import { expect } from "chai";
import { ZeroAddress, ZeroHash } from "ethers";
import { impersonate } from "../../helpers/acts.ts";
import {
  activeAsset,
  assetIdOf,
  contentOf,
  DELAY,
  DIRECT,
  ethers,
  KeyRole,
  keyGrant,
  networkHelpers,
  Right,
  registration,
  reviewed,
  tokenOf,
  twoRegions,
} from "../../helpers/contracts.ts";
import { admitContractWallet, suspend } from "../../helpers/people.ts";

const { loadFixture } = networkHelpers;
const SAFE = "safeTransferFrom(address,address,uint256)";
const SAFE_WITH_DATA = "safeTransferFrom(address,address,uint256,bytes)";

/** Wei Ltd owns three tokens of one asset; Mei is a person of its region; Hong Kong's firm is the buyer. */
async function given() {
  const world = await loadFixture(twoRegions);
  const { guangdong, hongKong, strangers } = world;
  const id = await activeAsset(world, guangdong, { holder: guangdong.firm.party });
  return {
    ...world,
    world,
    id,
    token: tokenOf(id, Right.Use),
    nowhere: tokenOf(assetIdOf(contentOf("nothing")), Right.Use),
    owner: guangdong.firm.party,
    ownerKey: guangdong.firm.keys.owner!,
    mei: guangdong.person.party,
    meiKey: guangdong.person.keys.owner!,
    buyer: hongKong.firm.party,
    buyerKey: hongKong.firm.keys.owner!,
    stranger: strangers[0]!,
  };
}

/** The same, with a wallet in Hong Kong that is a contract and answers receipts as told. */
async function givenReceiver(answer: number) {
  const all = await given();
  const { wallet, party } = await admitContractWallet(
    all.world,
    all.hongKong,
    all.strangers[5]!,
    "ReceivingWallet",
  );
  await wallet.setAnswer(answer);
  return { ...all, wallet, receiver: party };
}
const [ACCEPT, MISUNDERSTAND, REFUSE] = [0, 1, 2];

/** Ends the owner's key epoch: its sponsor recovers it, and nobody objects. */
async function recover({ world, guangdong, owner, strangers }: Awaited<ReturnType<typeof given>>) {
  const next = strangers[4]!;
  const roles = KeyRole.ADMIN | KeyRole.TRANSFER;
  const grant = await keyGrant(world, next, owner, roles, guangdong.exchange.party);
  await world.membership.connect(guangdong.exchange.keys.sponsor!).proposeRecovery(owner, grant, DIRECT);
  await networkHelpers.time.increase(DELAY.recovery);
  await world.membership.completeRecovery(owner);
  return next;
}

describe("RightsRegistry as an ERC-721", () => {
  context("given event Transfer", () => {
    it("emits when NFTs are created (`from` == 0)", async () => {
      const { world, registry, guangdong, owner } = await given();
      const values = registration({ holder: owner, contentRoot: contentOf("new"), rights: 5 });
      const { item, review } = await reviewed(world, guangdong, values);
      const sent = registry.connect(guangdong.exchange.keys.registrar!).register(item, review);
      for (const right of [Right.Hold, Right.Operate]) {
        await expect(sent)
          .to.emit(registry, "Transfer")
          .withArgs(ZeroAddress, owner, tokenOf(assetIdOf(values.contentRoot), right));
      }
    });

    it("emits when NFTs are destroyed (`to` == 0)", async () => {
      const { registry, id, token, owner, ownerKey } = await given();
      await expect(registry.connect(ownerKey).retire(id, DIRECT))
        .to.emit(registry, "Transfer")
        .withArgs(owner, ZeroAddress, token);
    });

    it("emits when ownership of any NFT changes by any mechanism", async () => {
      const { registry, id, token, owner, ownerKey, buyer, buyerKey } = await given();
      await expect(registry.connect(ownerKey).transferRight(id, Right.Use, buyer))
        .to.emit(registry, "Transfer")
        .withArgs(owner, buyer, token);
      await expect(registry.connect(buyerKey).transferFrom(buyer, owner, token))
        .to.emit(registry, "Transfer")
        .withArgs(buyer, owner, token);
      await expect(registry.connect(ownerKey)[SAFE](owner, buyer, token))
        .to.emit(registry, "Transfer")
        .withArgs(owner, buyer, token);
    });

    it("at the time of any transfer, the approved address for that NFT is reset to none", async () => {
      const { registry, id, token, ownerKey, mei, buyer } = await given();
      await registry.connect(ownerKey).approve(mei, token);
      await registry.connect(ownerKey).transferRight(id, Right.Use, buyer);
      expect(await registry.getApproved(token)).to.equal(ZeroAddress);
    });

    it("and stays none when the NFT comes back to the owner that approved", async () => {
      const { registry, id, token, owner, ownerKey, mei, buyer, buyerKey } = await given();
      await registry.connect(ownerKey).approve(mei, token);
      await registry.connect(ownerKey).transferRight(id, Right.Use, buyer);
      await registry.connect(buyerKey).transferRight(id, Right.Use, owner);
      expect(await registry.getApproved(token)).to.equal(ZeroAddress);
    });
  });

  context("given event Approval", () => {
    it("emits when the approved address for an NFT is changed or reaffirmed", async () => {
      const { registry, token, owner, ownerKey, mei } = await given();
      for (let times = 0; times < 2; times++) {
        await expect(registry.connect(ownerKey).approve(mei, token))
          .to.emit(registry, "Approval")
          .withArgs(owner, mei, token);
      }
    });

    it("the zero address indicates there is no approved address", async () => {
      const { registry, token, owner, ownerKey, mei } = await given();
      await registry.connect(ownerKey).approve(mei, token);
      await expect(registry.connect(ownerKey).approve(ZeroAddress, token))
        .to.emit(registry, "Approval")
        .withArgs(owner, ZeroAddress, token);
    });
  });

  context("given event ApprovalForAll", () => {
    it("emits when an operator is enabled or disabled for an owner", async () => {
      const { registry, owner, ownerKey, mei } = await given();
      for (const approved of [true, false]) {
        await expect(registry.connect(ownerKey).setApprovalForAll(mei, approved))
          .to.emit(registry, "ApprovalForAll")
          .withArgs(owner, mei, approved);
      }
    });
  });

  context("given balanceOf", () => {
    it("returns the number of NFTs owned by `_owner`, possibly zero", async () => {
      const { registry, id, owner, ownerKey, buyer, stranger } = await given();
      await registry.connect(ownerKey).transferRight(id, Right.Use, buyer);
      expect(await registry.balanceOf(owner)).to.equal(2n);
      expect(await registry.balanceOf(buyer)).to.equal(1n);
      expect(await registry.balanceOf(stranger)).to.equal(0n);
    });

    it("throws for queries about the zero address", async () => {
      const { registry } = await given();
      await expect(registry.balanceOf(ZeroAddress))
        .to.be.revertedWithCustomError(registry, "ERC721InvalidOwner")
        .withArgs(ZeroAddress);
    });
  });

  context("given ownerOf", () => {
    it("finds the owner of an NFT, before it ever moved and after", async () => {
      const { registry, id, token, owner, ownerKey, buyer } = await given();
      expect(await registry.ownerOf(token)).to.equal(owner);
      await registry.connect(ownerKey).transferRight(id, Right.Use, buyer);
      expect(await registry.ownerOf(token)).to.equal(buyer);
    });

    it("NFTs assigned to zero address are considered invalid, and queries about them do throw", async () => {
      const { registry, id, token, nowhere, ownerKey } = await given();
      await registry.connect(ownerKey).retire(id, DIRECT);
      for (const invalid of [token, nowhere, BigInt(id), 0n]) {
        await expect(registry.ownerOf(invalid))
          .to.be.revertedWithCustomError(registry, "ERC721NonexistentToken")
          .withArgs(invalid);
      }
    });
  });

  for (const method of ["transferFrom", SAFE, SAFE_WITH_DATA] as const) {
    context(`given ${method}`, () => {
      type Registry = Awaited<ReturnType<typeof given>>["registry"];
      const send = (registry: Registry, from: string, to: string, token: bigint) =>
        method === SAFE_WITH_DATA
          ? registry[method](from, to, token, "0x1234")
          : method === SAFE
            ? registry[method](from, to, token)
            : registry[method](from, to, token);

      it("transfers the ownership of an NFT from one address to another address", async () => {
        const { registry, token, owner, ownerKey, buyer } = await given();
        await send(registry.connect(ownerKey), owner, buyer, token);
        expect(await registry.ownerOf(token)).to.equal(buyer);
      });

      it("allows an authorized operator", async () => {
        const { registry, token, owner, ownerKey, mei, meiKey, buyer } = await given();
        await registry.connect(ownerKey).setApprovalForAll(mei, true);
        await send(registry.connect(meiKey), owner, buyer, token);
        expect(await registry.ownerOf(token)).to.equal(buyer);
      });

      it("allows the approved address for this NFT", async () => {
        const { registry, token, owner, ownerKey, mei, meiKey, buyer } = await given();
        await registry.connect(ownerKey).approve(mei, token);
        await send(registry.connect(meiKey), owner, buyer, token);
        expect(await registry.ownerOf(token)).to.equal(buyer);
      });

      it("throws unless `msg.sender` is the current owner, an authorized operator, or approved", async () => {
        const { registry, token, owner, ownerKey, mei, meiKey, buyer, id } = await given();
        await registry.connect(ownerKey).approve(mei, tokenOf(id, Right.Hold));
        await expect(send(registry.connect(meiKey), owner, buyer, token))
          .to.be.revertedWithCustomError(registry, "ERC721InsufficientApproval")
          .withArgs(mei, token);
      });

      it("throws for an operator of the former owner", async () => {
        const { registry, id, token, ownerKey, mei, meiKey, buyer } = await given();
        await registry.connect(ownerKey).setApprovalForAll(mei, true);
        await registry.connect(ownerKey).transferRight(id, Right.Use, buyer);
        await expect(send(registry.connect(meiKey), buyer, mei, token))
          .to.be.revertedWithCustomError(registry, "ERC721InsufficientApproval")
          .withArgs(mei, token);
      });

      it("throws if `_from` is not the current owner", async () => {
        const { registry, token, owner, ownerKey, mei, buyer } = await given();
        await expect(send(registry.connect(ownerKey), mei, buyer, token))
          .to.be.revertedWithCustomError(registry, "ERC721IncorrectOwner")
          .withArgs(mei, token, owner);
      });

      it("throws if `_to` is the zero address", async () => {
        const { registry, token, owner, ownerKey } = await given();
        await expect(send(registry.connect(ownerKey), owner, ZeroAddress, token))
          .to.be.revertedWithCustomError(registry, "ERC721InvalidReceiver")
          .withArgs(ZeroAddress);
      });

      it("throws if `_tokenId` is not a valid NFT", async () => {
        const { registry, nowhere, owner, ownerKey, buyer } = await given();
        await expect(send(registry.connect(ownerKey), owner, buyer, nowhere))
          .to.be.revertedWithCustomError(registry, "ERC721NonexistentToken")
          .withArgs(nowhere);
      });

      it("throws for a stranger, who is no key (D1)", async () => {
        const { registry, membership, token, owner, buyer, stranger } = await given();
        await expect(send(registry.connect(stranger), owner, buyer, token))
          .to.be.revertedWithCustomError(membership, "KeyNotLive")
          .withArgs(stranger.address);
      });

      it("throws for the operator's key without TRANSFER (D1)", async () => {
        const { world, registry, membership, token, owner, ownerKey, mei, meiKey, buyer, stranger } =
          await given();
        const clerk = await keyGrant(world, stranger, mei, KeyRole.ADMIN, mei);
        await membership.connect(meiKey).addKey(mei, clerk, DIRECT);
        await registry.connect(ownerKey).setApprovalForAll(mei, true);
        await expect(send(registry.connect(stranger), owner, buyer, token))
          .to.be.revertedWithCustomError(membership, "KeyLacksRole")
          .withArgs(stranger.address, KeyRole.TRANSFER);
      });

      it("throws if the operator is suspended (D1)", async () => {
        const { world, registry, membership, guangdong, token, owner, ownerKey, mei, meiKey, buyer } =
          await given();
        await registry.connect(ownerKey).setApprovalForAll(mei, true);
        await suspend(world, guangdong, mei);
        await expect(send(registry.connect(meiKey), owner, buyer, token)).to.be.revertedWithCustomError(
          membership,
          "PartyNotInGoodStanding",
        );
      });

      it("throws if `_to` is no party, its key included (D2)", async () => {
        const { registry, membership, token, owner, ownerKey, buyerKey } = await given();
        await expect(send(registry.connect(ownerKey), owner, buyerKey.address, token))
          .to.be.revertedWithCustomError(membership, "PartyUnknown")
          .withArgs(buyerKey.address);
      });

      it("throws if `_to` is `_from` (D2)", async () => {
        const { registry, token, owner, ownerKey } = await given();
        await expect(send(registry.connect(ownerKey), owner, owner, token))
          .to.be.revertedWithCustomError(registry, "TransferToSelf")
          .withArgs(owner);
      });

      it("takes no value: mutability may be stricter than payable", async () => {
        const { registry } = await given();
        expect(registry.interface.getFunction(method)!.payable).to.equal(false);
      });
    });
  }

  context("given safeTransferFrom to a contract", () => {
    it("calls `onERC721Received` on `_to` when the transfer is complete", async () => {
      const { registry, token, owner, ownerKey, wallet, receiver } = await givenReceiver(ACCEPT);
      await expect(registry.connect(ownerKey)[SAFE_WITH_DATA](owner, receiver, token, "0x1234"))
        .to.emit(wallet, "Asked")
        .withArgs(await registry.getAddress(), ownerKey.address, owner, token, "0x1234", receiver);
    });

    it("without a data parameter, works identically with data set to empty", async () => {
      const { registry, token, owner, ownerKey, wallet, receiver } = await givenReceiver(ACCEPT);
      await expect(registry.connect(ownerKey)[SAFE](owner, receiver, token))
        .to.emit(wallet, "Asked")
        .withArgs(await registry.getAddress(), ownerKey.address, owner, token, "0x", receiver);
    });

    it("return of other than the magic value MUST result in the transaction being reverted", async () => {
      const { registry, token, owner, ownerKey, receiver } = await givenReceiver(MISUNDERSTAND);
      await expect(registry.connect(ownerKey)[SAFE](owner, receiver, token))
        .to.be.revertedWithCustomError(registry, "ERC721InvalidReceiver")
        .withArgs(receiver);
    });

    it("the recipient MAY throw to revert and reject the transfer", async () => {
      const { registry, token, owner, ownerKey, wallet, receiver } = await givenReceiver(REFUSE);
      await expect(registry.connect(ownerKey)[SAFE](owner, receiver, token))
        .to.be.revertedWithCustomError(wallet, "Unwanted")
        .withArgs(token);
    });

    it("throws where the contract is no receiver at all", async () => {
      const { world, registry, token, owner, ownerKey, hongKong, strangers } = await given();
      const { party } = await admitContractWallet(world, hongKong, strangers[5]!, "ContractWallet");
      await expect(registry.connect(ownerKey)[SAFE](owner, party, token))
        .to.be.revertedWithCustomError(registry, "ERC721InvalidReceiver")
        .withArgs(party);
    });

    it("asks nobody where `_to` is no contract", async () => {
      const { registry, token, owner, ownerKey, buyer } = await given();
      await registry.connect(ownerKey)[SAFE](owner, buyer, token);
      expect(await registry.ownerOf(token)).to.equal(buyer);
    });
  });

  context("given transferFrom to a contract", () => {
    it("does not ask it: the caller is responsible", async () => {
      const { registry, token, owner, ownerKey, receiver } = await givenReceiver(REFUSE);
      await registry.connect(ownerKey).transferFrom(owner, receiver, token);
      expect(await registry.ownerOf(token)).to.equal(receiver);
    });

    it("lets that contract act as the owner", async () => {
      const { registry, token, owner, ownerKey, receiver, buyer } = await givenReceiver(REFUSE);
      await registry.connect(ownerKey).transferFrom(owner, receiver, token);
      await registry.connect(await impersonate(receiver)).transferFrom(receiver, buyer, token);
      expect(await registry.ownerOf(token)).to.equal(buyer);
    });
  });

  context("given approve", () => {
    it("changes or reaffirms the approved address for an NFT", async () => {
      const { registry, token, ownerKey, mei, buyer } = await given();
      await registry.connect(ownerKey).approve(mei, token);
      await registry.connect(ownerKey).approve(buyer, token);
      expect(await registry.getApproved(token)).to.equal(buyer);
    });

    it("the zero address indicates there is no approved address", async () => {
      const { registry, token, owner, ownerKey, mei, meiKey, buyer } = await given();
      await registry.connect(ownerKey).approve(mei, token);
      await registry.connect(ownerKey).approve(ZeroAddress, token);
      await expect(registry.connect(meiKey).transferFrom(owner, buyer, token))
        .to.be.revertedWithCustomError(registry, "ERC721InsufficientApproval")
        .withArgs(mei, token);
    });

    it("allows an authorized operator of the current owner", async () => {
      const { registry, token, ownerKey, mei, meiKey, buyer } = await given();
      await registry.connect(ownerKey).setApprovalForAll(mei, true);
      await registry.connect(meiKey).approve(buyer, token);
      expect(await registry.getApproved(token)).to.equal(buyer);
    });

    it("throws unless `msg.sender` is the current NFT owner, or an authorized operator", async () => {
      const { registry, token, ownerKey, mei, meiKey } = await given();
      await registry.connect(ownerKey).approve(mei, token);
      await expect(registry.connect(meiKey).approve(mei, token))
        .to.be.revertedWithCustomError(registry, "ERC721InvalidApprover")
        .withArgs(mei);
    });

    it("throws if `_tokenId` is not a valid NFT", async () => {
      const { registry, nowhere, ownerKey, mei } = await given();
      await expect(registry.connect(ownerKey).approve(mei, nowhere))
        .to.be.revertedWithCustomError(registry, "ERC721NonexistentToken")
        .withArgs(nowhere);
    });

    it("leaves the owner of a token that never moved as it is", async () => {
      const { registry, token, owner, ownerKey, mei } = await given();
      await registry.connect(ownerKey).approve(mei, token);
      expect(await registry.ownerOf(token)).to.equal(owner);
    });
  });

  context("given setApprovalForAll", () => {
    it("enables an operator to manage all of `msg.sender`'s assets", async () => {
      const { registry, id, owner, ownerKey, mei, meiKey, buyer } = await given();
      await registry.connect(ownerKey).setApprovalForAll(mei, true);
      for (const right of [Right.Hold, Right.Use, Right.Operate]) {
        await registry.connect(meiKey).transferFrom(owner, buyer, tokenOf(id, right));
      }
      expect(await registry.balanceOf(buyer)).to.equal(3n);
    });

    it("disables it again", async () => {
      const { registry, token, owner, ownerKey, mei, meiKey, buyer } = await given();
      await registry.connect(ownerKey).setApprovalForAll(mei, true);
      await registry.connect(ownerKey).setApprovalForAll(mei, false);
      await expect(registry.connect(meiKey).transferFrom(owner, buyer, token))
        .to.be.revertedWithCustomError(registry, "ERC721InsufficientApproval")
        .withArgs(mei, token);
    });

    it("the contract MUST allow multiple operators per owner", async () => {
      const { registry, owner, ownerKey, mei, buyer } = await given();
      await registry.connect(ownerKey).setApprovalForAll(mei, true);
      await registry.connect(ownerKey).setApprovalForAll(buyer, true);
      expect(await registry.isApprovedForAll(owner, mei)).to.equal(true);
      expect(await registry.isApprovedForAll(owner, buyer)).to.equal(true);
    });
  });

  context("given getApproved", () => {
    it("returns the approved address for this NFT, or the zero address if there is none", async () => {
      const { registry, id, token, ownerKey, mei } = await given();
      await registry.connect(ownerKey).approve(mei, token);
      expect(await registry.getApproved(token)).to.equal(mei);
      expect(await registry.getApproved(tokenOf(id, Right.Hold))).to.equal(ZeroAddress);
    });

    it("throws if `_tokenId` is not a valid NFT", async () => {
      const { registry, nowhere } = await given();
      await expect(registry.getApproved(nowhere))
        .to.be.revertedWithCustomError(registry, "ERC721NonexistentToken")
        .withArgs(nowhere);
    });
  });

  context("given isApprovedForAll", () => {
    it("returns true if `_operator` is an approved operator for `_owner`, false otherwise", async () => {
      const { registry, owner, ownerKey, mei, buyer } = await given();
      await registry.connect(ownerKey).setApprovalForAll(mei, true);
      expect(await registry.isApprovedForAll(owner, mei)).to.equal(true);
      expect(await registry.isApprovedForAll(owner, buyer)).to.equal(false);
      expect(await registry.isApprovedForAll(mei, owner)).to.equal(false);
    });
  });

  context("given an owner that was recovered (D3)", () => {
    it("has no approved address", async () => {
      const all = await given();
      await all.registry.connect(all.ownerKey).approve(all.mei, all.token);
      await recover(all);
      expect(await all.registry.getApproved(all.token)).to.equal(ZeroAddress);
    });

    it("refuses the party that was approved", async () => {
      const all = await given();
      const { registry, owner, ownerKey, mei, meiKey, buyer, token } = all;
      await registry.connect(ownerKey).approve(mei, token);
      await recover(all);
      await expect(registry.connect(meiKey).transferFrom(owner, buyer, token))
        .to.be.revertedWithCustomError(registry, "ERC721InsufficientApproval")
        .withArgs(mei, token);
    });

    it("has no operators", async () => {
      const all = await given();
      await all.registry.connect(all.ownerKey).setApprovalForAll(all.mei, true);
      await recover(all);
      expect(await all.registry.isApprovedForAll(all.owner, all.mei)).to.equal(false);
    });

    it("refuses the party that was an operator", async () => {
      const all = await given();
      const { registry, owner, ownerKey, mei, meiKey, buyer, token } = all;
      await registry.connect(ownerKey).setApprovalForAll(mei, true);
      await recover(all);
      await expect(registry.connect(meiKey).transferFrom(owner, buyer, token))
        .to.be.revertedWithCustomError(registry, "ERC721InsufficientApproval")
        .withArgs(mei, token);
    });

    it("approves anew with its new key", async () => {
      const all = await given();
      const key = await recover(all);
      await all.registry.connect(key).approve(all.mei, all.token);
      expect(await all.registry.getApproved(all.token)).to.equal(all.mei);
    });
  });

  context("given ERC721Metadata", () => {
    it("has a name and an abbreviated name", async () => {
      const { registry } = await given();
      expect(await registry.name()).to.equal("Datadeed Rights in Data");
      expect(await registry.symbol()).to.equal("DEED");
    });

    it("has a distinct URI for each token, as defined in RFC 3986", async () => {
      const { registry, id } = await given();
      const uris = await Promise.all(
        [Right.Hold, Right.Use, Right.Operate].map((right) => registry.tokenURI(tokenOf(id, right))),
      );
      expect(new Set(uris).size).to.equal(3);
      // The characters of RFC 3986: unreserved, reserved, and a percent sign with two hexadecimal digits.
      for (const uri of uris) expect(uri).to.match(/^(?:[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=]|%[0-9A-F]{2})+$/);
    });

    it("points to a JSON file that conforms to the ERC721 Metadata JSON Schema", async () => {
      const { registry, id, token } = await given();
      const answer = await fetch(await registry.tokenURI(token));
      expect(answer.headers.get("content-type")).to.equal("application/json");
      expect(await answer.json()).to.deep.equal({
        name: `Use ${id}`,
        description: `A right in the data asset ${id}`,
      });
    });

    it("throws if `_tokenId` is not a valid NFT", async () => {
      const { registry, nowhere } = await given();
      await expect(registry.tokenURI(nowhere))
        .to.be.revertedWithCustomError(registry, "ERC721NonexistentToken")
        .withArgs(nowhere);
    });
  });

  context("given a party that is suspended or an asset that is held (D2)", () => {
    it("goes on owning", async () => {
      const { world, registry, guangdong, token, owner } = await given();
      await suspend(world, guangdong, owner);
      expect(await registry.ownerOf(token)).to.equal(owner);
    });

    it("does not approve while suspended", async () => {
      const { world, registry, membership, guangdong, token, owner, ownerKey, mei } = await given();
      await suspend(world, guangdong, owner);
      await expect(registry.connect(ownerKey).approve(mei, token)).to.be.revertedWithCustomError(
        membership,
        "PartyNotInGoodStanding",
      );
    });

    it("throws for an approved party's transfer while held", async () => {
      const { registry, guangdong, id, token, owner, ownerKey, mei, meiKey, buyer } = await given();
      await registry.connect(ownerKey).approve(mei, token);
      await registry.connect(guangdong.regulator.keys.freeze!).hold(id, ZeroHash, ZeroHash, DIRECT);
      await expect(registry.connect(meiKey).transferFrom(owner, buyer, token)).to.be.revertedWithCustomError(
        registry,
        "AssetNotActive",
      );
    });
  });
});

describe("RightsRegistry as an ERC-165", () => {
  context("given supportsInterface", () => {
    const MOST_GAS = 30_000n;
    const supported = { ERC165: "0x01ffc9a7", ERC721: "0x80ac58cd", ERC721Metadata: "0x5b5e139f" };
    const foreign = {
      ERC721TokenReceiver: "0x150b7a02",
      ERC721Enumerable: "0x780e9d63",
      ERC2981: "0x2a55205a",
    };

    for (const [name, interfaceId] of Object.entries(supported)) {
      it(`returns true for ${name} (${interfaceId})`, async () => {
        const { registry } = await given();
        expect(await registry.supportsInterface(interfaceId)).to.equal(true);
      });
    }

    it("returns false when `interfaceID` is 0xffffffff", async () => {
      const { registry } = await given();
      expect(await registry.supportsInterface("0xffffffff")).to.equal(false);
    });

    for (const [name, interfaceId] of Object.entries(foreign)) {
      it(`returns false for any other interfaceID, such as ${name}'s`, async () => {
        const { registry } = await given();
        expect(await registry.supportsInterface(interfaceId)).to.equal(false);
      });
    }

    it("uses at most 30,000 gas", async () => {
      const { registry } = await given();
      const intrinsic = 21_000n + 36n * 16n;
      for (const interfaceId of [...Object.values(supported), "0xffffffff"]) {
        const gas = await registry.supportsInterface.estimateGas(interfaceId);
        expect(gas - intrinsic < MOST_GAS).to.equal(true);
      }
    });

    it("is the XOR of the function selectors that the interface names", async () => {
      const { registry } = await given();
      const selectors = (names: string[]) =>
        names
          .map((name) => BigInt(registry.interface.getFunction(name as typeof SAFE)!.selector))
          .reduce((a, b) => a ^ b);
      const erc721 = ["balanceOf", "ownerOf", SAFE, SAFE_WITH_DATA, "transferFrom", "approve"];
      erc721.push("setApprovalForAll", "getApproved", "isApprovedForAll");
      expect(ethers.toBeHex(selectors(erc721), 4)).to.equal(supported.ERC721);
      expect(ethers.toBeHex(selectors(["name", "symbol", "tokenURI"]), 4)).to.equal(supported.ERC721Metadata);
    });
  });
});
