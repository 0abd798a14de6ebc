import { fromHex, toHex } from "../domain/crypto.ts";
import { entryOf, nextHead } from "../domain/history.ts";
import type { AssetId, Hash } from "../domain/ids.ts";
import { RIGHT_KINDS, regionFromBytes8, ZERO_HASH } from "../domain/ids.ts";
import { rightsFromBits } from "../domain/registration.ts";
import type { Database } from "../storage/database.ts";
import type { EventLog, PlacedEvent } from "./events.ts";

/** What the log says of each asset now. An asset's rows follow from its own history alone. */
export function createAssetProjection(db: Database, log: EventLog) {
  function apply(event: PlacedEvent): void {
    if (event.assetId === undefined) return;
    const text = (field: string) => event.args[field] as string;
    const number = (field: string) => event.args[field] as number;
    const id = fromHex(event.assetId);
    switch (event.name) {
      case "AssetRegistered":
        register(event, id);
        break;
      case "RightTransferred":
      case "RightReassigned":
        move(id, number("right"), text("to"));
        break;
      case "HoldPlaced":
        db.prepare(
          "INSERT INTO holds (asset_id, source, by_party, case_number, ground) VALUES (?, ?, ?, ?, ?)",
        ).run(id, text("source"), text("by"), text("caseNumber"), text("ground"));
        db.prepare("UPDATE assets SET holds = holds + 1 WHERE asset_id = ?").run(id);
        break;
      case "HoldLifted":
        db.prepare("DELETE FROM holds WHERE asset_id = ? AND source = ?").run(id, text("source"));
        db.prepare("UPDATE assets SET holds = holds - 1 WHERE asset_id = ?").run(id);
        break;
      case "AssetRetired":
        db.prepare("DELETE FROM holdings WHERE place = (SELECT place FROM assets WHERE asset_id = ?)").run(
          id,
        );
        db.prepare(
          `UPDATE assets SET is_retired = 1, hold_party = NULL, use_party = NULL, operate_party = NULL
           WHERE asset_id = ?`,
        ).run(id);
        break;
      case "UpstreamRateLowered":
        db.prepare("UPDATE assets SET upstream_rate = ? WHERE asset_id = ?").run(number("rate"), id);
        break;
    }
    if (event.name !== "AssetRegistered") continueHistory(event, id);
  }

  function register(event: PlacedEvent, id: Buffer): void {
    const text = (field: string) => event.args[field] as string;
    const number = (field: string) => event.args[field] as number;
    const rights = rightsFromBits(number("rights"));
    const holderOf = (right: (typeof RIGHT_KINDS)[number]) =>
      rights.includes(right) ? text("holder") : null;
    db.prepare(
      `INSERT INTO assets (place, asset_id, content_root, descriptor_hash, transaction_hash, region, registrar,
         reviewer, review_digest, holder, kind, rights, class, flags, theme, prohibited_uses, persons,
         sensitive_persons, upstream_rate, parents, ancestors, notice_ends, hold_party, use_party, operate_party,
         history_head, history_length)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)`,
    ).run(
      event.place,
      id,
      fromHex(text("contentRoot")),
      fromHex(text("descriptorHash")),
      fromHex(event.log.transactionHash),
      regionFromBytes8(text("region")),
      text("registrar"),
      text("reviewer"),
      text("reviewDigest"),
      text("holder"),
      number("kind"),
      number("rights"),
      number("class"),
      number("flags"),
      number("theme"),
      number("prohibitedUses"),
      number("persons"),
      number("sensitivePersons"),
      number("upstreamRate"),
      JSON.stringify(event.args.parents),
      JSON.stringify(event.args.ancestors),
      number("noticeEnds"),
      holderOf("hold"),
      holderOf("use"),
      holderOf("operate"),
      fromHex(nextHead(ZERO_HASH, entryOf(event.log))),
    );
    db.prepare("INSERT INTO holdings (party, place) VALUES (?, ?)").run(text("holder"), event.place);
  }

  function move(id: Buffer, right: number, to: string): void {
    const column = `${RIGHT_KINDS[right - 1]!}_party`;
    db.prepare(`UPDATE assets SET ${column} = ? WHERE asset_id = ?`).run(to, id);
    const { place, hold_party, use_party, operate_party } = db
      .prepare("SELECT place, hold_party, use_party, operate_party FROM assets WHERE asset_id = ?")
      .get(id)!;
    db.prepare("DELETE FROM holdings WHERE place = ?").run(place!);
    for (const party of new Set([hold_party, use_party, operate_party])) {
      if (party !== null) db.prepare("INSERT INTO holdings (party, place) VALUES (?, ?)").run(party!, place!);
    }
  }

  function continueHistory(event: PlacedEvent, id: Buffer): void {
    const row = db.prepare("SELECT history_head FROM assets WHERE asset_id = ?").get(id);
    if (row === undefined) return;
    db.prepare(
      "UPDATE assets SET history_head = ?, history_length = history_length + 1 WHERE asset_id = ?",
    ).run(fromHex(nextHead(toHex(row.history_head as Uint8Array) as Hash, entryOf(event.log))), id);
  }

  return {
    apply,
    /** Makes an asset's rows anew from what is left of its history. */
    rebuild(assetId: AssetId): void {
      const id = fromHex(assetId);
      db.prepare("DELETE FROM holdings WHERE place = (SELECT place FROM assets WHERE asset_id = ?)").run(id);
      db.prepare("DELETE FROM holds WHERE asset_id = ?").run(id);
      db.prepare("DELETE FROM assets WHERE asset_id = ?").run(id);
      for (const event of log.ofAsset(assetId, -1, Number.MAX_SAFE_INTEGER)) apply(event);
    },
  };
}
