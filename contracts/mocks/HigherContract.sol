// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {IMembership} from "../membership/IMembership.sol";
import {IRightsRegistry} from "../rights/IRightsRegistry.sol";
import {AssetId} from "../types/AssetId.sol";
import {History} from "../types/History.sol";
import {RegionNumber} from "../types/RegionId.sol";
import {RightKind} from "../types/RightKind.sol";

/// @title A contract of a level above the registry, reduced to its calls down.
contract HigherContract {
    event Noted(AssetId indexed assetId, bytes32 indexed caseNumber, bytes32 indexed ground, bytes text);

    IMembership private immutable _membership;
    IRightsRegistry private immutable _registry;

    constructor(IMembership membership, IRightsRegistry registry) {
        _membership = membership;
        _registry = registry;
    }

    function placeHold(AssetId id, bytes32 source) external {
        _registry.placeHold(id, source);
    }

    function liftHold(AssetId id, bytes32 source) external {
        _registry.liftHold(id, source);
    }

    function reassign(AssetId id, RightKind right, address to) external {
        _registry.reassign(id, right, to);
    }

    /// @dev A log of its own about the asset, and that log's entry in the asset's history.
    function note(AssetId id, bytes32 caseNumber, bytes32 ground, bytes calldata text) external {
        bytes32 entry = History.log(Noted.selector, id, caseNumber, ground, abi.encode(text));
        _registry.append(id, entry);
    }

    function haltRegion(RegionNumber region) external {
        _membership.haltRegion(region);
    }

    function reopenRegion(RegionNumber region) external {
        _membership.reopenRegion(region);
    }

    function setNoticePeriod(RegionNumber region, uint32 noticePeriod) external {
        _membership.setNoticePeriod(region, noticePeriod);
    }
}
