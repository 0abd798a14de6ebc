// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

/// @dev Hold the data; Use it for oneself; Operate it, that is provide it to others.
/// Separate rights: holding one implies none of the others.
enum RightKind {
    None,
    Hold,
    Use,
    Operate
}

/// @dev A set of rights: bit 0 is Hold, bit 1 Use, bit 2 Operate.
type RightSet is uint8;

using {has, count, isValid, isEmpty} for RightSet global;

RightSet constant NO_RIGHTS = RightSet.wrap(0);

function has(RightSet set, RightKind right) pure returns (bool) {
    return right != RightKind.None && RightSet.unwrap(set) & (1 << (uint8(right) - 1)) != 0;
}

function count(RightSet set) pure returns (uint256) {
    uint256 bits = RightSet.unwrap(set);
    return (bits & 1) + ((bits >> 1) & 1) + ((bits >> 2) & 1);
}

function isValid(RightSet set) pure returns (bool) {
    return RightSet.unwrap(set) != 0 && RightSet.unwrap(set) < 8;
}

function isEmpty(RightSet set) pure returns (bool) {
    return RightSet.unwrap(set) == 0;
}
