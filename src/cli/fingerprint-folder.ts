import { constants, type Dirent } from "node:fs";
import { lstat, open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileRoot, hashStream, type ManifestEntry, manifestRoot, parsePath } from "../domain/fingerprint.ts";
import type { Hash } from "../domain/ids.ts";
import { failure } from "./failure.ts";

/** What a file or a folder is registered by. */
export type Fingerprint =
  | { readonly kind: "file"; readonly root: Hash; readonly size: number }
  | {
      readonly kind: "manifest";
      readonly root: Hash;
      /** In the order of the leaves. */
      readonly entries: readonly ManifestEntry[];
    };

/** Told of bytes as they are read; a file of any size is read once and never held. */
export type OnBytes = (bytes: number, path: string) => void;

/** Fails with `file-unreadable` for what cannot be read faithfully: links, sockets, a file that changes meanwhile. */
export async function fingerprint(path: string, onBytes: OnBytes = () => {}): Promise<Fingerprint> {
  const about = await lstat(path);
  if (about.isSymbolicLink()) throw unreadable(path, "is a symbolic link: name what it points to");
  if (about.isDirectory()) return fingerprintFolder(path, onBytes);
  if (!about.isFile()) throw unreadable(path, "is neither a file nor a folder");
  const { size, sha256 } = await hashFile(path, onBytes);
  return { kind: "file", root: fileRoot(sha256), size };
}

async function fingerprintFolder(folder: string, onBytes: OnBytes): Promise<Fingerprint> {
  const entries: ManifestEntry[] = [];
  for await (const path of filesBelow(folder, "")) {
    const { size, sha256 } = await hashFile(join(folder, path), onBytes);
    entries.push({ path: parsePath(path), size, sha256 });
  }
  if (entries.length === 0) throw unreadable(folder, "has no file below it: empty folders have no content");
  const root = manifestRoot(entries);
  entries.sort((a, b) => Buffer.from(a.path).compare(Buffer.from(b.path)));
  return { kind: "manifest", root, entries };
}

/** Paths of all files, relative to the folder first named. */
async function* filesBelow(folder: string, below: string): AsyncGenerator<string> {
  for (const entry of await readdir(join(folder, below), { withFileTypes: true, encoding: "buffer" })) {
    const path = below + nameOf(entry as unknown as Dirent<Buffer>, join(folder, below));
    if (entry.isDirectory()) yield* filesBelow(folder, `${path}/`);
    else if (entry.isFile()) yield path;
    else if (entry.isSymbolicLink()) throw unreadable(join(folder, path), "is a symbolic link");
    else throw unreadable(join(folder, path), "is neither a file nor a folder");
  }
}

/** Names are bytes to the system; one that is no UTF-8 would be read as another name. */
function nameOf(entry: Dirent<Buffer>, folder: string): string {
  const name = entry.name.toString("utf8");
  if (!Buffer.from(name).equals(entry.name)) {
    throw unreadable(join(folder, name), "has a name that is not UTF-8");
  }
  return name;
}

async function hashFile(path: string, onBytes: OnBytes): Promise<{ size: number; sha256: string }> {
  // Between listing and opening, a file may have been replaced by a link.
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const before = await file.stat({ bigint: true });
    const read = await hashStream(counted(file.createReadStream(READING), path, onBytes));
    const after = await file.stat({ bigint: true });
    if (after.mtimeNs !== before.mtimeNs || after.size !== BigInt(read.size)) {
      throw unreadable(path, "changed while it was read: try again when nothing writes to it");
    }
    return read;
  } finally {
    await file.close();
  }
}

const READING = { highWaterMark: 1024 * 1024, autoClose: false };

async function* counted(chunks: AsyncIterable<Uint8Array>, path: string, onBytes: OnBytes) {
  for await (const chunk of chunks) {
    onBytes(chunk.length, path);
    yield chunk;
  }
}

function unreadable(path: string, what: string) {
  return failure("file-unreadable", `${path} ${what}.`, { path });
}
