// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {RegionNumber} from "../types/RegionId.sol";
import {Authorization} from "../types/SignedActs.sol";

/// @title What a region's regulator steers: halts and notice periods.
/// @notice A halt stops new business in the region; claims, refunds and disputes go on.
interface ISupervision {
    event RegionHalted(RegionNumber indexed region, address indexed regulator, bytes32 ground, bytes32 digest);
    event RegionReopened(RegionNumber indexed region, address indexed regulator, bytes32 ground, bytes32 digest);
    event NoticePeriodChanged(RegionNumber indexed region, uint32 noticePeriod, bytes32 digest);

    error RegionIsHalted(RegionNumber region);
    error RegionIsNotHalted(RegionNumber region);
    error NoticePeriodTooLong(uint32 noticePeriod, uint32 longest);

    /// @param ground Hash of the published reason. By the region's regulator, key role PAUSE.
    function halt(RegionNumber region, bytes32 ground, Authorization calldata by) external;
    function reopen(RegionNumber region, bytes32 ground, Authorization calldata by) external;

    /// @notice Seconds for which a later registration in the region stays noticed; at most 365 days. By the region's
    /// regulator, key role PAUSE.
    function setNoticePeriod(RegionNumber region, uint32 noticePeriod, Authorization calldata by) external;

    function isHalted(RegionNumber region) external view returns (bool);
    function noticePeriodOf(RegionNumber region) external view returns (uint32);

    /// @notice Both regions of a transfer in one call.
    function areHalted(RegionNumber a, RegionNumber b) external view returns (bool aHalted, bool bHalted);

    /// @notice Reverts where the region is halted. @return noticePeriod In seconds.
    function requireRegistrable(RegionNumber region) external view returns (uint32 noticePeriod);
}
