// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// Who may do what to one end of the simulated bridge, in the forms in which real bridges keep it, so that a watcher
/// finds each change where it would look: a log, a getter, and ERC-1967's slot.
///
/// The owner changes everybody. The keeper is the relayer's hot key. The settlement moves value by proof. The guardian
/// stops, and only the owner starts again.
abstract contract BridgeAuthority {
    error OnlyOwner(address account);
    error OnlyKeeper(address account);
    error OnlyMover(address account);
    error OnlyGuardian(address account);
    error IsPaused();

    event OwnershipTransferred(address indexed previousOwner, address indexed newOwner);
    event Upgraded(address indexed implementation);
    event KeeperChanged(address indexed previousKeeper, address indexed newKeeper);
    event SettlementChanged(address indexed previousSettlement, address indexed newSettlement);
    event Paused(address account);
    event Unpaused(address account);

    /// keccak256("eip1967.proxy.implementation") - 1. There is no proxy here: the slot is kept as one would keep it.
    bytes32 internal constant IMPLEMENTATION_SLOT =
        0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc;

    address public owner;
    address public keeper;
    address public settlement;
    address public guardian;
    bool public paused;

    constructor(address keeper_, address guardian_) {
        owner = msg.sender;
        keeper = keeper_;
        guardian = guardian_;
        writeImplementation(address(this));
    }

    modifier onlyOwner() {
        if (msg.sender != owner) revert OnlyOwner(msg.sender);
        _;
    }

    modifier onlyKeeper() {
        if (msg.sender != keeper) revert OnlyKeeper(msg.sender);
        _;
    }

    /// The settlement by proof, or the keeper on his word alone: the power that a stolen key has.
    modifier onlyMover() {
        if (msg.sender != keeper && msg.sender != settlement) revert OnlyMover(msg.sender);
        _;
    }

    modifier whenRunning() {
        if (paused) revert IsPaused();
        _;
    }

    function transferOwnership(address newOwner) external onlyOwner {
        emit OwnershipTransferred(owner, newOwner);
        owner = newOwner;
    }

    function upgradeTo(address implementation) external onlyOwner {
        writeImplementation(implementation);
    }

    function setKeeper(address keeper_) external onlyOwner {
        emit KeeperChanged(keeper, keeper_);
        keeper = keeper_;
    }

    function setSettlement(address settlement_) external onlyOwner {
        emit SettlementChanged(settlement, settlement_);
        settlement = settlement_;
    }

    function pause() external {
        if (msg.sender != guardian && msg.sender != owner) revert OnlyGuardian(msg.sender);
        paused = true;
        emit Paused(msg.sender);
    }

    function unpause() external onlyOwner {
        paused = false;
        emit Unpaused(msg.sender);
    }

    function writeImplementation(address implementation) private {
        bytes32 slot = IMPLEMENTATION_SLOT;
        assembly {
            sstore(slot, implementation)
        }
        emit Upgraded(implementation);
    }
}
