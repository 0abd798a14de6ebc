// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

/// @dev What a party is in its region: a set of bits. A client has none.
library PartyRole {
    uint16 internal constant EXCHANGE = 1 << 0;
    uint16 internal constant REGULATOR = 1 << 1;
    uint16 internal constant ARBITER = 1 << 2;
    uint16 internal constant ASSESSOR = 1 << 3;
    uint16 internal constant INTERMEDIARY = 1 << 4;
    uint16 internal constant AUDITOR = 1 << 5;
}

/// @dev What a key may do for its party: a set of bits. REGISTRAR and REVIEWER never meet in one key, and the duties
/// of a regulator (ADMIT, FREEZE, SUSPEND, PAUSE) are meant for different keys.
library KeyRole {
    /// @dev Adds and revokes the party's keys, changes its sponsor, payout address and endpoint.
    uint16 internal constant ADMIN = 1 << 0;
    /// @dev Moves, approves and retires the party's rights.
    uint16 internal constant TRANSFER = 1 << 1;
    /// @dev An exchange's: sends registrations to the ledger.
    uint16 internal constant REGISTRAR = 1 << 2;
    /// @dev An exchange's or an assessor's: signs what a registrar may register.
    uint16 internal constant REVIEWER = 1 << 3;
    /// @dev An exchange's: admits and renews clients and proposes their recovery.
    uint16 internal constant SPONSOR = 1 << 4;
    /// @dev A regulator's: admits exchanges, decides recoveries that were objected to, stands in for a suspended sponsor.
    uint16 internal constant ADMIT = 1 << 5;
    /// @dev A regulator's: holds and lifts assets of its region.
    uint16 internal constant FREEZE = 1 << 6;
    /// @dev A regulator's: suspends and reinstates parties of its region.
    uint16 internal constant SUSPEND = 1 << 7;
    /// @dev A regulator's: halts and reopens its region, sets its notice period.
    uint16 internal constant PAUSE = 1 << 8;

    uint16 internal constant ALL = (1 << 9) - 1;
}

/// @dev What a contract above may ask of one below: a set of bits, granted by governance with notice.
library Duty {
    /// @dev Appends entries to an asset's history.
    uint32 internal constant APPEND = 1 << 0;
    /// @dev Places holds on assets and lifts its own.
    uint32 internal constant HOLD = 1 << 1;
    /// @dev Moves a right by force, in execution of a final ruling.
    uint32 internal constant REASSIGN = 1 << 2;
    /// @dev Halts and reopens regions and sets their notice periods, for the regulators.
    uint32 internal constant STEER_REGIONS = 1 << 3;
}
