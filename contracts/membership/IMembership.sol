// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {RegionId, RegionNumber} from "../types/RegionId.sol";
import {Authorization} from "../types/SignedActs.sol";

/// @dev The register that an institution's identifier comes from; `Wallet` is an individual without one.
/// USCC: unified social credit code, GB 32100-2015. LEI: ISO 17442. UEN: Singapore's unique entity number.
enum IdentifierScheme {
    None,
    Wallet,
    Uscc,
    Lei,
    Uen
}

enum PartyClass {
    None,
    PublicBody,
    Enterprise,
    SmallEnterprise,
    Person
}

enum PartyStatus {
    None,
    Active,
    Suspended
}

/// @param scheme Where the identifier comes from.
/// @param identifier ASCII of the institution's identifier, left-aligned; for `Wallet` the individual's address, right-aligned.
/// @param class What the party is.
/// @param roles Bits of `PartyRole`.
/// @param validUntil Unix second from which the party no longer acts or receives.
/// @param controllingGroup The ultimate owner's party id; zero means the party itself.
/// @param evidence Hash of what the sponsor saw, kept off the ledger.
struct Admission {
    IdentifierScheme scheme;
    bytes32 identifier;
    PartyClass class;
    uint16 roles;
    uint48 validUntil;
    address controllingGroup;
    bytes32 evidence;
}

/// @param key The address that will act for the party.
/// @param roles Bits of `KeyRole`.
/// @param deadline Unix second after which the key's consent no longer counts.
/// @param consent The key's signature (ERC-1271 where it is a contract) of
/// `KeyConsent(address party,uint16 roles,address grantor,uint48 deadline)`. `grantor` is the party whose key grants:
/// the sponsor at admission and recovery, the party itself for a later key.
struct KeyGrant {
    address key;
    uint16 roles;
    uint48 deadline;
    bytes consent;
}

/// @notice What the ledger knows of a party.
/// @param keyEpoch Keys and approvals of an earlier epoch no longer count.
struct Party {
    address sponsor;
    RegionNumber region;
    PartyClass class;
    PartyStatus status;
    uint16 roles;
    uint48 validUntil;
    uint24 keyEpoch;
}

/// @title Regions, the parties admitted in them, and the keys that act for those parties.
/// @notice Rights belong to parties; keys come and go without moving a single right. Governance opens regions; a
/// region's regulator admits exchanges; exchanges admit (sponsor) clients. Each act of a party can be sent by its key or
/// signed by it and relayed by anyone (`Authorization`).
interface IMembership {
    event RegionOpened(RegionNumber indexed number, RegionId indexed region, address indexed regulator);
    event RegulatorChanged(RegionNumber indexed number, address indexed former, address indexed regulator);
    /// @dev `identifier` is absent (zero) for individuals beyond the wallet that is their id.
    event PartyAdmitted(
        address indexed party,
        address indexed sponsor,
        RegionNumber indexed region,
        IdentifierScheme scheme,
        bytes32 identifier,
        PartyClass class,
        uint16 roles,
        uint48 validUntil,
        address controllingGroup,
        bytes32 evidence
    );
    event PartyRenewed(address indexed party, uint48 validUntil, bytes32 evidence, bytes32 digest);
    event PartySuspended(address indexed party, bytes32 ground, bytes32 digest);
    event PartyReinstated(address indexed party, bytes32 ground, bytes32 digest);
    event SponsorChanged(address indexed party, address indexed former, address indexed sponsor, bytes32 digest);
    event KeyAdded(address indexed party, address indexed key, uint16 roles, uint24 keyEpoch, bytes32 digest);
    event KeyRevoked(address indexed party, address indexed key, bytes32 digest);
    event RecoveryProposed(
        address indexed party,
        address indexed key,
        uint16 roles,
        uint48 completableAt,
        bytes32 digest
    );
    event RecoveryObjected(address indexed party, address indexed by, bytes32 digest);
    event RecoveryDecided(address indexed party, bool allowed, bytes32 digest);
    event RecoveryCompleted(address indexed party, address indexed key, uint24 keyEpoch);
    event PayoutAddressChanged(address indexed party, address account, uint48 effectiveAt, bytes32 digest);
    event EndpointChanged(address indexed party, string url, bytes32 digest);
    event RegionHalted(RegionNumber indexed region);
    event RegionReopened(RegionNumber indexed region);
    event NoticePeriodChanged(RegionNumber indexed region, uint32 noticePeriod);
    event DutiesGranted(address indexed account, uint32 duties, uint48 effectiveAt);

    error RegionNotOpen(RegionId region);
    error RegionAlreadyOpen(RegionId region);
    error TooManyRegions();
    /// @notice The party of this id was admitted before, by `sponsor`.
    error PartyAlreadyAdmitted(address party, address sponsor);
    error PartyUnknown(address party);
    error PartyNotInGoodStanding(address party, PartyStatus status, uint48 validUntil);
    error PartyLacksRole(address party, uint16 role);
    error AdmissionInvalid(string field);
    error WrongRegion(address party, RegionNumber expected, RegionNumber actual);
    /// @notice No party has this key, or it was revoked, or its epoch ended.
    error KeyNotLive(address key);
    /// @notice An address is a key once in its life, for one party.
    error KeyAlreadyUsed(address key, address party);
    error KeyLacksRole(address key, uint16 role);
    error KeyOfAnotherParty(address key, address party, address expected);
    error KeyRolesConflict(uint16 roles);
    /// @notice Only the party's sponsor, or the region's regulator while the sponsor is suspended, may do this.
    error NotSponsorOf(address party, address sponsor);
    error NotRegulatorOf(RegionNumber region, address party);
    error RecoveryNotPending(address party);
    error RecoveryPending(address party);
    error RecoveryTooEarly(address party, uint48 completableAt);
    error RecoveryContested(address party);
    error RecoveryNotContested(address party);
    error RegionIsHalted(RegionNumber region);
    error RegionIsNotHalted(RegionNumber region);
    error ReviewerOfAnotherRegion(address reviewer);
    error HolderNotSponsored(address holder, address registrar, address sponsor);
    error DutyNoticeTooShort(uint48 effectiveAt, uint48 earliest);
    error LacksDuty(address account, uint32 duty);

    /// @notice Opens a region with its first regulator. Governance only.
    function openRegion(
        RegionId region,
        Admission calldata regulator,
        KeyGrant[] calldata keys
    ) external returns (RegionNumber number);

    /// @notice Makes another admitted party of the region, one with the role REGULATOR, its regulator. Governance only.
    function changeRegulator(RegionId region, address regulator) external;

    /// @notice Grants duties to a contract above from `effectiveAt` on (zero duties ends them at once). Governance only.
    /// @dev At least `dutyNotice` seconds ahead (30 days outside of demonstrations), so that members can leave first.
    /// Before the first region opens there are none, and a grant may take effect at once.
    function grantDuties(address account, uint32 duties, uint48 effectiveAt) external;

    /// @notice Stops new business in a region. For contracts with the duty STEER_REGIONS.
    function haltRegion(RegionNumber region) external;

    /// @notice For contracts with the duty STEER_REGIONS.
    function reopenRegion(RegionNumber region) external;

    /// @notice Seconds for which later registrations in the region stay noticed. For contracts with the duty
    /// STEER_REGIONS.
    function setNoticePeriod(RegionNumber region, uint32 noticePeriod) external;

    /// @notice Admits an exchange, assessor, arbiter, intermediary or auditor to the regulator's own region. By a key
    /// with ADMIT; the regulator becomes the sponsor.
    function admit(
        Admission calldata admission,
        KeyGrant[] calldata keys,
        Authorization calldata by
    ) external returns (address party);

    /// @notice Admits a client of the exchange, in its region, with its first key. By an exchange's key with SPONSOR.
    function admitClient(
        Admission calldata admission,
        KeyGrant calldata key,
        Authorization calldata by
    ) external returns (address party);

    /// @notice Extends or shortens a party's validity. By its sponsor.
    function renew(address party, uint48 validUntil, bytes32 evidence, Authorization calldata by) external;

    /// @notice Stops a party from acting and receiving; it goes on owning. By its region's regulator, key role SUSPEND.
    function suspend(address party, bytes32 ground, Authorization calldata by) external;

    function reinstate(address party, bytes32 ground, Authorization calldata by) external;

    /// @notice By an ADMIN key of the party.
    function addKey(address party, KeyGrant calldata grant, Authorization calldata by) external;

    /// @notice By an ADMIN key of the party, or by the key itself. A revoked key never returns.
    function revokeKey(address party, address key, Authorization calldata by) external;

    /// @notice Adds one key and revokes another in one act. By an ADMIN key of the party.
    function rotateKey(address party, address formerKey, KeyGrant calldata grant, Authorization calldata by) external;

    /// @notice By an ADMIN key of the party (`by`) with the consent of a SPONSOR key of the new sponsor (`consent`),
    /// which signs `SponsorConsent(address party,address sponsor,uint256 nonce,uint48 deadline)`.
    function changeSponsor(
        address party,
        address sponsor,
        Authorization calldata by,
        Authorization calldata consent
    ) external;

    /// @notice Starts the recovery of a party whose keys are lost. By its sponsor. Completable after the delay, unless
    /// a live key objects.
    function proposeRecovery(address party, KeyGrant calldata grant, Authorization calldata by) external;

    /// @notice Stops a pending recovery until the region's regulator decides. By any live key of the party, suspended or not.
    function objectToRecovery(address party, Authorization calldata by) external;

    /// @notice Decides a recovery that was objected to. By the region's regulator, key role ADMIT.
    function decideRecovery(address party, bool allowed, Authorization calldata by) external;

    /// @notice Ends all earlier keys and approvals of the party and puts the proposed key in their place. By anyone,
    /// once the delay is over and nobody has objected.
    function completeRecovery(address party) external;

    /// @notice Where the party's income goes from `payoutDelay` seconds on. By an ADMIN key of the party.
    function setPayoutAddress(address party, address account, Authorization calldata by) external;

    /// @notice Publishes the base URL of the party's gateway. By an ADMIN key of the party.
    function setEndpoint(address party, string calldata url, Authorization calldata by) external;

    /// @notice The id of the party with this identifier: the wallet itself, or the last 20 bytes of
    /// keccak256(abi.encode("datadeed:party", scheme, identifier)).
    function partyIdOf(IdentifierScheme scheme, bytes32 identifier) external pure returns (address);

    function partyOf(address party) external view returns (Party memory);
    function isInGoodStanding(address party) external view returns (bool);
    function controllingGroupOf(address party) external view returns (address);
    /// @notice Where the party is paid now; zero where it has named no address yet.
    function payoutAddressOf(address party) external view returns (address);
    function endpointOf(address party) external view returns (string memory);

    /// @return party The party that the key acts for; zero where the key is not live. @return roles Its key roles.
    function keyOf(address key) external view returns (address party, uint16 roles);

    /// @notice The recovery under way; all zero where there is none.
    function recoveryOf(
        address party
    ) external view returns (address key, uint16 roles, uint48 completableAt, bool contested);

    function noticePeriodOf(RegionNumber region) external view returns (uint32);
    function areHalted(RegionNumber a, RegionNumber b) external view returns (bool aHalted, bool bHalted);
    function regionNumberOf(RegionId region) external view returns (RegionNumber);
    function regionOf(RegionNumber number) external view returns (RegionId region, address regulator);
    function hasDuty(address account, uint32 duty) external view returns (bool);

    /// @notice Reverts unless `key` is live, has `role`, and its party is in good standing.
    function requireActing(address key, uint16 role) external view returns (address party, Party memory record);

    /// @notice Reverts unless `key` is live, has `role`, and acts for the regulator of `region`, in good standing.
    function requireRegulator(address key, uint16 role, RegionNumber region) external view returns (address party);

    /// @notice All of a transfer's parties in one call: `key` acts with TRANSFER for the party returned; `from` and `to`
    /// are in good standing.
    function requireTransfer(
        address key,
        address from,
        address to
    ) external view returns (address actor, uint24 fromEpoch, RegionNumber fromRegion, RegionNumber toRegion);

    /// @notice What a registration asks of its registrar: `key` is live with REGISTRAR, its party in good standing and
    /// its region not halted. The notice period is the region's, in seconds.
    function requireRegistrar(
        address key
    ) external view returns (address registrar, RegionNumber number, RegionId region, uint32 noticePeriod);

    /// @notice What a registration asks of its other two: `reviewer` is a live key with REVIEWER of a party in good
    /// standing in `region`; `holder` is in good standing, and the registrar itself or sponsored by it.
    function requireReviewerAndHolder(
        address reviewer,
        RegionNumber region,
        address holder,
        address registrar
    ) external view;

    /// @notice Reverts unless the party is in good standing.
    function requireInGoodStanding(address party) external view returns (Party memory record);

    /// @notice Reverts with `LacksDuty` unless governance granted `duty` to `account` and its notice has passed.
    function requireDuty(address account, uint32 duty) external view;
}
