import { readFileSync, statSync } from "node:fs";
import { Wallet } from "ethers";
import { addressOf, fromHex, keccak256, recoverSigner, signDigest } from "../domain/crypto.ts";
import { DatadeedError } from "../domain/errors.ts";
import type { PartyId } from "../domain/ids.ts";
import { isPubliclyKnown } from "./known-keys.ts";

/** The gateway's own key: it signs bytes by signing their keccak256. */
export interface Signer {
  readonly address: PartyId;
  /** @returns r ‖ s ‖ v, 65 bytes, v 27 or 28. */
  sign(bytes: Uint8Array): Promise<`0x${string}`>;
}

export function localSigner(privateKey: Uint8Array): Signer {
  return {
    address: addressOf(privateKey),
    sign: async (bytes) => signDigest(keccak256(bytes), privateKey),
  };
}

/**
 * A Web3 Secret Storage v3 file and the file with its password. Throws `key-exposed` where others can read either,
 * `key-known` for a development key that everybody has, `config-invalid` where they do not open.
 */
export async function openKeystore(path: string, passwordPath: string): Promise<Uint8Array> {
  requirePrivate(path);
  requirePrivate(passwordPath);
  const password = readFileSync(passwordPath, "utf8").replace(/\r?\n$/, "");
  const wallet = await Wallet.fromEncryptedJson(readFileSync(path, "utf8"), password).catch(
    (cause: Error) => {
      throw new DatadeedError("config-invalid", {
        field: path,
        rule: `must open with its password (${cause.message})`,
      });
    },
  );
  const privateKey = fromHex(wallet.privateKey);
  if (isPubliclyKnown(addressOf(privateKey)))
    throw new DatadeedError("key-known", { file: path, key: wallet.address });
  return privateKey;
}

function requirePrivate(path: string): void {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined)
    throw new DatadeedError("config-invalid", { field: path, rule: "must be a file that exists" });
  // Windows has no such bits: files there belong to their owner by the folder they are in.
  if (process.platform !== "win32" && (stats.mode & 0o077) !== 0)
    throw new DatadeedError("key-exposed", { file: path });
}

/**
 * Web3Signer (`POST /api/v1/eth1/sign/{identifier}`), which hashes the data with keccak256 before it signs.
 * @param identifier What that service calls the key: its public key, as hex.
 */
export function remoteSigner(url: string, identifier: string, address: PartyId): Signer {
  const endpoint = new URL(`/api/v1/eth1/sign/${identifier}`, url);
  return {
    address,
    async sign(bytes) {
      const data = `0x${Buffer.from(bytes).toString("hex")}`;
      const response = await fetch(endpoint, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ data }),
        signal: AbortSignal.timeout(10_000),
        redirect: "error",
      }).catch((cause: Error) => {
        throw new DatadeedError("signer-unavailable", { url: endpoint.origin, reason: cause.message });
      });
      const signature = (await response.text()).trim();
      if (!response.ok || recoverSigner(keccak256(bytes), signature) !== address) {
        throw new DatadeedError("signer-unavailable", {
          url: endpoint.origin,
          reason: response.ok
            ? "its signature is not the configured key's"
            : `HTTP status ${response.status}`,
        });
      }
      return signature as `0x${string}`;
    },
  };
}
