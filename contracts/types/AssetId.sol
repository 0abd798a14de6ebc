// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {RightKind} from "./RightKind.sol";

/// @dev The content root of an asset with its two lowest bits cleared: they hold the right in a token id.
/// The remaining 254 bits keep the collision resistance that content addressing needs. Zero means absent.
type AssetId is bytes32;

using {equalAssetId as ==, notEqualAssetId as !=, tokenIdOf} for AssetId global;

uint256 constant RIGHT_BITS = 3;

function assetIdOf(bytes32 contentRoot) pure returns (AssetId) {
    return AssetId.wrap(bytes32(uint256(contentRoot) & ~RIGHT_BITS));
}

function tokenIdOf(AssetId id, RightKind right) pure returns (uint256) {
    return uint256(AssetId.unwrap(id)) | uint256(right);
}

/// @return id The asset of a token. @return right The right that the token stands for; `None` where the bits are zero.
function splitTokenId(uint256 tokenId) pure returns (AssetId id, RightKind right) {
    id = AssetId.wrap(bytes32(tokenId & ~RIGHT_BITS));
    right = RightKind(tokenId & RIGHT_BITS);
}

function equalAssetId(AssetId a, AssetId b) pure returns (bool) {
    return AssetId.unwrap(a) == AssetId.unwrap(b);
}

function notEqualAssetId(AssetId a, AssetId b) pure returns (bool) {
    return AssetId.unwrap(a) != AssetId.unwrap(b);
}
