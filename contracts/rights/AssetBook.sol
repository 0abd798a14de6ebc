// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {AncestorRate, Asset, AssetStatus, ContentKind, DataClass, IRightsRegistry} from "./IRightsRegistry.sol";
import {Lineage} from "./Lineage.sol";
import {IMembership} from "../membership/IMembership.sol";
import {ITransferPolicy} from "../policy/ITransferPolicy.sol";
import {AssetId} from "../types/AssetId.sol";
import {AssetRecord} from "../types/AssetRecord.sol";
import {History} from "../types/History.sol";
import {RegionId} from "../types/RegionId.sol";
import {RightKind} from "../types/RightKind.sol";
import {SignedActs} from "../types/SignedActs.sol";

/// @title What is stored of assets, and what follows from it at this moment.
abstract contract AssetBook is IRightsRegistry, SignedActs {
    struct Persons {
        uint32 all;
        uint32 sensitive;
    }

    IMembership internal immutable _membership;
    ITransferPolicy internal immutable _policy;

    mapping(AssetId id => AssetRecord record) internal _records;
    mapping(AssetId id => bytes32 head) private _historyHeads;
    /// @dev Written only for personal data.
    mapping(AssetId id => Persons persons) internal _persons;
    mapping(AssetId id => Lineage.Ancestors ancestors) internal _ancestors;
    mapping(AssetId id => mapping(bytes32 source => bool stands)) private _holds;
    mapping(AssetId id => uint256 count) private _holdCounts;

    constructor(IMembership membership, ITransferPolicy policy) SignedActs("Datadeed RightsRegistry") {
        _membership = membership;
        _policy = policy;
    }

    /// @inheritdoc IRightsRegistry
    function assetOf(AssetId id) external view returns (Asset memory) {
        AssetRecord record = _records[id];
        (RegionId region, ) = _membership.regionOf(record.regionOf());
        Persons storage persons = _persons[id];
        return
            Asset({
                status: _statusOf(record),
                region: region,
                firstHolder: record.firstHolderOf(),
                kind: ContentKind(record.kindOf()),
                rights: record.rightsOf(),
                class: DataClass(record.classOf()),
                flags: record.flagsOf(),
                theme: record.themeOf(),
                prohibitedUses: record.prohibitedUsesOf(),
                noticeEnds: record.noticeEndsOf(),
                upstreamRate: record.upstreamRateOf(),
                persons: persons.all,
                sensitivePersons: persons.sensitive,
                historyHead: _historyHeads[id]
            });
    }

    /// @inheritdoc IRightsRegistry
    function statusOf(AssetId id) external view returns (AssetStatus) {
        return _statusOf(_records[id]);
    }

    /// @inheritdoc IRightsRegistry
    function historyHeadOf(AssetId id) external view returns (bytes32) {
        return _historyHeads[id];
    }

    /// @inheritdoc IRightsRegistry
    function historyHeadSlot(AssetId id) external pure returns (bytes32) {
        uint256 mappingSlot;
        assembly {
            mappingSlot := _historyHeads.slot
        }
        return keccak256(abi.encode(id, mappingSlot));
    }

    /// @inheritdoc IRightsRegistry
    function isHeldBy(AssetId id, bytes32 source) external view returns (bool) {
        return _holds[id][source];
    }

    /// @inheritdoc IRightsRegistry
    function ancestorsOf(AssetId id) external view returns (AncestorRate[] memory) {
        return Lineage.load(_ancestors[id]);
    }

    /// @dev Emits a log of the asset and continues its history by it, before anything else is called.
    function _log(bytes32 signature, AssetId id, bytes32 a, bytes32 b, bytes memory data) internal {
        _append(id, History.log(signature, id, a, b, data));
    }

    function _append(AssetId id, bytes32 entry) internal {
        _historyHeads[id] = History.next(_historyHeads[id], entry);
    }

    /// @dev The one answer to "in which state is it now?": notice ends by time, without a caller.
    function _statusOf(AssetRecord record) internal view returns (AssetStatus) {
        if (record.isAbsent()) return AssetStatus.Unknown;
        if (record.rightsOf().isEmpty()) return AssetStatus.Retired;
        if (record.isHeld()) return AssetStatus.Held;
        return block.timestamp < record.noticeEndsOf() ? AssetStatus.Noticed : AssetStatus.Active;
    }

    function _requireActive(AssetId id, AssetRecord record) internal view {
        AssetStatus status = _statusOf(record);
        if (status != AssetStatus.Active) revert AssetNotActive(id, status, record.noticeEndsOf());
    }

    function _requireKnown(AssetId id) internal view returns (AssetRecord record) {
        record = _records[id];
        if (record.isAbsent()) revert AssetUnknown(id);
    }

    function _requireRight(AssetId id, AssetRecord record, RightKind right) internal pure {
        if (!record.rightsOf().has(right)) revert NotHolder(id, right, address(0));
    }

    function _addHold(AssetId id, bytes32 source) internal {
        AssetRecord record = _requireKnown(id);
        if (record.rightsOf().isEmpty()) revert AssetNotActive(id, AssetStatus.Retired, record.noticeEndsOf());
        if (_holds[id][source]) revert HoldAlreadyPlaced(id, source);
        _holds[id][source] = true;
        if (_holdCounts[id]++ == 0) _records[id] = record.withHeld(true);
    }

    function _removeHold(AssetId id, bytes32 source) internal {
        if (!_holds[id][source]) revert HoldNotPlaced(id, source);
        _holds[id][source] = false;
        if (--_holdCounts[id] == 0) _records[id] = _records[id].withHeld(false);
    }
}
