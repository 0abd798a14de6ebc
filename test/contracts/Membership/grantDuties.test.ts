import { expect } from "chai";
import { DELAY, Duty, ethers, networkHelpers, twoRegions } from "../../helpers/contracts.ts";

const { loadFixture, time } = networkHelpers;

async function given() {
  const world = await loadFixture(twoRegions);
  const account = world.strangers[0]!.address;
  const inTime = (await time.latest()) + DELAY.duty + 60;
  return { ...world, account, inTime };
}

describe("Membership.grantDuties", () => {
  context("given regions are open", () => {
    context("when governance grants a duty with 30 days' notice", () => {
      it("emits DutiesGranted", async () => {
        const { membership, account, inTime } = await given();
        await expect(membership.grantDuties(account, Duty.HOLD, inTime))
          .to.emit(membership, "DutiesGranted")
          .withArgs(account, Duty.HOLD, inTime);
      });

      it("gives nothing before the notice is over", async () => {
        const { membership, account, inTime } = await given();
        await membership.grantDuties(account, Duty.HOLD, inTime);
        await time.increaseTo(inTime - 1);
        expect(await membership.hasDuty(account, Duty.HOLD)).to.equal(false);
      });

      it("gives the duty from that second on", async () => {
        const { membership, account, inTime } = await given();
        await membership.grantDuties(account, Duty.HOLD, inTime);
        await time.increaseTo(inTime);
        expect(await membership.hasDuty(account, Duty.HOLD)).to.equal(true);
      });
    });

    context("when governance grants with a second less", () => {
      it("reverts with DutyNoticeTooShort", async () => {
        const { membership, account } = await given();
        const at = (await time.latest()) + 100;
        await time.setNextBlockTimestamp(at);
        await expect(membership.grantDuties(account, Duty.HOLD, at + DELAY.duty - 1))
          .to.be.revertedWithCustomError(membership, "DutyNoticeTooShort")
          .withArgs(at + DELAY.duty - 1, at + DELAY.duty);
      });
    });

    context("when governance grants a second duty", () => {
      it("keeps the first one meanwhile", async () => {
        const { membership, account, inTime } = await given();
        await membership.grantDuties(account, Duty.HOLD, inTime);
        await time.increaseTo(inTime);
        await membership.grantDuties(account, Duty.HOLD | Duty.APPEND, inTime + DELAY.duty + 60);
        expect(await membership.hasDuty(account, Duty.HOLD)).to.equal(true);
        expect(await membership.hasDuty(account, Duty.APPEND)).to.equal(false);
      });
    });

    context("when governance puts one duty in another's place", () => {
      it("ends the first at once and gives the second after its notice", async () => {
        const { membership, account, inTime } = await given();
        await membership.grantDuties(account, Duty.HOLD, inTime);
        await time.increaseTo(inTime);
        await membership.grantDuties(account, Duty.APPEND, inTime + DELAY.duty + 60);
        expect(await membership.hasDuty(account, Duty.HOLD)).to.equal(false);
        await time.increaseTo(inTime + DELAY.duty + 60);
        expect(await membership.hasDuty(account, Duty.APPEND)).to.equal(true);
      });
    });

    context("when governance ends all duties", () => {
      it("ends them at once", async () => {
        const { membership, account, inTime } = await given();
        await membership.grantDuties(account, Duty.HOLD, inTime);
        await time.increaseTo(inTime);
        await membership.grantDuties(account, 0, 0);
        expect(await membership.hasDuty(account, Duty.HOLD)).to.equal(false);
      });
    });

    context("when governance withdraws a grant before its notice is over", () => {
      it("never gives the duty", async () => {
        const { membership, account, inTime } = await given();
        await membership.grantDuties(account, Duty.HOLD, inTime);
        await membership.grantDuties(account, 0, 0);
        await time.increaseTo(inTime + 1);
        expect(await membership.hasDuty(account, Duty.HOLD)).to.equal(false);
      });
    });

    context("when anybody else grants", () => {
      it("reverts with AccessManagedUnauthorized", async () => {
        const { membership, account, inTime, guangdong } = await given();
        const sender = guangdong.regulator.keys.admit!;
        await expect(membership.connect(sender).grantDuties(account, Duty.HOLD, inTime))
          .to.be.revertedWithCustomError(membership, "AccessManagedUnauthorized")
          .withArgs(sender.address);
      });
    });
  });

  context("given several duties are asked at once", () => {
    context("when the account has only one of them", () => {
      it("answers no", async () => {
        const { membership, account, inTime } = await given();
        await membership.grantDuties(account, Duty.HOLD, inTime);
        await time.increaseTo(inTime);
        expect(await membership.hasDuty(account, Duty.HOLD | Duty.APPEND)).to.equal(false);
      });
    });

    context("when none is asked", () => {
      it("answers no", async () => {
        const { membership, account } = await given();
        expect(await membership.hasDuty(account, 0)).to.equal(false);
      });
    });
  });

  context("given no region is open yet", () => {
    context("when governance grants at once", () => {
      it("gives the duty at once: there is nobody to warn", async () => {
        const [governance, contract] = await ethers.getSigners();
        const manager = await ethers.deployContract("AccessManager", [governance!.address]);
        const membership = await ethers.deployContract("Membership", [manager, 1, 1, DELAY.duty]);
        await membership.grantDuties(contract!.address, Duty.STEER_REGIONS, 0);
        expect(await membership.hasDuty(contract!.address, Duty.STEER_REGIONS)).to.equal(true);
      });
    });
  });
});
