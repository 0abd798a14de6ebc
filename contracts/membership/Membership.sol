// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IMembership, Admission, IdentifierScheme, KeyGrant, PartyClass, PartyStatus} from "./IMembership.sol";
import {KeyRing} from "./KeyRing.sol";
import {PartyRecord, packParty} from "../types/PartyRecord.sol";
import {MAX_REGIONS, NO_REGION, RegionId, RegionNumber} from "../types/RegionId.sol";
import {Duty, KeyRole, PartyRole} from "../types/Roles.sol";
import {Authorization, SignedActs} from "../types/SignedActs.sol";

/// @title Membership: the only place that knows who may act for whom.
///
///   (unknown) ── admit, admitClient, openRegion ──▶ Active ◀── reinstate ──┐
///                                                     └──── suspend ──▶ Suspended
///   Beyond validUntil a party neither acts nor receives, whatever its status; renewal brings it back.
contract Membership is KeyRing, AccessManaged {
    struct Payout {
        address current;
        address next;
        uint48 nextAt;
    }

    struct DutyGrant {
        uint32 current;
        uint32 next;
        uint48 nextAt;
    }

    bytes32 private constant KEY_ROLES = keccak256("KeyRoles(address key,uint16 roles)");
    bytes32 private constant ADMIT_PARTY = keccak256(
        "AdmitParty(uint8 scheme,bytes32 identifier,uint8 class,uint16 roles,uint48 validUntil,address controllingGroup,bytes32 evidence,KeyRoles[] keys,uint256 nonce,uint48 deadline)KeyRoles(address key,uint16 roles)"
    );
    bytes32 private constant RENEW_PARTY = keccak256(
        "RenewParty(address party,uint48 validUntil,bytes32 evidence,uint256 nonce,uint48 deadline)"
    );
    bytes32 private constant SUSPEND_PARTY = keccak256(
        "SuspendParty(address party,bytes32 ground,uint256 nonce,uint48 deadline)"
    );
    bytes32 private constant REINSTATE_PARTY = keccak256(
        "ReinstateParty(address party,bytes32 ground,uint256 nonce,uint48 deadline)"
    );
    bytes32 private constant CHANGE_SPONSOR = keccak256(
        "ChangeSponsor(address party,address sponsor,uint256 nonce,uint48 deadline)"
    );
    bytes32 private constant SPONSOR_CONSENT = keccak256(
        "SponsorConsent(address party,address sponsor,uint256 nonce,uint48 deadline)"
    );
    bytes32 private constant SET_PAYOUT_ADDRESS = keccak256(
        "SetPayoutAddress(address party,address account,uint256 nonce,uint48 deadline)"
    );
    bytes32 private constant SET_ENDPOINT = keccak256(
        "SetEndpoint(address party,string url,uint256 nonce,uint48 deadline)"
    );

    /// @notice Seconds until a new payout address counts.
    uint48 public immutable payoutDelay;
    /// @notice Seconds of notice for a contract's new duties.
    uint48 public immutable dutyNotice;

    uint16 private _regionCount;
    mapping(address party => Payout payout) private _payouts;
    mapping(address party => string url) private _endpoints;
    mapping(address account => DutyGrant grant) private _duties;

    constructor(
        address authority,
        uint48 recoveryDelay_,
        uint48 payoutDelay_,
        uint48 dutyNotice_
    ) SignedActs("Datadeed Membership") KeyRing(recoveryDelay_) AccessManaged(authority) {
        payoutDelay = payoutDelay_;
        dutyNotice = dutyNotice_;
    }

    // Governance

    /// @inheritdoc IMembership
    function openRegion(
        RegionId region,
        Admission calldata regulator,
        KeyGrant[] calldata keys
    ) external restricted returns (RegionNumber number) {
        if (RegionId.unwrap(region) == 0) revert AdmissionInvalid("region");
        if (_regionNumbers[region] != NO_REGION) revert RegionAlreadyOpen(region);
        if (_regionCount == MAX_REGIONS) revert TooManyRegions();
        if (regulator.roles & PartyRole.REGULATOR == 0) revert AdmissionInvalid("roles");
        number = RegionNumber.wrap(++_regionCount);
        _regionNumbers[region] = number;
        // A regulator has no sponsor: if it loses its keys, governance names another.
        address party = _admit(regulator, number, address(0));
        _regions[number] = Region(region, party, 0);
        emit RegionOpened(number, region, party);
        _requireOwnWallet(regulator.scheme, party, _firstOf(keys));
        for (uint256 i = 0; i < keys.length; i++) {
            _addKey(party, _parties[party], keys[i], address(0), 0);
        }
    }

    /// @inheritdoc IMembership
    function changeRegulator(RegionId region, address regulator) external restricted {
        RegionNumber number = _regionNumbers[region];
        if (number == NO_REGION) revert RegionNotOpen(region);
        PartyRecord record = _requireGood(regulator);
        if (record.rolesOf() & PartyRole.REGULATOR == 0) revert PartyLacksRole(regulator, PartyRole.REGULATOR);
        if (record.regionOf() != number) revert WrongRegion(regulator, number, record.regionOf());
        address former = _regions[number].regulator;
        _regions[number].regulator = regulator;
        emit RegulatorChanged(number, former, regulator);
    }

    /// @inheritdoc IMembership
    function grantDuties(address account, uint32 duties, uint48 effectiveAt) external restricted {
        uint48 earliest = _regionCount == 0 ? 0 : uint48(block.timestamp) + dutyNotice;
        if (duties != 0 && effectiveAt < earliest) revert DutyNoticeTooShort(effectiveAt, earliest);
        // What the new grant leaves out ends at once; what it adds waits for its notice.
        _duties[account] = DutyGrant(_dutiesOf(account) & duties, duties, effectiveAt);
        emit DutiesGranted(account, duties, effectiveAt);
    }

    // For the contract through which regulators steer their regions

    /// @inheritdoc IMembership
    function haltRegion(RegionNumber region) external {
        requireDuty(msg.sender, Duty.STEER_REGIONS);
        if (_isHalted(region)) revert RegionIsHalted(region);
        _toggleHalt(region);
        emit RegionHalted(region);
    }

    /// @inheritdoc IMembership
    function reopenRegion(RegionNumber region) external {
        requireDuty(msg.sender, Duty.STEER_REGIONS);
        if (!_isHalted(region)) revert RegionIsNotHalted(region);
        _toggleHalt(region);
        emit RegionReopened(region);
    }

    /// @inheritdoc IMembership
    function setNoticePeriod(RegionNumber region, uint32 noticePeriod) external {
        requireDuty(msg.sender, Duty.STEER_REGIONS);
        _regions[region].noticePeriod = noticePeriod;
        emit NoticePeriodChanged(region, noticePeriod);
    }

    // Admission

    /// @inheritdoc IMembership
    function admit(
        Admission calldata admission,
        KeyGrant[] calldata keys,
        Authorization calldata by
    ) external returns (address party) {
        (address key, bytes32 digest) = _authorize(
            by.signer == address(0) ? bytes32(0) : _admissionAct(admission, keys, by),
            by
        );
        (address regulator, PartyRecord record) = _requireActing(key, KeyRole.ADMIT);
        RegionNumber region = record.regionOf();
        _requireRegulator(key, KeyRole.ADMIT, region);
        if (admission.roles == 0) revert AdmissionInvalid("roles");
        party = _admit(admission, region, regulator);
        _requireOwnWallet(admission.scheme, party, _firstOf(keys));
        for (uint256 i = 0; i < keys.length; i++) {
            _addKey(party, _parties[party], keys[i], regulator, digest);
        }
    }

    /// @inheritdoc IMembership
    function admitClient(
        Admission calldata admission,
        KeyGrant calldata key,
        Authorization calldata by
    ) external returns (address party) {
        (address actor, bytes32 digest) = _authorize(
            by.signer == address(0) ? bytes32(0) : _admissionAct(admission, _single(key), by),
            by
        );
        (address exchange, PartyRecord record) = _requireActing(actor, KeyRole.SPONSOR);
        if (admission.roles != 0) revert AdmissionInvalid("roles");
        party = _admit(admission, record.regionOf(), exchange);
        _requireOwnWallet(admission.scheme, party, key.key);
        _addKey(party, _parties[party], key, exchange, digest);
    }

    /// @inheritdoc IMembership
    function renew(address party, uint48 validUntil, bytes32 evidence, Authorization calldata by) external {
        bytes32 act = keccak256(abi.encode(RENEW_PARTY, party, validUntil, evidence, by.nonce, by.deadline));
        (, bytes32 digest) = _requireSponsorAct(party, act, by);
        _requireValidity(validUntil);
        _parties[party] = _parties[party].withValidUntil(uint32(validUntil));
        emit PartyRenewed(party, validUntil, evidence, digest);
    }

    /// @inheritdoc IMembership
    function suspend(address party, bytes32 ground, Authorization calldata by) external {
        bytes32 digest = _requireRegulatorAct(party, SUSPEND_PARTY, ground, by);
        _setStatus(party, PartyStatus.Active, PartyStatus.Suspended);
        emit PartySuspended(party, ground, digest);
    }

    /// @inheritdoc IMembership
    function reinstate(address party, bytes32 ground, Authorization calldata by) external {
        bytes32 digest = _requireRegulatorAct(party, REINSTATE_PARTY, ground, by);
        _setStatus(party, PartyStatus.Suspended, PartyStatus.Active);
        emit PartyReinstated(party, ground, digest);
    }

    /// @inheritdoc IMembership
    function changeSponsor(
        address party,
        address sponsor,
        Authorization calldata by,
        Authorization calldata consent
    ) external {
        bytes32 act = keccak256(abi.encode(CHANGE_SPONSOR, party, sponsor, by.nonce, by.deadline));
        (PartyRecord record, bytes32 digest) = _requireActOf(party, KeyRole.ADMIN, act, by);
        act = keccak256(abi.encode(SPONSOR_CONSENT, party, sponsor, consent.nonce, consent.deadline));
        (PartyRecord next, ) = _requireActOf(sponsor, KeyRole.SPONSOR, act, consent);
        // Whoever proposed the recovery answers for it to the end.
        _requireNoRecovery(party);
        if (next.rolesOf() & PartyRole.EXCHANGE == 0) revert PartyLacksRole(sponsor, PartyRole.EXCHANGE);
        if (next.regionOf() != record.regionOf()) revert WrongRegion(sponsor, record.regionOf(), next.regionOf());
        // An exchange answers to its regulator, and a party never for itself.
        if (record.rolesOf() != 0) revert AdmissionInvalid("roles");
        _parties[party] = record.withSponsor(sponsor);
        emit SponsorChanged(party, record.sponsorOf(), sponsor, digest);
    }

    // What a party says of itself

    /// @inheritdoc IMembership
    function setPayoutAddress(address party, address account, Authorization calldata by) external {
        bytes32 act = keccak256(abi.encode(SET_PAYOUT_ADDRESS, party, account, by.nonce, by.deadline));
        (, bytes32 digest) = _requireActOf(party, KeyRole.ADMIN, act, by);
        uint48 effectiveAt = uint48(block.timestamp) + payoutDelay;
        _payouts[party] = Payout(payoutAddressOf(party), account, effectiveAt);
        emit PayoutAddressChanged(party, account, effectiveAt, digest);
    }

    /// @inheritdoc IMembership
    function setEndpoint(address party, string calldata url, Authorization calldata by) external {
        bytes32 act = keccak256(abi.encode(SET_ENDPOINT, party, keccak256(bytes(url)), by.nonce, by.deadline));
        (, bytes32 digest) = _requireActOf(party, KeyRole.ADMIN, act, by);
        if (bytes(url).length > 200) revert AdmissionInvalid("url");
        _endpoints[party] = url;
        emit EndpointChanged(party, url, digest);
    }

    // Reads

    /// @inheritdoc IMembership
    function payoutAddressOf(address party) public view returns (address) {
        Payout storage payout = _payouts[party];
        return block.timestamp < payout.nextAt ? payout.current : payout.next;
    }

    /// @inheritdoc IMembership
    function endpointOf(address party) external view returns (string memory) {
        return _endpoints[party];
    }

    /// @inheritdoc IMembership
    function hasDuty(address account, uint32 duty) public view returns (bool) {
        return duty != 0 && _dutiesOf(account) & duty == duty;
    }

    /// @inheritdoc IMembership
    function requireDuty(address account, uint32 duty) public view {
        if (!hasDuty(account, duty)) revert LacksDuty(account, duty);
    }

    function _toggleHalt(RegionNumber region) private {
        uint256 number = RegionNumber.unwrap(region);
        _haltedRegions[number >> 8] ^= 1 << (number & 0xff);
    }

    function _dutiesOf(address account) private view returns (uint32) {
        DutyGrant storage grant = _duties[account];
        return block.timestamp < grant.nextAt ? grant.current : grant.next;
    }

    function _admit(Admission calldata a, RegionNumber region, address sponsor) private returns (address party) {
        bool isWallet = a.scheme == IdentifierScheme.Wallet;
        if (a.scheme == IdentifierScheme.None) revert AdmissionInvalid("scheme");
        if (a.identifier == 0 || (isWallet && uint256(a.identifier) >> 160 != 0)) revert AdmissionInvalid("identifier");
        if (a.class == PartyClass.None || isWallet != (a.class == PartyClass.Person)) revert AdmissionInvalid("class");
        _requireValidity(a.validUntil);
        party = partyIdOf(a.scheme, a.identifier);
        if (!_parties[party].isAbsent()) revert PartyAlreadyAdmitted(party, _parties[party].sponsorOf());
        uint8 active = uint8(PartyStatus.Active);
        _parties[party] = packParty(sponsor, region, uint8(a.class), active, a.roles, uint32(a.validUntil), 0);
        if (a.controllingGroup != address(0) && a.controllingGroup != party) {
            _controllingGroups[party] = a.controllingGroup;
        }
        emit PartyAdmitted(
            party,
            sponsor,
            region,
            a.scheme,
            isWallet ? bytes32(0) : a.identifier,
            a.class,
            a.roles,
            a.validUntil,
            a.controllingGroup == address(0) ? party : a.controllingGroup,
            a.evidence
        );
    }

    function _admissionAct(
        Admission calldata a,
        KeyGrant[] memory keys,
        Authorization calldata by
    ) private pure returns (bytes32) {
        bytes32[] memory hashes = new bytes32[](keys.length);
        for (uint256 i = 0; i < keys.length; i++) {
            hashes[i] = keccak256(abi.encode(KEY_ROLES, keys[i].key, keys[i].roles));
        }
        return keccak256(abi.encode(ADMIT_PARTY, a, keccak256(abi.encodePacked(hashes)), by.nonce, by.deadline));
    }

    /// @dev An individual's id is its wallet: without that wallet's consent, as the first key, nobody takes the id.
    function _requireOwnWallet(IdentifierScheme scheme, address party, address firstKey) private pure {
        if (scheme == IdentifierScheme.Wallet && firstKey != party) revert AdmissionInvalid("key");
    }

    function _firstOf(KeyGrant[] calldata keys) private pure returns (address) {
        return keys.length == 0 ? address(0) : keys[0].key;
    }

    function _single(KeyGrant calldata key) private pure returns (KeyGrant[] memory keys) {
        keys = new KeyGrant[](1);
        keys[0] = key;
    }

    function _requireRegulatorAct(
        address party,
        bytes32 typeHash,
        bytes32 ground,
        Authorization calldata by
    ) private returns (bytes32 digest) {
        address key;
        (key, digest) = _authorize(keccak256(abi.encode(typeHash, party, ground, by.nonce, by.deadline)), by);
        _requireRegulator(key, KeyRole.SUSPEND, _requireKnown(party).regionOf());
    }

    function _setStatus(address party, PartyStatus from, PartyStatus to) private {
        PartyRecord record = _parties[party];
        if (record.statusOf() != uint8(from)) {
            revert PartyNotInGoodStanding(party, PartyStatus(record.statusOf()), record.validUntilOf());
        }
        _parties[party] = record.withStatus(uint8(to));
    }

    function _requireValidity(uint48 validUntil) private view {
        if (validUntil <= block.timestamp || validUntil > type(uint32).max) revert AdmissionInvalid("validUntil");
    }
}
