// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {AssetId} from "../types/AssetId.sol";
import {RegionId} from "../types/RegionId.sol";
import {RightKind, RightSet} from "../types/RightKind.sol";
import {Authorization} from "../types/SignedActs.sol";
import {Reason} from "../policy/ITransferPolicy.sol";

/// @dev What the content root is the root of.
enum ContentKind {
    None,
    File,
    Manifest,
    Descriptor
}

enum DataClass {
    Public,
    General
}

/// @dev Derived from the record and the present moment; never stored.
enum AssetStatus {
    Unknown,
    Noticed,
    Active,
    Held,
    Retired
}

/// @dev Bits of `Registration.flags`.
library DataFlag {
    uint8 internal constant IMPORTANT = 1 << 0;
    uint8 internal constant PERSONAL = 1 << 1;
    /// @dev Sensitive personal data; implies PERSONAL.
    uint8 internal constant SENSITIVE = 1 << 2;
}

/// @notice One asset to register.
/// @param contentRoot SHA-256 of the file, RFC 6962 root of the manifest, or hash of the descriptor's identity fields.
/// @param descriptorHash SHA-256 of the RFC 8785 form of the descriptor.
/// @param holder The party that gets the rights, the royalty shares and the record's name. It is the registrar's own
/// party or one that it sponsors.
/// @param rights The rights that the evidence supports, one to three.
/// @param flags Bits of `DataFlag`; the parents' are added.
/// @param theme Number of the theme, 0 where there is none (DCAT-AP data themes are 1 to 13).
/// @param prohibitedUses Bits of purposes that the law or a promise forbids; the parents' are added.
/// @param persons Number of persons that the data is about; only with PERSONAL.
/// @param sensitivePersons Of these, persons with sensitive data; only with SENSITIVE.
/// @param upstreamRate What derivatives will owe this asset, in millionths of their gross payments; at most 500,000.
/// @param maxUpstreamTotal The highest sum of the parents' rates that the holder accepts, in millionths.
/// @param parents Registered assets that this one is made from.
struct Registration {
    bytes32 contentRoot;
    bytes32 descriptorHash;
    address holder;
    ContentKind kind;
    RightSet rights;
    DataClass class;
    uint8 flags;
    uint8 theme;
    uint16 prohibitedUses;
    uint32 persons;
    uint32 sensitivePersons;
    uint32 upstreamRate;
    uint32 maxUpstreamTotal;
    AssetId[] parents;
}

/// @notice A reviewer's signature of `Review(address registrar,uint48 deadline,bytes32 root)`.
/// @dev `registrar` is the registrar's party. `root` is the Merkle root (sorted pairs, keccak256) over the leaves
/// `registrationLeaf` of up to 1,000 items; the root of one item is its leaf.
struct Review {
    address reviewer;
    uint48 deadline;
    bytes32 root;
    bytes signature;
}

/// @param review Index of the review in the call's list. @param path Merkle path from the item's leaf to that root.
struct ReviewedRegistration {
    Registration registration;
    uint16 review;
    bytes32[] path;
}

/// @notice The record of an asset at this moment.
/// @param noticeEnds Unix second at which the notice period ends; stored at registration.
/// @param firstHolder The holder named at registration: it never changes.
struct Asset {
    AssetStatus status;
    RegionId region;
    address firstHolder;
    ContentKind kind;
    RightSet rights;
    DataClass class;
    uint8 flags;
    uint8 theme;
    uint16 prohibitedUses;
    uint48 noticeEnds;
    uint32 upstreamRate;
    uint32 persons;
    uint32 sensitivePersons;
    bytes32 historyHead;
}

/// @notice An ancestor's part of an asset's gross payments, in millionths, frozen at registration.
struct AncestorRate {
    AssetId ancestor;
    uint32 rate;
}

/// @title Data assets and the rights in them.
/// @notice ERC-721: a token is one right in one asset, its id the asset's id with the right in the two lowest bits.
/// Owners, operators and approved addresses are parties of Membership; the key that sends or signs must be live and hold
/// the role TRANSFER.
///
///              notice ends (time)             retire (holder of all rights)
///   Noticed ─────────────────────▶ Active ───────────────────────────────▶ Retired
///       └── hold ──▶ Held ◀── hold ──┘         reassign, retire by a ruling: from any state but Retired
///                     └── lift (each source its own) ──▶ Noticed or Active, by time
interface IRightsRegistry {
    event AssetRegistered(
        AssetId indexed assetId,
        address indexed holder,
        address indexed registrar,
        bytes32 contentRoot,
        bytes32 descriptorHash,
        RegionId region,
        ContentKind kind,
        RightSet rights,
        DataClass class,
        uint8 flags,
        uint8 theme,
        uint16 prohibitedUses,
        uint32 persons,
        uint32 sensitivePersons,
        uint32 upstreamRate,
        uint48 noticeEnds,
        address reviewer,
        bytes32 reviewDigest,
        AssetId[] parents,
        AncestorRate[] ancestors
    );
    /// @dev No log of the asset (nothing of it is indexed): anyone's failed attempt is not a part of its history.
    /// @param reason The revert data of the refusal: an error declared here or in a contract below.
    event RegistrationRefused(AssetId assetId, bytes reason);
    /// @param digest What the acting key signed; zero where it sent the transaction itself.
    event RightTransferred(
        AssetId indexed assetId,
        address indexed from,
        address indexed to,
        RightKind right,
        address key,
        bytes32 digest
    );
    event RightReassigned(
        AssetId indexed assetId,
        address indexed from,
        address indexed to,
        RightKind right,
        address by
    );
    event HoldPlaced(
        AssetId indexed assetId,
        bytes32 indexed source,
        address indexed by,
        bytes32 caseNumber,
        bytes32 ground,
        bytes32 digest
    );
    event HoldLifted(
        AssetId indexed assetId,
        bytes32 indexed source,
        address indexed by,
        bytes32 caseNumber,
        bytes32 ground,
        bytes32 digest
    );
    event AssetRetired(AssetId indexed assetId, address indexed holder, address indexed key, bytes32 digest);
    event UpstreamRateLowered(
        AssetId indexed assetId,
        address indexed operator,
        address indexed key,
        uint32 rate,
        bytes32 digest
    );

    error RegistrationInvalid(string field);
    /// @notice The content is registered already, in `region`, with `holder` holding it (its right Hold, or the first
    /// right in being; the first holder where it is retired).
    error AssetAlreadyRegistered(AssetId id, RegionId region, address holder);
    error AssetUnknown(AssetId id);
    error AssetNotActive(AssetId id, AssetStatus status, uint48 noticeEnds);
    error ReviewerIsRegistrar(address key);
    error NotInReview(bytes32 leaf, bytes32 root);
    /// @notice The transaction had too little gas for item `index`: nothing of it took effect. Send fewer items.
    error OutOfGas(uint256 index);
    error BatchTooLarge(uint256 items, uint256 most);
    error ParentUnavailable(AssetId parent, AssetStatus status);
    error ParentsNotStrictlyIncreasing(uint256 index);
    error UpstreamTotalAboveAccepted(uint32 total, uint32 accepted);
    error UpstreamTotalTooHigh(uint32 total, uint32 most);
    error TooManyAncestors(uint256 ancestors, uint256 most);
    error RateNotLower(uint32 current, uint32 proposed);
    error NotHolder(AssetId id, RightKind right, address party);
    error TransferRefused(AssetId id, Reason[] reasons);
    error TransferToSelf(address party);
    error HoldAlreadyPlaced(AssetId id, bytes32 source);
    error HoldNotPlaced(AssetId id, bytes32 source);

    /// @notice Registers one asset; reverts with the reason where it can't. By a key with REGISTRAR.
    function register(ReviewedRegistration calldata item, Review calldata review) external returns (AssetId);

    /// @notice Registers what it can of up to 1,000 items and skips the rest, each with `RegistrationRefused`. Reverts
    /// only for what concerns all of them: the registrar, its region, the size. By a key with REGISTRAR.
    /// @return registered How many were.
    function registerBatch(
        ReviewedRegistration[] calldata items,
        Review[] calldata reviews
    ) external returns (uint256 registered);

    /// @notice Moves a right from the acting key's party to another. By a key with TRANSFER of the right's holder.
    function transferRight(AssetId id, RightKind right, address to) external;

    /// @notice The same for what `by.signer` signed: `TransferRight(bytes32 assetId,uint8 right,address to,uint256
    /// nonce,uint48 deadline)`. By anyone, with the signature of a key with TRANSFER of the right's holder.
    function transferRightSigned(AssetId id, RightKind right, address to, Authorization calldata by) external;

    /// @notice Burns all rights of the asset for ever. By a key with TRANSFER of the party that holds them all. Signed:
    /// `RetireAsset(bytes32 assetId,uint256 nonce,uint48 deadline)`.
    function retire(AssetId id, Authorization calldata by) external;

    /// @notice Applies to derivatives registered later. By a key with TRANSFER of the holder of Operate. Signed:
    /// `LowerUpstreamRate(bytes32 assetId,uint32 rate,uint256 nonce,uint48 deadline)`.
    function lowerUpstreamRate(AssetId id, uint32 rate, Authorization calldata by) external;

    /// @notice Freezes the asset in every region; `lift` ends that hold. By the asset region's regulator, key role FREEZE.
    /// Signed:
    /// `HoldAsset(bytes32 assetId,bytes32 caseNumber,bytes32 ground,uint256 nonce,uint48 deadline)`, `LiftHold` alike.
    /// @param ground Hash of the published reason.
    function hold(AssetId id, bytes32 caseNumber, bytes32 ground, Authorization calldata by) external;
    function lift(AssetId id, bytes32 caseNumber, bytes32 ground, Authorization calldata by) external;

    /// @notice For contracts with the duty HOLD. `source` is kept per contract.
    function placeHold(AssetId id, bytes32 source) external;
    function liftHold(AssetId id, bytes32 source) external;

    /// @notice For contracts with the duty REASSIGN, in execution of a final ruling. Holds do not stop it.
    function reassign(AssetId id, RightKind right, address to) external;

    /// @notice For contracts with the duty APPEND: continues the asset's history by the entry of their own log.
    function append(AssetId id, bytes32 entry) external;

    function assetOf(AssetId id) external view returns (Asset memory);
    function statusOf(AssetId id) external view returns (AssetStatus);
    /// @notice Slot-for-slot provable: the mapping is at the storage slot that `historyHeadSlot` names.
    function historyHeadOf(AssetId id) external view returns (bytes32);
    function historyHeadSlot(AssetId id) external pure returns (bytes32);
    /// @notice The party that holds the right; zero where nobody does.
    function holderOf(AssetId id, RightKind right) external view returns (address);
    function isHeldBy(AssetId id, bytes32 source) external view returns (bool);
    function ancestorsOf(AssetId id) external view returns (AncestorRate[] memory);
    /// @notice The leaf of an item: EIP-712 hashStruct of `Registration`.
    function registrationLeaf(Registration calldata registration) external pure returns (bytes32);
}
