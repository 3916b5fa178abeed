//! One look at all open intents: what they share is read once, and each intent sees what this look has already done
//! for the others.
//!
//! Head, nonces, balance and prices are remembered for the look and by endpoint, so that the facts of one intent still
//! come from one node. Receipts, pools and simulations belong to one intent and are read after what is remembered: a
//! receipt may be newer than the head, never older.

use std::collections::BTreeMap;

use alloy::primitives::{Address, B256, U256};
use causeway_primitives::Timestamp;
use futures_util::try_join;
use tokio::sync::Mutex;

use super::{FeePolicy, SendPolicy};
use crate::{
    endpoints::{Block, BlockTag, EndpointIndex, Error, Session},
    finality::Finality,
    intent::{IntentKey, IntentState, Stage},
    transaction::SignedTx,
};

/// Who signed which transaction, as far as open intents are concerned. To recover a signer costs more than everything else
/// that is done for an intent that waits, so it is done once.
pub(super) type Signers = BTreeMap<B256, Address>;

/// An open intent, and who signed the attempts of it that can still be mined.
struct Entry {
    state: IntentState,
    account: Option<Address>,
}

/// What an endpoint shows of the chain.
#[derive(Debug, Clone)]
pub(super) struct Height {
    pub(super) head: Block,
    pub(super) final_height: Option<u64>,
    /// Not asked where gas is free: the answer would be the node's default, and wrong.
    pub(super) gas_price: u128,
}

/// What it shows of an account, at that head.
#[derive(Debug, Clone, Copy)]
pub(super) struct Account {
    pub(super) nonce: u64,
    pub(super) final_nonce: u64,
    pub(super) balance: U256,
}

#[derive(Default)]
struct Seen {
    heights: BTreeMap<EndpointIndex, Height>,
    accounts: BTreeMap<(EndpointIndex, Address), Account>,
}

/// The open intents, as they are now, and what was read about the chain.
pub(super) struct Look {
    entries: Vec<Entry>,
    seen: Mutex<Seen>,
}

impl Look {
    /// `known` are the signers that the last look found.
    pub(super) fn new(open: Vec<IntentState>, known: &Signers) -> Self {
        let entry = |state: IntentState| {
            let known = state.newest().and_then(|newest| known.get(&newest.hash).copied());
            Entry { account: known.or_else(|| account_of(&state)), state }
        };
        Self { entries: open.into_iter().map(entry).collect(), seen: Mutex::default() }
    }

    /// Who signed what is open.
    pub(super) fn signers(&self) -> Signers {
        let newest = |entry: &Entry| Some((entry.state.newest()?.hash, entry.account?));
        self.entries.iter().filter_map(newest).collect()
    }

    pub(super) fn get(&self, index: usize) -> Option<&IntentState> {
        self.entries.get(index).map(|entry| &entry.state)
    }

    /// Who signed the attempts of an intent that can still be mined; `None` for an intent without any.
    pub(super) fn account(&self, index: usize) -> Option<Address> {
        self.entries.get(index).and_then(|entry| entry.account)
    }

    /// What has become of an intent meanwhile. Whatever was signed in this look, `account` signed.
    pub(super) fn put(&mut self, index: usize, state: IntentState, account: Address) {
        if let Some(entry) = self.entries.get_mut(index) {
            let newest = |state: &IntentState| state.newest().map(|newest| newest.hash);
            let signer = if newest(&state) == newest(&entry.state) { entry.account } else { Some(account) };
            *entry = Entry { account: signer.filter(|_| newest(&state).is_some()), state };
        }
    }

    /// What is signed: its end makes room.
    pub(super) fn signed(&self) -> Vec<usize> {
        self.indices(|state| state.stage != Stage::Unsigned)
    }

    /// What has an end or a purpose of its own and so waits for no room: the expired, and what fills gaps.
    pub(super) fn exempt(&self, account: Address, now: Timestamp) -> Vec<usize> {
        self.indices(|state| is_exempt(state, account, now))
    }

    /// What is not signed, in the order of insertion, beginning behind `after`: what waited for money in the last look
    /// does not keep the others out.
    pub(super) fn unsigned(&self, account: Address, now: Timestamp, after: Option<&IntentKey>) -> Vec<usize> {
        let mut waiting = self.indices(|state| state.stage == Stage::Unsigned && !is_exempt(state, account, now));
        let last = after.and_then(|key| waiting.iter().position(|index| self.key(*index) == Some(key)));
        let first = last.map_or(0, |last| last.saturating_add(1)).min(waiting.len());
        waiting.rotate_left(first);
        waiting
    }

    pub(super) fn key(&self, index: usize) -> Option<&IntentKey> {
        self.get(index).map(|state| &state.intent.key)
    }

    /// How many intents of an account have unmined attempts.
    pub(super) fn in_flight(&self, account: Address) -> usize {
        let pending = |entry: &&Entry| matches!(entry.state.stage, Stage::Pending { .. });
        self.entries.iter().filter(pending).filter(|entry| entry.account.is_none_or(|signer| signer == account)).count()
    }

    /// What the other intents mean for this one.
    pub(super) fn others(&self, state: &IntentState, account: Address) -> Others {
        let mut others = Others::default();
        for Entry { state: other, account: signer } in &self.entries {
            if other.intent.key == state.intent.key {
                continue;
            }
            // Nonces are counted by account, and a predecessor may have had another one.
            let ours = signer.is_none_or(|signer| signer == account);
            match other.stage {
                Stage::Pending { nonce } => {
                    others.nonces.extend(Some(nonce).filter(|_| ours));
                    others.in_flight = others.in_flight.saturating_add(usize::from(ours));
                }
                Stage::Included { nonce, .. } => others.nonces.extend(Some(nonce).filter(|_| ours)),
                Stage::Unsigned => others.filler_waits |= other.intent.is_filler(account),
                // Settled in this look: its nonce is used, though the account's was read before.
                Stage::Settled(_) => {
                    others.nonces.extend(other.attempts.last().map(|attempt| attempt.nonce).filter(|_| ours));
                }
            }
        }
        others
    }

    /// What an endpoint shows of the chain and of an account; asked once.
    pub(super) async fn shared(
        &self,
        session: &Session,
        account: Address,
        policy: &SendPolicy,
    ) -> Result<(Height, Account), Error> {
        let endpoint = session.endpoint();
        // Held while the endpoint answers: whoever else wants to know it waits for the answer instead of asking as well.
        let mut seen = self.seen.lock().await;
        let height = match seen.heights.get(&endpoint) {
            Some(height) => height.clone(),
            None => {
                let height = height(session, policy).await?;
                seen.heights.insert(endpoint, height.clone());
                height
            }
        };
        let account = match seen.accounts.get(&(endpoint, account)) {
            Some(known) => *known,
            None => {
                let read = read_account(session, account, &height, policy.finality).await?;
                seen.accounts.insert((endpoint, account), read);
                read
            }
        };
        Ok((height, account))
    }

    fn indices(&self, fits: impl Fn(&IntentState) -> bool) -> Vec<usize> {
        let fitting = self.entries.iter().enumerate().filter(|(_, entry)| fits(&entry.state));
        fitting.map(|(index, _)| index).collect()
    }
}

fn is_exempt(state: &IntentState, account: Address, now: Timestamp) -> bool {
    let expired = state.intent.expires_at.is_some_and(|expiry| now >= expiry);
    state.stage == Stage::Unsigned && (expired || state.intent.is_filler(account))
}

/// Who signed the attempts that can still be mined; `None` for an intent without any.
fn account_of(state: &IntentState) -> Option<Address> {
    state.newest().and_then(|attempt| SignedTx::account_of(&attempt.raw))
}

async fn height(session: &Session, policy: &SendPolicy) -> Result<Height, Error> {
    let head = session.head().await?;
    let (final_height, gas_price) =
        try_join!(policy.finality.read(session, head.number), gas_price(session, policy.fees))?;
    Ok(Height { head, final_height, gas_price })
}

/// Not asked where gas is free: the answer would be the node's default, and wrong.
pub(super) async fn gas_price(session: &Session, fees: FeePolicy) -> Result<u128, Error> {
    match fees {
        FeePolicy::Free => Ok(0),
        FeePolicy::Legacy { .. } | FeePolicy::Eip1559 { .. } => session.gas_price().await,
    }
}

async fn read_account(
    session: &Session,
    account: Address,
    height: &Height,
    finality: Finality,
) -> Result<Account, Error> {
    let at = BlockTag::Number(height.head.number);
    let (nonce, balance) = try_join!(session.nonce(account, at), session.balance(account, at))?;
    let final_nonce = match (finality, height.final_height) {
        (_, None) => 0,
        (Finality::Instant, Some(_)) => nonce,
        (Finality::Depth(_) | Finality::Finalized, Some(height)) => {
            session.nonce(account, BlockTag::Number(height)).await?
        }
    };
    Ok(Account { nonce, final_nonce, balance })
}

/// What the other open intents contribute to the facts of one.
#[derive(Debug, Default)]
pub(super) struct Others {
    /// The nonces that they use.
    nonces: Vec<u64>,
    /// How many of them have unmined attempts.
    pub(super) in_flight: usize,
    /// True when one of them is about to fill a gap.
    filler_waits: bool,
}

impl Others {
    /// The first nonce from `nonce` on that nobody uses. A filler takes a gap; everybody else lines up
    /// behind the others, so that what was wanted later also happens later.
    pub(super) fn free_nonce(&self, nonce: u64, is_filler: bool) -> u64 {
        if is_filler {
            (nonce..).find(|candidate| !self.nonces.contains(candidate)).unwrap_or(nonce)
        } else {
            self.nonces.iter().fold(nonce, |free, used| free.max(used.saturating_add(1)))
        }
    }

    /// The chain's next nonce, when it is below the intent's and nobody is going to use it.
    pub(super) fn gap(&self, nonce: u64, stage: &Stage) -> Option<u64> {
        let waits_above = matches!(stage, Stage::Pending { nonce: own } if *own > nonce);
        (waits_above && !self.filler_waits && !self.nonces.contains(&nonce)).then_some(nonce)
    }
}
