//! What does not hold, and what could not be found out. Each word is label, row and wire value at once.

use causeway_primitives::Scope;

use super::name::Name;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
        }

        impl $name {
            /// Every one of them.
            pub const EVERY: &[Self] = &[$(Self::$variant,)*];

            /// Label, row and wire value.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }

            /// The one of this word.
            pub fn from_word(word: &str) -> Option<Self> {
                Self::EVERY.iter().copied().find(|one| one.as_str() == word)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

words! {
    /// The families of violations. The first four are the operators' own (GRD-1).
    Code {
        /// The books and the chain disagree about value.
        SupplyMismatch = "SUPPLY_MISMATCH",
        /// A batch is there twice, or a deposit is in two.
        DuplicateBatch = "DUPLICATE_BATCH",
        /// A contract judged a proof otherwise than the mathematics does.
        ProofVerificationFail = "PROOF_VERIFICATION_FAIL",
        /// A nonce is not what it must be.
        NonceDesync = "NONCE_DESYNC",
        /// Value appeared or left without its one cause.
        UnmatchedEffect = "UNMATCHED_EFFECT",
        /// Something that only grows has shrunk.
        CheckpointRegression = "CHECKPOINT_REGRESSION",
        /// A block that was final is another one now.
        FinalityBroken = "FINALITY_BROKEN",
        /// Who may do what has changed and nobody approved it.
        AuthorityChanged = "AUTHORITY_CHANGED",
        /// More value left than may leave in that time.
        VelocityExceeded = "VELOCITY_EXCEEDED",
        /// A constraint that keeps the books apart from a replay is gone.
        ConstraintMissing = "CONSTRAINT_MISSING",
    }
}

words! {
    /// The case within a family.
    Detail {
        /// The books say more than the chain holds.
        Lost = "LOST",
        /// The chain holds more than the books say: value out of nothing.
        Created = "CREATED",
        /// The same, where it harms nobody: a donation, or a deposit that is not indexed yet.
        Surplus = "SURPLUS",
        /// Bridged units disappeared without the bridge.
        Burned = "BURNED",
        /// What is owed is more than what is held.
        Unbacked = "UNBACKED",
        /// A sum that must be constant is not.
        Imbalanced = "IMBALANCED",
        /// Two batches with one root.
        SameRoot = "SAME_ROOT",
        /// Two batches with one number.
        SameNumber = "SAME_NUMBER",
        /// A deposit in two batches.
        DepositInTwoBatches = "DEPOSIT_IN_TWO_BATCHES",
        /// A good proof was refused.
        ValidRejected = "VALID_REJECTED",
        /// A bad proof was accepted.
        InvalidAccepted = "INVALID_ACCEPTED",
        /// A proof was accepted against the root of no batch.
        UnknownRoot = "UNKNOWN_ROOT",
        /// A proof was accepted against the root zero.
        ZeroRoot = "ZERO_ROOT",
        /// The root of a batch is one in the books and another on the chain.
        RootMismatchDbChain = "ROOT_MISMATCH_DB_CHAIN",
        /// A batch's members do not have the root that it was given.
        MembersDoNotRebuildRoot = "MEMBERS_DO_NOT_REBUILD_ROOT",
        /// A leaf was executed twice.
        LeafReused = "LEAF_REUSED",
        /// The account's nonce on the chain is above the books': a foreign signature, or books that went back.
        ForeignSpendOrRollback = "FOREIGN_SPEND_OR_DB_ROLLBACK",
        /// The mempool knows a transaction of the account that the books do not.
        KeyMisuse = "KEY_MISUSE",
        /// A nonce below the highest known one belongs to no transaction.
        SlotGap = "SLOT_GAP",
        /// The contract counted a message that the books do not have.
        MissedEvent = "MISSED_EVENT",
        /// The books have a message that the contract never counted.
        InventedEvent = "INVENTED_EVENT",
        /// Messages of one contract with a number missing or twice.
        NotContiguous = "NOT_CONTIGUOUS",
        /// A message was executed twice.
        ConsumedTwice = "CONSUMED_TWICE",
        /// An effect whose cause does not exist.
        NoCause = "NO_CAUSE",
        /// Two causes under one id.
        CauseTwice = "CAUSE_TWICE",
        /// Two effects under one id.
        EffectTwice = "EFFECT_TWICE",
        /// Another amount than the cause's.
        AmountDiffers = "AMOUNT_DIFFERS",
        /// Another asset than the cause's.
        AssetDiffers = "ASSET_DIFFERS",
        /// Another account than the cause's.
        RecipientDiffers = "RECIPIENT_DIFFERS",
        /// A height below the checkpoint's.
        HeightFell = "HEIGHT_FELL",
        /// A cumulative sum below the checkpoint's.
        SumFell = "SUM_FELL",
        /// A batch number below the checkpoint's.
        BatchFell = "BATCH_FELL",
        /// A sum that was counted before is another one now: rows of the past were added, changed or removed.
        HistoryChanged = "HISTORY_CHANGED",
        /// A nonce below the checkpoint's.
        NonceFell = "NONCE_FELL",
        /// The checkpoint's block has another hash now.
        HashChanged = "HASH_CHANGED",
        /// A storage slot, an owner, a keeper has another value.
        SlotChanged = "SLOT_CHANGED",
        /// Over the amount that may leave.
        OverAmount = "OVER_AMOUNT",
        /// Over the part of custody that may leave.
        OverShare = "OVER_SHARE",
        /// The unique constraint is not there.
        UniqueMissing = "UNIQUE_MISSING",
    }
}

words! {
    /// Why something could not be found out.
    Reason {
        /// The relayer's database could not be read as one snapshot.
        DatabaseUnreadable = "DATABASE_UNREADABLE",
        /// The books do not say up to where they know a chain.
        WatermarkMissing = "WATERMARK_MISSING",
        /// Too few independent endpoints answered.
        NoQuorum = "NO_QUORUM",
        /// Endpoints contradict each other and no value has the quorum alone.
        EndpointsDisagree = "ENDPOINTS_DISAGREE",
        /// The books know a block that is not on the chain.
        WatermarkOrphaned = "WATERMARK_ORPHANED",
        /// The books are ahead of what is final.
        WatermarkNotFinal = "WATERMARK_NOT_FINAL",
        /// The books are so far behind that nodes may not hold that state any more.
        WatermarkBehind = "WATERMARK_BEHIND",
        /// A chain that the rules name was not read.
        ChainNotRead = "CHAIN_NOT_READ",
        /// An equation's term has no value.
        TermMissing = "TERM_MISSING",
        /// An effect is visible before its cause could be.
        EffectBeforeCause = "EFFECT_BEFORE_CAUSE",
        /// What it takes to judge a proof is not there yet.
        ProofUndecidable = "PROOF_UNDECIDABLE",
        /// A nonce gap that may still be filled.
        NonceSettling = "NONCE_SETTLING",
        /// There is no checkpoint to go on from, and none is trusted on first use.
        NoBaseline = "NO_BASELINE",
        /// The checkpoint was made under other rules, and nobody approved the change.
        RulesChanged = "RULES_CHANGED",
        /// A figure does not fit 512 bits.
        Arithmetic = "ARITHMETIC",
        /// A row or an answer is not what it must be.
        Garbage = "GARBAGE",
    }
}

words! {
    /// What a finding leads to.
    Tier {
        /// Halts at once.
        Halt = "halt",
        /// Alerts.
        Alert = "alert",
        /// Is counted.
        Track = "track",
    }
}

words! {
    /// Whether a finding has its effect.
    Mode {
        /// It has.
        Enforce = "enforce",
        /// It is only said what would have happened.
        Shadow = "shadow",
    }
}

/// What follows when something does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Consequence {
    /// What it leads to.
    pub tier: Tier,
    /// Whether it does.
    pub mode: Mode,
    /// What is halted, where it halts.
    pub scope: Scope,
}

impl Consequence {
    /// Halts, for real.
    pub const fn halt(scope: Scope) -> Self {
        Self { tier: Tier::Halt, mode: Mode::Enforce, scope }
    }

    /// Alerts.
    pub const fn alert() -> Self {
        Self { tier: Tier::Alert, mode: Mode::Enforce, scope: Scope::All }
    }

    /// Whether it stops anybody.
    pub fn halts(self) -> bool {
        self.tier == Tier::Halt && self.mode == Mode::Enforce
    }
}

/// Something that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// What follows: first, so that findings that halt sort before the others.
    pub consequence: Consequence,
    /// The family.
    pub code: Code,
    /// The case.
    pub detail: Detail,
    /// The declared check that it breaks.
    pub check: Name,
    /// What it is about: an asset, a batch, a message.
    pub subject: String,
    /// One sentence with the figures.
    pub summary: String,
}

/// Something that could not be found out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gap {
    /// Why.
    pub reason: Reason,
    /// What was asked for.
    pub subject: String,
    /// One sentence with the figures.
    pub detail: String,
}

impl Gap {
    /// A gap.
    pub fn new(reason: Reason, subject: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { reason, subject: subject.into(), detail: detail.into() }
    }
}

/// What a check found: both, because one thing may be broken while another is not known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcome {
    /// What does not hold.
    pub findings: Vec<Finding>,
    /// What could not be found out.
    pub gaps: Vec<Gap>,
}

impl Outcome {
    /// Adds what another check found.
    pub fn absorb(&mut self, other: Self) {
        self.findings.extend(other.findings);
        self.gaps.extend(other.gaps);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grd_1_the_operators_four_codes_are_spelled_as_they_spell_them() {
        let words: Vec<_> = Code::EVERY.iter().take(4).map(|code| code.as_str()).collect();
        assert_eq!(words, ["SUPPLY_MISMATCH", "DUPLICATE_BATCH", "PROOF_VERIFICATION_FAIL", "NONCE_DESYNC"]);
    }

    #[test]
    fn words_are_unique_and_read_back() {
        assert!(Code::EVERY.iter().all(|one| Code::from_word(one.as_str()) == Some(*one)));
        assert!(Detail::EVERY.iter().all(|one| Detail::from_word(one.as_str()) == Some(*one)));
        assert!(Reason::EVERY.iter().all(|one| Reason::from_word(one.as_str()) == Some(*one)));
        assert_eq!(Code::from_word("supply_mismatch"), None);
    }
}
