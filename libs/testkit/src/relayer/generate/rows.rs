//! The generated rows of one direction, as lines of COPY's text format.

use std::{fmt::Write as _, ops::Range};

use alloy::primitives::{Address, B256, U256, hex};

use super::{Error, Mark, Volume, digest};
use crate::bridge::{Leaf, Tree};

pub(super) const BATCHES: &str = "COPY settlement_batch (id, batch_number, merkle_root, direction, chain_id, size, status, created_at, anchored_at, settled_at, anchor_tx_hash, anchor_block) FROM STDIN";
pub(super) const MESSAGES: &str = "COPY settlement_batch_message (batch_id, position, message_id, leaf) FROM STDIN";
pub(super) const PROOFS: &str = "COPY proof_executions (batch_number, message_id, chain_id, settlement, recipient, amount, leaf, proof, root, outcome, tx_hash, block_number, block_hash, verification_micros, executed_at) FROM STDIN";
pub(super) const WATERMARKS: &str =
    "COPY indexer_watermark (chain_id, block_number, block_hash, block_time, head_number) FROM STDIN";

/// Rows of one COPY message: some megabytes.
const CHUNK: u64 = 20_000;

/// A block takes five seconds; the last row stands in the mark's block.
const BLOCK_SECONDS: u64 = 5;

/// One direction: causes at one end, effects at the other.
#[derive(Debug)]
pub(super) struct Rows<'a> {
    volume: &'a Volume,
    direction: Direction,
    /// Causes.
    pub(super) count: u64,
    /// Where causes are.
    from: &'a Mark,
    /// Where effects are.
    to: &'a Mark,
    settlement: Address,
    /// Numbers of batches before this direction's first.
    batches_before: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Deposit,
    Withdrawal,
}

impl Direction {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Deposit => "deposit",
            Self::Withdrawal => "withdrawal",
        }
    }
}

/// The three tables' lines of some batches.
#[derive(Debug, Default)]
pub(super) struct Made {
    pub(super) batches: String,
    pub(super) messages: String,
    pub(super) proofs: String,
}

impl<'a> Rows<'a> {
    pub(super) fn deposits(volume: &'a Volume) -> Self {
        Self {
            volume,
            direction: Direction::Deposit,
            count: volume.deposits,
            from: &volume.source,
            to: &volume.destination,
            settlement: volume.destination_settlement,
            batches_before: 0,
        }
    }

    pub(super) fn burns(volume: &'a Volume) -> Self {
        Self {
            volume,
            direction: Direction::Withdrawal,
            count: volume.burns,
            from: &volume.destination,
            to: &volume.source,
            settlement: volume.source_settlement,
            batches_before: Self::deposits(volume).batches(),
        }
    }

    pub(super) fn batches(&self) -> u64 {
        self.count.div_ceil(self.volume.per_batch.max(1))
    }

    fn settled_batches(&self) -> u64 {
        self.batches().saturating_sub(self.volume.open_batches)
    }

    /// Causes whose effect is there too.
    pub(super) fn settled(&self) -> u64 {
        self.settled_batches().saturating_mul(self.volume.per_batch).min(self.count)
    }

    /// The sum of the first so many amounts.
    pub(super) fn total(&self, count: u64) -> U256 {
        (0..count).fold(U256::ZERO, |sum, index| sum.saturating_add(amount(index)))
    }

    pub(super) const fn cause_table(&self) -> &'static str {
        match self.direction {
            Direction::Deposit => {
                "COPY deposit_confirmed (deposit_id, asset, amount, sender, recipient, nonce, chain_id, block_number, block_hash, block_time, tx_hash, log_index) FROM STDIN"
            }
            Direction::Withdrawal => {
                "COPY burn_confirmed (burn_id, asset, amount, sender, recipient, nonce, chain_id, block_number, block_hash, block_time, tx_hash, log_index) FROM STDIN"
            }
        }
    }

    pub(super) const fn effect_table(&self) -> &'static str {
        match self.direction {
            Direction::Deposit => {
                "COPY mint_confirmed (message_id, asset, amount, recipient, chain_id, block_number, block_hash, block_time, tx_hash, log_index) FROM STDIN"
            }
            Direction::Withdrawal => {
                "COPY withdrawal_confirmed (message_id, asset, amount, recipient, chain_id, block_number, block_hash, block_time, tx_hash, log_index) FROM STDIN"
            }
        }
    }

    pub(super) fn causes(&self) -> impl Iterator<Item = String> {
        chunks(self.count, |text, index| {
            let (id, nonce) = (self.message(index), index.saturating_add(1));
            let (asset, recipient) = (self.volume.asset, recipient(index));
            let head = format_args!(
                "{}\t{}\t{}\t{}\t{}",
                bytes(id),
                bytes(asset),
                amount(index),
                bytes(recipient),
                bytes(recipient)
            );
            write!(text, "{head}\t{nonce}\t{}", self.place(self.from, "cause", index, self.count))
        })
    }

    pub(super) fn effects(&self) -> impl Iterator<Item = String> {
        chunks(self.settled(), |text, index| {
            let (id, asset) = (self.message(index), self.volume.asset);
            let head = format_args!("{}\t{}\t{}\t{}", bytes(id), bytes(asset), amount(index), bytes(recipient(index)));
            write!(text, "{head}\t{}", self.place(self.to, "effect", index, self.count))
        })
    }

    /// The batches of these positions, from 0.
    pub(super) fn make_batches(&self, positions: Range<u64>) -> Result<Made, Error> {
        let mut made = Made::default();
        for position in positions {
            self.make_batch(&mut made, position).ok_or(Error::Range("a batch"))?;
        }
        Ok(made)
    }

    fn make_batch(&self, made: &mut Made, position: u64) -> Option<()> {
        let number = self.batches_before.checked_add(position)?.checked_add(1)?;
        let first = position.checked_mul(self.volume.per_batch)?;
        let members = first..first.checked_add(self.volume.per_batch)?.min(self.count);
        let leaves: Vec<_> = members.clone().map(|index| self.leaf(number, index)).collect();
        let hashes: Vec<_> = leaves.iter().map(Leaf::hash).collect();
        let tree = Tree::new(&hashes)?;
        self.write_batch(&mut made.batches, number, position, leaves.len(), tree.root()).ok()?;
        for (place, (leaf, hash)) in leaves.iter().zip(&hashes).enumerate() {
            writeln!(made.messages, "{number}\t{place}\t{}\t{}", bytes(leaf.message_id), bytes(hash)).ok()?;
        }
        let settled = self.settled_batches();
        if (settled.saturating_sub(self.volume.proven_batches)..settled).contains(&position) {
            for ((leaf, hash), index) in leaves.iter().zip(&hashes).zip(members) {
                self.write_proof(&mut made.proofs, leaf, *hash, index, &tree)?;
            }
        }
        Some(())
    }

    fn write_batch(&self, text: &mut String, number: u64, position: u64, size: usize, root: B256) -> std::fmt::Result {
        let (direction, chain, time) = (self.direction.as_str(), self.to.chain_id, self.to.seconds);
        let status = if position < self.settled_batches() { "settled" } else { "anchored" };
        let settled_at = if position < self.settled_batches() { stamp(time) } else { "\\N".to_owned() };
        let (transaction, block, at) = (bytes(digest("anchor", number)), self.to.number, stamp(time));
        write!(text, "{number}\t{number}\t{}\t{direction}\t{chain}\t{size}\t{status}", bytes(root))?;
        writeln!(text, "\t{at}\t{at}\t{settled_at}\t{transaction}\t{block}")
    }

    fn write_proof(&self, text: &mut String, leaf: &Leaf, hash: B256, index: u64, tree: &Tree) -> Option<()> {
        let place = self.block(self.to, index, self.count);
        let proof: Vec<_> =
            tree.prove(hash)?.iter().map(|node| format!("\"\\\\\\\\x{}\"", hex::encode(node))).collect();
        let (batch, chain, block) = (leaf.batch, leaf.chain_id, digest("block", place));
        let (id, at) = (bytes(leaf.message_id), stamp(self.to.seconds));
        write!(text, "{batch}\t{id}\t{chain}\t{}\t{}", bytes(leaf.settlement), bytes(leaf.recipient)).ok()?;
        write!(text, "\t{}\t{}\t{{{}}}\t{}", leaf.amount, bytes(hash), proof.join(","), bytes(tree.root())).ok()?;
        let transaction = self.transaction("effect", index);
        writeln!(text, "\taccepted\t{}\t{place}\t{}\t0\t{at}", bytes(transaction), bytes(block)).ok()
    }

    fn leaf(&self, batch: u64, index: u64) -> Leaf {
        Leaf {
            chain_id: self.to.chain_id,
            settlement: self.settlement,
            batch,
            message_id: self.message(index),
            asset: self.volume.asset,
            recipient: recipient(index),
            amount: amount(index),
        }
    }

    fn message(&self, index: u64) -> B256 {
        digest(self.direction.as_str(), index)
    }

    fn transaction(&self, what: &str, index: u64) -> B256 {
        digest(&format!("{} {what}", self.direction.as_str()), index)
    }

    /// The columns from the chain's id on.
    fn place(&self, mark: &Mark, what: &str, index: u64, of: u64) -> String {
        let number = self.block(mark, index, of);
        let hash = if number == mark.number { mark.hash } else { digest("block", number) };
        let age = mark.number.saturating_sub(number).saturating_mul(BLOCK_SECONDS);
        let (time, transaction) = (stamp(mark.seconds.saturating_sub(age)), self.transaction(what, index));
        format!("{}\t{number}\t{}\t{time}\t{}\t0\n", mark.chain_id, bytes(hash), bytes(transaction))
    }

    /// Spread evenly over the blocks from 1 to the mark.
    const fn block(&self, mark: &Mark, index: u64, of: u64) -> u64 {
        let before = mark.number.saturating_sub(1).saturating_mul(index);
        match before.checked_div(of) {
            Some(offset) => offset.saturating_add(1),
            None => mark.number,
        }
    }
}

pub(super) fn watermark(mark: &Mark) -> String {
    let Mark { chain_id, number, hash, seconds } = *mark;
    format!("{chain_id}\t{number}\t{}\t{}\t{number}\n", bytes(hash), stamp(seconds))
}

/// Between one thousandth of a token and a thousand tokens, never the same as the neighbours'.
fn amount(index: u64) -> U256 {
    let thousandths = index.wrapping_mul(7_919) % 1_000_000;
    U256::from(thousandths.saturating_add(1)).saturating_mul(U256::from(1_000_000_000_000_000_u64))
}

/// One of a thousand users.
fn recipient(index: u64) -> Address {
    Address::left_padding_from(&(index % 1_000).saturating_add(1).to_be_bytes())
}

/// A BYTEA of COPY's text format.
fn bytes(value: impl AsRef<[u8]>) -> String {
    format!("\\\\x{}", hex::encode(value))
}

/// A time that PostgreSQL reads without a time zone of its own.
fn stamp(seconds: u64) -> String {
    let time = time::OffsetDateTime::from_unix_timestamp(i64::try_from(seconds).unwrap_or_default());
    time.ok().and_then(|time| time.format(&time::format_description::well_known::Rfc3339).ok()).unwrap_or_default()
}

fn chunks(count: u64, line: impl Fn(&mut String, u64) -> std::fmt::Result) -> impl Iterator<Item = String> {
    (0..count.div_ceil(CHUNK)).map(move |chunk| {
        let first = chunk.saturating_mul(CHUNK);
        let mut text = String::new();
        for index in first..first.saturating_add(CHUNK).min(count) {
            // Writing to a string cannot fail.
            let _written = line(&mut text, index);
        }
        text
    })
}
