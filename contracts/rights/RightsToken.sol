// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IERC721Metadata} from "@openzeppelin/contracts/token/ERC721/extensions/IERC721Metadata.sol";
import {ERC721Utils} from "@openzeppelin/contracts/token/ERC721/utils/ERC721Utils.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";
import {AssetBook} from "./AssetBook.sol";
import {IRightsRegistry} from "./IRightsRegistry.sol";
import {Party} from "../membership/IMembership.sol";
import {Reason, TransferFacts} from "../policy/ITransferPolicy.sol";
import {AssetId, splitTokenId} from "../types/AssetId.sol";
import {AssetRecord} from "../types/AssetRecord.sol";
import {RegionNumber} from "../types/RegionId.sol";
import {RightKind} from "../types/RightKind.sol";
import {KeyRole} from "../types/Roles.sol";

/// @title Rights as ERC-721 tokens.
/// @notice Holders are lazily minted: until a token first moves, its owner is the record's first holder and no slot is
/// written for it. Owners, operators and approved addresses are parties; a call is made by a key, and its party counts.
abstract contract RightsToken is AssetBook, IERC721, IERC721Metadata, IERC721Errors {
    struct Approved {
        address party;
        uint24 ownerEpoch;
    }

    /// @dev Set beside the owner while an approval stands, so that a transfer neither reads nor clears another slot.
    uint256 private constant APPROVED_BIT = 1 << 160;

    mapping(uint256 tokenId => uint256 ownerAndApproved) private _owners;
    mapping(address party => uint256 rights) internal _balances;
    mapping(uint256 tokenId => Approved approved) private _approved;
    /// @dev The owner's key epoch at the approval, plus one: a later epoch ends it.
    mapping(address owner => mapping(address operator => uint256 epochPlusOne)) private _operators;

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 id) external pure returns (bool) {
        return
            id == type(IERC165).interfaceId ||
            id == type(IERC721).interfaceId ||
            id == type(IERC721Metadata).interfaceId;
    }

    /// @inheritdoc IERC721Metadata
    function name() external pure returns (string memory) {
        return "Datadeed Rights in Data";
    }

    /// @inheritdoc IERC721Metadata
    function symbol() external pure returns (string memory) {
        return "DEED";
    }

    /// @notice A data URI with the token's name and asset: what changes is read from the ledger, never from a server.
    function tokenURI(uint256 tokenId) external view returns (string memory) {
        (AssetId id, RightKind right, ) = _requireToken(tokenId);
        string memory asset = Strings.toHexString(uint256(AssetId.unwrap(id)), 32);
        return
            string.concat(
                // Percent-encoded, as RFC 3986 asks: braces, quotes and spaces are no characters of a URI.
                "data:application/json,%7B%22name%22:%22",
                right == RightKind.Hold
                    ? "Hold"
                    : right == RightKind.Use
                        ? "Use"
                        : "Operate",
                "%20",
                asset,
                "%22,%22description%22:%22A%20right%20in%20the%20data%20asset%20",
                asset,
                "%22%7D"
            );
    }

    /// @inheritdoc IERC721
    function balanceOf(address owner) external view returns (uint256) {
        if (owner == address(0)) revert ERC721InvalidOwner(owner);
        return _balances[owner];
    }

    /// @inheritdoc IERC721
    function ownerOf(uint256 tokenId) external view returns (address owner) {
        (, , owner) = _requireToken(tokenId);
    }

    /// @inheritdoc IRightsRegistry
    function holderOf(AssetId id, RightKind right) public view returns (address) {
        AssetRecord record = _records[id];
        return record.rightsOf().has(right) ? _ownerOf(id.tokenIdOf(right), record) : address(0);
    }

    /// @inheritdoc IERC721
    function getApproved(uint256 tokenId) public view returns (address) {
        (, , address owner) = _requireToken(tokenId);
        return _approvedOf(tokenId, _membership.partyOf(owner).keyEpoch);
    }

    /// @inheritdoc IERC721
    function isApprovedForAll(address owner, address operator) external view returns (bool) {
        return _isOperator(owner, operator, _membership.partyOf(owner).keyEpoch);
    }

    /// @inheritdoc IERC721
    function approve(address to, uint256 tokenId) external {
        (address actor, ) = _membership.requireActing(msg.sender, KeyRole.TRANSFER);
        (, , address owner) = _requireToken(tokenId);
        Party memory record = _membership.requireInGoodStanding(owner);
        if (actor != owner && !_isOperator(owner, actor, record.keyEpoch)) revert ERC721InvalidApprover(actor);
        _owners[tokenId] = uint256(uint160(owner)) | (to == address(0) ? 0 : APPROVED_BIT);
        _approved[tokenId] = Approved(to, record.keyEpoch);
        emit Approval(owner, to, tokenId);
    }

    /// @inheritdoc IERC721
    function setApprovalForAll(address operator, bool approved) external {
        (address owner, Party memory record) = _membership.requireActing(msg.sender, KeyRole.TRANSFER);
        if (operator == address(0)) revert ERC721InvalidOperator(operator);
        _operators[owner][operator] = approved ? uint256(record.keyEpoch) + 1 : 0;
        emit ApprovalForAll(owner, operator, approved);
    }

    /// @inheritdoc IERC721
    function transferFrom(address from, address to, uint256 tokenId) public {
        if (to == address(0)) revert ERC721InvalidReceiver(to);
        (AssetId id, RightKind right, address owner) = _requireToken(tokenId);
        if (owner != from) revert ERC721IncorrectOwner(from, tokenId, owner);
        (address actor, uint24 epoch, RegionNumber fromRegion, RegionNumber toRegion) = _membership.requireTransfer(
            msg.sender,
            from,
            to
        );
        if (actor != from && _approvedOf(tokenId, epoch) != actor && !_isOperator(from, actor, epoch)) {
            revert ERC721InsufficientApproval(actor, tokenId);
        }
        _requireTransferable(id, from, to, fromRegion, toRegion);
        _move(id, right, from, to, msg.sender, 0);
    }

    /// @inheritdoc IERC721
    function safeTransferFrom(address from, address to, uint256 tokenId) external {
        safeTransferFrom(from, to, tokenId, "");
    }

    /// @inheritdoc IERC721
    function safeTransferFrom(address from, address to, uint256 tokenId, bytes memory data) public {
        transferFrom(from, to, tokenId);
        ERC721Utils.checkOnERC721Received(msg.sender, from, to, tokenId, data);
    }

    /// @dev The holder's own transfer, by a key of its party.
    function _transferByHolder(AssetId id, RightKind right, address to, address key, bytes32 digest) internal {
        AssetRecord record = _requireKnown(id);
        _requireRight(id, record, right);
        address from = _ownerOf(id.tokenIdOf(right), record);
        (address actor, , RegionNumber fromRegion, RegionNumber toRegion) = _membership.requireTransfer(key, from, to);
        if (actor != from) revert NotHolder(id, right, actor);
        _requireTransferable(id, from, to, fromRegion, toRegion);
        _move(id, right, from, to, key, digest);
    }

    function _requireTransferable(
        AssetId id,
        address from,
        address to,
        RegionNumber fromRegion,
        RegionNumber toRegion
    ) private view {
        AssetRecord record = _records[id];
        if (from == to) revert TransferToSelf(from);
        _requireActive(id, record);
        uint8 dataFlags = record.classOf() | (record.flagsOf() << 1);
        Reason[] memory reasons = _policy.check(TransferFacts(id, from, to, fromRegion, toRegion, dataFlags));
        if (reasons.length != 0) revert TransferRefused(id, reasons);
    }

    function _move(AssetId id, RightKind right, address from, address to, address key, bytes32 digest) private {
        _changeOwner(id, right, from, to);
        _log(
            RightTransferred.selector,
            id,
            bytes32(uint256(uint160(from))),
            bytes32(uint256(uint160(to))),
            abi.encode(right, key, digest)
        );
    }

    function _changeOwner(AssetId id, RightKind right, address from, address to) internal {
        uint256 tokenId = id.tokenIdOf(right);
        _owners[tokenId] = uint160(to);
        unchecked {
            // A balance counts tokens in being, of which there are fewer than 2^256 and `from` has one.
            _balances[from] -= 1;
            _balances[to] += 1;
        }
        emit Transfer(from, to, tokenId);
    }

    function _ownerOf(uint256 tokenId, AssetRecord record) internal view returns (address owner) {
        owner = address(uint160(_owners[tokenId]));
        if (owner == address(0)) owner = record.firstHolderOf();
    }

    function _requireToken(uint256 tokenId) private view returns (AssetId id, RightKind right, address owner) {
        (id, right) = splitTokenId(tokenId);
        AssetRecord record = _records[id];
        if (!record.rightsOf().has(right)) revert ERC721NonexistentToken(tokenId);
        owner = _ownerOf(tokenId, record);
    }

    function _approvedOf(uint256 tokenId, uint24 ownerEpoch) private view returns (address) {
        if (_owners[tokenId] & APPROVED_BIT == 0) return address(0);
        Approved storage approved = _approved[tokenId];
        return approved.ownerEpoch == ownerEpoch ? approved.party : address(0);
    }

    function _isOperator(address owner, address operator, uint24 epoch) private view returns (bool) {
        return _operators[owner][operator] == uint256(epoch) + 1;
    }
}
