//! What the gateway asks of a token, and of the bridge that carries it to other chains.
#![allow(missing_docs, reason = "the contracts' own sources say what each function and event is")]

use alloy::sol;

sol! {
    interface SettlementToken {
        error ReferenceUsed(bytes32 businessReference);

        event Performed(bytes32 indexed businessReference, address indexed from, address indexed to, uint256 amount);

        event Transfer(address indexed from, address indexed to, uint256 value);

        function totalSupply() external view returns (uint256);
        function balanceOf(address account) external view returns (uint256);
        function operations(bytes32 businessReference) external view returns (bytes32);
        function mintWithReference(address to, uint256 amount, bytes32 businessReference) external;
        function burnWithReference(address from, uint256 amount, bytes32 businessReference) external;
        function transferWithReference(address from, address to, uint256 amount, bytes32 businessReference) external;
    }

    interface TokenBridge {
        event Departed(
            bytes32 indexed businessReference,
            bytes32 indexed messageId,
            address indexed from,
            address to,
            uint256 amount,
            uint64 destination
        );

        function departures(bytes32 businessReference) external view returns (bytes32);
        function messages(bytes32 businessReference) external view returns (bytes32);
        function declined(bytes32 businessReference) external view returns (bool);
        function bridgeWithReference(address from, address to, uint256 amount, uint64 destination, bytes32 businessReference)
            external
            returns (bytes32 messageId);
    }
}
