// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {BridgeAuthority} from "./BridgeAuthority.sol";

interface ILockedToken {
    function transfer(address to, uint256 amount) external returns (bool);
    function transferFrom(address from, address to, uint256 amount) external returns (bool);
}

/// Custody: the source end of the simulated bridge. What is deposited here is minted on the other chain, and what is
/// burned there is released here.
///
/// `release` does not remember ids: the settlement's consumed set does. So a keeper who releases an id twice, or one
/// that nobody burned, succeeds, as in the incidents that the guard is made for.
contract Lockbox is BridgeAuthority {
    event Deposit(
        bytes32 indexed id,
        address indexed asset,
        uint256 amount,
        address indexed sender,
        address recipient,
        uint64 nonce
    );
    event Released(bytes32 indexed id, address indexed asset, uint256 amount, address indexed recipient);

    address public immutable asset;
    /// The nonce of the next deposit; the first is 1.
    uint64 public messageNonce = 1;
    /// Off, a deposit is logged and nothing is taken for it: the phantom deposit of Qubit.
    bool public collects = true;

    constructor(address asset_, address keeper_, address guardian_) BridgeAuthority(keeper_, guardian_) {
        asset = asset_;
    }

    function setCollects(bool collects_) external onlyOwner {
        collects = collects_;
    }

    function deposit(uint256 amount, address recipient) external whenRunning returns (bytes32 id) {
        uint64 nonce = messageNonce++;
        id = keccak256(abi.encode(block.chainid, address(this), nonce));
        if (collects) ILockedToken(asset).transferFrom(msg.sender, address(this), amount);
        emit Deposit(id, asset, amount, msg.sender, recipient, nonce);
    }

    function release(bytes32 id, address recipient, uint256 amount) external onlyMover whenRunning {
        ILockedToken(asset).transfer(recipient, amount);
        emit Released(id, asset, amount, recipient);
    }

    /// Value leaves and the bridge logs nothing: only the balance tells.
    function rescue(address to, uint256 amount) external onlyKeeper {
        ILockedToken(asset).transfer(to, amount);
    }
}
