// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {RegionNumber} from "../types/RegionId.sol";
import {Authorization} from "../types/SignedActs.sol";

/// @title What a region's regulator steers: halts and notice periods.
/// @notice A halt stops new business in the region; claims, refunds and disputes go on. The state itself is a part of
/// the region's record in Membership, where a registration or transfer reads it without asking another contract.
interface ISupervision {
    event HaltOrdered(RegionNumber indexed region, address indexed regulator, bytes32 ground, bytes32 digest);
    event ReopeningOrdered(RegionNumber indexed region, address indexed regulator, bytes32 ground, bytes32 digest);
    event NoticePeriodOrdered(
        RegionNumber indexed region,
        address indexed regulator,
        uint32 noticePeriod,
        bytes32 digest
    );

    error NoticePeriodTooLong(uint32 noticePeriod, uint32 longest);

    /// @notice By the region's regulator, key role PAUSE. Signed:
    /// `HaltRegion(uint16 region,bytes32 ground,uint256 nonce,uint48 deadline)`.
    /// @param ground Hash of the published reason.
    function halt(RegionNumber region, bytes32 ground, Authorization calldata by) external;

    /// @notice By the region's regulator, key role PAUSE. Signed: `ReopenRegion`, with the fields of `HaltRegion`.
    function reopen(RegionNumber region, bytes32 ground, Authorization calldata by) external;

    /// @notice Seconds for which a later registration in the region stays noticed; at most 365 days. By the region's
    /// regulator, key role PAUSE. Signed:
    /// `SetNoticePeriod(uint16 region,uint32 noticePeriod,uint256 nonce,uint48 deadline)`.
    function setNoticePeriod(RegionNumber region, uint32 noticePeriod, Authorization calldata by) external;
}
