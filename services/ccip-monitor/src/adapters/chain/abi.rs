//! The functions that are asked, written by us from the signatures. Names and argument types decide the selectors; where
//! only the first words of a static answer are used, only these are declared.
#![allow(missing_docs, reason = "the names are the contracts' own, and all of this is private to the parent")]

/// Tokens and interfaces.
pub(super) mod common {
    alloy::sol! {
        function balanceOf(address account) external view returns (uint256);
        function allowance(address owner, address spender) external view returns (uint256);
        function typeAndVersion() external view returns (string);
        function supportsInterface(bytes4 id) external view returns (bool);
        function isCursed() external view returns (bool);

        struct TokenAmount { address token; uint256 amount; }
        struct Incoming {
            bytes32 messageId;
            uint64 sourceChainSelector;
            bytes sender;
            bytes data;
            TokenAmount[] destTokenAmounts;
        }
        function ccipReceive(Incoming message) external;
    }

    /// `isCursed` for one subject: the same name with another argument.
    pub(in super::super) mod subject {
        alloy::sol! {
            function isCursed(bytes16 subject) external view returns (bool);
        }
    }
}

/// The router, 1.2 and the same since.
pub(super) mod router {
    alloy::sol! {
        struct TokenAmount { address token; uint256 amount; }
        struct Outgoing {
            bytes receiver;
            bytes data;
            TokenAmount[] tokenAmounts;
            address feeToken;
            bytes extraArgs;
        }
        function getFee(uint64 destination, Outgoing message) external view returns (uint256);
        function isChainSupported(uint64 selector) external view returns (bool);
        function getOnRamp(uint64 destination) external view returns (address);
        function isOffRamp(uint64 source, address offRamp) external view returns (bool);
        function getArmProxy() external view returns (address);
        function getWrappedNative() external view returns (address);
    }
}

/// Token pools and their registry.
pub(super) mod pool {
    alloy::sol! {
        struct Bucket { uint128 tokens; uint32 lastUpdated; bool isEnabled; uint128 capacity; uint128 rate; }
        function getPool(address token) external view returns (address);
        function getToken() external view returns (address);
        function getCurrentInboundRateLimiterState(uint64 source) external view returns (Bucket);
        /// 2.0: out, in.
        function getCurrentRateLimiterState(uint64 source, bool fast) external view returns (Bucket outbound, Bucket inbound);
    }
}

/// Where 1.6 and 2.0 say which registry of tokens they use: the same word in both.
pub(super) mod registry {
    alloy::sol! {
        function getStaticConfig() external view returns (
            uint64 chainSelector, uint16 gasForCallExactCheck, address rmnRemote, address tokenAdminRegistry);
    }

    /// The on-ramps', and only as far as both versions are alike.
    pub(in super::super) mod on_ramp {
        alloy::sol! {
            function getStaticConfig() external view returns (uint64 chainSelector, address rmnRemote);
        }
    }
}

/// 1.2 and 1.5: one ramp a lane.
pub(super) mod v1_5 {
    alloy::sol! {
        function getExpectedNextSequenceNumber() external view returns (uint64);
        function getSenderNonce(address sender) external view returns (uint64);
        function getExecutionState(uint64 sequence) external view returns (uint8);
        function getMerkleRoot(bytes32 root) external view returns (uint256);
        function paused() external view returns (bool);
        struct TaggedRoot { address commitStore; bytes32 root; }
        function isBlessed(TaggedRoot taggedRoot) external view returns (bool);

        struct TokenAmount { address token; uint256 amount; }
        struct Message {
            uint64 sourceChainSelector;
            address sender;
            address receiver;
            uint64 sequenceNumber;
            uint256 gasLimit;
            bool strict;
            uint64 nonce;
            address feeToken;
            uint256 feeTokenAmount;
            bytes data;
            TokenAmount[] tokenAmounts;
            bytes[] sourceTokenData;
            bytes32 messageId;
        }
        event CCIPSendRequested(Message message);
        struct SourceTokenData { bytes sourcePoolAddress; bytes destTokenAddress; bytes extraData; uint32 destGasAmount; }

        struct Report { Message[] messages; bytes[][] offchainTokenData; bytes32[] proofs; uint256 proofFlagBits; }
        struct GasOverride { uint256 receiverExecutionGasLimit; uint32[] tokenGasOverrides; }
        /// 1.2 overrides by numbers only: `manuallyExecute_0Call`, 1.5's is `manuallyExecute_1Call`.
        function manuallyExecute(Report report, uint256[] gasLimitOverrides) external;
        function manuallyExecute(Report report, GasOverride[] gasLimitOverrides) external;
        /// The oracle network's way in.
        function transmit(bytes32[3] reportContext, bytes report, bytes32[] rs, bytes32[] ss, bytes32 rawVs) external;
    }

    /// The off-ramp's own configuration: what it belongs to.
    pub(in super::super) mod off_ramp {
        alloy::sol! {
            function getStaticConfig() external view
                returns (address commitStore, uint64 chainSelector, uint64 sourceChainSelector, address onRamp);
            function getDynamicConfig() external view returns (uint32 permissionLessExecutionThresholdSeconds);
        }
    }

    /// The contract that curses, at the same place in 1.2 and 1.5.
    pub(in super::super) mod on_ramp_deployment {
        alloy::sol! {
            function getStaticConfig() external view returns (
                address linkToken, uint64 chainSelector, uint64 destChainSelector, uint64 defaultTxGasLimit,
                uint96 maxNopFeesJuels, address prevOnRamp, address rmnProxy);
        }
    }
    pub(in super::super) mod off_ramp_deployment {
        alloy::sol! {
            function getStaticConfig() external view returns (
                address commitStore, uint64 chainSelector, uint64 sourceChainSelector, address onRamp,
                address prevOffRamp, address rmnProxy);
        }
    }

    /// The registry of tokens stands after six words in 1.5, and 1.2 has none.
    pub(in super::super) mod off_ramp_registry {
        alloy::sol! {
            function getStaticConfig() external view returns (
                address commitStore, uint64 chainSelector, uint64 sourceChainSelector, address onRamp,
                address prevOffRamp, address rmnProxy, address tokenAdminRegistry);
        }
    }

    /// 1.5 puts the router behind three limits, 1.2 behind one.
    pub(in super::super) mod off_ramp_router {
        alloy::sol! {
            function getDynamicConfig() external view returns (
                uint32 permissionLessExecutionThresholdSeconds, uint32 maxDataBytes, uint16 maxNumberOfTokensPerMsg,
                address router);
        }
    }
    pub(in super::super) mod off_ramp_router_1_2 {
        alloy::sol! {
            function getDynamicConfig() external view
                returns (uint32 permissionLessExecutionThresholdSeconds, address router);
        }
    }

    /// The on-ramp's: the router is its first word.
    pub(in super::super) mod on_ramp {
        alloy::sol! {
            function getDynamicConfig() external view returns (address router);
        }
    }
}

/// 1.6: one ramp a chain.
pub(super) mod v1_6 {
    alloy::sol! {
        function getExpectedNextSequenceNumber(uint64 destination) external view returns (uint64);
        function getDestChainConfig(uint64 destination) external view
            returns (uint64 sequenceNumber, bool allowlistEnabled, address router);
        struct SourceChainConfig {
            address router;
            bool isEnabled;
            uint64 minSeqNr;
            bool isRMNVerificationDisabled;
            bytes onRamp;
        }
        function getSourceChainConfig(uint64 source) external view returns (SourceChainConfig);
        function getExecutionState(uint64 source, uint64 sequence) external view returns (uint8);
        function getMerkleRoot(uint64 source, bytes32 root) external view returns (uint256);
        function getStaticConfig() external view returns (
            uint64 chainSelector, uint16 gasForCallExactCheck, address rmnRemote, address tokenAdminRegistry,
            address nonceManager);
        function getDynamicConfig() external view
            returns (address feeQuoter, uint32 permissionLessExecutionThresholdSeconds);
        function getInboundNonce(uint64 source, bytes sender) external view returns (uint64);

        struct Header {
            bytes32 messageId;
            uint64 sourceChainSelector;
            uint64 destChainSelector;
            uint64 sequenceNumber;
            uint64 nonce;
        }
        struct TokenOut {
            address sourcePoolAddress;
            bytes destTokenAddress;
            bytes extraData;
            uint256 amount;
            bytes destExecData;
        }
        struct Outgoing {
            Header header;
            address sender;
            bytes data;
            bytes receiver;
            bytes extraArgs;
            address feeToken;
            uint256 feeTokenAmount;
            uint256 feeValueJuels;
            TokenOut[] tokenAmounts;
        }
        event CCIPMessageSent(uint64 indexed destChainSelector, uint64 indexed sequenceNumber, Outgoing message);

        struct TokenIn {
            bytes sourcePoolAddress;
            address destTokenAddress;
            uint32 destGasAmount;
            bytes extraData;
            uint256 amount;
        }
        struct Incoming {
            Header header;
            bytes sender;
            bytes data;
            address receiver;
            uint256 gasLimit;
            TokenIn[] tokenAmounts;
        }
        struct Report {
            uint64 sourceChainSelector;
            Incoming[] messages;
            bytes[][] offchainTokenData;
            bytes32[] proofs;
            uint256 proofFlagBits;
        }
        struct GasOverride { uint256 receiverExecutionGasLimit; uint32[] tokenGasOverrides; }
        function manuallyExecute(Report[] reports, GasOverride[][] gasLimitOverrides) external;
        function execute(bytes32[2] reportContext, bytes report) external;
    }
}

/// 2.0: no commits, messages by their ids.
pub(super) mod v2_0 {
    alloy::sol! {
        function getExpectedNextMessageNumber(uint64 destination) external view returns (uint64);
        struct DestChainConfig {
            address router;
            uint64 messageNumber;
            uint8 addressBytesLength;
            bool tokenReceiverAllowed;
            uint16 messageNetworkFeeUSDCents;
            uint16 tokenNetworkFeeUSDCents;
            uint32 baseExecutionGasCost;
            address defaultExecutor;
            address[] laneMandatedCCVs;
            address[] defaultCCVs;
            bytes offRamp;
        }
        function getDestChainConfig(uint64 destination) external view returns (DestChainConfig);
        struct SourceChainConfig {
            address router;
            bool isEnabled;
            bytes[] onRamps;
            address[] defaultCCVs;
            address[] laneMandatedCCVs;
        }
        function getSourceChainConfig(uint64 source) external view returns (SourceChainConfig);
        function getExecutionState(bytes32 messageId) external view returns (uint8);
        function execute(bytes encodedMessage, address[] ccvs, bytes[] verifierResults, uint32 gasLimitOverride) external;

        struct Receipt { address issuer; uint32 destGasLimit; uint32 destBytesOverhead; uint256 feeTokenAmount; bytes extraArgs; }
        event CCIPMessageSent(
            uint64 indexed destChainSelector, address indexed sender, bytes32 indexed messageId, address feeToken,
            uint256 tokenAmountBeforeTokenPoolFees, bytes encodedMessage, Receipt[] receipts, bytes[] verifierBlobs);
    }
}

/// The operators' own contracts, as far as they have these. None is required.
pub(super) mod private {
    alloy::sol! {
        function getFee(uint64 destination, bytes data) external view returns (uint256);
        function executed(bytes32 messageId) external view returns (bool);
        function processed(bytes32 messageId) external view returns (bool);
        function isRelayer(address account) external view returns (bool);
        function hasRole(bytes32 role, address account) external view returns (bool);
    }
}
