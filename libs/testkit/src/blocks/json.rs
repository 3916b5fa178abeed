//! Blocks, logs and receipts as JSON text. Written directly: a measurement sends gigabytes of it, and a tree of
//! values for each log would be what is measured.

use std::fmt::Write as _;

use alloy::{hex, primitives::B256};

use super::chain::{Chain, GeneratedLog};

/// What every header has and nobody reads here; of real nodes' length, so that measured headers cost what real
/// ones do.
const REST_OF_HEADER: &str = concat!(
    r#""nonce":"0x0000000000000000","#,
    r#""sha3Uncles":"0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347","#,
    r#""transactionsRoot":"0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421","#,
    r#""stateRoot":"0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421","#,
    r#""receiptsRoot":"0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421","#,
    r#""miner":"0x0000000000000000000000000000000000000000","difficulty":"0x1","totalDifficulty":"0x1","#,
    r#""extraData":"0x","size":"0x3e8","gasLimit":"0x1c9c380","gasUsed":"0x0","baseFeePerGas":"0x0","#,
    r#""uncles":[],"transactions":[]"#
);

/// A bloom of 2,048 bits, none of them set.
const BLOOM_DIGITS: usize = 512;

pub(super) fn quantity(out: &mut String, value: u64) {
    let _infallible = write!(out, r#""{value:#x}""#);
}

pub(super) fn word(out: &mut String, word: &B256) {
    out.push('"');
    out.push_str(hex::Buffer::<32, true>::new().format(&word.0));
    out.push('"');
}

fn bytes(out: &mut String, bytes: &[u8]) {
    out.push('"');
    out.push_str(&hex::encode_prefixed(bytes));
    out.push('"');
}

/// The header of a block, with no transactions in it.
pub(super) fn header(out: &mut String, chain: &Chain, block: u64) {
    out.push_str(r#"{"number":"#);
    quantity(out, block);
    out.push_str(r#","hash":"#);
    word(out, &chain.hash(block));
    out.push_str(r#","parentHash":"#);
    word(out, &chain.parent_hash(block));
    out.push_str(r#","timestamp":"#);
    quantity(out, chain.seconds(block));
    out.push_str(r#","logsBloom":"0x"#);
    out.extend(std::iter::repeat_n('0', BLOOM_DIGITS));
    out.push_str(r#"","#);
    out.push_str(REST_OF_HEADER);
    out.push('}');
}

/// What the logs of one block have in common.
pub(super) struct LogWriter {
    hash: B256,
    /// `"blockHash":…,"blockNumber":…` and what else is the same in all of them.
    place: String,
}

impl LogWriter {
    pub(super) fn new(chain: &Chain, block: u64, time: Option<u64>) -> Self {
        let hash = chain.hash(block);
        let mut place = String::with_capacity(192);
        place.push_str(r#""blockHash":"#);
        word(&mut place, &hash);
        place.push_str(r#","blockNumber":"#);
        quantity(&mut place, block);
        if let Some(seconds) = time {
            place.push_str(r#","blockTimestamp":"#);
            quantity(&mut place, seconds);
        }
        Self { hash, place }
    }

    pub(super) fn log(&self, out: &mut String, index: usize, log: &GeneratedLog) {
        out.push_str(r#"{"address":""#);
        out.push_str(hex::Buffer::<20, true>::new().format(&log.address.0.0));
        out.push_str(r#"","topics":["#);
        for (nth, topic) in log.topics.iter().enumerate() {
            comma(out, nth);
            word(out, topic);
        }
        out.push_str(r#"],"data":"#);
        bytes(out, &log.data);
        out.push(',');
        out.push_str(&self.place);
        out.push_str(r#","transactionHash":"#);
        word(out, &Chain::tx_hash(self.hash, log.tx_index));
        out.push_str(r#","transactionIndex":"#);
        quantity(out, log.tx_index);
        out.push_str(r#","logIndex":"#);
        quantity(out, u64::try_from(index).unwrap_or(u64::MAX));
        out.push_str(r#","removed":false}"#);
    }

    /// The receipts of a block: one for each transaction that wrote a log.
    pub(super) fn receipts(&self, out: &mut String, logs: &[GeneratedLog]) {
        let mut index = 0_usize;
        out.push('[');
        for (nth, transaction) in logs.chunk_by(|one, next| one.tx_index == next.tx_index).enumerate() {
            comma(out, nth);
            out.push_str(r#"{"status":"0x1","logs":["#);
            for (nth, log) in transaction.iter().enumerate() {
                comma(out, nth);
                self.log(out, index, log);
                index = index.saturating_add(1);
            }
            out.push_str("]}");
        }
        out.push(']');
    }
}

/// Between the elements of a list.
pub(super) fn comma(out: &mut String, nth: usize) {
    if nth > 0 {
        out.push(',');
    }
}
