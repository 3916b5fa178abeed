//! CCIP 1.5: an on-ramp, a commit store and an off-ramp per lane and direction.
//!
//! A macro sees only the types that stand in it, so what several interfaces use stands in each.

use alloy::sol;

sol! {
    struct TokenAmount {
        address token;
        uint256 amount;
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

    struct GasOverride {
        uint256 receiverExecutionGasLimit;
        uint32[] tokenGasOverrides;
    }

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

    struct OnRampStatic {
        address linkToken;
        uint64 chainSelector;
        uint64 destChainSelector;
        uint64 defaultTxGasLimit;
        uint96 maxNopFeesJuels;
        address prevOnRamp;
        address rmnProxy;
        address tokenAdminRegistry;
    }

    struct OnRampDynamic {
        address router;
        uint16 maxNumberOfTokensPerMsg;
        uint32 destGasOverhead;
        uint16 destGasPerPayloadByte;
        uint32 destDataAvailabilityOverheadGas;
        uint16 destGasPerDataAvailabilityByte;
        uint16 destDataAvailabilityMultiplierBps;
        address priceRegistry;
        uint32 maxDataBytes;
        uint32 maxPerMsgGasLimit;
        uint16 defaultTokenFeeUSDCents;
        uint32 defaultTokenDestGasOverhead;
        bool enforceOutOfOrder;
    }

    struct FeeToken {
        address token;
        uint32 networkFeeUSDCents;
        uint64 gasMultiplierWeiPerEth;
        uint64 premiumMultiplierWeiPerEth;
        bool enabled;
    }

    struct TransferFee {
        address token;
        uint32 minFeeUSDCents;
        uint32 maxFeeUSDCents;
        uint16 deciBps;
        uint32 destGasOverhead;
        uint32 destBytesOverhead;
        bool aggregateRateLimitEnabled;
    }

    struct NodeOperator {
        address nop;
        uint16 weight;
    }

    interface OnRamp {
        event CCIPSendRequested(Message message);

        function getExpectedNextSequenceNumber() external view returns (uint64);
        function getDynamicConfig() external view returns (OnRampDynamic);
        function setDynamicConfig(OnRampDynamic config) external;
    }

    struct CommitStoreStatic {
        uint64 chainSelector;
        uint64 sourceChainSelector;
        address onRamp;
        address rmnProxy;
    }

    struct Interval {
        uint64 min;
        uint64 max;
    }

    struct CommitReport {
        PriceUpdates priceUpdates;
        Interval interval;
        bytes32 merkleRoot;
    }

    interface Ocr2 {
        function setOCR2Config(
            address[] signers,
            address[] transmitters,
            uint8 f,
            bytes onchainConfig,
            uint64 offchainConfigVersion,
            bytes offchainConfig
        ) external;
        function latestConfigDetails() external view returns (uint32 count, uint32 blockNumber, bytes32 digest);
        function transmit(bytes32[3] context, bytes report, bytes32[] r, bytes32[] s, bytes32 v) external;
    }

    interface CommitStore {
        event ReportAccepted(CommitReport report);
        event RootRemoved(bytes32 root);

        function getExpectedNextSequenceNumber() external view returns (uint64);
        function resetUnblessedRoots(bytes32[] roots) external;
        function setMinSeqNr(uint64 next) external;
        function pause() external;
        function unpause() external;
    }

    struct OffRampStatic {
        address commitStore;
        uint64 chainSelector;
        uint64 sourceChainSelector;
        address onRamp;
        address prevOffRamp;
        address rmnProxy;
        address tokenAdminRegistry;
    }

    struct OffRampDynamic {
        uint32 permissionLessExecutionThresholdSeconds;
        uint32 maxDataBytes;
        uint16 maxNumberOfTokensPerMsg;
        address router;
        address priceRegistry;
    }

    struct ExecutionReport {
        Message[] messages;
        bytes[][] offchainTokenData;
        bytes32[] proofs;
        uint256 proofFlagBits;
    }

    interface OffRamp {
        event ExecutionStateChanged(
            uint64 indexed sequenceNumber, bytes32 indexed messageId, uint8 state, bytes returnData
        );

        function manuallyExecute(ExecutionReport report, GasOverride[] overrides) external;
        function getExecutionState(uint64 sequenceNumber) external view returns (uint8);
    }

    struct Voter {
        address blessVoteAddr;
        address curseVoteAddr;
        uint8 blessWeight;
        uint8 curseWeight;
    }

    struct RmnConfig {
        Voter[] voters;
        uint16 blessWeightThreshold;
        uint16 curseWeightThreshold;
    }

    struct TaggedRoot {
        address commitStore;
        bytes32 root;
    }

    struct Unvote {
        bytes16 subject;
        bytes28 cursesHash;
    }

    struct OwnerUnvote {
        address curseVoteAddr;
        Unvote unit;
        bool forceUnvote;
    }

    interface Rmn {
        function voteToBless(TaggedRoot[] roots) external;
        function voteToCurse(bytes16 curseId, bytes16[] subjects) external;
        function ownerUnvoteToCurse(OwnerUnvote[] requests) external;
    }
}
