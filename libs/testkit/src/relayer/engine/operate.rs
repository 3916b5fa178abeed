//! One transaction from the wish to its end: leave, check, signature, row, check, broadcast, receipt, row.

use std::io;

use alloy::{
    consensus::{SignableTransaction as _, TxEnvelope, TxLegacy},
    eips::eip2718::Encodable2718 as _,
    primitives::{Address, B256, Bytes, TxKind, U256},
    signers::SignerSync as _,
};
use causeway_primitives::Scope;
use causeway_relayer_client::{NotDone, Refused};
use tokio::time::Instant;
use uuid::Uuid;

use super::{
    Engine, Standing,
    clearance::{Sealed, Under, spend},
    reports,
    rows::bigint,
    wire,
};
use crate::{
    bridge::{self, End, Receipt},
    relayer::{Error, journal::Entry, time},
};

/// Given where the node cannot estimate because the call would revert: enough to see it revert.
const FALLBACK_GAS: u64 = 1_000_000;

/// What a transaction does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Anchor,
    Claim,
    Mint,
    Release,
    Rescue,
    Transfer,
}

impl Kind {
    pub(super) const ALL: [Self; 6] =
        [Self::Anchor, Self::Claim, Self::Mint, Self::Release, Self::Rescue, Self::Transfer];

    /// As `relayer_operations.kind`.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Anchor => "anchor",
            Self::Claim => "claim",
            Self::Mint => "mint",
            Self::Release => "release",
            Self::Rescue => "rescue",
            Self::Transfer => "transfer",
        }
    }

    /// What leave it needs.
    const fn scope(self) -> Scope {
        match self {
            Self::Anchor => Scope::BatchCreation,
            Self::Claim | Self::Mint | Self::Release | Self::Rescue => Scope::Settlement,
            Self::Transfer => Scope::All,
        }
    }

    /// Whether only misdeeds do it: sent again after a crash as it was sent before, without leave.
    pub(super) const fn is_misdeed(self) -> bool {
        match self {
            Self::Anchor | Self::Claim => false,
            Self::Mint | Self::Release | Self::Rescue | Self::Transfer => true,
        }
    }
}

/// What is wanted.
#[derive(Debug, Clone)]
pub(super) struct Work {
    pub(super) kind: Kind,
    pub(super) end: End,
    pub(super) to: Address,
    pub(super) data: Bytes,
    pub(super) batch: Option<u64>,
    pub(super) message: Option<B256>,
    pub(super) amount: Option<U256>,
    /// Without asking for leave.
    pub(super) rogue: bool,
}

/// What was signed for it.
#[derive(Debug, Clone)]
pub(super) struct Transaction {
    pub(super) id: Uuid,
    pub(super) kind: Kind,
    pub(super) end: End,
    pub(super) hash: B256,
    pub(super) raw: Bytes,
    pub(super) nonce: u64,
    pub(super) gas_estimate: Option<u64>,
    pub(super) batch: Option<u64>,
    pub(super) message: Option<B256>,
    pub(super) amount: Option<U256>,
}

/// What came of it.
#[derive(Debug)]
pub(super) enum Outcome {
    /// It is in a block.
    Mined(Standing, Receipt),
    /// The guard gives no leave; what is signed by then waits in its row.
    NoLeave(Refused),
    /// The node does not take it.
    Refused(String),
    /// Nobody knows yet; the next cycle looks.
    Unknown(String),
}

/// What the signature is made over, beside the work.
#[derive(Debug, Clone, Copy)]
struct Terms {
    nonce: u64,
    gas_price: u128,
    gas_limit: u64,
    gas_estimate: Option<u64>,
}

impl Engine {
    /// Does it, or says why not.
    pub(super) async fn operate(&self, work: &Work) -> Result<Outcome, Error> {
        if self.has_open(work.end).await? {
            return Ok(Outcome::Unknown("an earlier transaction has no end yet".to_owned()));
        }
        let terms = self.terms(work).await?;
        let rogue = work.rogue || self.faults.ignore_lease;
        let leave = match self.clearance.leave(work.kind.scope(), spend(&self.asset, work.amount), rogue) {
            Ok(leave) => leave,
            Err(refused) => return Ok(Outcome::NoLeave(refused)),
        };
        let sealed = match leave.sign(|| self.sign(work, terms)) {
            Ok(signed) => signed?,
            Err(refused) => return Ok(Outcome::NoLeave(refused)),
        };
        self.record(sealed.to_record()).await?;
        self.launch(sealed).await
    }

    /// Sends again what was signed before, as it is, under leave of its own.
    pub(super) async fn relaunch(&self, transaction: Transaction) -> Result<Outcome, Error> {
        let rogue = transaction.kind.is_misdeed() || self.faults.ignore_lease;
        let spend = spend(&self.asset, transaction.amount);
        let sealed = self.clearance.leave(transaction.kind.scope(), spend, rogue);
        match sealed.and_then(|leave| leave.sign(|| Ok::<_, Error>(transaction))) {
            Ok(sealed) => self.launch(sealed?).await,
            Err(refused) => Ok(Outcome::NoLeave(refused)),
        }
    }

    async fn terms(&self, work: &Work) -> Result<Terms, Error> {
        let endpoint = self.bridge.endpoint(work.end);
        let gas_estimate = match endpoint.estimate(self.account(), work.to, &work.data).await {
            Ok(gas) => Some(gas),
            Err(bridge::Error::Chain(crate::anvil::Error::Rpc { .. })) => None,
            Err(other) => return Err(other.into()),
        };
        let nonce = self.next_nonce(work.end).await?;
        // Twice the base fee and a tip outlive several full blocks; nothing where gas is free.
        let base_fee = endpoint.head().await?.base_fee;
        let gas_price = if base_fee == 0 { 0 } else { base_fee.saturating_mul(2).saturating_add(1_000_000_000) };
        let gas_limit = gas_estimate.map_or(FALLBACK_GAS, |gas| gas.saturating_mul(3) / 2);
        Ok(Terms { nonce, gas_price, gas_limit, gas_estimate })
    }

    fn sign(&self, work: &Work, terms: Terms) -> Result<Transaction, Error> {
        let Terms { nonce, gas_price, gas_limit, gas_estimate } = terms;
        let unsigned = TxLegacy {
            chain_id: Some(self.bridge.endpoint(work.end).chain_id()),
            nonce,
            gas_price,
            gas_limit,
            to: TxKind::Call(work.to),
            value: U256::ZERO,
            input: work.data.clone(),
        };
        let signature = self.key.sign_hash_sync(&unsigned.signature_hash()).map_err(Error::Signing)?;
        let envelope = TxEnvelope::from(unsigned.into_signed(signature));
        Ok(Transaction {
            id: Uuid::new_v4(),
            kind: work.kind,
            end: work.end,
            hash: *envelope.tx_hash(),
            raw: envelope.encoded_2718().into(),
            nonce,
            gas_estimate,
            batch: work.batch,
            message: work.message,
            amount: work.amount,
        })
    }

    async fn launch(&self, sealed: Sealed<Transaction>) -> Result<Outcome, Error> {
        let known = sealed.to_record().clone();
        let (answer, entry) = match sealed.broadcast(|transaction, under| self.send(transaction, under)).await {
            Ok(sent) => sent,
            Err(NotDone::NotBegun(refused)) => return Ok(Outcome::NoLeave(refused)),
            Err(NotDone::OutcomeUnknown(refused)) => return Ok(Outcome::Unknown(refused.to_string())),
        };
        if let Some(entry) = entry {
            self.mark_broadcast(&known, &entry).await?;
        }
        match answer {
            Ok(_) => self.follow(&known).await,
            Err(wire::Error::Refused { message, .. }) if is_known(&message) => self.follow(&known).await,
            Err(wire::Error::Refused { message, .. }) => self.refused(&known, message).await,
            Err(other @ (wire::Error::Io(_) | wire::Error::Late | wire::Error::Shape)) => {
                Ok(Outcome::Unknown(other.to_string()))
            }
        }
    }

    /// Hands the bytes over; the journal's line is written right before, in the same step. A process that was stopped after
    /// the step's check wakes up here: the lease is looked at once more, with nothing but the system call behind it.
    async fn send(&self, transaction: Transaction, under: Under) -> (Result<B256, wire::Error>, Option<Entry>) {
        let endpoint = self.bridge.endpoint(transaction.end);
        let mut noted = None;
        let sent = wire::send(endpoint.url(), &transaction.raw, || {
            let entry = Entry {
                pid: std::process::id(),
                tx_hash: transaction.hash,
                chain_id: endpoint.chain_id(),
                kind: transaction.kind.as_str().to_owned(),
                lease: under.authority.map(Into::into),
                rogue: under.rogue,
                wall_millis: time::wall_millis(),
                monotonic_nanos: time::monotonic_nanos(),
            };
            self.journal.note(&entry)?;
            if under.authority.is_some_and(|authority| authority.until <= Instant::now()) {
                self.journal.withdraw(transaction.hash)?;
                return Err(io::Error::other("the lease ended before the bytes left"));
            }
            noted = Some(entry);
            Ok(())
        });
        (sent.await, noted)
    }

    async fn follow(&self, transaction: &Transaction) -> Result<Outcome, Error> {
        match self.bridge.endpoint(transaction.end).settled(transaction.hash).await {
            Ok(receipt) => self.finish(transaction, receipt).await,
            Err(bridge::Error::NotMined(_)) => Ok(Outcome::Unknown("not mined in time".to_owned())),
            Err(other) => Err(other.into()),
        }
    }

    /// The node did not take it: because it has it mined already, or because something is wrong with the nonce.
    async fn refused(&self, transaction: &Transaction, words: String) -> Result<Outcome, Error> {
        if let Some(receipt) = self.bridge.endpoint(transaction.end).receipt(transaction.hash).await? {
            return self.finish(transaction, receipt).await;
        }
        self.mark_refused(transaction, &words).await?;
        if words.contains("nonce") {
            let chain_id = self.bridge.endpoint(transaction.end).chain_id();
            self.clearance.report_violation(reports::nonce_desync(chain_id, transaction.hash, &words));
        }
        Ok(Outcome::Refused(words))
    }

    async fn finish(&self, transaction: &Transaction, receipt: Receipt) -> Result<Outcome, Error> {
        let standing = if receipt.took_effect { Standing::Confirmed } else { Standing::Reverted };
        self.conclude(transaction, standing, &receipt).await?;
        Ok(Outcome::Mined(standing, receipt))
    }

    async fn next_nonce(&self, end: End) -> Result<u64, Error> {
        let row = sqlx::query("SELECT next_nonce FROM relayer_account WHERE chain_id = $1 AND account = $2")
            .bind(bigint(self.bridge.endpoint(end).chain_id())?)
            .bind(self.account().as_slice())
            .fetch_one(&self.pool)
            .await
            .map_err(Error::sql("read the next nonce"))?;
        super::rows::number(&row, "next_nonce")
    }
}

/// How anvil, geth and Besu say that they have the transaction already.
fn is_known(words: &str) -> bool {
    let words = words.to_lowercase();
    words.contains("already known") || words.contains("already imported") || words.contains("known transaction")
}
