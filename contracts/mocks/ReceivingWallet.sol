// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IERC721Receiver} from "@openzeppelin/contracts/token/ERC721/IERC721Receiver.sol";
import {ContractWallet} from "./ContractWallet.sol";

/// @title A contract wallet that is asked before it receives a token, and answers as it was told to.
contract ReceivingWallet is ContractWallet, IERC721Receiver {
    enum Answer {
        Accept,
        Misunderstand,
        Refuse
    }

    event Asked(address caller, address operator, address from, uint256 tokenId, bytes data, address ownerByThen);

    error Unwanted(uint256 tokenId);

    Answer public answer;

    constructor(address owner_) ContractWallet(owner_) {}

    function setAnswer(Answer answer_) external {
        answer = answer_;
    }

    /// @inheritdoc IERC721Receiver
    function onERC721Received(
        address operator,
        address from,
        uint256 tokenId,
        bytes calldata data
    ) external returns (bytes4) {
        if (answer == Answer.Refuse) revert Unwanted(tokenId);
        emit Asked(msg.sender, operator, from, tokenId, data, IERC721(msg.sender).ownerOf(tokenId));
        return answer == Answer.Accept ? IERC721Receiver.onERC721Received.selector : bytes4(0xffffffff);
    }
}
