import { statSync } from "node:fs";
import { assetIdOf } from "../../domain/ids.ts";
import type { Call, Command } from "../command.ts";
import { type Fingerprint, fingerprint as hash } from "../fingerprint-folder.ts";
import { progressOf } from "../progress.ts";
import { counted, table } from "../text.ts";

export const fingerprint: Command = {
  name: "fingerprint",
  summary: "Computes the content root of a file or a folder, and the id that it is registered under",
  parameters: [{ name: "path", about: "the file or folder, of any size" }],
  options: {},
  notes: [
    "A file's root is its SHA-256. A folder's is the Merkle root (RFC 6962) over its files' path, size and SHA-256;\n" +
      "with that list, one file proves that it is part of the folder.",
  ],
  async run(call) {
    const found = await fingerprintOf(call, call.parameter("path"));
    const assetId = assetIdOf(found.root);
    call.show({ ...found, assetId }, sayFingerprint(found, assetId));
    return 0;
  },
};

/** With a bar for what takes a while. */
export async function fingerprintOf(call: Call, path: string): Promise<Fingerprint> {
  const about = statSync(path);
  // The size of a folder is known only once all of it is read.
  const progress = progressOf(call.terminal, "hashing", about.isFile() ? about.size : 0);
  let read = 0;
  return hash(path, (bytes) => {
    read += bytes;
    progress.at(read);
  }).finally(progress.end);
}

function sayFingerprint(found: Fingerprint, assetId: string): string {
  const { kind, root } = found;
  const rows = [
    ["kind", kind],
    ["root", root],
    ["assetId", assetId],
  ];
  if (found.kind === "file") return `${table([...rows, ["size", counted(found.size, "byte")]])}\n`;
  const { entries } = found;
  const bytes = entries.reduce((sum, { size }) => sum + size, 0);
  const list = entries.map(({ sha256, size, path }) => [
    sha256,
    size.toLocaleString("en-US").padStart(14),
    path,
  ]);
  const files = ["files", `${counted(entries.length, "file")}, ${counted(bytes, "byte")}`];
  return `${table([...rows, files])}\n\n${table(list)}\n`;
}
