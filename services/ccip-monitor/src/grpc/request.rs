//! Wire → checked values. A field that is not set is no filter.

use causeway_primitives::{ChainId, Timestamp};
use causeway_proto::{
    ccip::v1::{MessageStatus, ReportSpan, SearchMessagesRequest},
    types::v1::ChainPosition,
};

use crate::{
    app::page::{self, Required},
    domain::{message::Status, report::Span},
    error::Error,
    ports::Filter,
};

pub(super) fn filter(request: &SearchMessagesRequest) -> Result<Filter, Error> {
    Ok(Filter {
        source_chain: chain("source_chain_id", request.source_chain_id)?,
        destination_chain: chain("destination_chain_id", request.destination_chain_id)?,
        status: status(request.status)?,
        sender: set(&request.sender).map(|text| page::address("sender", text)).transpose()?,
        receiver: set(&request.receiver).map(|text| page::account("receiver", text)).transpose()?,
        lane: set(&request.lane).map(page::lane).transpose()?,
        sent_from: request.sent_from.map(|at| time("sent_from", &at)).transpose()?,
        sent_before: request.sent_before.map(|at| time("sent_before", &at)).transpose()?,
    })
}

/// A week, unless another span is asked for.
pub(super) fn span(value: i32) -> Result<Span, Error> {
    let span =
        ReportSpan::try_from(value).map_err(|_| Error::Invalid { field: "span", expected: "a value of ReportSpan" })?;
    Ok(match span {
        ReportSpan::Day => Span::Day,
        ReportSpan::Unspecified | ReportSpan::Week => Span::Week,
        ReportSpan::Month => Span::Month,
    })
}

/// The text, unless it is empty.
pub(super) fn set(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

fn chain(field: &'static str, id: u64) -> Result<Option<ChainId>, Error> {
    if id == 0 { Ok(None) } else { page::chain_id(field, &id.to_string()).map(Some) }
}

fn status(value: i32) -> Result<Option<Status>, Error> {
    let status = MessageStatus::try_from(value)
        .map_err(|_| Error::Invalid { field: "status", expected: "a value of MessageStatus" })?;
    Ok(match status {
        MessageStatus::Unspecified => None,
        MessageStatus::Sent => Some(Status::Sent),
        MessageStatus::Delivered => Some(Status::Delivered),
        MessageStatus::Executing => Some(Status::Executing),
        MessageStatus::Executed => Some(Status::Executed),
        MessageStatus::Failed => Some(Status::Failed),
        MessageStatus::Expired => Some(Status::Expired),
    })
}

pub(super) fn time(field: &'static str, value: &prost_types::Timestamp) -> Result<Timestamp, Error> {
    let seconds = u64::try_from(value.seconds).ok();
    let millis = u64::try_from(value.nanos).ok().filter(|nanos| *nanos < 1_000_000_000).map(|nanos| nanos / 1_000_000);
    let whole = seconds.and_then(|seconds| seconds.checked_mul(1_000)).zip(millis);
    let total = whole.and_then(|(seconds, millis)| seconds.checked_add(millis));
    let invalid = Error::Invalid { field, expected: "a time between the years 1970 and 9999" };
    total.and_then(|millis| Timestamp::from_millis(millis).ok()).ok_or(invalid)
}

/// More positions than chains are no question.
const MAX_REQUIRED: usize = 64;

pub(super) fn required(positions: &[ChainPosition]) -> Result<Vec<Required>, Error> {
    if positions.len() > MAX_REQUIRED {
        return Err(Error::Invalid { field: "at_least", expected: "at most 64 positions" });
    }
    positions
        .iter()
        .map(|position| {
            let hash = set(&position.block_hash).map(block_hash).transpose()?;
            let chain = page::chain_id("at_least.chain_id", &position.chain_id.to_string())?;
            Ok(Required { chain, block: position.block_number, hash })
        })
        .collect()
}

fn block_hash(text: &str) -> Result<causeway_primitives::B256, Error> {
    let expected = "0x and 64 hexadecimal digits";
    page::tx_hash(text).map_err(|_| Error::Invalid { field: "at_least.block_hash", expected })
}
