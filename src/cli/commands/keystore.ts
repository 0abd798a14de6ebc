import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { DatadeedError } from "../../domain/errors.ts";
import type { Command } from "../command.ts";
import { failure } from "../failure.ts";
import { table } from "../text.ts";

export const keystoreNew: Command = {
  name: "keystore new",
  summary: "Makes a key and writes it, encrypted, to a file that only you can read",
  parameters: [{ name: "file", about: "the keystore to write (Web3 Secret Storage v3); never overwritten" }],
  options: {
    "password-file": {
      value: "file",
      about: "its password; where there is no such file, one is made with a new password",
    },
  },
  notes: ["Keep a copy of both files, apart from each other: nobody can bring back a lost key."],
  async run(call) {
    const [path, passwordPath] = [call.parameter("file"), call.required("password-file")];
    if (existsSync(path))
      throw failure("file-unreadable", `${path} exists already and is not overwritten.`, { path });
    const password = passwordOf(passwordPath);
    const { Wallet } = await import("ethers");
    const wallet = Wallet.createRandom();
    // Exclusive: another process may have made the file meanwhile.
    writeFileSync(path, `${await wallet.encrypt(password)}\n`, { mode: 0o600, flag: "wx" });
    const address = wallet.address.toLowerCase();
    const rows = [
      ["address", address],
      ["keystore", path],
      ["password", passwordPath],
    ];
    call.show({ address, keystore: path, passwordFile: passwordPath }, `${table(rows)}\n`);
    return 0;
  },
};

function passwordOf(path: string): string {
  if (!existsSync(path)) {
    const made = randomBytes(32).toString("base64url");
    writeFileSync(path, `${made}\n`, { mode: 0o600, flag: "wx" });
    return made;
  }
  if (process.platform !== "win32" && (statSync(path).mode & 0o077) !== 0) {
    throw new DatadeedError("key-exposed", { file: path });
  }
  const password = readFileSync(path, "utf8").replace(/\r?\n$/, "");
  if (password === "")
    throw failure("file-unreadable", `${path} is empty: it should hold the password.`, { path });
  return password;
}
