//! The events of the contracts. Names and types decide the topics.
#![allow(missing_docs, reason = "the names are the contracts' own, and all of this is private to the parent")]

alloy::sol! {
    struct RampMessageHeader {
        bytes32 messageId;
        uint64 sourceChainSelector;
        uint64 destChainSelector;
        uint64 sequenceNumber;
        uint64 nonce;
    }
    struct TokenTransfer {
        address sourcePoolAddress;
        bytes destTokenAddress;
        bytes extraData;
        uint256 amount;
        bytes destExecData;
    }
    struct RampMessage {
        RampMessageHeader header;
        address sender;
        bytes data;
        bytes receiver;
        bytes extraArgs;
        address feeToken;
        uint256 feeTokenAmount;
        uint256 feeValueJuels;
        TokenTransfer[] tokenAmounts;
    }
    event CCIPMessageSent(uint64 indexed destChainSelector, uint64 indexed sequenceNumber, RampMessage message);

    struct MerkleRoot {
        uint64 sourceChainSelector;
        bytes onRampAddress;
        uint64 minSeqNr;
        uint64 maxSeqNr;
        bytes32 merkleRoot;
    }
    struct TokenPriceUpdate { address sourceToken; uint224 usdPerToken; }
    struct GasPriceUpdate { uint64 destChainSelector; uint224 usdPerUnitGas; }
    struct PriceUpdates { TokenPriceUpdate[] tokenPriceUpdates; GasPriceUpdate[] gasPriceUpdates; }
    event CommitReportAccepted(MerkleRoot[] blessedMerkleRoots, MerkleRoot[] unblessedMerkleRoots, PriceUpdates priceUpdates);
    event RootRemoved(bytes32 root);

    event ExecutionStateChanged(
        uint64 indexed sourceChainSelector,
        uint64 indexed sequenceNumber,
        bytes32 indexed messageId,
        bytes32 messageHash,
        uint8 state,
        bytes returnData,
        uint256 gasUsed
    );
    event SkippedAlreadyExecutedMessage(uint64 sourceChainSelector, uint64 sequenceNumber);
    event AlreadyAttempted(uint64 sourceChainSelector, uint64 sequenceNumber);
    event SkippedReportExecution(uint64 sourceChainSelector);
    event SkippedIncorrectNonce(uint64 sourceChainSelector, uint64 nonce, bytes sender);

    event DestChainConfigSet(uint64 indexed destChainSelector, uint64 sequenceNumber, address router, bool allowlistEnabled);
    event AllowListAdminSet(address indexed allowlistAdmin);
    event AllowListSendersAdded(uint64 indexed destChainSelector, address[] senders);
    event AllowListSendersRemoved(uint64 indexed destChainSelector, address[] senders);

    struct SourceChainConfig {
        address router;
        bool isEnabled;
        uint64 minSeqNr;
        bool isRMNVerificationDisabled;
        bytes onRamp;
    }
    event SourceChainConfigSet(uint64 indexed sourceChainSelector, SourceChainConfig sourceConfig);
    event SourceChainSelectorAdded(uint64 sourceChainSelector);
    struct OffRampDynamicConfig { address feeQuoter; uint32 permissionLessExecutionThresholdSeconds; address messageInterceptor; }
    event DynamicConfigSet(OffRampDynamicConfig dynamicConfig);

    struct PreviousRamps { address prevOnRamp; address prevOffRamp; }
    event PreviousRampsUpdated(uint64 indexed remoteChainSelector, PreviousRamps prevRamp);
}

/// `ConfigSet` of the contracts, which have the name in common and nothing else.
pub(super) mod on_ramp {
    alloy::sol! {
        struct StaticConfig { uint64 chainSelector; address rmnRemote; address nonceManager; address tokenAdminRegistry; }
        struct DynamicConfig {
            address feeQuoter;
            bool reentrancyGuardEntered;
            address messageInterceptor;
            address feeAggregator;
            address allowlistAdmin;
        }
        event ConfigSet(StaticConfig staticConfig, DynamicConfig dynamicConfig);
    }
}

/// The committees that report to the off-ramp.
pub(super) mod committee {
    alloy::sol! {
        event ConfigSet(uint8 ocrPluginType, bytes32 configDigest, address[] signers, address[] transmitters, uint8 F);
    }
}
