// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

/// @dev Who performs an act. All zero: the sender itself. Otherwise `signer` signed the act's own EIP-712 struct, which
/// ends in `uint256 nonce,uint48 deadline`, and anybody may send it.
struct Authorization {
    address signer;
    uint256 nonce;
    uint48 deadline;
    bytes signature;
}

/// @title Acts that their owner signs and anybody relays.
/// @notice Nonces are unordered: `nonce >> 8` names a word, its low byte a bit (as in Permit2), so that acts signed side
/// by side never wait for each other, and one can be given up without the others.
abstract contract SignedActs is EIP712 {
    event NonceUsed(address indexed signer, uint256 nonce);

    error SignatureInvalid(address signer, bytes32 digest);
    error SignatureExpired(address signer, uint48 deadline);
    error NonceAlreadyUsed(address signer, uint256 nonce);

    mapping(address signer => mapping(uint256 word => uint256 bits)) private _usedNonces;

    constructor(string memory name) EIP712(name, "1") {}

    /// @notice Gives up a nonce of one's own, so that an act signed with it can no longer be sent.
    function cancelNonce(uint256 nonce) external {
        _useNonce(msg.sender, nonce);
        emit NonceUsed(msg.sender, nonce);
    }

    function isNonceUsed(address signer, uint256 nonce) public view returns (bool) {
        return _usedNonces[signer][nonce >> 8] & (1 << (nonce & 0xff)) != 0;
    }

    /// @notice The EIP-712 domain separator of this contract on this chain.
    // solhint-disable-next-line func-name-mixedcase
    function DOMAIN_SEPARATOR() external view returns (bytes32) {
        return _domainSeparatorV4();
    }

    /// @return signer The key that performs the act. @return digest What it signed; zero where it is the sender.
    function _authorize(
        bytes32 structHash,
        Authorization calldata by
    ) internal returns (address signer, bytes32 digest) {
        if (by.signer == address(0)) return (msg.sender, 0);
        digest = _requireSigned(by.signer, structHash, by.deadline, by.signature);
        _useNonce(by.signer, by.nonce);
        return (by.signer, digest);
    }

    function _requireSigned(
        address signer,
        bytes32 structHash,
        uint48 deadline,
        bytes calldata signature
    ) internal view returns (bytes32 digest) {
        if (block.timestamp > deadline) revert SignatureExpired(signer, deadline);
        digest = _hashTypedDataV4(structHash);
        if (!SignatureChecker.isValidSignatureNowCalldata(signer, digest, signature)) {
            revert SignatureInvalid(signer, digest);
        }
    }

    function _useNonce(address signer, uint256 nonce) internal {
        uint256 bit = 1 << (nonce & 0xff);
        uint256 used = _usedNonces[signer][nonce >> 8];
        if (used & bit != 0) revert NonceAlreadyUsed(signer, nonce);
        _usedNonces[signer][nonce >> 8] = used | bit;
    }
}
