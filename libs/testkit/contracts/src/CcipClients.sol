// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

struct TokenAmount {
    address token;
    uint256 amount;
}

/// A message as the destination's router hands it to the receiver.
struct IncomingMessage {
    bytes32 messageId;
    uint64 sourceChainSelector;
    bytes sender;
    bytes data;
    TokenAmount[] destTokenAmounts;
}

/// A message as the source's router takes it from the sender.
struct OutgoingMessage {
    bytes receiver;
    bytes data;
    TokenAmount[] tokenAmounts;
    address feeToken;
    bytes extraArgs;
}

interface ICcipReceiver {
    function ccipReceive(IncomingMessage calldata message) external;
}

interface ICcipRouter {
    function getFee(uint64 destination, OutgoingMessage calldata message) external view returns (uint256);
    function ccipSend(uint64 destination, OutgoingMessage calldata message) external payable returns (bytes32);
}

interface IRelayRouter {
    function getFee(uint64 destination, bytes calldata data) external view returns (uint256);
    function feeToken() external view returns (address);
    function send(uint64 destination, bytes calldata receiver, bytes calldata data) external;
}

interface IToken {
    function approve(address spender, uint256 amount) external returns (bool);
    function transfer(address to, uint256 amount) external returns (bool);
}

/// A receiver of both families that does what a test tells it to do, until it is told otherwise. Anybody may
/// call and anybody may tell: it guards nothing.
contract ScriptedReceiver is ICcipReceiver {
    enum Behaviour {
        Accept,
        RevertWithReason,
        RevertWithError,
        RevertEmpty,
        Panic,
        UseGas
    }

    /// What `RevertWithError` reverts with.
    error Refused(bytes32 messageId);

    event Received(bytes32 indexed messageId, uint64 indexed sourceChainSelector, bytes sender, bytes data);

    Behaviour public behaviour;
    string public reason;
    /// How much `UseGas` uses before it accepts; with less it runs out.
    uint256 public appetite;
    uint256 public received;

    function tell(Behaviour behaviour_, string calldata reason_, uint256 appetite_) external {
        behaviour = behaviour_;
        reason = reason_;
        appetite = appetite_;
    }

    function supportsInterface(bytes4 id) external pure returns (bool) {
        return id == 0x01ffc9a7 || id == type(ICcipReceiver).interfaceId;
    }

    function ccipReceive(IncomingMessage calldata message) external {
        receiveRelayed(message.messageId, message.sourceChainSelector, message.sender, message.data);
    }

    /// The entry of the private family.
    function receiveRelayed(bytes32 messageId, uint64 source, bytes calldata sender, bytes calldata data) public {
        if (behaviour == Behaviour.RevertWithReason) revert(reason);
        if (behaviour == Behaviour.RevertWithError) revert Refused(messageId);
        if (behaviour == Behaviour.RevertEmpty) {
            assembly {
                revert(0, 0)
            }
        }
        if (behaviour == Behaviour.Panic) assert(false);
        if (behaviour == Behaviour.UseGas) useGas();
        received += 1;
        emit Received(messageId, source, sender, data);
    }

    function useGas() private view {
        uint256 start = gasleft();
        while (start - gasleft() < appetite) {}
    }
}

/// A sender that pays the fees of both families from its own balance, as applications do: its LINK goes down
/// with every message. Anybody may send through it and take its tokens. It does not send its fee token as cargo.
contract FundedSender {
    receive() external payable {}

    function send(ICcipRouter router, uint64 destination, OutgoingMessage calldata message)
        external
        returns (bytes32)
    {
        for (uint256 i = 0; i < message.tokenAmounts.length; ++i) {
            IToken(message.tokenAmounts[i].token).approve(address(router), message.tokenAmounts[i].amount);
        }
        uint256 fee = router.getFee(destination, message);
        if (message.feeToken == address(0)) return router.ccipSend{value: fee}(destination, message);
        IToken(message.feeToken).approve(address(router), fee);
        return router.ccipSend(destination, message);
    }

    function sendRelayed(IRelayRouter router, uint64 destination, bytes calldata receiver, bytes calldata data)
        external
    {
        IToken(router.feeToken()).approve(address(router), router.getFee(destination, data));
        router.send(destination, receiver, data);
    }

    function withdraw(IToken token, address to, uint256 amount) external {
        token.transfer(to, amount);
    }
}
