// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {IMembership, IdentifierScheme, Party, PartyClass, PartyStatus} from "./IMembership.sol";
import {RegionId, RegionNumber, NO_REGION} from "../types/RegionId.sol";
import {KeyEntry} from "../types/KeyEntry.sol";
import {PartyRecord} from "../types/PartyRecord.sol";
import {KeyRole} from "../types/Roles.sol";
import {Authorization, SignedActs} from "../types/SignedActs.sol";

/// @title What is known of regions, parties and keys, and who may act.
abstract contract PartyBook is IMembership, SignedActs {
    /// @dev One slot.
    struct Region {
        RegionId id;
        address regulator;
        uint32 noticePeriod;
    }

    mapping(RegionId id => RegionNumber number) internal _regionNumbers;
    mapping(RegionNumber number => Region region) internal _regions;
    /// @dev 256 regions to a slot, so that a transfer between any two of the first 256 reads one.
    mapping(uint256 word => uint256 bits) internal _haltedRegions;
    mapping(address party => PartyRecord record) internal _parties;
    mapping(address key => KeyEntry entry) internal _keys;
    /// @dev Written only where the group is another than the party itself.
    mapping(address party => address group) internal _controllingGroups;

    /// @inheritdoc IMembership
    function partyIdOf(IdentifierScheme scheme, bytes32 identifier) public pure returns (address) {
        if (scheme == IdentifierScheme.Wallet) return address(uint160(uint256(identifier)));
        return address(uint160(uint256(keccak256(abi.encode("datadeed:party", scheme, identifier)))));
    }

    /// @inheritdoc IMembership
    function partyOf(address party) external view returns (Party memory) {
        return _unpack(_parties[party]);
    }

    /// @inheritdoc IMembership
    function isInGoodStanding(address party) public view returns (bool) {
        return _isGood(_parties[party]);
    }

    /// @inheritdoc IMembership
    function controllingGroupOf(address party) external view returns (address) {
        address group = _controllingGroups[party];
        return group == address(0) ? party : group;
    }

    /// @inheritdoc IMembership
    function keyOf(address key) external view returns (address party, uint16 roles) {
        KeyEntry entry = _keys[key];
        return _isLive(entry) ? (entry.partyOf(), entry.rolesOf()) : (address(0), 0);
    }

    /// @inheritdoc IMembership
    function regionNumberOf(RegionId region) external view returns (RegionNumber) {
        return _regionNumbers[region];
    }

    /// @inheritdoc IMembership
    function regionOf(RegionNumber number) external view returns (RegionId region, address regulator) {
        Region storage it = _regions[number];
        return (it.id, it.regulator);
    }

    /// @inheritdoc IMembership
    function noticePeriodOf(RegionNumber region) external view returns (uint32) {
        return _regions[region].noticePeriod;
    }

    /// @inheritdoc IMembership
    function areHalted(RegionNumber a, RegionNumber b) external view returns (bool aHalted, bool bHalted) {
        return (_isHalted(a), _isHalted(b));
    }

    /// @inheritdoc IMembership
    function requireActing(address key, uint16 role) external view returns (address party, Party memory record) {
        PartyRecord packed;
        (party, packed) = _requireActing(key, role);
        return (party, _unpack(packed));
    }

    /// @inheritdoc IMembership
    function requireRegulator(address key, uint16 role, RegionNumber region) external view returns (address party) {
        return _requireRegulator(key, role, region);
    }

    /// @inheritdoc IMembership
    function requireTransfer(
        address key,
        address from,
        address to
    ) external view returns (address actor, uint24 fromEpoch, RegionNumber fromRegion, RegionNumber toRegion) {
        KeyEntry entry = _keys[key];
        actor = entry.partyOf();
        PartyRecord sender = _requireGood(from);
        PartyRecord acting = actor == from ? sender : _parties[actor];
        _requireLive(key, entry, acting);
        if (actor != from) _requireGood(actor, acting);
        if (entry.rolesOf() & KeyRole.TRANSFER == 0) revert KeyLacksRole(key, KeyRole.TRANSFER);
        return (actor, sender.epochOf(), sender.regionOf(), _requireGood(to).regionOf());
    }

    /// @inheritdoc IMembership
    function requireRegistrar(
        address key
    ) external view returns (address registrar, RegionNumber number, RegionId region, uint32 noticePeriod) {
        PartyRecord record;
        (registrar, record) = _requireActing(key, KeyRole.REGISTRAR);
        number = record.regionOf();
        if (_isHalted(number)) revert RegionIsHalted(number);
        Region storage it = _regions[number];
        return (registrar, number, it.id, it.noticePeriod);
    }

    /// @inheritdoc IMembership
    function requireReviewerAndHolder(
        address reviewer,
        RegionNumber region,
        address holder,
        address registrar
    ) external view {
        (, PartyRecord reviewing) = _requireActing(reviewer, KeyRole.REVIEWER);
        if (reviewing.regionOf() != region) revert ReviewerOfAnotherRegion(reviewer);
        address sponsor = _requireGood(holder).sponsorOf();
        if (holder != registrar && sponsor != registrar) revert HolderNotSponsored(holder, registrar, sponsor);
    }

    /// @inheritdoc IMembership
    function requireInGoodStanding(address party) external view returns (Party memory record) {
        return _unpack(_requireGood(party));
    }

    function _requireActing(address key, uint16 role) internal view returns (address party, PartyRecord record) {
        KeyEntry entry = _keys[key];
        party = entry.partyOf();
        record = _parties[party];
        _requireLive(key, entry, record);
        if (entry.rolesOf() & role == 0) revert KeyLacksRole(key, role);
        _requireGood(party, record);
    }

    function _requireRegulator(address key, uint16 role, RegionNumber region) internal view returns (address party) {
        (party, ) = _requireActing(key, role);
        if (region == NO_REGION || _regions[region].regulator != party) revert NotRegulatorOf(region, party);
    }

    /// @dev The acting key of `structHash`, which must act with `role` for `party`.
    function _requireActOf(
        address party,
        uint16 role,
        bytes32 structHash,
        Authorization calldata by
    ) internal returns (PartyRecord record, bytes32 digest) {
        address key;
        address actor;
        (key, digest) = _authorize(structHash, by);
        (actor, record) = _requireActing(key, role);
        if (actor != party) revert KeyOfAnotherParty(key, actor, party);
    }

    /// @dev The sponsor's key acts with SPONSOR, or ADMIT where the sponsor is the regulator itself. While the sponsor
    /// is not in good standing, the region's regulator stands in.
    function _requireSponsorAct(
        address party,
        bytes32 structHash,
        Authorization calldata by
    ) internal returns (address actor, bytes32 digest) {
        address key;
        (key, digest) = _authorize(structHash, by);
        PartyRecord record = _requireKnown(party);
        address sponsor = record.sponsorOf();
        address regulator = _regions[record.regionOf()].regulator;
        bool regulatorActs = sponsor == regulator || !_isGood(_parties[sponsor]);
        (actor, ) = _requireActing(key, regulatorActs ? KeyRole.ADMIT : KeyRole.SPONSOR);
        if (actor != (regulatorActs ? regulator : sponsor)) revert NotSponsorOf(party, sponsor);
    }

    function _isHalted(RegionNumber region) internal view returns (bool) {
        uint256 number = RegionNumber.unwrap(region);
        return _haltedRegions[number >> 8] & (1 << (number & 0xff)) != 0;
    }

    function _requireKnown(address party) internal view returns (PartyRecord record) {
        record = _parties[party];
        if (record.isAbsent()) revert PartyUnknown(party);
    }

    function _requireGood(address party) internal view returns (PartyRecord record) {
        record = _parties[party];
        _requireGood(party, record);
    }

    function _requireGood(address party, PartyRecord record) internal view {
        if (_isGood(record)) return;
        if (record.isAbsent()) revert PartyUnknown(party);
        revert PartyNotInGoodStanding(party, PartyStatus(record.statusOf()), record.validUntilOf());
    }

    function _isGood(PartyRecord record) internal view returns (bool) {
        return record.statusOf() == uint8(PartyStatus.Active) && block.timestamp < record.validUntilOf();
    }

    function _requireLive(address key, KeyEntry entry, PartyRecord record) internal pure {
        if (entry.isAbsent() || entry.isRevoked() || entry.epochOf() != record.epochOf()) revert KeyNotLive(key);
    }

    function _isLive(KeyEntry entry) internal view returns (bool) {
        return !entry.isAbsent() && !entry.isRevoked() && entry.epochOf() == _parties[entry.partyOf()].epochOf();
    }

    function _unpack(PartyRecord record) private pure returns (Party memory) {
        return
            Party({
                sponsor: record.sponsorOf(),
                region: record.regionOf(),
                class: PartyClass(record.classOf()),
                status: PartyStatus(record.statusOf()),
                roles: record.rolesOf(),
                validUntil: record.validUntilOf(),
                keyEpoch: record.epochOf()
            });
    }
}
