//! What the monitor needs of the world, as traits: the ledger it writes, the records it reads, the decoders of its
//! dialects, and the chains.

mod chain;
mod dialect;
mod dossier;
#[cfg(test)]
pub(crate) mod fake;
mod ledger;
mod records;
mod reports;
#[cfg(test)]
pub(crate) mod samples;
mod upkeep;
mod watch;

pub use self::{
    chain::{
        ChainReads, DestinationAsk, IncomingAsk, ManualAsk, Named, OffRampAsk, Original, OriginalToken, OutgoingAsk,
        OutgoingReads, Parcel, Pin, ProbeAsk, ProbeReads, RampAsk, SourceAsk, Try,
    },
    dialect::{Contract, Decode, DecodeError, Role},
    dossier::{BalanceAt, Cursor, Dossier, LastExecution, Missing, Numbers},
    ledger::{
        Accepted, Batch, Executed, Hole, HoleCause, Ingested, Judgement, LaneRow, LastNumber, Ledger, LedgerError,
        Mark, NewEvent, OpenHole, Pace, Unwound, Verdict, Which,
    },
    records::{
        AttemptView, Direction, Filter, FindingView, HistoryStep, LaneStats, Link, MessageView, PageKey, Records, Side,
    },
    reports::{InFlight, InFlightCut, ReadPosition, Reports},
    upkeep::{OpenFindings, Upkeep},
    watch::{Changes, MessageChange, Watch},
};
