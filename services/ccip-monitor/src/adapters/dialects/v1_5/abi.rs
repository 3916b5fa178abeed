//! The events of the contracts. Names and types decide the topics.
#![allow(missing_docs, reason = "the names are the contracts' own, and all of this is private to the parent")]

alloy::sol! {
    struct EvmTokenAmount { address token; uint256 amount; }

    struct EvmToEvmMessage {
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
        EvmTokenAmount[] tokenAmounts;
        bytes[] sourceTokenData;
        bytes32 messageId;
    }

    struct TokenPriceUpdate { address sourceToken; uint224 usdPerToken; }
    struct GasPriceUpdate { uint64 destChainSelector; uint224 usdPerUnitGas; }
    struct PriceUpdates { TokenPriceUpdate[] tokenPriceUpdates; GasPriceUpdate[] gasPriceUpdates; }
    struct Interval { uint64 min; uint64 max; }
    struct CommitReport { PriceUpdates priceUpdates; Interval interval; bytes32 merkleRoot; }

    event CCIPSendRequested(EvmToEvmMessage message);

    event ReportAccepted(CommitReport report);
    event RootRemoved(bytes32 root);
    event SequenceNumberSet(uint64 oldSeqNum, uint64 newSeqNum);

    event ExecutionStateChanged(uint64 indexed sequenceNumber, bytes32 indexed messageId, uint8 state, bytes returnData);
    event SkippedAlreadyExecutedMessage(uint64 indexed sequenceNumber);
    event AlreadyAttempted(uint64 sequenceNumber);
    event SkippedIncorrectNonce(uint64 indexed nonce, address indexed sender);
    event SkippedSenderWithPreviousRampMessageInflight(uint64 indexed nonce, address indexed sender);
}
