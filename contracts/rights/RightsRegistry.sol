// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {AssetBook} from "./AssetBook.sol";
import {AssetStatus, IRightsRegistry} from "./IRightsRegistry.sol";
import {Registrar} from "./Registrar.sol";
import {IMembership} from "../membership/IMembership.sol";
import {ITransferPolicy} from "../policy/ITransferPolicy.sol";
import {AssetId} from "../types/AssetId.sol";
import {AssetRecord} from "../types/AssetRecord.sol";
import {RegionNumber} from "../types/RegionId.sol";
import {RightKind} from "../types/RightKind.sol";
import {Duty, KeyRole} from "../types/Roles.sol";
import {Authorization} from "../types/SignedActs.sol";

/// @title RightsRegistry: data assets, the rights in them, their lineage and their history.
contract RightsRegistry is Registrar {
    bytes32 private constant TRANSFER_RIGHT = keccak256(
        "TransferRight(bytes32 assetId,uint8 right,address to,uint256 nonce,uint48 deadline)"
    );
    bytes32 private constant RETIRE_ASSET = keccak256("RetireAsset(bytes32 assetId,uint256 nonce,uint48 deadline)");
    bytes32 private constant LOWER_UPSTREAM_RATE = keccak256(
        "LowerUpstreamRate(bytes32 assetId,uint32 rate,uint256 nonce,uint48 deadline)"
    );
    bytes32 private constant HOLD_ASSET = keccak256(
        "HoldAsset(bytes32 assetId,bytes32 caseNumber,bytes32 ground,uint256 nonce,uint48 deadline)"
    );
    bytes32 private constant LIFT_HOLD = keccak256(
        "LiftHold(bytes32 assetId,bytes32 caseNumber,bytes32 ground,uint256 nonce,uint48 deadline)"
    );

    constructor(IMembership membership, ITransferPolicy policy) AssetBook(membership, policy) {}

    /// @inheritdoc IRightsRegistry
    function transferRight(AssetId id, RightKind right, address to) external {
        _transferByHolder(id, right, to, msg.sender, 0);
    }

    /// @inheritdoc IRightsRegistry
    function transferRightSigned(AssetId id, RightKind right, address to, Authorization calldata by) external {
        (address key, bytes32 digest) = _authorize(
            keccak256(abi.encode(TRANSFER_RIGHT, id, right, to, by.nonce, by.deadline)),
            by
        );
        _transferByHolder(id, right, to, key, digest);
    }

    /// @inheritdoc IRightsRegistry
    function retire(AssetId id, Authorization calldata by) external {
        (address key, bytes32 digest) = _authorize(keccak256(abi.encode(RETIRE_ASSET, id, by.nonce, by.deadline)), by);
        (address holder, ) = _membership.requireActing(key, KeyRole.TRANSFER);
        AssetRecord record = _requireKnown(id);
        _requireActive(id, record);
        for (uint8 right = 1; right <= 3; right++) {
            if (!record.rightsOf().has(RightKind(right))) continue;
            if (holderOf(id, RightKind(right)) != holder) revert NotHolder(id, RightKind(right), holder);
        }
        _records[id] = record.withoutRights();
        _balances[holder] -= record.rightsOf().count();
        _log(
            AssetRetired.selector,
            id,
            bytes32(uint256(uint160(holder))),
            bytes32(uint256(uint160(key))),
            abi.encode(digest)
        );
        for (uint8 right = 1; right <= 3; right++) {
            if (!record.rightsOf().has(RightKind(right))) continue;
            emit Transfer(holder, address(0), id.tokenIdOf(RightKind(right)));
        }
    }

    /// @inheritdoc IRightsRegistry
    function lowerUpstreamRate(AssetId id, uint32 rate, Authorization calldata by) external {
        (address key, bytes32 digest) = _authorize(
            keccak256(abi.encode(LOWER_UPSTREAM_RATE, id, rate, by.nonce, by.deadline)),
            by
        );
        (address operator, ) = _membership.requireActing(key, KeyRole.TRANSFER);
        AssetRecord record = _requireKnown(id);
        if (holderOf(id, RightKind.Operate) != operator) revert NotHolder(id, RightKind.Operate, operator);
        _requireActive(id, record);
        if (rate >= record.upstreamRateOf()) revert RateNotLower(record.upstreamRateOf(), rate);
        _records[id] = record.withUpstreamRate(rate);
        _log(
            UpstreamRateLowered.selector,
            id,
            bytes32(uint256(uint160(operator))),
            bytes32(uint256(uint160(key))),
            abi.encode(rate, digest)
        );
    }

    /// @inheritdoc IRightsRegistry
    function hold(AssetId id, bytes32 caseNumber, bytes32 ground, Authorization calldata by) external {
        (address regulator, bytes32 source, bytes32 digest) = _requireFreeze(HOLD_ASSET, id, caseNumber, ground, by);
        _addHold(id, source);
        _logHold(HoldPlaced.selector, id, source, regulator, abi.encode(caseNumber, ground, digest));
    }

    /// @inheritdoc IRightsRegistry
    function lift(AssetId id, bytes32 caseNumber, bytes32 ground, Authorization calldata by) external {
        (address regulator, bytes32 source, bytes32 digest) = _requireFreeze(LIFT_HOLD, id, caseNumber, ground, by);
        _removeHold(id, source);
        _logHold(HoldLifted.selector, id, source, regulator, abi.encode(caseNumber, ground, digest));
    }

    /// @inheritdoc IRightsRegistry
    function placeHold(AssetId id, bytes32 source) external {
        _membership.requireDuty(msg.sender, Duty.HOLD);
        bytes32 own = _sourceOf(msg.sender, source);
        _addHold(id, own);
        _logHold(HoldPlaced.selector, id, own, msg.sender, abi.encode(source, bytes32(0), bytes32(0)));
    }

    /// @inheritdoc IRightsRegistry
    function liftHold(AssetId id, bytes32 source) external {
        _membership.requireDuty(msg.sender, Duty.HOLD);
        bytes32 own = _sourceOf(msg.sender, source);
        _removeHold(id, own);
        _logHold(HoldLifted.selector, id, own, msg.sender, abi.encode(source, bytes32(0), bytes32(0)));
    }

    /// @inheritdoc IRightsRegistry
    function reassign(AssetId id, RightKind right, address to) external {
        _membership.requireDuty(msg.sender, Duty.REASSIGN);
        _membership.requireInGoodStanding(to);
        AssetRecord record = _requireKnown(id);
        if (record.rightsOf().isEmpty()) revert AssetNotActive(id, AssetStatus.Retired, record.noticeEndsOf());
        _requireRight(id, record, right);
        address from = _ownerOf(id.tokenIdOf(right), record);
        if (from == to) revert TransferToSelf(to);
        _changeOwner(id, right, from, to);
        _log(
            RightReassigned.selector,
            id,
            bytes32(uint256(uint160(from))),
            bytes32(uint256(uint160(to))),
            abi.encode(right, msg.sender)
        );
    }

    /// @inheritdoc IRightsRegistry
    function append(AssetId id, bytes32 entry) external {
        _membership.requireDuty(msg.sender, Duty.APPEND);
        _requireKnown(id);
        _append(id, entry);
    }

    function _requireFreeze(
        bytes32 typeHash,
        AssetId id,
        bytes32 caseNumber,
        bytes32 ground,
        Authorization calldata by
    ) private returns (address regulator, bytes32 source, bytes32 digest) {
        address key;
        (key, digest) = _authorize(keccak256(abi.encode(typeHash, id, caseNumber, ground, by.nonce, by.deadline)), by);
        RegionNumber region = _requireKnown(id).regionOf();
        regulator = _membership.requireRegulator(key, KeyRole.FREEZE, region);
        source = bytes32(uint256(RegionNumber.unwrap(region)));
    }

    function _logHold(bytes32 signature, AssetId id, bytes32 source, address by, bytes memory data) private {
        _log(signature, id, source, bytes32(uint256(uint160(by))), data);
    }

    function _sourceOf(address account, bytes32 source) private pure returns (bytes32) {
        return keccak256(abi.encode(account, source));
    }
}
