//! CCIP 2.0: one on-ramp and one off-ramp per chain, verifiers that attest off chain, and executors.

use alloy::sol;

sol! {
    struct OnRampStatic {
        uint64 chainSelector;
        address rmnRemote;
        uint32 maxUSDCentsPerMessage;
        address tokenAdminRegistry;
    }

    struct OnRampDynamic {
        address feeQuoter;
        bool reentrancyGuardEntered;
        address feeAggregator;
    }

    struct Destination {
        uint64 destChainSelector;
        address router;
        uint8 addressBytesLength;
        bool tokenReceiverAllowed;
        uint16 messageNetworkFeeUSDCents;
        uint16 tokenNetworkFeeUSDCents;
        uint32 baseExecutionGasCost;
        address[] defaultCCVs;
        address[] laneMandatedCCVs;
        address defaultExecutor;
        bytes offRamp;
    }

    struct Receipt {
        address issuer;
        uint32 destGasLimit;
        uint32 destBytesOverhead;
        uint256 feeTokenAmount;
        bytes extraArgs;
    }

    interface OnRamp {
        event CCIPMessageSent(
            uint64 indexed destChainSelector,
            address indexed sender,
            bytes32 indexed messageId,
            address feeToken,
            uint256 tokenAmountBeforeTokenPoolFees,
            bytes encodedMessage,
            Receipt[] receipts,
            bytes[] verifierBlobs
        );

        function getExpectedNextMessageNumber(uint64 destination) external view returns (uint64);
        function applyDestChainConfigUpdates(Destination[] destinations) external;
    }

    struct OffRampStatic {
        uint64 localChainSelector;
        uint16 gasForCallExactCheck;
        address rmnRemote;
        address tokenAdminRegistry;
        uint32 maxGasBufferToUpdateState;
    }

    struct Source {
        address router;
        uint64 sourceChainSelector;
        bool isEnabled;
        bytes[] onRamps;
        address[] defaultCCVs;
        address[] laneMandatedCCVs;
    }

    interface OffRamp {
        event ExecutionStateChanged(
            uint64 indexed sourceChainSelector,
            uint64 indexed messageNumber,
            bytes32 indexed messageId,
            uint8 state,
            bytes returnData
        );

        function applySourceChainConfigUpdates(Source[] sources) external;
        function execute(bytes message, address[] verifiers, bytes[] results, uint32 gasOverride) external;
        function getExecutionState(bytes32 messageId) external view returns (uint8);
    }

    struct VerifierDynamic {
        address feeAggregator;
        address allowlistAdmin;
    }

    struct VerifierRemote {
        address router;
        uint64 remoteChainSelector;
        bool allowlistEnabled;
        uint16 feeUSDCents;
        uint32 gasForVerification;
        uint16 payloadSizeBytes;
    }

    struct Committee {
        uint64 sourceChainSelector;
        uint8 threshold;
        address[] signers;
    }

    interface CommitteeVerifier {
        function applyRemoteChainConfigUpdates(VerifierRemote[] remotes) external;
        function applySignatureConfigs(uint64[] removed, Committee[] committees) external;
    }

    struct Outbound {
        uint64 destChainSelector;
        address verifier;
    }

    struct Inbound {
        bytes4 version;
        address verifier;
    }

    interface Resolver {
        function applyOutboundImplementationUpdates(Outbound[] implementations) external;
        function applyInboundImplementationUpdates(Inbound[] implementations) external;
    }

    struct ExecutorDynamic {
        address feeAggregator;
        bytes4 allowedFinalityConfig;
        bool ccvAllowlistEnabled;
    }

    struct ExecutorFee {
        uint16 usdCentsFee;
        bool enabled;
    }

    struct ExecutorDestination {
        uint64 destChainSelector;
        ExecutorFee config;
    }

    interface Executor {
        function applyDestChainUpdates(uint64[] removed, ExecutorDestination[] added) external;
    }

    interface Rmn {
        function curse(bytes16 subject) external;
        function uncurse(bytes16 subject) external;
    }

    struct QuoterStatic {
        uint96 maxFeeJuelsPerMsg;
        address linkToken;
    }

    struct TransferFee {
        uint32 feeUSDCents;
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

    struct QuoterDestination {
        bool isEnabled;
        uint32 maxDataBytes;
        uint32 maxPerMsgGasLimit;
        uint32 destGasOverhead;
        uint8 destGasPerPayloadByteBase;
        bytes4 chainFamilySelector;
        uint16 defaultTokenFeeUSDCents;
        uint32 defaultTokenDestGasOverhead;
        uint32 defaultTxGasLimit;
        uint16 networkFeeUSDCents;
        uint8 linkFeeMultiplierPercent;
    }

    struct QuoterDestinationOf {
        uint64 destChainSelector;
        QuoterDestination destChainConfig;
    }
}
