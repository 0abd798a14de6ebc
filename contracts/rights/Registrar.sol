// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {
    AncestorRate,
    AssetStatus,
    ContentKind,
    DataFlag,
    IRightsRegistry,
    Registration,
    Review,
    ReviewedRegistration
} from "./IRightsRegistry.sol";
import {Lineage} from "./Lineage.sol";
import {RightsToken} from "./RightsToken.sol";
import {AssetId, assetIdOf} from "../types/AssetId.sol";
import {AssetRecord, packAsset, packTerms} from "../types/AssetRecord.sol";
import {RegionId, RegionNumber} from "../types/RegionId.sol";
import {RightKind} from "../types/RightKind.sol";

/// @title Registration by two people: a registrar sends what a reviewer signed.
abstract contract Registrar is RightsToken {
    /// @dev What the items of one call share.
    struct Session {
        address registrar;
        RegionNumber region;
        RegionId regionId;
        uint32 noticeEnds;
        address key;
    }

    /// @dev What the assets that it is made of give to a new one.
    struct Inheritance {
        uint8 flags;
        uint16 prohibitedUses;
        AncestorRate[] ancestors;
    }

    error OnlySelf();

    bytes32 private constant REGISTRATION = keccak256(
        "Registration(bytes32 contentRoot,bytes32 descriptorHash,address holder,uint8 kind,uint8 rights,uint8 class,uint8 flags,uint8 theme,uint16 prohibitedUses,uint32 persons,uint32 sensitivePersons,uint32 upstreamRate,uint32 maxUpstreamTotal,bytes32[] parents)"
    );
    bytes32 private constant REVIEW = keccak256("Review(address registrar,uint48 deadline,bytes32 root)");

    uint256 private constant MOST_ITEMS = 1_000;

    /// @inheritdoc IRightsRegistry
    function register(ReviewedRegistration calldata item, Review calldata review) external returns (AssetId) {
        return _register(_requireRegistrar(), item, review);
    }

    /// @inheritdoc IRightsRegistry
    function registerBatch(
        ReviewedRegistration[] calldata items,
        Review[] calldata reviews
    ) external returns (uint256 registered) {
        if (items.length > MOST_ITEMS) revert BatchTooLarge(items.length, MOST_ITEMS);
        Session memory session = _requireRegistrar();
        for (uint256 i = 0; i < items.length; i++) {
            ReviewedRegistration calldata item = items[i];
            // An item that names no review is the caller's own mistake: the index panics, and all of it reverts.
            try this.registerIsolated(session, item, reviews[item.review]) {
                registered += 1;
            } catch (bytes memory reason) {
                // Nothing but a shortage of gas ends without a reason, and that is no refusal of this item.
                if (reason.length == 0) revert OutOfGas(i);
                emit RegistrationRefused(assetIdOf(item.registration.contentRoot), reason);
            }
        }
    }

    /// @dev One item of a batch, in a call of its own, so that what it changed is undone where it fails.
    function registerIsolated(
        Session calldata session,
        ReviewedRegistration calldata item,
        Review calldata review
    ) external {
        if (msg.sender != address(this)) revert OnlySelf();
        _register(session, item, review);
    }

    /// @inheritdoc IRightsRegistry
    function registrationLeaf(Registration calldata r) public pure returns (bytes32) {
        return
            keccak256(
                abi.encode(
                    REGISTRATION,
                    r.contentRoot,
                    r.descriptorHash,
                    r.holder,
                    r.kind,
                    r.rights,
                    r.class,
                    r.flags,
                    r.theme,
                    r.prohibitedUses,
                    r.persons,
                    r.sensitivePersons,
                    r.upstreamRate,
                    r.maxUpstreamTotal,
                    keccak256(abi.encodePacked(r.parents))
                )
            );
    }

    function _requireRegistrar() private view returns (Session memory session) {
        uint32 noticePeriod;
        (session.registrar, session.region, session.regionId, noticePeriod) = _membership.requireRegistrar(msg.sender);
        session.noticeEnds = uint32(block.timestamp) + noticePeriod;
        session.key = msg.sender;
    }

    function _requireReview(address registrar, Review calldata review) private view returns (bytes32 digest) {
        bytes32 structHash = keccak256(abi.encode(REVIEW, registrar, review.deadline, review.root));
        return _requireSigned(review.reviewer, structHash, review.deadline, review.signature);
    }

    function _register(
        Session memory session,
        ReviewedRegistration calldata item,
        Review calldata review
    ) private returns (AssetId id) {
        Registration calldata r = item.registration;
        if (review.reviewer == session.key) revert ReviewerIsRegistrar(session.key);
        _membership.requireReviewerAndHolder(review.reviewer, session.region, r.holder, session.registrar);
        bytes32 digest = _requireReview(session.registrar, review);
        bytes32 leaf = registrationLeaf(r);
        if (!MerkleProof.verifyCalldata(item.path, review.root, leaf)) revert NotInReview(leaf, review.root);
        id = assetIdOf(r.contentRoot);
        _requireNew(id);
        _requireValid(r);
        Inheritance memory inherited = _inherit(r);
        _store(id, session, r, inherited);
        _say(id, session, r, inherited, review.reviewer, digest);
    }

    function _requireNew(AssetId id) private view {
        AssetRecord record = _records[id];
        if (record.isAbsent()) return;
        (RegionId region, ) = _membership.regionOf(record.regionOf());
        address holder = holderOf(id, RightKind.Hold);
        if (holder == address(0)) holder = holderOf(id, RightKind.Use);
        if (holder == address(0)) holder = holderOf(id, RightKind.Operate);
        if (holder == address(0)) holder = record.firstHolderOf();
        revert AssetAlreadyRegistered(id, region, holder);
    }

    function _requireValid(Registration calldata r) private pure {
        if (r.contentRoot == 0) revert RegistrationInvalid("contentRoot");
        if (r.descriptorHash == 0) revert RegistrationInvalid("descriptorHash");
        if (r.kind == ContentKind.None) revert RegistrationInvalid("kind");
        if (!r.rights.isValid()) revert RegistrationInvalid("rights");
        if (r.flags > 7) revert RegistrationInvalid("flags");
        bool isPersonal = r.flags & DataFlag.PERSONAL != 0;
        bool isSensitive = r.flags & DataFlag.SENSITIVE != 0;
        if (isSensitive && !isPersonal) revert RegistrationInvalid("flags");
        if (isPersonal != (r.persons != 0)) revert RegistrationInvalid("persons");
        if (isSensitive != (r.sensitivePersons != 0) || r.sensitivePersons > r.persons) {
            revert RegistrationInvalid("sensitivePersons");
        }
        if (r.upstreamRate > Lineage.MOST_UPSTREAM) revert RegistrationInvalid("upstreamRate");
    }

    function _inherit(Registration calldata r) private view returns (Inheritance memory inherited) {
        (inherited.flags, inherited.prohibitedUses) = (r.flags, r.prohibitedUses);
        if (r.parents.length == 0) return inherited;
        AncestorRate[] memory list = new AncestorRate[](Lineage.MOST_ANCESTORS);
        (uint256 length, uint256 total) = (0, 0);
        for (uint256 i = 0; i < r.parents.length; i++) {
            AssetId parent = r.parents[i];
            if (i != 0 && AssetId.unwrap(parent) <= AssetId.unwrap(r.parents[i - 1])) {
                revert ParentsNotStrictlyIncreasing(i);
            }
            AssetRecord record = _records[parent];
            AssetStatus status = _statusOf(record);
            if (status == AssetStatus.Unknown || status == AssetStatus.Retired)
                revert ParentUnavailable(parent, status);
            inherited.flags |= record.flagsOf();
            inherited.prohibitedUses |= record.prohibitedUsesOf();
            total += record.upstreamRateOf();
            if (total > Lineage.MOST_UPSTREAM) revert UpstreamTotalTooHigh(uint32(total), Lineage.MOST_UPSTREAM);
            length = Lineage.addParent(list, length, parent, record.upstreamRateOf(), _ancestors[parent]);
        }
        if (total > r.maxUpstreamTotal) revert UpstreamTotalAboveAccepted(uint32(total), r.maxUpstreamTotal);
        assembly ("memory-safe") {
            mstore(list, length)
        }
        inherited.ancestors = list;
    }

    function _store(AssetId id, Session memory session, Registration calldata r, Inheritance memory inherited) private {
        AssetRecord record = packAsset(
            r.holder,
            session.noticeEnds,
            session.region,
            r.rights,
            uint8(r.kind),
            uint8(r.class),
            inherited.flags
        );
        _records[id] = packTerms(record, r.upstreamRate, r.theme, inherited.prohibitedUses);
        if (r.persons != 0) _persons[id] = Persons(r.persons, r.sensitivePersons);
        if (inherited.ancestors.length != 0) Lineage.store(_ancestors[id], inherited.ancestors);
        _balances[r.holder] += r.rights.count();
    }

    function _say(
        AssetId id,
        Session memory session,
        Registration calldata r,
        Inheritance memory inherited,
        address reviewer,
        bytes32 digest
    ) private {
        _log(
            AssetRegistered.selector,
            id,
            bytes32(uint256(uint160(r.holder))),
            bytes32(uint256(uint160(session.registrar))),
            abi.encode(
                r.contentRoot,
                r.descriptorHash,
                session.regionId,
                r.kind,
                r.rights,
                r.class,
                inherited.flags,
                r.theme,
                inherited.prohibitedUses,
                r.persons,
                r.sensitivePersons,
                r.upstreamRate,
                session.noticeEnds,
                reviewer,
                digest,
                r.parents,
                inherited.ancestors
            )
        );
        for (uint8 right = 1; right <= 3; right++) {
            if (!r.rights.has(RightKind(right))) continue;
            emit Transfer(address(0), r.holder, id.tokenIdOf(RightKind(right)));
        }
    }
}
