// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {AssetId} from "./AssetId.sol";

/// @title The history of an asset: the hash chain of every log whose first indexed argument is the asset's id.
/// @notice entry = keccak256(emitter (20 bytes) ‖ number of topics (1 byte) ‖ topics (32 bytes each) ‖ data), and
/// head = keccak256(head ‖ entry), beginning with a head of zero. An auditor replays it from raw logs, without an ABI.
library History {
    /// @notice Emits a log and returns its entry, from the same bytes in memory, so that the two cannot differ.
    /// @param signature topic 0, the event's selector. @param asset topic 1. @param a topic 2. @param b topic 3.
    /// @param data The event's other arguments, ABI-encoded.
    function log(
        bytes32 signature,
        AssetId asset,
        bytes32 a,
        bytes32 b,
        bytes memory data
    ) internal returns (bytes32 entry) {
        bytes memory packed = abi.encodePacked(address(this), uint8(4), signature, asset, a, b, data);
        assembly ("memory-safe") {
            log4(add(data, 0x20), mload(data), signature, asset, a, b)
        }
        return keccak256(packed);
    }

    function next(bytes32 head, bytes32 entry) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(head, entry));
    }
}
