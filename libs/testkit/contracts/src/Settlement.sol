// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {BridgeAuthority} from "./BridgeAuthority.sol";

interface ILockboxExit {
    function asset() external view returns (address);
    function release(bytes32 id, address recipient, uint256 amount) external;
}

interface IBridgedTokenExit {
    function mint(bytes32 id, address recipient, uint256 amount) external;
}

/// Settles messages of the other chain by proof: the keeper anchors the merkle root of a batch, and anybody who shows a
/// leaf of it has its value released (at the source) or minted (at the destination).
///
/// The tree is OpenZeppelin's standard-v1: a leaf is hashed twice, a pair is sorted. A leaf names the chain, this
/// contract, the batch and the message, so that it proves nothing anywhere else.
contract Settlement is BridgeAuthority {
    error BatchAlreadyAnchored(uint256 number);
    error EmptyRoot();
    error AlreadyConsumed(bytes32 messageId);
    error InvalidProof(bytes32 leaf, uint256 batch);

    event BatchAnchored(uint256 indexed number, bytes32 indexed root, uint64 nonce);
    event Claimed(
        bytes32 indexed messageId, uint256 indexed batch, address indexed recipient, uint256 amount, uint64 nonce
    );
    event TemperChanged(Temper temper);

    /// Whether a claim releases or mints.
    enum Exit {
        Release,
        Mint
    }

    /// What the contract thinks of proofs. A test spoils it to see who notices.
    enum Temper {
        Verifies,
        AcceptsAnything,
        RejectsEverything
    }

    struct Leaf {
        bytes32 messageId;
        address recipient;
        uint256 amount;
    }

    Exit public immutable exit;
    address public immutable target;
    Temper public temper;
    /// The nonce of the next anchor or claim; the first is 1.
    uint64 public messageNonce = 1;
    mapping(uint256 => bytes32) public roots;
    mapping(bytes32 => bool) public consumed;

    constructor(Exit exit_, address target_, address keeper_, address guardian_) BridgeAuthority(keeper_, guardian_) {
        exit = exit_;
        target = target_;
    }

    function setTemper(Temper temper_) external onlyOwner {
        temper = temper_;
        emit TemperChanged(temper_);
    }

    function anchorBatch(uint256 number, bytes32 root) external onlyKeeper whenRunning {
        if (roots[number] != bytes32(0)) revert BatchAlreadyAnchored(number);
        if (root == bytes32(0)) revert EmptyRoot();
        roots[number] = root;
        emit BatchAnchored(number, root, messageNonce++);
    }

    function claim(uint256 batch, Leaf calldata leaf, bytes32[] calldata proof) external whenRunning {
        if (consumed[leaf.messageId]) revert AlreadyConsumed(leaf.messageId);
        bytes32 hash = leafHash(batch, leaf);
        if (!isProven(roots[batch], hash, proof)) revert InvalidProof(hash, batch);
        consumed[leaf.messageId] = true;
        emit Claimed(leaf.messageId, batch, leaf.recipient, leaf.amount, messageNonce++);
        if (exit == Exit.Release) {
            ILockboxExit(target).release(leaf.messageId, leaf.recipient, leaf.amount);
        } else {
            IBridgedTokenExit(target).mint(leaf.messageId, leaf.recipient, leaf.amount);
        }
    }

    function leafHash(uint256 batch, Leaf calldata leaf) public view returns (bytes32) {
        bytes memory fields = abi.encode(
            block.chainid,
            address(this),
            batch,
            leaf.messageId,
            ILockboxExit(target).asset(),
            leaf.recipient,
            leaf.amount
        );
        return keccak256(bytes.concat(keccak256(fields)));
    }

    function isProven(bytes32 root, bytes32 leaf, bytes32[] calldata proof) private view returns (bool) {
        if (temper == Temper.AcceptsAnything) return true;
        if (temper == Temper.RejectsEverything) return false;
        bytes32 node = leaf;
        for (uint256 i = 0; i < proof.length; i++) {
            bytes32 sibling = proof[i];
            node = node < sibling
                ? keccak256(abi.encodePacked(node, sibling))
                : keccak256(abi.encodePacked(sibling, node));
        }
        // An unknown batch has the root zero, which no proof may reach.
        return root != bytes32(0) && node == root;
    }
}
