// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

/// @dev A key's entry, in one slot: party 160 | roles 16 | keyEpoch 24 | revoked 1. It stays for ever. Zero means absent.
type KeyEntry is uint256;

using {isAbsent, partyOf, rolesOf, epochOf, isRevoked, revoked} for KeyEntry global;

uint256 constant REVOKED_BIT = 1 << 200;

function packKey(address party, uint16 roles, uint24 epoch) pure returns (KeyEntry) {
    return KeyEntry.wrap(uint256(uint160(party)) | (uint256(roles) << 160) | (uint256(epoch) << 176));
}

function isAbsent(KeyEntry k) pure returns (bool) {
    return KeyEntry.unwrap(k) == 0;
}

function partyOf(KeyEntry k) pure returns (address) {
    return address(uint160(KeyEntry.unwrap(k)));
}

function rolesOf(KeyEntry k) pure returns (uint16) {
    return uint16(KeyEntry.unwrap(k) >> 160);
}

function epochOf(KeyEntry k) pure returns (uint24) {
    return uint24(KeyEntry.unwrap(k) >> 176);
}

function isRevoked(KeyEntry k) pure returns (bool) {
    return KeyEntry.unwrap(k) & REVOKED_BIT != 0;
}

function revoked(KeyEntry k) pure returns (KeyEntry) {
    return KeyEntry.wrap(KeyEntry.unwrap(k) | REVOKED_BIT);
}
