// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {IMembership} from "../membership/IMembership.sol";
import {ITransferPolicy, Reason, TransferFacts} from "./ITransferPolicy.sol";
import {NO_REGION, RegionNumber} from "../types/RegionId.sol";

/// @title TransferPolicy: both regions are open, and neither is halted.
contract TransferPolicy is ITransferPolicy {
    bytes32 private constant REGION_NOT_OPEN = "REGION_NOT_OPEN";
    bytes32 private constant REGION_HALTED = "REGION_HALTED";

    IMembership private immutable _membership;

    constructor(IMembership membership) {
        _membership = membership;
    }

    /// @inheritdoc ITransferPolicy
    function check(TransferFacts calldata facts) external view returns (Reason[] memory reasons) {
        (bool fromHalted, bool toHalted) = _membership.areHalted(facts.fromRegion, facts.toRegion);
        if (!fromHalted && !toHalted && facts.fromRegion != NO_REGION && facts.toRegion != NO_REGION) return reasons;
        reasons = new Reason[](2);
        uint256 found = _judge(reasons, 0, facts.fromRegion, fromHalted);
        if (facts.fromRegion != facts.toRegion) found = _judge(reasons, found, facts.toRegion, toHalted);
        assembly ("memory-safe") {
            mstore(reasons, found)
        }
    }

    function _judge(
        Reason[] memory reasons,
        uint256 found,
        RegionNumber region,
        bool halted
    ) private pure returns (uint256) {
        if (region != NO_REGION && !halted) return found;
        reasons[found] = Reason(region == NO_REGION ? REGION_NOT_OPEN : REGION_HALTED, region, 0);
        return found + 1;
    }
}
