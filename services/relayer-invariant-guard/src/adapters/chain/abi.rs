//! What the guard asks contracts, and which of their events move value. Written from the interfaces that a bridge of this
//! kind has; whoever has other ones describes them here.
#![allow(missing_docs, reason = "the names are Solidity's")]

use alloy::sol;

sol! {
    function balanceOf(address account) external view returns (uint256);
    function totalSupply() external view returns (uint256);
    function messageNonce() external view returns (uint64);
    function roots(uint256 number) external view returns (bytes32);

    event Deposit(
        bytes32 indexed id,
        address indexed asset,
        uint256 amount,
        address indexed sender,
        address recipient,
        uint64 nonce
    );
    event Released(bytes32 indexed id, address indexed asset, uint256 amount, address indexed recipient);
    event Minted(bytes32 indexed id, address indexed asset, uint256 amount, address indexed recipient);
    event Burned(
        bytes32 indexed id,
        address indexed asset,
        uint256 amount,
        address indexed sender,
        address recipient,
        uint64 nonce
    );
}
