// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {RegionNumber} from "./RegionId.sol";

/// @dev What daily work asks about a party, in one slot:
/// sponsor 160 | region 16 | class 4 | status 4 | roles 16 | validUntil 32 | keyEpoch 24. Zero means absent.
type PartyRecord is uint256;

using {
    isAbsent,
    sponsorOf,
    regionOf,
    classOf,
    statusOf,
    rolesOf,
    validUntilOf,
    epochOf,
    withSponsor,
    withStatus,
    withValidUntil,
    withNextEpoch
} for PartyRecord global;

uint256 constant STATUS_SHIFT = 180;
uint256 constant VALID_SHIFT = 200;
uint256 constant EPOCH_SHIFT = 232;

function packParty(
    address sponsor,
    RegionNumber region,
    uint8 class,
    uint8 status,
    uint16 roles,
    uint32 validUntil,
    uint24 epoch
) pure returns (PartyRecord) {
    return
        PartyRecord.wrap(
            uint256(uint160(sponsor)) |
                (uint256(RegionNumber.unwrap(region)) << 160) |
                (uint256(class) << 176) |
                (uint256(status) << STATUS_SHIFT) |
                (uint256(roles) << 184) |
                (uint256(validUntil) << VALID_SHIFT) |
                (uint256(epoch) << EPOCH_SHIFT)
        );
}

function isAbsent(PartyRecord r) pure returns (bool) {
    return PartyRecord.unwrap(r) == 0;
}

function sponsorOf(PartyRecord r) pure returns (address) {
    return address(uint160(PartyRecord.unwrap(r)));
}

function regionOf(PartyRecord r) pure returns (RegionNumber) {
    return RegionNumber.wrap(uint16(PartyRecord.unwrap(r) >> 160));
}

function classOf(PartyRecord r) pure returns (uint8) {
    return uint8(PartyRecord.unwrap(r) >> 176) & 0xf;
}

function statusOf(PartyRecord r) pure returns (uint8) {
    return uint8(PartyRecord.unwrap(r) >> STATUS_SHIFT) & 0xf;
}

function rolesOf(PartyRecord r) pure returns (uint16) {
    return uint16(PartyRecord.unwrap(r) >> 184);
}

function validUntilOf(PartyRecord r) pure returns (uint32) {
    return uint32(PartyRecord.unwrap(r) >> VALID_SHIFT);
}

function epochOf(PartyRecord r) pure returns (uint24) {
    return uint24(PartyRecord.unwrap(r) >> EPOCH_SHIFT);
}

function withSponsor(PartyRecord r, address sponsor) pure returns (PartyRecord) {
    return PartyRecord.wrap((PartyRecord.unwrap(r) & ~uint256(type(uint160).max)) | uint160(sponsor));
}

function withStatus(PartyRecord r, uint8 status) pure returns (PartyRecord) {
    return
        PartyRecord.wrap((PartyRecord.unwrap(r) & ~(uint256(0xf) << STATUS_SHIFT)) | (uint256(status) << STATUS_SHIFT));
}

function withValidUntil(PartyRecord r, uint32 validUntil) pure returns (PartyRecord) {
    uint256 cleared = PartyRecord.unwrap(r) & ~(uint256(type(uint32).max) << VALID_SHIFT);
    return PartyRecord.wrap(cleared | (uint256(validUntil) << VALID_SHIFT));
}

/// @dev Checked: after 16 million recoveries the next one reverts.
function withNextEpoch(PartyRecord r) pure returns (PartyRecord) {
    return PartyRecord.wrap(PartyRecord.unwrap(r) + (1 << EPOCH_SHIFT));
}
