//! The events as the published ABIs have them, declared a second time: the service reads logs by hand, so alloy's
//! encoder over these is an opinion of its own.
#![allow(missing_docs, reason = "the names are the contracts' own")]

pub(crate) mod v1_5 {
    alloy::sol! {
        #![sol(all_derives)]
        struct TokenAmount { address token; uint256 amount; }
        struct Message {
            uint64 sourceChainSelector; address sender; address receiver; uint64 sequenceNumber; uint256 gasLimit;
            bool strict; uint64 nonce; address feeToken; uint256 feeTokenAmount; bytes data;
            TokenAmount[] tokenAmounts; bytes[] sourceTokenData; bytes32 messageId;
        }
        struct TokenPrice { address sourceToken; uint224 usdPerToken; }
        struct GasPrice { uint64 destChainSelector; uint224 usdPerUnitGas; }
        struct Prices { TokenPrice[] tokenPriceUpdates; GasPrice[] gasPriceUpdates; }
        struct Interval { uint64 min; uint64 max; }
        struct Report { Prices priceUpdates; Interval interval; bytes32 merkleRoot; }

        event CCIPSendRequested(Message message);
        event ReportAccepted(Report report);
        event RootRemoved(bytes32 root);
        event SequenceNumberSet(uint64 oldSeqNum, uint64 newSeqNum);
        event Paused(address account);
        event Unpaused(address account);
        event ExecutionStateChanged(uint64 indexed sequenceNumber, bytes32 indexed messageId, uint8 state, bytes returnData);
        event SkippedAlreadyExecutedMessage(uint64 indexed sequenceNumber);
        event AlreadyAttempted(uint64 sequenceNumber);
        event SkippedIncorrectNonce(uint64 indexed nonce, address indexed sender);
        event SkippedSenderWithPreviousRampMessageInflight(uint64 indexed nonce, address indexed sender);
        event Cursed(uint32 indexed configVersion, bytes16 subject, uint64 blockTimestamp);
        event CurseLifted(bytes16 subject);
    }
}

pub(crate) mod v1_6 {
    alloy::sol! {
        #![sol(all_derives)]
        struct Header { bytes32 messageId; uint64 sourceChainSelector; uint64 destChainSelector; uint64 sequenceNumber; uint64 nonce; }
        struct Token { address sourcePoolAddress; bytes destTokenAddress; bytes extraData; uint256 amount; bytes destExecData; }
        struct Message {
            Header header; address sender; bytes data; bytes receiver; bytes extraArgs; address feeToken;
            uint256 feeTokenAmount; uint256 feeValueJuels; Token[] tokenAmounts;
        }
        struct ExecutedToken { bytes sourcePoolAddress; address destTokenAddress; uint32 destGasAmount; bytes extraData; uint256 amount; }
        struct Root { uint64 sourceChainSelector; bytes onRampAddress; uint64 minSeqNr; uint64 maxSeqNr; bytes32 merkleRoot; }
        struct TokenPrice { address sourceToken; uint224 usdPerToken; }
        struct GasPrice { uint64 destChainSelector; uint224 usdPerUnitGas; }
        struct Prices { TokenPrice[] tokenPriceUpdates; GasPrice[] gasPriceUpdates; }
        struct SourceConfig { address router; bool isEnabled; uint64 minSeqNr; bool isRMNVerificationDisabled; bytes onRamp; }
        struct PreviousRamps { address prevOnRamp; address prevOffRamp; }

        event CCIPMessageSent(uint64 indexed destChainSelector, uint64 indexed sequenceNumber, Message message);
        event CommitReportAccepted(Root[] blessedMerkleRoots, Root[] unblessedMerkleRoots, Prices priceUpdates);
        event RootRemoved(bytes32 root);
        event ExecutionStateChanged(
            uint64 indexed sourceChainSelector, uint64 indexed sequenceNumber, bytes32 indexed messageId,
            bytes32 messageHash, uint8 state, bytes returnData, uint256 gasUsed
        );
        event SkippedAlreadyExecutedMessage(uint64 sourceChainSelector, uint64 sequenceNumber);
        event AlreadyAttempted(uint64 sourceChainSelector, uint64 sequenceNumber);
        event SkippedReportExecution(uint64 sourceChainSelector);
        event SkippedIncorrectNonce(uint64 sourceChainSelector, uint64 nonce, bytes sender);
        event DestChainConfigSet(uint64 indexed destChainSelector, uint64 sequenceNumber, address router, bool allowlistEnabled);
        event AllowListAdminSet(address indexed allowlistAdmin);
        event AllowListSendersAdded(uint64 indexed destChainSelector, address[] senders);
        event AllowListSendersRemoved(uint64 indexed destChainSelector, address[] senders);
        event SourceChainConfigSet(uint64 indexed sourceChainSelector, SourceConfig sourceConfig);
        event SourceChainSelectorAdded(uint64 sourceChainSelector);
        event PreviousRampsUpdated(uint64 indexed remoteChainSelector, PreviousRamps prevRamp);

        event OnRampSet(uint64 indexed destChainSelector, address onRamp);
        event OffRampAdded(uint64 indexed sourceChainSelector, address offRamp);
        event OffRampRemoved(uint64 indexed sourceChainSelector, address offRamp);
        event OwnershipTransferRequested(address indexed from, address indexed to);
        event OwnershipTransferred(address indexed from, address indexed to);
        event ARMSet(address arm);
        event Cursed(bytes16[] subjects);
        event Uncursed(bytes16[] subjects);
        event MessageExecuted(bytes32 messageId, uint64 sourceChainSelector, address offRamp, bytes32 calldataHash);
    }
}

pub(crate) mod v2_0 {
    alloy::sol! {
        #![sol(all_derives)]
        struct Receipt { address issuer; uint32 destGasLimit; uint32 destBytesOverhead; uint256 feeTokenAmount; bytes extraArgs; }
        struct DestConfig { uint64 destChainSelector; address router; bytes offRamp; }
        struct SourceConfig {
            address router; uint64 sourceChainSelector; bool isEnabled; bytes[] onRamps; address[] defaultCCVs;
            address[] laneMandatedCCVs;
        }
        event CCIPMessageSent(
            uint64 indexed destChainSelector, address indexed sender, bytes32 indexed messageId, address feeToken,
            uint256 tokenAmountBeforeTokenPoolFees, bytes encodedMessage, Receipt[] receipts, bytes[] verifierBlobs
        );
        event ExecutionStateChanged(
            uint64 indexed sourceChainSelector, uint64 indexed messageNumber, bytes32 indexed messageId, uint8 state,
            bytes returnData
        );
        event SourceChainConfigSet(uint64 indexed sourceChainSelector, SourceConfig sourceConfig);
        event AllowListSendersAdded(uint64 indexed destChainSelector, address senders);
        event AllowListStateChanged(uint64 indexed destChainSelector, bool allowlistEnabled);
    }
}

pub(crate) mod private {
    alloy::sol! {
        #![sol(all_derives)]
        event MessageSent(
            address indexed sender, uint64 indexed destinationChainSelector, bytes receiver, bytes data, address feeToken,
            uint256 fee
        );
        event MessageExecuted(bytes32 indexed messageId, uint64 indexed sourceChainSelector, bytes sender, bytes data);
        event RoleGranted(bytes32 indexed role, address indexed account, address indexed sender);
    }
}
