// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {AncestorRate, IRightsRegistry} from "./IRightsRegistry.sol";
import {AssetId} from "../types/AssetId.sol";

/// @title Who earns from an asset's payments because the asset is made of theirs.
/// @notice Rates are millionths of the child's gross payment. A parent passes its own ancestors' part on: with C→B at
/// 10 % and B→A at 20 %, of 1,000 paid to C, C keeps 900, B 80 and A 20.
library Lineage {
    uint256 internal constant MOST_ANCESTORS = 16;
    uint32 internal constant MOST_UPSTREAM = 500_000;
    uint256 private constant MILLION = 1_000_000;
    uint256 private constant RATE_BITS = 20;
    uint256 private constant RATES_A_SLOT = 12;

    struct Ancestors {
        AssetId[] ids;
        /// @dev The rates in the order of `ids`, twelve of 20 bits to a slot.
        uint256[2] rates;
    }

    /// @dev An ancestor reached along two ways is one entry with the sum.
    function add(
        AncestorRate[] memory list,
        uint256 length,
        AssetId ancestor,
        uint256 rate
    ) internal pure returns (uint256) {
        for (uint256 i = 0; i < length; i++) {
            if (list[i].ancestor == ancestor) {
                list[i].rate += uint32(rate);
                return length;
            }
        }
        if (length == MOST_ANCESTORS) revert IRightsRegistry.TooManyAncestors(length + 1, MOST_ANCESTORS);
        list[length] = AncestorRate(ancestor, uint32(rate));
        return length + 1;
    }

    /// @notice Adds a parent that is owed `rate`, and its ancestors' parts of that.
    /// @dev A part that rounds to 0 is not counted: it stays with the parent.
    function addParent(
        AncestorRate[] memory list,
        uint256 length,
        AssetId parent,
        uint256 rate,
        Ancestors storage ancestors
    ) internal view returns (uint256) {
        uint256 kept = rate;
        AncestorRate[] memory above = load(ancestors);
        for (uint256 i = 0; i < above.length; i++) {
            uint256 part = (rate * above[i].rate) / MILLION;
            if (part == 0) continue;
            kept -= part;
            length = add(list, length, above[i].ancestor, part);
        }
        return kept == 0 ? length : add(list, length, parent, kept);
    }

    function store(Ancestors storage self, AncestorRate[] memory list) internal {
        uint256[2] memory packed;
        for (uint256 i = 0; i < list.length; i++) {
            self.ids.push(list[i].ancestor);
            packed[i / RATES_A_SLOT] |= uint256(list[i].rate) << (RATE_BITS * (i % RATES_A_SLOT));
        }
        if (packed[0] != 0) self.rates[0] = packed[0];
        if (packed[1] != 0) self.rates[1] = packed[1];
    }

    function load(Ancestors storage self) internal view returns (AncestorRate[] memory list) {
        uint256 length = self.ids.length;
        list = new AncestorRate[](length);
        uint256 packed;
        for (uint256 i = 0; i < length; i++) {
            if (i % RATES_A_SLOT == 0) packed = self.rates[i / RATES_A_SLOT];
            list[i] = AncestorRate(self.ids[i], uint32(packed & ((1 << RATE_BITS) - 1)));
            packed >>= RATE_BITS;
        }
    }
}
