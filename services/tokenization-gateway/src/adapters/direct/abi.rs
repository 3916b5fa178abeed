//! What the gateway asks of a token.
#![allow(missing_docs, reason = "the token's own source says what each function and event is")]

use alloy::sol;

sol! {
    interface SettlementToken {
        error ReferenceUsed(bytes32 businessReference);

        event Performed(bytes32 indexed businessReference, address indexed from, address indexed to, uint256 amount);

        function totalSupply() external view returns (uint256);
        function balanceOf(address account) external view returns (uint256);
        function operations(bytes32 businessReference) external view returns (bytes32);
        function mintWithReference(address to, uint256 amount, bytes32 businessReference) external;
        function burnWithReference(address from, uint256 amount, bytes32 businessReference) external;
        function transferWithReference(address from, address to, uint256 amount, bytes32 businessReference) external;
    }
}
