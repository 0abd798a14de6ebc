import { type Descriptor, descriptorHash } from "../../domain/descriptor.ts";
import { problemOf } from "../../domain/errors.ts";
import { Failure } from "../failure.ts";
import type { Gateway } from "../gateway.ts";
import type { Entry } from "./entries.ts";
import type { Fate } from "./send.ts";

/** Assets asked about side by side. */
const SIDE_BY_SIDE = 8;

interface Registered {
  readonly descriptorHash: string;
  readonly firstHolder: string;
  readonly region: string;
}

/**
 * What is registered already, so that nobody reviews it again: content is registered once for ever, and whoever asks for
 * it with the same holder and descriptor has what they want.
 */
export async function known(
  gateway: Gateway,
  entries: readonly Entry[],
  asked: (count: number) => void,
): Promise<Map<Entry, Fate>> {
  const fates = new Map<Entry, Fate>();
  const waiting = entries.values();
  let done = 0;
  const worker = async () => {
    for (const entry of waiting) {
      const asset = await assetOf(gateway, entry.assetId);
      if (asset !== undefined) fates.set(entry, fateOf(entry, asset));
      asked(++done);
    }
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, worker));
  return fates;
}

async function assetOf(gateway: Gateway, assetId: string): Promise<Registered | undefined> {
  try {
    return (await gateway.get<{ asset: Registered }>(`/v1/assets/${assetId}`)).asset;
  } catch (error) {
    if (error instanceof Failure && error.problem.status === 404) return undefined;
    throw error;
  }
}

function fateOf({ body, assetId }: Entry, asset: Registered): Fate {
  const { holder, descriptor } = body as unknown as { holder: string; descriptor: Descriptor };
  const isSame = asset.firstHolder === holder && asset.descriptorHash === descriptorHash(descriptor);
  if (isSame) return { kind: "known" };
  const facts = { id: assetId, region: asset.region, holder: asset.firstHolder };
  const { code, help } = problemOf("asset-already-registered");
  const difference = asset.firstHolder === holder ? "with another descriptor" : `for ${asset.firstHolder}`;
  const detail = `The content is registered already, in ${asset.region} ${difference}`;
  return { kind: "refused", refused: { code, detail, help, facts } };
}
