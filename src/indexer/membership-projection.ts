import { regionFromBytes8, ZERO_ADDRESS } from "../domain/ids.ts";
import type { Database } from "../storage/database.ts";
import type { EventLog, PlacedEvent } from "./events.ts";

/** Regions, parties and keys as Membership's log tells of them. */
export function createMembershipProjection(db: Database, log: EventLog) {
  function apply({ contract, name, args, block }: PlacedEvent): void {
    if (contract !== "membership") return;
    const text = (field: string) => args[field] as string;
    const number = (field: string) => args[field] as number;
    const run = (sql: string, ...values: (string | number | null)[]) => db.prepare(sql).run(...values);
    switch (name) {
      case "RegionOpened":
        run(
          "INSERT INTO regions (number, region, regulator) VALUES (?, ?, ?)",
          number("number"),
          regionFromBytes8(text("region")),
          text("regulator"),
        );
        break;
      case "RegulatorChanged":
        run("UPDATE regions SET regulator = ? WHERE number = ?", text("regulator"), number("number"));
        break;
      case "RegionHalted":
        run("UPDATE regions SET is_halted = 1 WHERE number = ?", number("region"));
        break;
      case "RegionReopened":
        run("UPDATE regions SET is_halted = 0 WHERE number = ?", number("region"));
        break;
      case "NoticePeriodChanged":
        run(
          "UPDATE regions SET notice_period = ? WHERE number = ?",
          number("noticePeriod"),
          number("region"),
        );
        break;
      case "PartyAdmitted":
        run(
          `INSERT INTO parties (party, region, sponsor, class, roles, scheme, identifier, valid_until, controlling_group)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
          text("party"),
          number("region"),
          text("sponsor"),
          number("class"),
          number("roles"),
          number("scheme"),
          identifierOf(text("identifier")),
          number("validUntil"),
          text("controllingGroup"),
        );
        break;
      case "PartyRenewed":
        run("UPDATE parties SET valid_until = ? WHERE party = ?", number("validUntil"), text("party"));
        break;
      case "PartySuspended":
        run("UPDATE parties SET is_suspended = 1 WHERE party = ?", text("party"));
        break;
      case "PartyReinstated":
        run("UPDATE parties SET is_suspended = 0 WHERE party = ?", text("party"));
        break;
      case "SponsorChanged":
        run("UPDATE parties SET sponsor = ? WHERE party = ?", text("sponsor"), text("party"));
        break;
      case "KeyAdded":
        run(
          "INSERT INTO keys (key, party, roles, epoch) VALUES (?, ?, ?, ?)",
          text("key"),
          text("party"),
          number("roles"),
          number("keyEpoch"),
        );
        break;
      case "KeyRevoked":
        run("UPDATE keys SET is_revoked = 1 WHERE key = ?", text("key"));
        break;
      case "RecoveryProposed":
        run(
          `UPDATE parties SET recovery_key = ?, recovery_completable_at = ?, recovery_objected = 0 WHERE party = ?`,
          text("key"),
          number("completableAt"),
          text("party"),
        );
        break;
      case "RecoveryObjected":
        run("UPDATE parties SET recovery_objected = 1 WHERE party = ?", text("party"));
        break;
      case "RecoveryDecided":
        // A recovery that is allowed is told of by RecoveryCompleted as well.
        run(
          "UPDATE parties SET recovery_key = NULL, recovery_completable_at = NULL, recovery_objected = 0 WHERE party = ?",
          text("party"),
        );
        break;
      case "RecoveryCompleted":
        run(
          `UPDATE parties SET key_epoch = ?, recovery_key = NULL, recovery_completable_at = NULL, recovery_objected = 0
           WHERE party = ?`,
          number("keyEpoch"),
          text("party"),
        );
        break;
      case "PayoutAddressChanged":
        // The address before stays in force until the new one takes effect; one that never did is forgotten.
        run(
          `UPDATE parties SET
             payout_address = CASE WHEN next_payout_at <= ? THEN next_payout_address ELSE payout_address END,
             next_payout_address = ?, next_payout_at = ? WHERE party = ?`,
          block.timestamp,
          text("account") === ZERO_ADDRESS ? null : text("account"),
          number("effectiveAt"),
          text("party"),
        );
        break;
      case "EndpointChanged":
        run(
          "UPDATE parties SET endpoint = ? WHERE party = ?",
          text("url") === "" ? null : text("url"),
          text("party"),
        );
        break;
    }
  }

  return {
    apply,
    /** Makes all rows anew from what is left of the log: members are few, and a rewind is rare. */
    rebuild(): void {
      db.prepare("DELETE FROM keys").run();
      db.prepare("DELETE FROM parties").run();
      db.prepare("DELETE FROM regions").run();
      for (const event of log.ofMembership()) apply(event);
    },
  };
}

/** ASCII, left-aligned; zero for individuals. */
function identifierOf(bytes32: string): string | null {
  const text = Buffer.from(bytes32.slice(2), "hex").toString("ascii").replace(/\0+$/, "");
  return text === "" ? null : text;
}
