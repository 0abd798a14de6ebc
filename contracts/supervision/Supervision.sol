// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {ISupervision} from "./ISupervision.sol";
import {IMembership} from "../membership/IMembership.sol";
import {RegionNumber} from "../types/RegionId.sol";
import {KeyRole} from "../types/Roles.sol";
import {Authorization, SignedActs} from "../types/SignedActs.sol";

/// @title Supervision: region halts and notice periods.
///
///   open ── halt ──▶ halted ── reopen ──▶ open
contract Supervision is ISupervision, SignedActs {
    bytes32 private constant HALT_REGION = keccak256(
        "HaltRegion(uint16 region,bytes32 ground,uint256 nonce,uint48 deadline)"
    );
    bytes32 private constant REOPEN_REGION = keccak256(
        "ReopenRegion(uint16 region,bytes32 ground,uint256 nonce,uint48 deadline)"
    );
    bytes32 private constant SET_NOTICE_PERIOD = keccak256(
        "SetNoticePeriod(uint16 region,uint32 noticePeriod,uint256 nonce,uint48 deadline)"
    );

    uint32 private constant LONGEST_NOTICE = 365 days;

    IMembership private immutable _membership;

    /// @dev 256 regions to a slot, so that a transfer between any two of the first 256 reads one.
    mapping(uint256 word => uint256 bits) private _halted;
    mapping(RegionNumber region => uint32 noticePeriod) private _noticePeriods;

    constructor(IMembership membership) SignedActs("Datadeed Supervision") {
        _membership = membership;
    }

    /// @inheritdoc ISupervision
    function halt(RegionNumber region, bytes32 ground, Authorization calldata by) external {
        (address regulator, bytes32 digest) = _requireRegulatorAct(region, HALT_REGION, ground, by);
        if (isHalted(region)) revert RegionIsHalted(region);
        _toggle(region);
        emit RegionHalted(region, regulator, ground, digest);
    }

    /// @inheritdoc ISupervision
    function reopen(RegionNumber region, bytes32 ground, Authorization calldata by) external {
        (address regulator, bytes32 digest) = _requireRegulatorAct(region, REOPEN_REGION, ground, by);
        if (!isHalted(region)) revert RegionIsNotHalted(region);
        _toggle(region);
        emit RegionReopened(region, regulator, ground, digest);
    }

    /// @inheritdoc ISupervision
    function setNoticePeriod(RegionNumber region, uint32 noticePeriod, Authorization calldata by) external {
        (, bytes32 digest) = _requireRegulatorAct(region, SET_NOTICE_PERIOD, bytes32(uint256(noticePeriod)), by);
        if (noticePeriod > LONGEST_NOTICE) revert NoticePeriodTooLong(noticePeriod, LONGEST_NOTICE);
        _noticePeriods[region] = noticePeriod;
        emit NoticePeriodChanged(region, noticePeriod, digest);
    }

    /// @inheritdoc ISupervision
    function isHalted(RegionNumber region) public view returns (bool) {
        uint256 number = RegionNumber.unwrap(region);
        return _halted[number >> 8] & (1 << (number & 0xff)) != 0;
    }

    /// @inheritdoc ISupervision
    function noticePeriodOf(RegionNumber region) external view returns (uint32) {
        return _noticePeriods[region];
    }

    /// @inheritdoc ISupervision
    function areHalted(RegionNumber a, RegionNumber b) external view returns (bool aHalted, bool bHalted) {
        return (isHalted(a), isHalted(b));
    }

    /// @inheritdoc ISupervision
    function requireRegistrable(RegionNumber region) external view returns (uint32 noticePeriod) {
        if (isHalted(region)) revert RegionIsHalted(region);
        return _noticePeriods[region];
    }

    function _toggle(RegionNumber region) private {
        uint256 number = RegionNumber.unwrap(region);
        _halted[number >> 8] ^= 1 << (number & 0xff);
    }

    function _requireRegulatorAct(
        RegionNumber region,
        bytes32 typeHash,
        bytes32 argument,
        Authorization calldata by
    ) private returns (address regulator, bytes32 digest) {
        address key;
        (key, digest) = _authorize(keccak256(abi.encode(typeHash, region, argument, by.nonce, by.deadline)), by);
        regulator = _membership.requireRegulator(key, KeyRole.PAUSE, region);
    }
}
