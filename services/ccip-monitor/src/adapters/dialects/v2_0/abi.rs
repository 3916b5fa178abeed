//! The events of the contracts. Names and types decide the topics.
#![allow(missing_docs, reason = "the names are the contracts' own, and all of this is private to the parent")]

alloy::sol! {
    struct Receipt {
        address issuer;
        uint32 destGasLimit;
        uint32 destBytesOverhead;
        uint256 feeTokenAmount;
        bytes extraArgs;
    }
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
    event ExecutionStateChanged(
        uint64 indexed sourceChainSelector,
        uint64 indexed messageNumber,
        bytes32 indexed messageId,
        uint8 state,
        bytes returnData
    );

    struct SourceChainConfig {
        address router;
        uint64 sourceChainSelector;
        bool isEnabled;
        bytes[] onRamps;
        address[] defaultCCVs;
        address[] laneMandatedCCVs;
    }
    event SourceChainConfigSet(uint64 indexed sourceChainSelector, SourceChainConfig sourceConfig);

    event AllowListSendersAdded(uint64 indexed destChainSelector, address senders);
    event AllowListSendersRemoved(uint64 indexed destChainSelector, address senders);
    event AllowListStateChanged(uint64 indexed destChainSelector, bool allowlistEnabled);
    event RemoteChainConfigSet(uint64 indexed remoteChainSelector, address router, bool allowlistEnabled);
    event SignatureConfigSet(uint64 indexed sourceChainSelector, address[] signers, uint8 threshold);
}
