//! Our own contracts, from `contracts/src`, but the sender, which stands with the router's types.

use alloy::sol;

sol! {
    interface BridgeToken {
        function addMinter(address account) external;
        function mint(address account, uint256 amount) external;
        function approve(address spender, uint256 amount) external returns (bool);
        function balanceOf(address account) external view returns (uint256);
    }

    interface ScriptedReceiver {
        function tell(uint8 behaviour, string reason, uint256 appetite) external;
        function received() external view returns (uint256);
    }

    interface RelayRouter {
        event MessageSent(
            address indexed sender,
            uint64 indexed destinationChainSelector,
            bytes receiver,
            bytes data,
            address feeToken,
            uint256 fee
        );
        event MessageExecuted(bytes32 indexed messageId, uint64 indexed sourceChainSelector, bytes sender, bytes data);

        function setRelayer(address account, bool allowed) external;
        function setChainSupport(uint64 selector, bool supported) external;
        function setAcceptsReplays(bool accepts) external;
        function getFee(uint64 destination, bytes data) external view returns (uint256);
        function send(uint64 destination, bytes receiver, bytes data) external;
        function execute(bytes32 messageId, uint64 source, bytes sender, address receiver, bytes data) external;
    }

    interface LookAlike {
        function pretendSent(address sender, uint64 destination, bytes receiver, bytes data, uint256 fee) external;
        function pretendExecuted(bytes32 messageId, uint64 source, bytes sender, bytes data) external;
        function raw(bytes32[] topics, bytes data) external;
    }
}
