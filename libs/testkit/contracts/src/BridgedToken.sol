// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {BridgeAuthority} from "./BridgeAuthority.sol";

/// The destination end of the simulated bridge: a token of 18 decimals that stands for what is in the lockbox.
///
/// `mint` does not remember ids, for the reason that `Lockbox.release` does not.
contract BridgedToken is BridgeAuthority {
    error BalanceTooLow(address account, uint256 balance, uint256 needed);
    error AllowanceTooLow(address spender, uint256 allowance, uint256 needed);

    event Transfer(address indexed from, address indexed to, uint256 value);
    event Approval(address indexed owner, address indexed spender, uint256 value);
    event Minted(bytes32 indexed id, address indexed asset, uint256 amount, address indexed recipient);
    event Burned(
        bytes32 indexed id,
        address indexed asset,
        uint256 amount,
        address indexed sender,
        address recipient,
        uint64 nonce
    );

    uint8 public constant decimals = 18;
    string public name;
    string public symbol;
    /// The locked token on the other chain: one asset has one name on both.
    address public immutable asset;
    uint256 public totalSupply;
    /// The nonce of the next burn; the first is 1.
    uint64 public messageNonce = 1;
    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => uint256)) public allowance;

    constructor(string memory name_, string memory symbol_, address asset_, address keeper_, address guardian_)
        BridgeAuthority(keeper_, guardian_)
    {
        name = name_;
        symbol = symbol_;
        asset = asset_;
    }

    function mint(bytes32 id, address recipient, uint256 amount) external onlyMover whenRunning {
        totalSupply += amount;
        balanceOf[recipient] += amount;
        emit Transfer(address(0), recipient, amount);
        emit Minted(id, asset, amount, recipient);
    }

    function burn(uint256 amount, address recipient) external whenRunning returns (bytes32 id) {
        uint64 nonce = messageNonce++;
        id = keccak256(abi.encode(block.chainid, address(this), nonce));
        take(msg.sender, amount);
        totalSupply -= amount;
        emit Transfer(msg.sender, address(0), amount);
        emit Burned(id, asset, amount, msg.sender, recipient, nonce);
    }

    function approve(address spender, uint256 amount) external returns (bool) {
        allowance[msg.sender][spender] = amount;
        emit Approval(msg.sender, spender, amount);
        return true;
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        move(msg.sender, to, amount);
        return true;
    }

    function transferFrom(address from, address to, uint256 amount) external returns (bool) {
        uint256 allowed = allowance[from][msg.sender];
        if (allowed < amount) revert AllowanceTooLow(msg.sender, allowed, amount);
        if (allowed != type(uint256).max) allowance[from][msg.sender] = allowed - amount;
        move(from, to, amount);
        return true;
    }

    function take(address account, uint256 amount) private {
        uint256 balance = balanceOf[account];
        if (balance < amount) revert BalanceTooLow(account, balance, amount);
        balanceOf[account] = balance - amount;
    }

    function move(address from, address to, uint256 amount) private {
        take(from, amount);
        balanceOf[to] += amount;
        emit Transfer(from, to, amount);
    }
}
