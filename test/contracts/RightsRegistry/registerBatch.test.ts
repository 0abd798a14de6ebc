import { expect } from "chai";
import { encodeBytes32String, ZeroHash } from "ethers";
import type { Hash } from "../../../src/domain/ids.ts";
import { reviewTree } from "../../../src/domain/review-tree.ts";
import { digestOf, now } from "../../helpers/acts.ts";
import {
  assetIdOf,
  contentOf,
  FAR,
  networkHelpers,
  type RegionPeople,
  type RegistrationValues,
  registration,
  review,
  Status,
  type TwoRegions,
  twoRegions,
} from "../../helpers/contracts.ts";
import { admitContractWallet, halt, secondExchange, suspend } from "../../helpers/people.ts";

const { loadFixture } = networkHelpers;
const REFUSED = "RegistrationRefused";

/** Items under one signature of the region's reviewer, each with its path. */
async function reviewedTogether(
  world: TwoRegions,
  region: RegionPeople,
  values: readonly RegistrationValues[],
  { index = 0, deadline = FAR, reviewer = region.exchange.keys.reviewer! } = {},
) {
  const leaves: Hash[] = [];
  for (const each of values) leaves.push((await world.registry.registrationLeaf(each)) as Hash);
  const tree = reviewTree(leaves);
  return {
    items: values.map((registration, i) => ({ registration, review: index, path: tree.pathOf(i) })),
    review: await review(world, reviewer, region.exchange.party, tree.root, deadline),
  };
}

const idsOf = (items: readonly { registration: RegistrationValues }[]) =>
  items.map(({ registration }) => assetIdOf(registration.contentRoot));

async function sequence(from: number, to: number, holder: string) {
  return Array.from({ length: to - from }, (_, i) =>
    registration({ holder, contentRoot: contentOf(`item ${from + i}`), rights: 1 }),
  );
}

describe("RightsRegistry.registerBatch", () => {
  context("given seven items under one review", () => {
    async function given() {
      const world = await loadFixture(twoRegions);
      const { guangdong } = world;
      const values = await sequence(0, 7, guangdong.firm.party);
      const { items, review } = await reviewedTogether(world, guangdong, values);
      const registrar = guangdong.exchange.keys.registrar!;
      return { ...world, world, values, items, review, registrar, ids: idsOf(items) };
    }

    /** The refusals of a transaction: asset id → the error's name. */
    async function refusals({ registry, membership }: TwoRegions, sent: Promise<{ hash: string }>) {
      const receipt = (await registry.runner!.provider!.getTransactionReceipt((await sent).hash))!;
      return receipt.logs
        .map((log) => registry.interface.parseLog(log))
        .filter((log) => log?.name === REFUSED)
        .map((log) => {
          const error =
            registry.interface.parseError(log!.args.reason) ??
            membership.interface.parseError(log!.args.reason);
          return { assetId: log!.args.assetId as string, error: error!.name, facts: [...error!.args] };
        });
    }

    context("when the registrar sends them at once", () => {
      it("registers every item", async () => {
        const { registry, registrar, items, review, ids } = await given();
        await registry.connect(registrar).registerBatch(items, [review]);
        for (const id of ids) expect(await registry.statusOf(id)).to.equal(Status.Noticed);
      });

      it("answers with their number", async () => {
        const { registry, registrar, items, review } = await given();
        expect(await registry.connect(registrar).registerBatch.staticCall(items, [review])).to.equal(7n);
      });

      it("counts them in the holder's balance", async () => {
        const { registry, registrar, items, review, guangdong } = await given();
        await registry.connect(registrar).registerBatch(items, [review]);
        expect(await registry.balanceOf(guangdong.firm.party)).to.equal(7n);
      });
    });

    context("when they are sent in other groupings and another order", () => {
      it("registers every item by the same signature", async () => {
        const { registry, registrar, items, review, ids } = await given();
        const send = registry.connect(registrar);
        await send.registerBatch([items[6]!, items[2]!], [review]);
        await send.registerBatch([items[0]!, items[5]!, items[1]!], [review]);
        await send.register(items[4]!, review);
        await send.registerBatch([items[3]!], [review]);
        for (const id of ids) expect(await registry.statusOf(id)).to.equal(Status.Noticed);
      });
    });

    context("when one item was registered before", () => {
      it("refuses that item with AssetAlreadyRegistered", async () => {
        const { world, registry, registrar, items, review, ids, guangdong } = await given();
        await registry.connect(registrar).register(items[3]!, review);
        const sent = registry.connect(registrar).registerBatch(items, [review]);
        expect(await refusals(world, sent)).to.deep.equal([
          {
            assetId: ids[3],
            error: "AssetAlreadyRegistered",
            facts: [ids[3], encodeBytes32String("CN-GD").slice(0, 18), guangdong.firm.party],
          },
        ]);
      });

      it("registers the other six", async () => {
        const { registry, registrar, items, review, ids } = await given();
        await registry.connect(registrar).register(items[3]!, review);
        await registry.connect(registrar).registerBatch(items, [review]);
        for (const id of ids) expect(await registry.statusOf(id)).to.equal(Status.Noticed);
      });

      it("adds nothing to that asset's history", async () => {
        const { registry, registrar, items, review, ids } = await given();
        await registry.connect(registrar).register(items[3]!, review);
        const head = await registry.historyHeadOf(ids[3]!);
        await registry.connect(registrar).registerBatch(items, [review]);
        expect(await registry.historyHeadOf(ids[3]!)).to.equal(head);
      });
    });

    context("when an item comes twice in one batch", () => {
      it("registers the first and refuses the second", async () => {
        const { world, registry, registrar, items, review, ids } = await given();
        const sent = registry.connect(registrar).registerBatch([items[0]!, items[0]!], [review]);
        const found = await refusals(world, sent);
        expect(found.map(({ assetId, error }) => [assetId, error])).to.deep.equal([
          [ids[0], "AssetAlreadyRegistered"],
        ]);
        expect(await registry.statusOf(ids[0]!)).to.equal(Status.Noticed);
      });
    });

    context("when one item was changed after the review", () => {
      it("refuses that item with NotInReview", async () => {
        const { world, registry, registrar, items, review, ids } = await given();
        const changed = { ...items[1]!, registration: { ...items[1]!.registration, theme: 9 } };
        const sent = registry.connect(registrar).registerBatch([items[0]!, changed], [review]);
        const leaf = await registry.registrationLeaf(changed.registration);
        expect(await refusals(world, sent)).to.deep.equal([
          { assetId: ids[1], error: "NotInReview", facts: [leaf, review.root] },
        ]);
      });
    });

    context("when one item carries another's path", () => {
      it("refuses that item with NotInReview", async () => {
        const { world, registry, registrar, items, review, ids } = await given();
        const mixed = { ...items[1]!, path: items[4]!.path };
        const sent = registry.connect(registrar).registerBatch([items[0]!, mixed], [review]);
        const found = await refusals(world, sent);
        expect(found.map(({ assetId, error }) => [assetId, error])).to.deep.equal([[ids[1], "NotInReview"]]);
      });
    });

    context("when one item breaks a rule of its own", () => {
      it("refuses that item with RegistrationInvalid", async () => {
        const { world, registry, registrar, values, guangdong } = await given();
        const broken = { ...values[1]!, persons: 4 };
        const { items, review } = await reviewedTogether(world, guangdong, [values[0]!, broken]);
        const sent = registry.connect(registrar).registerBatch(items, [review]);
        expect(await refusals(world, sent)).to.deep.equal([
          { assetId: assetIdOf(broken.contentRoot), error: "RegistrationInvalid", facts: ["persons"] },
        ]);
      });
    });

    context("when one item's holder is suspended", () => {
      it("refuses that item with PartyNotInGoodStanding", async () => {
        const { world, registry, registrar, values, guangdong } = await given();
        const person = { ...values[1]!, holder: guangdong.person.party };
        const { items, review } = await reviewedTogether(world, guangdong, [values[0]!, person]);
        await suspend(world, guangdong, guangdong.person.party);
        const sent = registry.connect(registrar).registerBatch(items, [review]);
        expect(await refusals(world, sent)).to.deep.equal([
          {
            assetId: assetIdOf(person.contentRoot),
            error: "PartyNotInGoodStanding",
            facts: [guangdong.person.party, 2n, BigInt(FAR)],
          },
        ]);
      });
    });

    context("when one item's review has expired", () => {
      it("refuses that item with SignatureExpired and registers the others", async () => {
        const { world, registry, registrar, items, review, guangdong } = await given();
        const deadline = (await now()) + 60;
        const late = await reviewedTogether(world, guangdong, await sequence(7, 8, guangdong.firm.party), {
          index: 1,
          deadline,
        });
        await networkHelpers.time.increase(62);
        const sent = registry
          .connect(registrar)
          .registerBatch([...late.items, ...items], [review, late.review]);
        expect(await refusals(world, sent)).to.deep.equal([
          {
            assetId: idsOf(late.items)[0],
            error: "SignatureExpired",
            facts: [late.review.reviewer, BigInt(deadline)],
          },
        ]);
      });
    });

    context("when one item's reviewer is the registrar's own key", () => {
      it("refuses that item with ReviewerIsRegistrar", async () => {
        const { world, registry, registrar, items, review, guangdong } = await given();
        const own = await reviewedTogether(world, guangdong, await sequence(7, 8, guangdong.firm.party), {
          index: 1,
          reviewer: registrar,
        });
        const sent = registry
          .connect(registrar)
          .registerBatch([...own.items, ...items], [review, own.review]);
        expect(await refusals(world, sent)).to.deep.equal([
          { assetId: idsOf(own.items)[0], error: "ReviewerIsRegistrar", facts: [registrar.address] },
        ]);
      });
    });

    context("when a second exchange of the region sends a review made for the first", () => {
      it("refuses the item with SignatureInvalid", async () => {
        const { world, registry, guangdong } = await given();
        const { keys, party } = await secondExchange(world, guangdong);
        const { items, review } = await reviewedTogether(world, guangdong, await sequence(0, 1, party));
        const sent = registry.connect(keys.registrar!).registerBatch(items, [review]);
        const digest = await digestOf(world, "Review", { ...review, registrar: party });
        expect(await refusals(world, sent)).to.deep.equal([
          { assetId: idsOf(items)[0], error: "SignatureInvalid", facts: [review.reviewer, digest] },
        ]);
      });
    });

    context("when another exchange's reviewer of the same region signed them", () => {
      it("registers every item", async () => {
        const { world, registry, registrar, values, guangdong } = await given();
        const { keys } = await secondExchange(world, guangdong);
        const { items, review } = await reviewedTogether(world, guangdong, values, {
          reviewer: keys.reviewer!,
        });
        expect(await registry.connect(registrar).registerBatch.staticCall(items, [review])).to.equal(7n);
      });
    });

    context("when a registrar of another region sends them", () => {
      it("refuses every item with ReviewerOfAnotherRegion", async () => {
        const { world, registry, items, review, ids, hongKong } = await given();
        const sent = registry.connect(hongKong.exchange.keys.registrar!).registerBatch(items, [review]);
        expect(await refusals(world, sent)).to.deep.equal(
          ids.map((assetId) => ({ assetId, error: "ReviewerOfAnotherRegion", facts: [review.reviewer] })),
        );
      });
    });

    context("when a child follows its parent in one batch", () => {
      it("registers both", async () => {
        const { world, registry, registrar, values, guangdong } = await given();
        const parent = { ...values[0]!, upstreamRate: 100_000 };
        const parentId = assetIdOf(parent.contentRoot);
        const child = { ...values[1]!, parents: [parentId], maxUpstreamTotal: 100_000 };
        const { items, review } = await reviewedTogether(world, guangdong, [parent, child]);
        await registry.connect(registrar).registerBatch(items, [review]);
        expect(await registry.ancestorsOf(assetIdOf(child.contentRoot))).to.deep.equal([
          [parentId, 100_000n],
        ]);
      });
    });
  });

  context("given items under several reviews", () => {
    async function given() {
      const world = await loadFixture(twoRegions);
      const { guangdong } = world;
      const first = await reviewedTogether(world, guangdong, await sequence(0, 3, guangdong.firm.party));
      const second = await reviewedTogether(world, guangdong, await sequence(3, 8, guangdong.person.party), {
        index: 1,
      });
      const third = await reviewedTogether(world, guangdong, await sequence(8, 9, guangdong.firm.party), {
        index: 2,
      });
      return {
        ...world,
        registrar: guangdong.exchange.keys.registrar!,
        items: [...second.items, ...first.items, ...third.items],
        reviews: [first.review, second.review, third.review],
      };
    }

    context("when they are sent in one batch", () => {
      it("registers each by its own review", async () => {
        const { registry, registrar, items, reviews } = await given();
        await expect(registry.connect(registrar).registerBatch(items, reviews)).not.to.emit(
          registry,
          REFUSED,
        );
        for (const id of idsOf(items)) expect(await registry.statusOf(id)).to.equal(Status.Noticed);
      });
    });

    context("when one of the signatures is forged", () => {
      it("refuses the items of that review alone", async () => {
        const { registry, registrar, items, reviews } = await given();
        const forged = { ...reviews[1]!, signature: reviews[0]!.signature };
        await registry.connect(registrar).registerBatch(items, [reviews[0]!, forged, reviews[2]!]);
        for (const item of items) {
          const expected = item.review === 1 ? Status.Unknown : Status.Noticed;
          expect(await registry.statusOf(idsOf([item])[0]!)).to.equal(expected);
        }
      });
    });

    context("when an item names a review that isn't there", () => {
      it("panics and registers nothing", async () => {
        const { registry, registrar, items, reviews } = await given();
        await expect(
          registry.connect(registrar).registerBatch(items, reviews.slice(0, 2)),
        ).to.be.revertedWithPanic(0x32);
      });
    });
  });

  context("given what concerns the whole batch", () => {
    async function given() {
      const world = await loadFixture(twoRegions);
      const { guangdong } = world;
      const { items, review } = await reviewedTogether(
        world,
        guangdong,
        await sequence(0, 2, guangdong.firm.party),
      );
      return { ...world, world, items, review, registrar: guangdong.exchange.keys.registrar! };
    }

    context("when a key without REGISTRAR sends it", () => {
      it("reverts with KeyLacksRole", async () => {
        const { registry, membership, items, review, guangdong } = await given();
        const sponsor = guangdong.exchange.keys.sponsor!;
        await expect(registry.connect(sponsor).registerBatch(items, [review]))
          .to.be.revertedWithCustomError(membership, "KeyLacksRole")
          .withArgs(sponsor.address, 4);
      });
    });

    context("when the exchange is suspended", () => {
      it("reverts with PartyNotInGoodStanding", async () => {
        const { world, registry, membership, items, review, registrar, guangdong } = await given();
        await suspend(world, guangdong, guangdong.exchange.party);
        await expect(registry.connect(registrar).registerBatch(items, [review]))
          .to.be.revertedWithCustomError(membership, "PartyNotInGoodStanding")
          .withArgs(guangdong.exchange.party, 2, FAR);
      });
    });

    context("when the region is halted", () => {
      it("reverts with RegionIsHalted", async () => {
        const { world, registry, membership, items, review, registrar, guangdong } = await given();
        await halt(world, guangdong);
        await expect(registry.connect(registrar).registerBatch(items, [review]))
          .to.be.revertedWithCustomError(membership, "RegionIsHalted")
          .withArgs(guangdong.number);
      });
    });

    context("when there are 1,001 items", () => {
      it("reverts with BatchTooLarge", async () => {
        const { registry, items, review, registrar } = await given();
        await expect(registry.connect(registrar).registerBatch(Array(1_001).fill(items[0]), [review]))
          .to.be.revertedWithCustomError(registry, "BatchTooLarge")
          .withArgs(1_001, 1_000);
      });
    });

    context("when there is nothing in it", () => {
      it("registers nothing", async () => {
        const { registry, registrar } = await given();
        expect(await registry.connect(registrar).registerBatch.staticCall([], [])).to.equal(0n);
      });
    });

    context("when somebody calls the isolated step itself", () => {
      it("reverts with OnlySelf", async () => {
        const { registry, items, review, registrar, guangdong } = await given();
        const session = {
          registrar: guangdong.exchange.party,
          region: guangdong.number,
          regionId: ZeroHash.slice(0, 18),
          noticeEnds: 0,
          key: registrar.address,
        };
        await expect(
          registry.connect(registrar).registerIsolated(session, items[0]!, review),
        ).to.be.revertedWithCustomError(registry, "OnlySelf");
      });
    });
  });

  context("given too little gas for all items", () => {
    /** With every limit from next to nothing to enough, the call ends in one of two ways. */
    async function outcomes(send: (gasLimit: bigint) => Promise<bigint>, enough: bigint, items: bigint) {
      const seen = new Set<string>();
      for (let gasLimit = enough / 3n; gasLimit < enough + 30_000n; gasLimit += enough / 150n) {
        const registered = await send(gasLimit).catch(() => "reverted" as const);
        seen.add(registered === items ? "all registered" : String(registered));
      }
      return [...seen].sort();
    }

    context("when the reviewer's key is an account", () => {
      it("reverts or registers all, and never refuses an item for it", async () => {
        const world = await loadFixture(twoRegions);
        const { guangdong, registry } = world;
        const values = await sequence(0, 4, guangdong.firm.party);
        const { items, review } = await reviewedTogether(world, guangdong, values);
        const call = registry.connect(guangdong.exchange.keys.registrar!).registerBatch;
        const enough = await call.estimateGas(items, [review]);
        const send = (gasLimit: bigint) => call.staticCall(items, [review], { gasLimit });
        expect(await outcomes(send, enough, 4n)).to.deep.equal(["all registered", "reverted"]);
      });

      it("names the item at which the gas ended with OutOfGas", async () => {
        const world = await loadFixture(twoRegions);
        const { guangdong, registry } = world;
        const { items, review } = await reviewedTogether(
          world,
          guangdong,
          await sequence(0, 40, guangdong.firm.party),
        );
        const call = registry.connect(guangdong.exchange.keys.registrar!).registerBatch;
        const gasLimit = ((await call.estimateGas(items, [review])) * 3n) / 4n;
        await expect(call(items, [review], { gasLimit }))
          .to.be.revertedWithCustomError(registry, "OutOfGas")
          .withArgs((index: bigint) => index > 20n && index < 36n);
      });
    });
  });

  context("given a holder whose wallet is a contract", () => {
    context("when it is registered for", () => {
      it("holds the rights without being asked", async () => {
        const world = await loadFixture(twoRegions);
        const { registry, guangdong, strangers } = world;
        const { party } = await admitContractWallet(world, guangdong, strangers[0]!, "ContractWallet");
        const { items, review } = await reviewedTogether(world, guangdong, await sequence(0, 2, party));
        await registry.connect(guangdong.exchange.keys.registrar!).registerBatch(items, [review]);
        expect(await registry.balanceOf(party)).to.equal(2n);
      });
    });
  });
});
