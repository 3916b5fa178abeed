//! The JSON of the REST face. Amounts and units are strings, so that no reader's number type can bend them; times are
//! RFC 3339 in UTC.

use causeway_primitives::AssetId;
use causeway_store::outbox::Delivery;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    adapters::store::{AnswerRow, StepRow},
    app::{Asset, Comparison, Receipt, Taken, TransactionReceipt},
    domain::request::Request,
};

/// A direct instruction. Which of `from`, `to` and `destination_selector` are needed follows from the path.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Instruction {
    /// The asset.
    pub(super) asset: String,
    /// Plain decimal in whole tokens, never finer than the token.
    pub(super) amount: String,
    /// Who gives, 0x-hex.
    pub(super) from: Option<String>,
    /// Who gets, 0x-hex.
    pub(super) to: Option<String>,
    /// CCIP selector of the other chain, as text.
    pub(super) destination_selector: Option<String>,
    /// What the caller calls the business, once and for all.
    pub(super) business_reference: String,
}

/// The operators' older path.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Tokenize {
    /// The message.
    pub(super) xml_content: String,
    /// The file that it came in.
    pub(super) file_name: String,
}

/// A request that an instruction became.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Accepted {
    /// The request.
    request_id: String,
    /// Whether it was there before.
    known: bool,
}

impl From<Taken> for Accepted {
    fn from(taken: Taken) -> Self {
        match taken {
            Taken::New(id) => Self { request_id: id.to_string(), known: false },
            Taken::Known(id) => Self { request_id: id.to_string(), known: true },
        }
    }
}

/// What became of the messages of a file.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Messages {
    messages: Vec<Message>,
}

#[derive(Debug, Serialize, ToSchema)]
struct Message {
    /// Absent when nothing of it is new.
    message_id: Option<String>,
    message_type: String,
    sender: String,
    transactions: Vec<Transaction>,
}

#[derive(Debug, Serialize, ToSchema)]
struct Transaction {
    /// Counts from 1 within the message.
    position: u32,
    request_id: Option<String>,
    /// Whether the request was there before.
    known: bool,
    /// Why there is no request.
    refusal: Option<&'static str>,
}

impl From<Vec<Receipt>> for Messages {
    fn from(receipts: Vec<Receipt>) -> Self {
        let message = |receipt: Receipt| Message {
            message_id: receipt.message.map(|id| id.to_string()),
            message_type: receipt.message_type,
            sender: receipt.sender,
            transactions: receipt.transactions.into_iter().map(transaction).collect(),
        };
        Self { messages: receipts.into_iter().map(message).collect() }
    }
}

fn transaction(receipt: TransactionReceipt) -> Transaction {
    let (taken, refusal) = match receipt.outcome {
        Ok(taken) => (Some(Accepted::from(taken)), None),
        Err(refused) => (None, Some(refused.reason())),
    };
    Transaction {
        position: receipt.position,
        known: taken.as_ref().is_some_and(|taken| taken.known),
        request_id: taken.map(|taken| taken.request_id),
        refusal,
    }
}

/// A request.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RequestBody {
    request_id: String,
    kind: &'static str,
    state: &'static str,
    /// Why it waits or has ended so; empty otherwise.
    reason: &'static str,
    asset: String,
    /// In the token's smallest units.
    units: String,
    /// As it was written.
    amount: String,
    from: Option<String>,
    to: Option<String>,
    /// What the token remembers.
    reference: String,
    maker: String,
    approved_by: Vec<String>,
    price: Option<PriceBody>,
    tx_hash: Option<String>,
    block_number: Option<u64>,
    message_id: Option<String>,
    uetr: Option<String>,
    /// The beginning of the day that its message is for: nothing is done before. Absent when it names none.
    not_before: Option<String>,
    /// Of the trace from its taking to its answer; absent when nobody traced the call that brought it.
    trace_id: Option<String>,
    created_at: String,
    updated_at: String,
    /// Its way, oldest step first; lists leave it out.
    timeline: Vec<StepBody>,
}

#[derive(Debug, Serialize, ToSchema)]
struct PriceBody {
    feed_id: String,
    round_id: String,
    price: String,
    age_seconds: u64,
    venues: u32,
}

#[derive(Debug, Serialize, ToSchema)]
struct StepBody {
    step: u32,
    event: String,
    state: String,
    reason: String,
    actor: String,
    at: String,
}

impl RequestBody {
    pub(super) fn new(request: Request, steps: Vec<StepRow>) -> Self {
        let trace_id = request.trace_id().map(str::to_owned);
        let Request { id, saga, instruction, amount, maker, approvals, valuation, on_chain, origin, .. } = request;
        let holder = |holder: Option<causeway_primitives::Address>| holder.map(|holder| holder.to_string());
        Self {
            request_id: id.to_string(),
            kind: instruction.kind().as_str(),
            state: saga.state.as_str(),
            reason: saga.state.reason(),
            asset: instruction.asset.to_string(),
            units: instruction.units.to_string(),
            amount,
            from: holder(instruction.movement.from()),
            to: holder(instruction.movement.to()),
            reference: instruction.reference.to_string(),
            maker: maker.to_string(),
            approved_by: approvals.iter().map(|approval| approval.approver.to_string()).collect(),
            price: valuation.map(|valuation| PriceBody {
                feed_id: valuation.feed.to_string(),
                round_id: valuation.round.to_string(),
                price: valuation.price.to_string(),
                age_seconds: valuation.age.as_secs(),
                venues: valuation.venues,
            }),
            tx_hash: on_chain.map(|on_chain| on_chain.tx_hash.to_string()),
            block_number: on_chain.map(|on_chain| on_chain.block_number),
            message_id: origin.as_ref().map(|origin| origin.message.to_string()),
            uetr: origin.and_then(|origin| origin.uetr),
            not_before: request.not_before.map(|at| at.to_string()),
            trace_id,
            created_at: request.created_at.to_string(),
            updated_at: request.updated_at.to_string(),
            timeline: steps.into_iter().map(step).collect(),
        }
    }
}

fn step(row: StepRow) -> StepBody {
    StepBody {
        step: row.step,
        event: row.event,
        state: row.state,
        reason: row.reason,
        actor: row.actor,
        at: row.at.to_string(),
    }
}

/// A page of requests, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Requests {
    pub(super) requests: Vec<RequestBody>,
    /// Pass as `page_token` to go on; absent on the last page.
    pub(super) next_page_token: Option<String>,
}

/// Which requests.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct RequestsQuery {
    /// Only those in this state.
    pub(super) state: Option<String>,
    /// Only those that stand where they stand for this reason.
    pub(super) reason: Option<String>,
    /// Only those of this asset.
    pub(super) asset: Option<String>,
    /// Only those with this UETR.
    pub(super) uetr: Option<String>,
    /// 1 to 500; 50 when absent.
    pub(super) page_size: Option<u32>,
    /// Of the page before.
    pub(super) page_token: Option<String>,
}

/// A person's own words.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Why {
    /// One sentence of at most 500 characters, for the record.
    pub(super) reason: String,
}

/// An answer to the sender of a message.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AnswerBody {
    /// Receivers see it as the idempotency key.
    answer_id: String,
    request_id: String,
    message_type: String,
    content: String,
    /// `pending`, `delivered` or `dead`, of several receivers the worst; `kept` when nobody is told, or was long ago.
    state: &'static str,
    created_at: String,
}

impl From<AnswerRow> for AnswerBody {
    fn from(row: AnswerRow) -> Self {
        Self {
            answer_id: row.id.to_string(),
            request_id: row.request.to_string(),
            message_type: row.message_type,
            content: row.content,
            state: row.state.map_or("kept", Delivery::as_str),
            created_at: row.at.to_string(),
        }
    }
}

/// The answers to a request, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Answers {
    pub(super) answers: Vec<AnswerBody>,
}

/// An asset and how its books stand.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AssetBody {
    asset: String,
    denomination: String,
    decimals: u8,
    /// `balanced`, `in_flight`, `surplus`, `shortage`, `unknown_holder`, `books`, or `unknown` without evidence.
    reconciliation: &'static str,
    /// In holders' hands by the books, in units.
    held: Option<String>,
    /// By the chain, in units.
    total_supply: Option<String>,
    block_number: Option<u64>,
    compared_at: Option<String>,
}

impl AssetBody {
    pub(super) fn new(id: &AssetId, asset: &Asset, comparison: Option<&Comparison>) -> Self {
        let outcome = comparison.and_then(|comparison| comparison.outcome);
        let supply = comparison.and_then(|comparison| comparison.supply);
        Self {
            asset: id.to_string(),
            denomination: asset.denomination.to_string(),
            decimals: asset.decimals.get(),
            reconciliation: outcome.map_or("unknown", |outcome| outcome.as_str()),
            held: comparison.map(|comparison| comparison.totals.held.to_string()),
            total_supply: supply.map(|supply| supply.supply.total.to_string()),
            block_number: supply.map(|supply| supply.block_number),
            compared_at: comparison.map(|comparison| comparison.at.to_string()),
        }
    }
}

/// All assets.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Assets {
    pub(super) assets: Vec<AssetBody>,
}
