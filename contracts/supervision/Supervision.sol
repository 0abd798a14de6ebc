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
///
/// It acts in Membership by the duty STEER_REGIONS.
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

    constructor(IMembership membership) SignedActs("Datadeed Supervision") {
        _membership = membership;
    }

    /// @inheritdoc ISupervision
    function halt(RegionNumber region, bytes32 ground, Authorization calldata by) external {
        (address regulator, bytes32 digest) = _requireRegulatorAct(region, HALT_REGION, ground, by);
        emit HaltOrdered(region, regulator, ground, digest);
        _membership.haltRegion(region);
    }

    /// @inheritdoc ISupervision
    function reopen(RegionNumber region, bytes32 ground, Authorization calldata by) external {
        (address regulator, bytes32 digest) = _requireRegulatorAct(region, REOPEN_REGION, ground, by);
        emit ReopeningOrdered(region, regulator, ground, digest);
        _membership.reopenRegion(region);
    }

    /// @inheritdoc ISupervision
    function setNoticePeriod(RegionNumber region, uint32 noticePeriod, Authorization calldata by) external {
        (address regulator, bytes32 digest) = _requireRegulatorAct(
            region,
            SET_NOTICE_PERIOD,
            bytes32(uint256(noticePeriod)),
            by
        );
        if (noticePeriod > LONGEST_NOTICE) revert NoticePeriodTooLong(noticePeriod, LONGEST_NOTICE);
        emit NoticePeriodOrdered(region, regulator, noticePeriod, digest);
        _membership.setNoticePeriod(region, noticePeriod);
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
