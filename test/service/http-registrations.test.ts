import { expect } from "chai";
import { type Api, apiOf } from "../helpers/api.ts";
import { NOTICE, type TwoRegions, twoRegions } from "../helpers/contracts.ts";
import { startGateway, type TestGateway } from "../helpers/gateway.ts";
import { authorize, signTypedData, wish } from "../helpers/registrations.ts";

const WAIT = { prefer: "wait=20" };

describe("HTTP: from a registration to a transfer", () => {
  let world: TwoRegions;
  let gateway: TestGateway;
  let api: Api;
  let key: string;

  before(async () => {
    world = await twoRegions();
    gateway = await startGateway(world, world.guangdong);
    api = apiOf(gateway.url, gateway.openApi);
    key = gateway.keyOf();
  });
  after(() => gateway.close());

  /** The reviewer approves all that waits. */
  async function approveAll() {
    const { body } = await api.get("/v1/reviews", { key });
    const reviewer = world.guangdong.exchange.keys.reviewer!;
    const signature = await signTypedData(reviewer, body.typedData);
    return api.post("/v1/reviews", {
      key,
      body: {
        operationIds: body.items.map(({ operationId }: { operationId: string }) => operationId),
        reviewer: reviewer.address.toLowerCase(),
        deadline: body.typedData.message.deadline,
        signature,
      },
    });
  }

  it("registers after the reviewer's signature, shows the asset, and moves a right", async () => {
    const { guangdong } = world;
    const accepted = await api.post("/v1/assets", { key, body: wish(guangdong.firm.party) });
    expect(accepted.status).to.equal(202);
    expect(accepted.body.operation.state).to.equal("in-review");
    expect((await approveAll()).status).to.equal(202);
    const location = accepted.headers.get("location")!;
    const done = await api.get(location, { key, headers: WAIT });
    expect(done.body.operation).to.include({ state: "final", visible: true });

    const { assetId } = accepted.body;
    const shown = await api.get(`/v1/assets/${assetId}`, { key });
    expect(shown.body.asset).to.include({ assetId, status: "noticed", descriptorState: "present" });
    expect(shown.body.asset.descriptor.title).to.equal("Harbour traffic 2025");

    await gateway.pass(NOTICE + 1);
    const path = `/v1/assets/${assetId}/rights/use/transfers`;
    const to = guangdong.person.party.toLowerCase();
    const { typedData } = (await api.post(path, { key, body: { to } })).body;
    const authorization = await authorize(guangdong.firm.keys.owner!, typedData);
    const moved = await api.post(path, { key, body: { to, authorization }, headers: WAIT });
    expect(moved.status).to.equal(200);
    const rights = await api.get(`/v1/assets/${assetId}/rights`, { key });
    expect(rights.body.items.map(({ holder }: { holder: string }) => holder)).to.include(to);
    const history = await api.get(`/v1/assets/${assetId}/history`, { key });
    expect(history.body.items.map(({ name }: { name: string }) => name)).to.deep.equal([
      "AssetRegistered",
      "RightTransferred",
    ]);
  });
});
