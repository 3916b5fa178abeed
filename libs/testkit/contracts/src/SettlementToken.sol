// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// A token for money and securities that are issued off chain: every movement by the issuer names what caused it.
///
/// The issuer's calls carry a reference (`businessReference`, since `reference` is a word of the language): the token
/// remembers what each one did and refuses it a second time, so that nobody who sends an instruction twice, whichever
/// software that is, can mint, burn or move twice. The views `canSend`, `canReceive`, `canTransfer` and
/// `getFrozenTokens` are those of ERC-7943: whoever asks them first learns why a call would be refused. Holders are
/// listed, and a holder may be frozen in part.
contract SettlementToken {
    error MissingRole(address account, bytes32 role);
    error IsPaused();
    error ReferenceIsZero();
    error ReferenceUsed(bytes32 businessReference);
    error CannotSend(address account);
    error CannotReceive(address account);
    error InsufficientUnfrozenBalance(address account, uint256 amount, uint256 unfrozen);
    error SupplyCapExceeded(uint256 supply, uint256 cap);
    error AllowanceTooLow(address spender, uint256 allowance, uint256 needed);

    event Transfer(address indexed from, address indexed to, uint256 value);
    event Approval(address indexed owner, address indexed spender, uint256 value);
    /// One for each reference, ever: `from` is zero for a mint, `to` for a burn.
    event Performed(bytes32 indexed businessReference, address indexed from, address indexed to, uint256 amount);
    event HolderListed(address indexed account, bool listed);
    event Frozen(address indexed account, uint256 amount);
    event RoleGranted(bytes32 indexed role, address indexed account, address indexed sender);
    event RoleRevoked(bytes32 indexed role, address indexed account, address indexed sender);
    event Paused(address account);
    event Unpaused(address account);

    /// Grants and revokes, lists holders, lifts a pause.
    bytes32 public constant ADMIN = bytes32(0);
    /// Mints, burns and moves by reference.
    bytes32 public constant ISSUER = keccak256("ISSUER");
    /// Pauses, freezes.
    bytes32 public constant GUARDIAN = keccak256("GUARDIAN");

    string public name;
    string public symbol;
    uint8 public immutable decimals;
    /// No more than this ever exists.
    uint256 public immutable cap;
    uint256 public totalSupply;
    bool public paused;
    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => uint256)) public allowance;
    mapping(bytes32 => mapping(address => bool)) public hasRole;
    mapping(address => bool) public listed;
    mapping(address => uint256) public getFrozenTokens;
    /// What a reference did: `operationDigest` of it, zero for an unused one.
    mapping(bytes32 => bytes32) public operations;

    constructor(
        string memory name_,
        string memory symbol_,
        uint8 decimals_,
        uint256 cap_,
        address issuer,
        address guardian
    ) {
        name = name_;
        symbol = symbol_;
        decimals = decimals_;
        cap = cap_;
        grant(ADMIN, msg.sender);
        grant(ISSUER, issuer);
        grant(GUARDIAN, guardian);
    }

    modifier only(bytes32 role) {
        if (!hasRole[role][msg.sender]) revert MissingRole(msg.sender, role);
        _;
    }

    // By the issuer, each once for its reference.

    function mintWithReference(address to, uint256 amount, bytes32 businessReference) external only(ISSUER) {
        perform(businessReference, address(0), to, amount);
        if (!canReceive(to)) revert CannotReceive(to);
        totalSupply += amount;
        if (totalSupply > cap) revert SupplyCapExceeded(totalSupply, cap);
        balanceOf[to] += amount;
        emit Transfer(address(0), to, amount);
    }

    function burnWithReference(address from, uint256 amount, bytes32 businessReference) external only(ISSUER) {
        perform(businessReference, from, address(0), amount);
        take(from, amount);
        totalSupply -= amount;
        emit Transfer(from, address(0), amount);
    }

    function transferWithReference(address from, address to, uint256 amount, bytes32 businessReference)
        external
        only(ISSUER)
    {
        perform(businessReference, from, to, amount);
        move(from, to, amount);
    }

    /// What `operations` holds for a reference that did this.
    function operationDigest(address from, address to, uint256 amount) public pure returns (bytes32) {
        return keccak256(abi.encode(from, to, amount));
    }

    // By holders.

    function transfer(address to, uint256 amount) external returns (bool) {
        if (paused) revert IsPaused();
        move(msg.sender, to, amount);
        return true;
    }

    function transferFrom(address from, address to, uint256 amount) external returns (bool) {
        if (paused) revert IsPaused();
        uint256 allowed = allowance[from][msg.sender];
        if (allowed < amount) revert AllowanceTooLow(msg.sender, allowed, amount);
        if (allowed != type(uint256).max) allowance[from][msg.sender] = allowed - amount;
        move(from, to, amount);
        return true;
    }

    function approve(address spender, uint256 amount) external returns (bool) {
        allowance[msg.sender][spender] = amount;
        emit Approval(msg.sender, spender, amount);
        return true;
    }

    // What would be refused, as ERC-7943 asks it.

    function canSend(address account) public view returns (bool) {
        return listed[account];
    }

    function canReceive(address account) public view returns (bool) {
        return account != address(0) && listed[account];
    }

    function canTransfer(address from, address to, uint256 amount) external view returns (bool) {
        return !paused && canSend(from) && canReceive(to) && amount <= unfrozen(from);
    }

    // By those who look after it.

    function setHolder(address account, bool listed_) external only(ADMIN) {
        listed[account] = listed_;
        emit HolderListed(account, listed_);
    }

    function setFrozenTokens(address account, uint256 amount) external only(GUARDIAN) returns (bool) {
        getFrozenTokens[account] = amount;
        emit Frozen(account, amount);
        return true;
    }

    function grantRole(bytes32 role, address account) external only(ADMIN) {
        grant(role, account);
    }

    function revokeRole(bytes32 role, address account) external only(ADMIN) {
        hasRole[role][account] = false;
        emit RoleRevoked(role, account, msg.sender);
    }

    function pause() external only(GUARDIAN) {
        paused = true;
        emit Paused(msg.sender);
    }

    function unpause() external only(ADMIN) {
        paused = false;
        emit Unpaused(msg.sender);
    }

    function grant(bytes32 role, address account) private {
        hasRole[role][account] = true;
        emit RoleGranted(role, account, msg.sender);
    }

    /// Takes a reference for good. A call that reverts later gives it back, as it undoes everything.
    function perform(bytes32 businessReference, address from, address to, uint256 amount) private {
        if (paused) revert IsPaused();
        if (businessReference == bytes32(0)) revert ReferenceIsZero();
        if (operations[businessReference] != bytes32(0)) revert ReferenceUsed(businessReference);
        operations[businessReference] = operationDigest(from, to, amount);
        emit Performed(businessReference, from, to, amount);
    }

    function move(address from, address to, uint256 amount) private {
        if (!canReceive(to)) revert CannotReceive(to);
        take(from, amount);
        balanceOf[to] += amount;
        emit Transfer(from, to, amount);
    }

    function take(address from, uint256 amount) private {
        if (!canSend(from)) revert CannotSend(from);
        uint256 free = unfrozen(from);
        if (amount > free) revert InsufficientUnfrozenBalance(from, amount, free);
        balanceOf[from] -= amount;
    }

    function unfrozen(address account) private view returns (uint256) {
        uint256 balance = balanceOf[account];
        uint256 frozen = getFrozenTokens[account];
        return frozen < balance ? balance - frozen : 0;
    }
}
