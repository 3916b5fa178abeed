// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// A token with 18 decimals that its minters make and anybody may burn from his own balance: LINK and the
/// bridged token of the test kit. A token pool that burns and mints is one of its minters.
contract BridgeToken {
    error NotAMinter(address account);
    error BalanceTooLow(address account, uint256 balance, uint256 needed);
    error AllowanceTooLow(address spender, uint256 allowance, uint256 needed);

    event Transfer(address indexed from, address indexed to, uint256 value);
    event Approval(address indexed owner, address indexed spender, uint256 value);

    uint8 public constant decimals = 18;
    string public name;
    string public symbol;
    uint256 public totalSupply;
    address public immutable owner;
    mapping(address => bool) public minters;
    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => uint256)) public allowance;

    constructor(string memory name_, string memory symbol_) {
        name = name_;
        symbol = symbol_;
        owner = msg.sender;
        minters[msg.sender] = true;
    }

    function addMinter(address account) external {
        if (!minters[msg.sender]) revert NotAMinter(msg.sender);
        minters[account] = true;
    }

    function mint(address account, uint256 amount) external {
        if (!minters[msg.sender]) revert NotAMinter(msg.sender);
        give(account, amount);
    }

    function burn(uint256 amount) external {
        take(msg.sender, amount);
        totalSupply -= amount;
        emit Transfer(msg.sender, address(0), amount);
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

    function give(address account, uint256 amount) internal {
        totalSupply += amount;
        balanceOf[account] += amount;
        emit Transfer(address(0), account, amount);
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

/// The chain's own coin as a token: a router wraps into it what is paid natively. Nothing is unwrapped, since
/// no fee ever leaves its ramp here.
contract WrappedNative is BridgeToken {
    constructor() BridgeToken("Wrapped native", "WNAT") {}

    function deposit() external payable {
        give(msg.sender, msg.value);
    }
}
