//! One window from one endpoint.
//!
//! Headers and logs are asked for in one request, so that one node's view serves all: the last block, the
//! first block, the logs, the last block again. A single block whose logs are refused is asked for by its hash,
//! which some endpoints do not limit, and at last by its receipts.

use std::{ops::RangeInclusive, sync::Arc};

use alloy::primitives::{B256, U64};
use serde::{Deserialize, de::Error as _};
use serde_json::{Map, json};

use super::{
    check::{Part, check},
    error::{Cause, Failure},
    selection::Selection,
    times::{self, Holder, header},
    window::{Position, ScannedLog, Window},
    wire::{RawLog, RawReceipt},
};
use crate::{
    endpoints::{Error as EndpointError, Session},
    rpc::{self, Answer, Call},
};

/// A window and what it cost.
#[derive(Debug)]
pub(super) struct Fetched {
    pub(super) window: Window,
    /// How long its logs were as JSON.
    pub(super) bytes: u64,
}

/// What is to be fetched.
#[derive(Debug, Clone)]
pub(super) struct Order {
    pub(super) range: RangeInclusive<u64>,
    pub(super) selection: Arc<Selection>,
    pub(super) headers_per_request: usize,
}

/// How the logs are asked for.
#[derive(Debug, Clone, Copy)]
enum Form {
    Range,
    BlockHash(B256),
    Receipts,
}

/// Fetches a window; blames the endpoint for an answer that nobody could have given in good faith.
pub(super) async fn fetch(session: Session, order: Order) -> Result<Fetched, Failure> {
    let outcome = attempt(&session, &order).await;
    if let Err(Failure::Fault(fault)) = &outcome {
        tracing::debug!(endpoint = session.endpoint(), %fault, "an answer about logs does not fit together");
        if fault.blames_endpoint() {
            session.blame();
        }
    }
    outcome
}

async fn attempt(session: &Session, order: &Order) -> Result<Fetched, Failure> {
    let single = order.range.start() == order.range.end();
    let mut part = match ask(session, order, Form::Range).await {
        Err(Failure::Chain(refused)) if single && is_refused(&refused) => {
            ask_otherwise(session, order, refused).await?
        }
        outcome => outcome?,
    };
    check(&mut part, &order.range, &order.selection).map_err(Failure::Fault)?;
    let holders = times::of_holders(session, &part, order.headers_per_request).await?;
    let window = Window {
        range: order.range.clone(),
        parent: part.first.parent_hash,
        position: Position { number: part.last.number, hash: part.last.hash },
        time: part.last.time,
        logs: with_times(part.logs, &holders),
        endpoint: session.endpoint(),
    };
    Ok(Fetched { window, bytes: part.bytes })
}

/// Whether the endpoint does not answer this question, but perhaps another one about the same block.
fn is_refused(error: &EndpointError) -> bool {
    matches!(Cause::of(error), Cause::Narrower(..) | Cause::Unclear)
}

/// The other ways to the logs of a single block. When they fail, what the first one said is what counts.
async fn ask_otherwise(session: &Session, order: &Order, refused: EndpointError) -> Result<Part, Failure> {
    let block = session.find_block(*order.range.start()).await.map_err(Failure::Chain)?;
    let Some(block) = block else { return Err(Failure::Lagging) };
    for form in [Form::BlockHash(block.hash), Form::Receipts] {
        if let Ok(part) = ask(session, order, form).await {
            return Ok(part);
        }
    }
    Err(Failure::Block(refused))
}

async fn ask(session: &Session, order: &Order, form: Form) -> Result<Part, Failure> {
    let (from, to) = (*order.range.start(), *order.range.end());
    let mut calls = vec![header_call(to), header_call(from)];
    if !order.selection.is_empty() {
        calls.push(logs_call(order, form));
    }
    calls.push(header_call(to));
    let selection = Arc::clone(&order.selection);
    let read = move |answers: &[Answer<'_>]| read(answers, form, &selection);
    session.batch("eth_getLogs", calls, read).await.map_err(Failure::Chain)?.ok_or(Failure::Lagging)
}

pub(super) fn header_call(number: u64) -> Call {
    Call { method: "eth_getBlockByNumber", params: json!([U64::from(number), false]) }
}

fn logs_call(order: &Order, form: Form) -> Call {
    let mut place = Map::new();
    match form {
        Form::Range => {
            place.insert("fromBlock".to_owned(), json!(U64::from(*order.range.start())));
            place.insert("toBlock".to_owned(), json!(U64::from(*order.range.end())));
        }
        Form::BlockHash(hash) => {
            place.insert("blockHash".to_owned(), json!(hash));
        }
        Form::Receipts => {
            return Call { method: "eth_getBlockReceipts", params: json!([U64::from(*order.range.start())]) };
        }
    }
    Call { method: "eth_getLogs", params: json!([order.selection.to_filter(place)]) }
}

/// `None` when the endpoint lacks one of the blocks, whatever it said about the logs then.
fn read(answers: &[Answer<'_>], form: Form, selection: &Selection) -> Result<Option<Part>, rpc::Error> {
    let (before, first, logs, after) = match answers {
        [before, first, after] => (before, first, None, after),
        [before, first, logs, after] => (before, first, Some(logs), after),
        _ => return Err(rpc::Error::Shape(serde_json::Error::custom("another number of answers"))),
    };
    let (Some(last_before), Some(first), Some(last)) = (header(before)?, header(first)?, header(after)?) else {
        return Ok(None);
    };
    let (logs, bytes) = match logs {
        Some(answer) => read_logs(answer, form, selection)?,
        None => (Vec::new(), 0),
    };
    Ok(Some(Part { last_before, first, logs, last, bytes }))
}

fn read_logs(answer: &Answer<'_>, form: Form, selection: &Selection) -> Result<(Vec<RawLog>, u64), rpc::Error> {
    let raw = answer.as_ref().map_err(|refusal| rpc::Error::Refused(refusal.clone()))?.ok_or(rpc::Error::Empty)?;
    let bytes = u64::try_from(raw.get().len()).unwrap_or(u64::MAX);
    let logs = match form {
        Form::Range | Form::BlockHash(_) => parse(raw.get())?,
        Form::Receipts => {
            let receipts: Vec<RawReceipt> = parse(raw.get())?;
            let all = receipts.into_iter().flat_map(|receipt| receipt.logs);
            all.filter(|log| selection.contains(&log.address, &log.topics)).collect()
        }
    };
    Ok((logs, bytes))
}

fn parse<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, rpc::Error> {
    serde_json::from_str(text).map_err(rpc::Error::Shape)
}

/// The logs, each with the time of the block that holds it.
fn with_times(logs: Vec<RawLog>, holders: &[Holder]) -> Vec<ScannedLog> {
    let times = holders.iter().flat_map(|holder| std::iter::repeat_n(holder.time, holder.logs));
    let scanned = logs.into_iter().zip(times).map(|(log, block_time)| ScannedLog {
        address: log.address,
        topics: log.topics,
        data: log.data,
        block_number: log.block_number.0,
        block_hash: log.block_hash,
        block_time,
        tx_hash: log.transaction_hash,
        tx_index: log.transaction_index.0,
        log_index: log.log_index.0,
    });
    scanned.collect()
}
