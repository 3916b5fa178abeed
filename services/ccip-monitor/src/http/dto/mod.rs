//! The JSON of the REST face. Amounts, selectors and sequence numbers that may exceed 53 bits are strings, so that no
//! reader's number type can bend them; times are RFC 3339 in UTC; bytes are 0x-hex in small letters.

mod diagnosis;
mod finding;
mod lane;
mod message;
mod query;
mod statistics;
mod text;

pub(super) use self::{
    diagnosis::{Diagnosis, DiagnosisStep, Manual, Position},
    finding::{Finding, Findings},
    lane::{Answer, Balance, Chain, Lane, Lanes},
    message::{Attempt, Destination, HistoryStep, Message, MessageDetail, Messages, Source, TokenAmount},
    query::{EventsQuery, FindingsQuery, MessagesQuery, NoParameters, ReportQuery, StatisticsQuery},
    statistics::{LaneStatistics, Statistics},
};
