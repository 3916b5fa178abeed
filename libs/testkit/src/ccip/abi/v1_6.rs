//! CCIP 1.6: one on-ramp and one off-ramp per chain.
//!
//! A macro sees only the types that stand in it, so what several interfaces use stands in each.

use alloy::sol;

sol! {
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

    #[derive(Debug)]
    struct Header {
        bytes32 messageId;
        uint64 sourceChainSelector;
        uint64 destChainSelector;
        uint64 sequenceNumber;
        uint64 nonce;
    }

    struct SentToken {
        address sourcePoolAddress;
        bytes destTokenAddress;
        bytes extraData;
        uint256 amount;
        bytes destExecData;
    }

    struct SentMessage {
        Header header;
        address sender;
        bytes data;
        bytes receiver;
        bytes extraArgs;
        address feeToken;
        uint256 feeTokenAmount;
        uint256 feeValueJuels;
        SentToken[] tokenAmounts;
    }

    #[derive(Debug)]
    struct ArrivingToken {
        bytes sourcePoolAddress;
        address destTokenAddress;
        uint32 destGasAmount;
        bytes extraData;
        uint256 amount;
    }

    #[derive(Debug)]
    struct ArrivingMessage {
        Header header;
        bytes sender;
        bytes data;
        address receiver;
        uint256 gasLimit;
        ArrivingToken[] tokenAmounts;
    }

    struct OnRampStatic {
        uint64 chainSelector;
        address rmnRemote;
        address nonceManager;
        address tokenAdminRegistry;
    }

    struct OnRampDynamic {
        address feeQuoter;
        bool reentrancyGuardEntered;
        address messageInterceptor;
        address feeAggregator;
        address allowlistAdmin;
    }

    struct Destination {
        uint64 destChainSelector;
        address router;
        bool allowlistEnabled;
    }

    struct AllowList {
        uint64 destChainSelector;
        bool allowlistEnabled;
        address[] added;
        address[] removed;
    }

    interface OnRamp {
        event CCIPMessageSent(uint64 indexed destChainSelector, uint64 indexed sequenceNumber, SentMessage message);

        function getExpectedNextSequenceNumber(uint64 destination) external view returns (uint64);
        function applyDestChainConfigUpdates(Destination[] destinations) external;
        function applyAllowlistUpdates(AllowList[] lists) external;
    }

    struct OffRampStatic {
        uint64 chainSelector;
        uint16 gasForCallExactCheck;
        address rmnRemote;
        address tokenAdminRegistry;
        address nonceManager;
    }

    struct OffRampDynamic {
        address feeQuoter;
        uint32 permissionLessExecutionThresholdSeconds;
        address messageInterceptor;
    }

    struct Source {
        address router;
        uint64 sourceChainSelector;
        bool isEnabled;
        bool isRMNVerificationDisabled;
        bytes onRamp;
    }

    struct SourceState {
        address router;
        bool isEnabled;
        uint64 minSeqNr;
        bool isRMNVerificationDisabled;
        bytes onRamp;
    }

    struct Root {
        uint64 sourceChainSelector;
        bytes onRampAddress;
        uint64 minSeqNr;
        uint64 maxSeqNr;
        bytes32 merkleRoot;
    }

    struct RmnSignature {
        bytes32 r;
        bytes32 s;
    }

    struct CommitReport {
        PriceUpdates priceUpdates;
        Root[] blessedMerkleRoots;
        Root[] unblessedMerkleRoots;
        RmnSignature[] rmnSignatures;
    }

    struct ExecutionReport {
        uint64 sourceChainSelector;
        ArrivingMessage[] messages;
        bytes[][] offchainTokenData;
        bytes32[] proofs;
        uint256 proofFlagBits;
    }

    struct OcrConfig {
        bytes32 configDigest;
        uint8 ocrPluginType;
        uint8 F;
        bool isSignatureVerificationEnabled;
        address[] signers;
        address[] transmitters;
    }

    interface OffRamp {
        event CommitReportAccepted(Root[] blessed, Root[] unblessed, PriceUpdates prices);
        event ExecutionStateChanged(
            uint64 indexed sourceChainSelector,
            uint64 indexed sequenceNumber,
            bytes32 indexed messageId,
            bytes32 messageHash,
            uint8 state,
            bytes returnData,
            uint256 gasUsed
        );

        function setOCR3Configs(OcrConfig[] configs) external;
        function applySourceChainConfigUpdates(Source[] sources) external;
        function commit(bytes32[2] context, bytes report, bytes32[] r, bytes32[] s, bytes32 v) external;
        function execute(bytes32[2] context, bytes report) external;
        function manuallyExecute(ExecutionReport[] reports, GasOverride[][] overrides) external;
        function getExecutionState(uint64 source, uint64 sequenceNumber) external view returns (uint8);
        function getSourceChainConfig(uint64 source) external view returns (SourceState);
        function getLatestPriceSequenceNumber() external view returns (uint64);
    }

    struct AuthorizedCallers {
        address[] added;
        address[] removed;
    }

    interface Callers {
        function applyAuthorizedCallerUpdates(AuthorizedCallers callers) external;
    }

    interface RmnRemote {
        function curse(bytes16 subject) external;
        function uncurse(bytes16 subject) external;
    }

    struct QuoterStatic {
        uint96 maxFeeJuelsPerMsg;
        address linkToken;
        uint32 tokenPriceStalenessThreshold;
    }

    struct Feed {
        address dataFeedAddress;
        uint8 tokenDecimals;
        bool isEnabled;
    }

    struct FeedOf {
        address sourceToken;
        Feed feedConfig;
    }

    struct TransferFee {
        uint32 minFeeUSDCents;
        uint32 maxFeeUSDCents;
        uint16 deciBps;
        uint32 destGasOverhead;
        uint32 destBytesOverhead;
        bool isEnabled;
    }

    struct TransferFeeOf {
        address token;
        TransferFee tokenTransferFeeConfig;
    }

    struct TransferFeesTo {
        uint64 destChainSelector;
        TransferFeeOf[] tokenTransferFeeConfigs;
    }

    struct Premium {
        address token;
        uint64 premiumMultiplierWeiPerEth;
    }

    struct QuoterDestination {
        bool isEnabled;
        uint16 maxNumberOfTokensPerMsg;
        uint32 maxDataBytes;
        uint32 maxPerMsgGasLimit;
        uint32 destGasOverhead;
        uint8 destGasPerPayloadByteBase;
        uint8 destGasPerPayloadByteHigh;
        uint16 destGasPerPayloadByteThreshold;
        uint32 destDataAvailabilityOverheadGas;
        uint16 destGasPerDataAvailabilityByte;
        uint16 destDataAvailabilityMultiplierBps;
        bytes4 chainFamilySelector;
        bool enforceOutOfOrder;
        uint16 defaultTokenFeeUSDCents;
        uint32 defaultTokenDestGasOverhead;
        uint32 defaultTxGasLimit;
        uint64 gasMultiplierWeiPerEth;
        uint32 gasPriceStalenessThreshold;
        uint32 networkFeeUSDCents;
    }

    struct QuoterDestinationOf {
        uint64 destChainSelector;
        QuoterDestination destChainConfig;
    }
}
