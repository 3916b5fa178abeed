//! How far an errand has come, as its row says it.

use causeway_primitives::{B256, ChainId};
use serde::{Deserialize, Serialize};

use crate::{domain::request::OnChain, ports::Progress};

/// A stage. Before anything is posted it is [`Stage::Sending`], so that a crash is never taken for "not yet asked".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Stage {
    /// Nobody was asked.
    Journaled,
    /// FireFly may have been asked; what it knows is found out by the key.
    Sending,
    /// FireFly has it, and it is what we asked for.
    Accepted {
        /// FireFly's transaction, which is none of the chain's.
        transaction: String,
    },
    /// Over.
    Settled(End),
}

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum End {
    /// Final, with the expected event.
    Mined {
        /// The transaction.
        tx_hash: B256,
        /// The block's height.
        block_number: u64,
        /// The block.
        block_hash: B256,
    },
    /// Nobody was asked in time.
    Lapsed,
    /// It would revert, or FireFly does not take it: nothing is on its way.
    Refused,
    /// Nothing of it is on its way any more, or the token knows the reference already: the token says which.
    Doubtful,
    /// FireFly has something else under our key.
    Conflict,
}

impl Stage {
    pub(super) const fn is_settled(&self) -> bool {
        match self {
            Self::Settled(_) => true,
            Self::Journaled | Self::Sending | Self::Accepted { .. } => false,
        }
    }

    /// Where an effect was found.
    pub(super) const fn mined(on_chain: &OnChain) -> Self {
        Self::Settled(End::Mined {
            tx_hash: on_chain.tx_hash,
            block_number: on_chain.block_number,
            block_hash: on_chain.block_hash,
        })
    }

    /// What it means for the request.
    pub(super) const fn progress(&self, chain: ChainId) -> Progress {
        match self {
            Self::Journaled => Progress::Unsigned,
            // FireFly signs when it likes.
            Self::Sending | Self::Accepted { .. } => Progress::Signed,
            Self::Settled(End::Mined { tx_hash, block_number, block_hash }) => Progress::Mined(OnChain {
                chain,
                tx_hash: *tx_hash,
                block_number: *block_number,
                block_hash: *block_hash,
            }),
            Self::Settled(End::Lapsed) => Progress::Lapsed,
            Self::Settled(End::Refused) => Progress::WouldRevert,
            Self::Settled(End::Doubtful) => Progress::Doubtful,
            Self::Settled(End::Conflict) => Progress::Conflict,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tok_2_the_first_stage_is_what_the_journal_writes_and_all_are_read_as_written() {
        assert_eq!(serde_json::to_string(&Stage::Journaled).unwrap(), "\"journaled\"");
        let mined = End::Mined { tx_hash: B256::repeat_byte(1), block_number: 7, block_hash: B256::repeat_byte(2) };
        let ends = [mined, End::Lapsed, End::Refused, End::Doubtful, End::Conflict].map(Stage::Settled);
        let stages = [Stage::Journaled, Stage::Sending, Stage::Accepted { transaction: "a".into() }];
        for stage in stages.into_iter().chain(ends) {
            let text = serde_json::to_string(&stage).unwrap();
            assert_eq!(serde_json::from_str::<Stage>(&text).unwrap(), stage);
        }
    }
}
