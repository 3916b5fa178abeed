// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

interface Measured {
    function decimals() external view returns (uint8);
}

/// Which token stands for which asset of the world outside, said once: an entry is closed and never changed, because
/// whoever pinned it must not find another token under its name.
contract AssetRegistry {
    error OnlyOwner(address account);
    error AlreadyRegistered(bytes32 assetId);
    error TokenTaken(address token);
    error NotRegistered(bytes32 assetId);

    event AssetRegistered(bytes32 indexed assetId, address indexed token, uint8 decimals, string denomination);
    event AssetClosed(bytes32 indexed assetId);

    struct Asset {
        address token;
        /// As the token said when it was registered.
        uint8 decimals;
        bool active;
        /// Currency code or ISIN.
        string denomination;
    }

    address public immutable owner;
    mapping(bytes32 => Asset) private assets;
    mapping(address => bytes32) public assetIdOf;

    constructor() {
        owner = msg.sender;
    }

    modifier onlyOwner() {
        if (msg.sender != owner) revert OnlyOwner(msg.sender);
        _;
    }

    /// `assetId` is the keccak256 of the asset's name.
    function register(bytes32 assetId, address token, string calldata denomination) external onlyOwner {
        if (assets[assetId].token != address(0)) revert AlreadyRegistered(assetId);
        if (assetIdOf[token] != bytes32(0)) revert TokenTaken(token);
        uint8 decimals = Measured(token).decimals();
        assets[assetId] = Asset(token, decimals, true, denomination);
        assetIdOf[token] = assetId;
        emit AssetRegistered(assetId, token, decimals, denomination);
    }

    function close(bytes32 assetId) external onlyOwner {
        if (!assets[assetId].active) revert NotRegistered(assetId);
        assets[assetId].active = false;
        emit AssetClosed(assetId);
    }

    /// Reverts for an asset that was never registered; a closed one answers `active = false`.
    function assetOf(bytes32 assetId) external view returns (Asset memory) {
        Asset memory asset = assets[assetId];
        if (asset.token == address(0)) revert NotRegistered(assetId);
        return asset;
    }
}
