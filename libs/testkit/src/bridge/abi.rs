//! The interfaces of the bridge's contracts, from `contracts/src`.
#![allow(missing_docs, reason = "the Solidity sources say what each function and event is")]

use alloy::sol;

sol! {
    interface LockedToken {
        function mint(address account, uint256 amount) external;
        function approve(address spender, uint256 amount) external returns (bool);
        function transfer(address to, uint256 amount) external returns (bool);
        function balanceOf(address account) external view returns (uint256);
        function decimals() external view returns (uint8);
    }

    /// What lockbox, bridged token and settlement share.
    interface BridgeAuthority {
        event OwnershipTransferred(address indexed previousOwner, address indexed newOwner);
        event Upgraded(address indexed implementation);
        event KeeperChanged(address indexed previousKeeper, address indexed newKeeper);
        event SettlementChanged(address indexed previousSettlement, address indexed newSettlement);
        event Paused(address account);
        event Unpaused(address account);

        function owner() external view returns (address);
        function keeper() external view returns (address);
        function settlement() external view returns (address);
        function guardian() external view returns (address);
        function paused() external view returns (bool);
        function transferOwnership(address newOwner) external;
        function upgradeTo(address newImplementation) external;
        function setKeeper(address keeper) external;
        function setSettlement(address settlement) external;
        function pause() external;
        function unpause() external;
    }

    interface Lockbox {
        event Deposit(
            bytes32 indexed id,
            address indexed asset,
            uint256 amount,
            address indexed sender,
            address recipient,
            uint64 nonce
        );
        event Released(bytes32 indexed id, address indexed asset, uint256 amount, address indexed recipient);

        function messageNonce() external view returns (uint64);
        function setCollects(bool collects) external;
        function deposit(uint256 amount, address recipient) external returns (bytes32 id);
        function release(bytes32 id, address recipient, uint256 amount) external;
        function rescue(address to, uint256 amount) external;
    }

    interface BridgedToken {
        event Minted(bytes32 indexed id, address indexed asset, uint256 amount, address indexed recipient);
        event Burned(
            bytes32 indexed id,
            address indexed asset,
            uint256 amount,
            address indexed sender,
            address recipient,
            uint64 nonce
        );

        function messageNonce() external view returns (uint64);
        function totalSupply() external view returns (uint256);
        function balanceOf(address account) external view returns (uint256);
        function decimals() external view returns (uint8);
        function transfer(address to, uint256 amount) external returns (bool);
        function mint(bytes32 id, address recipient, uint256 amount) external;
        function burn(uint256 amount, address recipient) external returns (bytes32 id);
    }

    interface Settlement {
        #[derive(Debug, PartialEq, Eq)]
        struct Message {
            bytes32 messageId;
            address recipient;
            uint256 amount;
        }

        error InvalidProof(bytes32 leaf, uint256 batch);

        event BatchAnchored(uint256 indexed number, bytes32 indexed root, uint64 nonce);
        event Claimed(
            bytes32 indexed messageId, uint256 indexed batch, address indexed recipient, uint256 amount, uint64 nonce
        );

        function messageNonce() external view returns (uint64);
        function roots(uint256 number) external view returns (bytes32);
        function consumed(bytes32 messageId) external view returns (bool);
        function setTemper(uint8 temper) external;
        function anchorBatch(uint256 number, bytes32 root) external;
        function claim(uint256 batch, Message leaf, bytes32[] proof) external;
        function leafHash(uint256 batch, Message leaf) external view returns (bytes32);
    }
}
