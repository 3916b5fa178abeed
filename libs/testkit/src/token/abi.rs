//! The interfaces of token and registry, from `contracts/src`.
#![allow(missing_docs, reason = "the Solidity sources say what each function and event is")]

use alloy::sol;

sol! {
    interface SettlementToken {
        error MissingRole(address account, bytes32 role);
        error IsPaused();
        error ReferenceUsed(bytes32 businessReference);
        error CannotReceive(address account);
        error InsufficientUnfrozenBalance(address account, uint256 amount, uint256 unfrozen);
        error SupplyCapExceeded(uint256 supply, uint256 cap);

        #[derive(Debug, PartialEq, Eq)]
        event Performed(bytes32 indexed businessReference, address indexed from, address indexed to, uint256 amount);
        #[derive(Debug, PartialEq, Eq)]
        event Transfer(address indexed from, address indexed to, uint256 value);

        function decimals() external view returns (uint8);
        function totalSupply() external view returns (uint256);
        function balanceOf(address account) external view returns (uint256);
        function paused() external view returns (bool);
        function operations(bytes32 businessReference) external view returns (bytes32);
        function operationDigest(address from, address to, uint256 amount) external pure returns (bytes32);
        function canReceive(address account) external view returns (bool);
        function canTransfer(address from, address to, uint256 amount) external view returns (bool);
        function mintWithReference(address to, uint256 amount, bytes32 businessReference) external;
        function burnWithReference(address from, uint256 amount, bytes32 businessReference) external;
        function transferWithReference(address from, address to, uint256 amount, bytes32 businessReference) external;
        function transfer(address to, uint256 amount) external returns (bool);
        function setHolder(address account, bool listed) external;
        function grantRole(bytes32 role, address account) external;
        function setFrozenTokens(address account, uint256 amount) external returns (bool);
        function pause() external;
        function unpause() external;
    }

    interface TokenBridge {
        #[derive(Debug, PartialEq, Eq)]
        event Departed(
            bytes32 indexed businessReference,
            bytes32 indexed messageId,
            address indexed from,
            address to,
            uint256 amount,
            uint64 destination
        );

        function setPeer(uint64 selector, address peer) external;
        function messages(bytes32 businessReference) external view returns (bytes32);
        function declined(bytes32 businessReference) external view returns (bool);
        function bridgeWithReference(address from, address to, uint256 amount, uint64 destination, bytes32 businessReference) external returns (bytes32);
    }

    interface AssetRegistry {
        #[derive(Debug, PartialEq, Eq)]
        struct Asset {
            address token;
            uint8 decimals;
            bool active;
            string denomination;
        }

        function register(bytes32 assetId, address token, string denomination) external;
        function close(bytes32 assetId) external;
        function assetOf(bytes32 assetId) external view returns (Asset);
    }
}
