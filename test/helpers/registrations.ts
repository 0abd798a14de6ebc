/** Registrations as clients of the API send them, and the reviewer's part in them. */
import { randomBytes } from "node:crypto";
import type { Hash } from "../../src/domain/ids.ts";
import type { TypedData } from "../../src/domain/typed-data.ts";
import type { Signer } from "./contracts.ts";

export const someHash = (): Hash => `0x${randomBytes(32).toString("hex")}` as Hash;

export const descriptor = (title = "Harbour traffic 2025") => ({
  identifier: `urn:test:${randomBytes(6).toString("hex")}`,
  title,
  publisher: { name: "Port Authority" },
});

export function wish(holder: string, over: Readonly<Record<string, unknown>> = {}) {
  return {
    holder: holder.toLowerCase(),
    content: { kind: "file", root: someHash() },
    descriptor: descriptor(),
    rights: ["hold", "use", "operate"],
    class: "public",
    ...over,
  };
}

/** Signs what an API answer says is to be signed. */
export async function signTypedData(signer: Signer, { domain, types, message }: TypedData) {
  const { EIP712Domain: _, ...structs } = types;
  return signer.signTypedData(
    { ...domain },
    Object.fromEntries(Object.entries(structs).map(([name, fields]) => [name, [...fields]])),
    message,
  ) as Promise<`0x${string}`>;
}

/** The authorization of an act, from its typed data. */
export async function authorize(signer: Signer, typedData: TypedData) {
  const { nonce, deadline } = typedData.message as { nonce: string; deadline: number };
  const signature = await signTypedData(signer, typedData);
  return { signer: signer.address.toLowerCase(), nonce, deadline: Number(deadline), signature };
}
