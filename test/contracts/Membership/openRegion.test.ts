import { expect } from "chai";
import { ZeroAddress, ZeroHash } from "ethers";
import {
  admission,
  bytes32,
  ethers,
  FAR,
  institutionId,
  KeyRole,
  keyGrant,
  networkHelpers,
  PartyClass,
  PartyRole,
  regionId,
  Scheme,
  twoRegions,
} from "../../helpers/contracts.ts";

const { loadFixture } = networkHelpers;

async function given() {
  const world = await loadFixture(twoRegions);
  const [key] = world.strangers;
  const regulator = institutionId(Scheme.Uen, "201412345K");
  const identity = admission({
    scheme: Scheme.Uen,
    identifier: bytes32("201412345K"),
    class: PartyClass.PublicBody,
    roles: PartyRole.REGULATOR,
  });
  const grant = await keyGrant(world, key!, regulator, KeyRole.ADMIT, ZeroAddress);
  return { ...world, world, key: key!, regulator, identity, grant };
}

describe("Membership.openRegion", () => {
  context("given governance and an identity of the regulator", () => {
    context("when it opens Singapore", () => {
      it("gives the region the next number", async () => {
        const { membership, identity, grant } = await given();
        await membership.openRegion(regionId("SG"), identity, [grant]);
        expect(await membership.regionNumberOf(regionId("SG"))).to.equal(3n);
      });

      it("names the regulator", async () => {
        const { membership, identity, grant, regulator } = await given();
        await membership.openRegion(regionId("SG"), identity, [grant]);
        expect(await membership.regionOf(3)).to.deep.equal([regionId("SG"), regulator]);
      });

      it("emits RegionOpened", async () => {
        const { membership, identity, grant, regulator } = await given();
        await expect(membership.openRegion(regionId("SG"), identity, [grant]))
          .to.emit(membership, "RegionOpened")
          .withArgs(3, regionId("SG"), regulator);
      });

      it("emits PartyAdmitted for the regulator, without a sponsor", async () => {
        const { membership, identity, grant, regulator } = await given();
        await expect(membership.openRegion(regionId("SG"), identity, [grant]))
          .to.emit(membership, "PartyAdmitted")
          .withArgs(
            regulator,
            ZeroAddress,
            3,
            Scheme.Uen,
            bytes32("201412345K"),
            PartyClass.PublicBody,
            PartyRole.REGULATOR,
            FAR,
            regulator,
            ZeroHash,
          );
      });

      it("lets the regulator's key act", async () => {
        const { membership, identity, grant, regulator, key } = await given();
        await membership.openRegion(regionId("SG"), identity, [grant]);
        expect(await membership.keyOf(key)).to.deep.equal([regulator, BigInt(KeyRole.ADMIT)]);
      });

      it("opens it without a notice period and not halted", async () => {
        const { membership, identity, grant } = await given();
        await membership.openRegion(regionId("SG"), identity, [grant]);
        expect(await membership.noticePeriodOf(3)).to.equal(0n);
        expect(await membership.areHalted(3, 3)).to.deep.equal([false, false]);
      });
    });

    context("when the region is open already", () => {
      it("reverts with RegionAlreadyOpen", async () => {
        const { membership, identity, grant } = await given();
        await expect(membership.openRegion(regionId("HK"), identity, [grant]))
          .to.be.revertedWithCustomError(membership, "RegionAlreadyOpen")
          .withArgs(regionId("HK"));
      });
    });

    context("when the region has no name", () => {
      it("reverts with AdmissionInvalid", async () => {
        const { membership, identity, grant } = await given();
        await expect(membership.openRegion(ZeroHash.slice(0, 18), identity, [grant]))
          .to.be.revertedWithCustomError(membership, "AdmissionInvalid")
          .withArgs("region");
      });
    });

    context("when the identity lacks the role REGULATOR", () => {
      it("reverts with AdmissionInvalid", async () => {
        const { membership, identity, grant } = await given();
        const exchange = { ...identity, roles: PartyRole.EXCHANGE };
        await expect(membership.openRegion(regionId("SG"), exchange, [grant]))
          .to.be.revertedWithCustomError(membership, "AdmissionInvalid")
          .withArgs("roles");
      });
    });

    context("when the regulator is another region's already", () => {
      it("reverts with PartyAlreadyAdmitted", async () => {
        const { membership, identity, grant, hongKong } = await given();
        const again = { ...identity, scheme: Scheme.Uscc, identifier: bytes32("REGULATOR-HK") };
        await expect(membership.openRegion(regionId("SG"), again, [grant]))
          .to.be.revertedWithCustomError(membership, "PartyAlreadyAdmitted")
          .withArgs(hongKong.regulator.party, ZeroAddress);
      });
    });

    context("when a key didn't consent", () => {
      it("reverts with SignatureInvalid", async () => {
        const { membership, identity, grant, strangers } = await given();
        const stolen = { ...grant, key: strangers[1]!.address };
        await expect(membership.openRegion(regionId("SG"), identity, [stolen])).to.be.revertedWithCustomError(
          membership,
          "SignatureInvalid",
        );
      });
    });
  });

  context("given anybody but governance", () => {
    context("when a regulator or a stranger opens a region", () => {
      it("reverts with AccessManagedUnauthorized", async () => {
        const { membership, identity, grant, guangdong, strangers } = await given();
        for (const sender of [guangdong.regulator.keys.admit!, strangers[0]!]) {
          await expect(membership.connect(sender).openRegion(regionId("SG"), identity, [grant]))
            .to.be.revertedWithCustomError(membership, "AccessManagedUnauthorized")
            .withArgs(sender.address);
        }
      });
    });
  });

  context("given 1,023 open regions", () => {
    context("when governance opens another", () => {
      it("reverts with TooManyRegions", async () => {
        const { membership, manager, identity, grant } = await given();
        // Opening a thousand regions takes too long for a test: the count is written. It lies in one slot with the
        // AccessManager's address, above it and a flag, and this finds the slot by that address.
        const address = await membership.getAddress();
        const authority = BigInt(await manager.getAddress());
        for (let slot = 0; slot < 32; slot++) {
          const word = BigInt(await ethers.provider.getStorage(address, slot));
          if ((word & ((1n << 160n) - 1n)) !== authority) continue;
          await networkHelpers.setStorageAt(address, slot, authority | (1_023n << 168n));
        }
        await expect(membership.openRegion(regionId("SG"), identity, [grant])).to.be.revertedWithCustomError(
          membership,
          "TooManyRegions",
        );
      });
    });
  });
});
