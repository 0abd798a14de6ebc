// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {IMembership, KeyGrant} from "./IMembership.sol";
import {PartyBook} from "./PartyBook.sol";
import {KeyEntry, packKey} from "../types/KeyEntry.sol";
import {PartyRecord} from "../types/PartyRecord.sol";
import {KeyRole, PartyRole} from "../types/Roles.sol";
import {Authorization} from "../types/SignedActs.sol";

/// @title The keys of parties: consent, rotation, revocation and recovery.
///
///                  objection (any live key)         the regulator allows
///   none ─▶ proposed ─────────────────────▶ contested ─────────────────────▶ completed (new epoch)
///              │ delay over, by anyone          └── the regulator refuses ──▶ none
///              └────────────────────────────────────────────────────────────▶ completed (new epoch)
abstract contract KeyRing is PartyBook {
    struct Recovery {
        address key;
        uint16 roles;
        uint48 completableAt;
        bool contested;
    }

    bytes32 private constant KEY_CONSENT = keccak256(
        "KeyConsent(address party,uint16 roles,address grantor,uint48 deadline)"
    );
    bytes32 private constant ADD_KEY = keccak256(
        "AddKey(address party,address key,uint16 roles,uint256 nonce,uint48 deadline)"
    );
    bytes32 private constant REVOKE_KEY = keccak256(
        "RevokeKey(address party,address key,uint256 nonce,uint48 deadline)"
    );
    bytes32 private constant ROTATE_KEY = keccak256(
        "RotateKey(address party,address formerKey,address key,uint16 roles,uint256 nonce,uint48 deadline)"
    );
    bytes32 private constant PROPOSE_RECOVERY = keccak256(
        "ProposeRecovery(address party,address key,uint16 roles,uint256 nonce,uint48 deadline)"
    );
    bytes32 private constant OBJECT_TO_RECOVERY = keccak256(
        "ObjectToRecovery(address party,uint256 nonce,uint48 deadline)"
    );
    bytes32 private constant DECIDE_RECOVERY = keccak256(
        "DecideRecovery(address party,bool allowed,uint256 nonce,uint48 deadline)"
    );

    uint16 private constant REGULATOR_KEYS = KeyRole.ADMIT | KeyRole.FREEZE | KeyRole.SUSPEND | KeyRole.PAUSE;
    uint16 private constant EXCHANGE_KEYS = KeyRole.REGISTRAR | KeyRole.SPONSOR;

    /// @notice Seconds between the proposal of a recovery and its completion.
    uint48 public immutable recoveryDelay;

    mapping(address party => Recovery recovery) private _recoveries;

    constructor(uint48 recoveryDelay_) {
        recoveryDelay = recoveryDelay_;
    }

    /// @inheritdoc IMembership
    function addKey(address party, KeyGrant calldata grant, Authorization calldata by) external {
        bytes32 act = keccak256(abi.encode(ADD_KEY, party, grant.key, grant.roles, by.nonce, by.deadline));
        (PartyRecord record, bytes32 digest) = _requireActOf(party, KeyRole.ADMIN, act, by);
        _addKey(party, record, grant, party, digest);
    }

    /// @inheritdoc IMembership
    function revokeKey(address party, address key, Authorization calldata by) external {
        bytes32 act = keccak256(abi.encode(REVOKE_KEY, party, key, by.nonce, by.deadline));
        (address actor, bytes32 digest) = _authorize(act, by);
        // A key may always give itself up: a stolen one must be stoppable by whoever still has it.
        if (actor != key) {
            (address acting, ) = _requireActing(actor, KeyRole.ADMIN);
            if (acting != party) revert KeyOfAnotherParty(actor, acting, party);
        }
        _revokeKey(party, key, digest);
    }

    /// @inheritdoc IMembership
    function rotateKey(address party, address formerKey, KeyGrant calldata grant, Authorization calldata by) external {
        bytes32 act = keccak256(
            abi.encode(ROTATE_KEY, party, formerKey, grant.key, grant.roles, by.nonce, by.deadline)
        );
        (PartyRecord record, bytes32 digest) = _requireActOf(party, KeyRole.ADMIN, act, by);
        _addKey(party, record, grant, party, digest);
        _revokeKey(party, formerKey, digest);
    }

    /// @inheritdoc IMembership
    function proposeRecovery(address party, KeyGrant calldata grant, Authorization calldata by) external {
        bytes32 act = keccak256(abi.encode(PROPOSE_RECOVERY, party, grant.key, grant.roles, by.nonce, by.deadline));
        (address sponsor, bytes32 digest) = _requireSponsorAct(party, act, by);
        // A new proposal replaces one that nobody objected to, and waits out the whole delay again.
        if (_recoveries[party].contested) revert RecoveryContested(party);
        _requireGrantable(_parties[party].rolesOf(), party, grant, sponsor);
        uint48 completableAt = uint48(block.timestamp) + recoveryDelay;
        _recoveries[party] = Recovery(grant.key, grant.roles, completableAt, false);
        emit RecoveryProposed(party, grant.key, grant.roles, completableAt, digest);
    }

    /// @inheritdoc IMembership
    function objectToRecovery(address party, Authorization calldata by) external {
        bytes32 act = keccak256(abi.encode(OBJECT_TO_RECOVERY, party, by.nonce, by.deadline));
        (address key, bytes32 digest) = _authorize(act, by);
        KeyEntry entry = _keys[key];
        // The party's own standing is not asked: a suspension must not open the way to its rights.
        _requireLive(key, entry, _parties[entry.partyOf()]);
        if (entry.partyOf() != party) revert KeyOfAnotherParty(key, entry.partyOf(), party);
        _requireRecovery(party).contested = true;
        emit RecoveryObjected(party, key, digest);
    }

    /// @inheritdoc IMembership
    function decideRecovery(address party, bool allowed, Authorization calldata by) external {
        bytes32 act = keccak256(abi.encode(DECIDE_RECOVERY, party, allowed, by.nonce, by.deadline));
        (address key, bytes32 digest) = _authorize(act, by);
        _requireRegulator(key, KeyRole.ADMIT, _requireKnown(party).regionOf());
        Recovery storage recovery = _requireRecovery(party);
        if (!recovery.contested) revert RecoveryNotContested(party);
        emit RecoveryDecided(party, allowed, digest);
        if (allowed) _completeRecovery(party, recovery);
        else delete _recoveries[party];
    }

    /// @inheritdoc IMembership
    function completeRecovery(address party) external {
        Recovery storage recovery = _requireRecovery(party);
        if (recovery.contested) revert RecoveryContested(party);
        if (block.timestamp < recovery.completableAt) revert RecoveryTooEarly(party, recovery.completableAt);
        _completeRecovery(party, recovery);
    }

    /// @inheritdoc IMembership
    function recoveryOf(
        address party
    ) external view returns (address key, uint16 roles, uint48 completableAt, bool contested) {
        Recovery storage it = _recoveries[party];
        return (it.key, it.roles, it.completableAt, it.contested);
    }

    function _completeRecovery(address party, Recovery storage recovery) private {
        (address key, uint16 roles) = (recovery.key, recovery.roles);
        // The key may have been bound elsewhere since it consented.
        _requireUnused(key);
        delete _recoveries[party];
        PartyRecord record = _parties[party].withNextEpoch();
        _parties[party] = record;
        _keys[key] = packKey(party, roles, record.epochOf());
        emit RecoveryCompleted(party, key, record.epochOf());
        emit KeyAdded(party, key, roles, record.epochOf(), 0);
    }

    function _addKey(
        address party,
        PartyRecord record,
        KeyGrant calldata grant,
        address grantor,
        bytes32 digest
    ) internal {
        _requireGrantable(record.rolesOf(), party, grant, grantor);
        _keys[grant.key] = packKey(party, grant.roles, record.epochOf());
        emit KeyAdded(party, grant.key, grant.roles, record.epochOf(), digest);
    }

    function _revokeKey(address party, address key, bytes32 digest) private {
        KeyEntry entry = _keys[key];
        if (entry.partyOf() != party) revert KeyOfAnotherParty(key, entry.partyOf(), party);
        _requireLive(key, entry, _parties[party]);
        _keys[key] = entry.revoked();
        emit KeyRevoked(party, key, digest);
    }

    function _requireGrantable(
        uint16 partyRoles,
        address party,
        KeyGrant calldata grant,
        address grantor
    ) private view {
        _requireRolesFit(partyRoles, grant.roles);
        _requireUnused(grant.key);
        // The consent names party, roles and grantor, and an address is a key once: it needs no nonce.
        bytes32 structHash = keccak256(abi.encode(KEY_CONSENT, party, grant.roles, grantor, grant.deadline));
        _requireSigned(grant.key, structHash, grant.deadline, grant.consent);
    }

    function _requireRolesFit(uint16 partyRoles, uint16 keyRoles) private pure {
        if (keyRoles == 0 || keyRoles & ~KeyRole.ALL != 0) revert KeyRolesConflict(keyRoles);
        uint16 both = KeyRole.REGISTRAR | KeyRole.REVIEWER;
        if (keyRoles & both == both) revert KeyRolesConflict(keyRoles);
        if (keyRoles & EXCHANGE_KEYS != 0) _requireRole(partyRoles, PartyRole.EXCHANGE, keyRoles);
        if (keyRoles & KeyRole.REVIEWER != 0)
            _requireRole(partyRoles, PartyRole.EXCHANGE | PartyRole.ASSESSOR, keyRoles);
        if (keyRoles & REGULATOR_KEYS != 0) _requireRole(partyRoles, PartyRole.REGULATOR, keyRoles);
    }

    function _requireRole(uint16 partyRoles, uint16 anyOf, uint16 keyRoles) private pure {
        if (partyRoles & anyOf == 0) revert KeyRolesConflict(keyRoles);
    }

    function _requireUnused(address key) private view {
        if (!_keys[key].isAbsent()) revert KeyAlreadyUsed(key, _keys[key].partyOf());
    }

    function _requireNoRecovery(address party) internal view {
        if (_recoveries[party].key != address(0)) revert RecoveryPending(party);
    }

    function _requireRecovery(address party) private view returns (Recovery storage recovery) {
        recovery = _recoveries[party];
        if (recovery.key == address(0)) revert RecoveryNotPending(party);
    }
}
