// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

/// @dev An ISO 3166-2 code such as `CN-GD`, `HK` or `SG`: ASCII, left-aligned, zero-padded. Zero means absent.
type RegionId is bytes8;

/// @dev A region's place in the order of opening, 1 to 1,023, so that a record needs ten bits for it. Zero means absent.
type RegionNumber is uint16;

using {equalRegionId as ==, notEqualRegionId as !=} for RegionId global;
using {equalRegionNumber as ==, notEqualRegionNumber as !=} for RegionNumber global;

RegionNumber constant NO_REGION = RegionNumber.wrap(0);
uint16 constant MAX_REGIONS = 1023;

function equalRegionId(RegionId a, RegionId b) pure returns (bool) {
    return RegionId.unwrap(a) == RegionId.unwrap(b);
}

function notEqualRegionId(RegionId a, RegionId b) pure returns (bool) {
    return RegionId.unwrap(a) != RegionId.unwrap(b);
}

function equalRegionNumber(RegionNumber a, RegionNumber b) pure returns (bool) {
    return RegionNumber.unwrap(a) == RegionNumber.unwrap(b);
}

function notEqualRegionNumber(RegionNumber a, RegionNumber b) pure returns (bool) {
    return RegionNumber.unwrap(a) != RegionNumber.unwrap(b);
}
