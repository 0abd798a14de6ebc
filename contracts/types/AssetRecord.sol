// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {RegionNumber} from "./RegionId.sol";
import {RightSet} from "./RightKind.sol";

/// @dev All that daily work asks about an asset, in one slot:
/// firstHolder 160 | noticeEnds 32 | region 10 | rights 3 | held 1 | kind 2 | class 1 | flags 3 | upstreamRate 20 |
/// theme 8 | prohibitedUses 16. Zero means absent; rights of zero in a record mean retired.
type AssetRecord is uint256;

using {
    isAbsent,
    firstHolderOf,
    noticeEndsOf,
    regionOf,
    rightsOf,
    isHeld,
    kindOf,
    classOf,
    flagsOf,
    upstreamRateOf,
    themeOf,
    prohibitedUsesOf,
    withHeld,
    withoutRights,
    withUpstreamRate
} for AssetRecord global;

uint256 constant NOTICE_SHIFT = 160;
uint256 constant REGION_SHIFT = 192;
uint256 constant RIGHTS_SHIFT = 202;
uint256 constant HELD_BIT = 1 << 205;
uint256 constant KIND_SHIFT = 206;
uint256 constant CLASS_SHIFT = 208;
uint256 constant FLAGS_SHIFT = 209;
uint256 constant RATE_SHIFT = 212;
uint256 constant THEME_SHIFT = 232;
uint256 constant PROHIBITED_SHIFT = 240;

uint256 constant RATE_MASK = (1 << 20) - 1;

function isAbsent(AssetRecord r) pure returns (bool) {
    return AssetRecord.unwrap(r) == 0;
}

function firstHolderOf(AssetRecord r) pure returns (address) {
    return address(uint160(AssetRecord.unwrap(r)));
}

function noticeEndsOf(AssetRecord r) pure returns (uint32) {
    return uint32(AssetRecord.unwrap(r) >> NOTICE_SHIFT);
}

function regionOf(AssetRecord r) pure returns (RegionNumber) {
    return RegionNumber.wrap(uint16(AssetRecord.unwrap(r) >> REGION_SHIFT) & 1023);
}

function rightsOf(AssetRecord r) pure returns (RightSet) {
    return RightSet.wrap(uint8(AssetRecord.unwrap(r) >> RIGHTS_SHIFT) & 7);
}

function isHeld(AssetRecord r) pure returns (bool) {
    return AssetRecord.unwrap(r) & HELD_BIT != 0;
}

function kindOf(AssetRecord r) pure returns (uint8) {
    return uint8(AssetRecord.unwrap(r) >> KIND_SHIFT) & 3;
}

function classOf(AssetRecord r) pure returns (uint8) {
    return uint8(AssetRecord.unwrap(r) >> CLASS_SHIFT) & 1;
}

function flagsOf(AssetRecord r) pure returns (uint8) {
    return uint8(AssetRecord.unwrap(r) >> FLAGS_SHIFT) & 7;
}

function upstreamRateOf(AssetRecord r) pure returns (uint32) {
    return uint32((AssetRecord.unwrap(r) >> RATE_SHIFT) & RATE_MASK);
}

function themeOf(AssetRecord r) pure returns (uint8) {
    return uint8(AssetRecord.unwrap(r) >> THEME_SHIFT);
}

function prohibitedUsesOf(AssetRecord r) pure returns (uint16) {
    return uint16(AssetRecord.unwrap(r) >> PROHIBITED_SHIFT);
}

function withHeld(AssetRecord r, bool held) pure returns (AssetRecord) {
    uint256 cleared = AssetRecord.unwrap(r) & ~HELD_BIT;
    return AssetRecord.wrap(held ? cleared | HELD_BIT : cleared);
}

function withoutRights(AssetRecord r) pure returns (AssetRecord) {
    return AssetRecord.wrap(AssetRecord.unwrap(r) & ~(uint256(7) << RIGHTS_SHIFT));
}

function withUpstreamRate(AssetRecord r, uint32 rate) pure returns (AssetRecord) {
    return AssetRecord.wrap((AssetRecord.unwrap(r) & ~(RATE_MASK << RATE_SHIFT)) | (uint256(rate) << RATE_SHIFT));
}

/// @dev What a registration settles for good, except `held`, which begins unset.
function packAsset(
    address firstHolder,
    uint32 noticeEnds,
    RegionNumber region,
    RightSet rights,
    uint8 kind,
    uint8 class,
    uint8 flags
) pure returns (AssetRecord) {
    return
        AssetRecord.wrap(
            uint256(uint160(firstHolder)) |
                (uint256(noticeEnds) << NOTICE_SHIFT) |
                (uint256(RegionNumber.unwrap(region)) << REGION_SHIFT) |
                (uint256(RightSet.unwrap(rights)) << RIGHTS_SHIFT) |
                (uint256(kind) << KIND_SHIFT) |
                (uint256(class) << CLASS_SHIFT) |
                (uint256(flags) << FLAGS_SHIFT)
        );
}

function packTerms(AssetRecord r, uint32 upstreamRate, uint8 theme, uint16 prohibitedUses) pure returns (AssetRecord) {
    return
        AssetRecord.wrap(
            AssetRecord.unwrap(r) |
                (uint256(upstreamRate) << RATE_SHIFT) |
                (uint256(theme) << THEME_SHIFT) |
                (uint256(prohibitedUses) << PROHIBITED_SHIFT)
        );
}
