// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {AssetId} from "../types/AssetId.sol";
import {RegionNumber} from "../types/RegionId.sol";

/// @notice What the policy is asked about. @param dataFlags The asset's class and flags, as `AssetRecord.dataFlags` packs them.
struct TransferFacts {
    AssetId assetId;
    address from;
    address to;
    RegionNumber fromRegion;
    RegionNumber toRegion;
    uint8 dataFlags;
}

/// @param code A stable name, ASCII, such as `REGION_HALTED`. @param region Where the reason lies.
/// @param terms The failing terms as a set of bits; zero where the reason is of another kind.
struct Reason {
    bytes32 code;
    RegionNumber region;
    uint256 terms;
}

/// @title May this right cross from one region to another?
interface ITransferPolicy {
    /// @return reasons Empty where the transfer is allowed; otherwise everything that stands against it.
    function check(TransferFacts calldata facts) external view returns (Reason[] memory reasons);
}
