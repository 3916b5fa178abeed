// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

interface IFeeToken {
    function transferFrom(address from, address to, uint256 amount) external returns (bool);
}

interface IRelayReceiver {
    function receiveRelayed(bytes32 messageId, uint64 source, bytes calldata sender, bytes calldata data) external;
}

/// The two events of the operators' own family. The send carries no message id: the relayer derives one.
interface IRelayEvents {
    event MessageSent(
        address indexed sender,
        uint64 indexed destinationChainSelector,
        bytes receiver,
        bytes data,
        address feeToken,
        uint256 fee
    );
    event MessageExecuted(
        bytes32 indexed messageId, uint64 indexed sourceChainSelector, bytes sender, bytes data
    );
}

/// The operators' router: both ends of the private family in one contract. Fees are paid in one token, a
/// relayer executes on the other side, and an id is executed once unless the owner has switched that off.
///
/// A receiver that reverts reverts the execution: this family has no event for a failure.
contract RelayRouter is IRelayEvents {
    error OnlyOwner();
    error OnlyRelayer(address account);
    error UnsupportedDestination(uint64 selector);
    error AlreadyExecuted(bytes32 messageId);

    event RelayerSet(address indexed account, bool allowed);
    event ChainSupportSet(uint64 indexed selector, bool supported);

    string public constant typeAndVersion = "RelayRouter 1.0.0";
    address public immutable owner;
    address public immutable feeToken;
    /// Per message and per byte of its data.
    uint256 public baseFee;
    uint256 public byteFee;
    bool public acceptsReplays;
    mapping(uint64 => bool) public isChainSupported;
    mapping(address => bool) public isRelayer;
    mapping(bytes32 => bool) public executed;

    constructor(address feeToken_, uint256 baseFee_, uint256 byteFee_) {
        owner = msg.sender;
        feeToken = feeToken_;
        baseFee = baseFee_;
        byteFee = byteFee_;
    }

    modifier onlyOwner() {
        if (msg.sender != owner) revert OnlyOwner();
        _;
    }

    function setRelayer(address account, bool allowed) external onlyOwner {
        isRelayer[account] = allowed;
        emit RelayerSet(account, allowed);
    }

    function setChainSupport(uint64 selector, bool supported) external onlyOwner {
        isChainSupported[selector] = supported;
        emit ChainSupportSet(selector, supported);
    }

    function setFees(uint256 baseFee_, uint256 byteFee_) external onlyOwner {
        baseFee = baseFee_;
        byteFee = byteFee_;
    }

    function setAcceptsReplays(bool accepts) external onlyOwner {
        acceptsReplays = accepts;
    }

    function getFee(uint64 destination, bytes calldata data) public view returns (uint256) {
        if (!isChainSupported[destination]) revert UnsupportedDestination(destination);
        return baseFee + byteFee * data.length;
    }

    function send(uint64 destination, bytes calldata receiver, bytes calldata data) external {
        uint256 fee = getFee(destination, data);
        if (fee > 0) IFeeToken(feeToken).transferFrom(msg.sender, address(this), fee);
        emit MessageSent(msg.sender, destination, receiver, data, feeToken, fee);
    }

    function execute(bytes32 messageId, uint64 source, bytes calldata sender, address receiver, bytes calldata data)
        external
    {
        if (!isRelayer[msg.sender]) revert OnlyRelayer(msg.sender);
        if (executed[messageId] && !acceptsReplays) revert AlreadyExecuted(messageId);
        executed[messageId] = true;
        if (receiver.code.length > 0) IRelayReceiver(receiver).receiveRelayed(messageId, source, sender, data);
        emit MessageExecuted(messageId, source, sender, data);
    }
}

/// Anybody's contract: it emits the private family's events without a message behind them, and any other log
/// that a test can think of. A monitor that believes it believes anybody.
contract LookAlike is IRelayEvents {
    function pretendSent(address sender, uint64 destination, bytes calldata receiver, bytes calldata data, uint256 fee)
        external
    {
        emit MessageSent(sender, destination, receiver, data, address(0), fee);
    }

    function pretendExecuted(bytes32 messageId, uint64 source, bytes calldata sender, bytes calldata data) external {
        emit MessageExecuted(messageId, source, sender, data);
    }

    /// A log with any topics, at most four, and any data: malformed ones among them.
    function raw(bytes32[] calldata topics, bytes calldata data) external {
        uint256 count = topics.length;
        assembly {
            let memory_ := mload(0x40)
            calldatacopy(memory_, data.offset, data.length)
            let first := calldataload(topics.offset)
            let second := calldataload(add(topics.offset, 0x20))
            let third := calldataload(add(topics.offset, 0x40))
            let fourth := calldataload(add(topics.offset, 0x60))
            switch count
            case 0 { log0(memory_, data.length) }
            case 1 { log1(memory_, data.length, first) }
            case 2 { log2(memory_, data.length, first, second) }
            case 3 { log3(memory_, data.length, first, second, third) }
            default { log4(memory_, data.length, first, second, third, fourth) }
        }
    }
}
