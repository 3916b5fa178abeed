//! What 1.5 and 1.6 share: the router and our contract that sends through it, prices, pools and their registry.

use alloy::sol;

sol! {
    struct TokenAmount {
        address token;
        uint256 amount;
    }

    struct OutgoingMessage {
        bytes receiver;
        bytes data;
        TokenAmount[] tokenAmounts;
        address feeToken;
        bytes extraArgs;
    }

    interface FundedSender {
        function send(address router, uint64 destination, OutgoingMessage message) external returns (bytes32);
        function sendRelayed(address router, uint64 destination, bytes receiver, bytes data) external;
        function withdraw(address token, address to, uint256 amount) external;
    }

    struct OnRampOf {
        uint64 destChainSelector;
        address onRamp;
    }

    struct OffRampOf {
        uint64 sourceChainSelector;
        address offRamp;
    }

    interface Router {
        function applyRampUpdates(OnRampOf[] onRamps, OffRampOf[] removed, OffRampOf[] added) external;
        function ccipSend(uint64 destination, OutgoingMessage message) external payable returns (bytes32);
        function getFee(uint64 destination, OutgoingMessage message) external view returns (uint256);
    }

    struct TokenPrice {
        address sourceToken;
        uint224 usdPerToken;
    }

    struct GasPrice {
        uint64 destChainSelector;
        uint224 usdPerUnitGas;
    }

    struct PriceUpdates {
        TokenPrice[] tokenPriceUpdates;
        GasPrice[] gasPriceUpdates;
    }

    interface Prices {
        function updatePrices(PriceUpdates prices) external;
    }

    struct RateLimit {
        bool isEnabled;
        uint128 capacity;
        uint128 rate;
    }

    struct RemotePool {
        uint64 remoteChainSelector;
        bytes[] remotePoolAddresses;
        bytes remoteTokenAddress;
        RateLimit outboundRateLimiterConfig;
        RateLimit inboundRateLimiterConfig;
    }

    interface TokenPool {
        function applyChainUpdates(uint64[] removed, RemotePool[] added) external;
        function setChainRateLimiterConfig(uint64 remote, RateLimit outbound, RateLimit inbound) external;
    }

    interface TokenAdminRegistry {
        function proposeAdministrator(address token, address administrator) external;
        function acceptAdminRole(address token) external;
        function setPool(address token, address pool) external;
    }
}
