//! The ways in which it can be told to misbehave.

/// What happens to the next invocation that is new to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Misdeed {
    /// The connection breaks before anything is stored.
    NeverTaken,
    /// Everything is done, and the connection breaks before the answer is whole.
    LostAnswer,
    /// Everything is done, and the answer is 408 (`FF10260`).
    TimedOut,
    /// Everything is done, and the answer comes when no caller waits for it any more.
    Slow,
    /// Everything is done, and the answer is 502 from something before it.
    BadGateway,
    /// The connector is away: the operation stays `Initialized`, the answer is 500 (`FF10274`). The same key again goes on
    /// with what was stored, answers 2xx, and names an operation that was never stored.
    ConnectorAway,
    /// The transaction's row is there and no operation: the same key again goes on with its new body.
    OnlyTransaction,
    /// 409 (`FF10432`), and nothing is stored.
    Race,
    /// Everything is done, and the operation is told as `Failed` until it was asked for some times.
    FailedThenSucceeded,
    /// The connector fails before it sends, and keeps nothing: `Failed` for good.
    Dead,
    /// It is sent, and FireFly never hears of it again: `Pending` for good, without a hash.
    Stuck,
    /// Under the same key something else is stored: another caller's, of a larger amount. Nothing is sent.
    OtherInput,
}

impl Misdeed {
    /// Those that every request survives: in the end it is done once. [`Self::Slow`] is one as well, and left out for what it
    /// costs in a storm.
    pub const SURVIVED: [Self; 10] = [
        Self::NeverTaken,
        Self::LostAnswer,
        Self::TimedOut,
        Self::BadGateway,
        Self::ConnectorAway,
        Self::OnlyTransaction,
        Self::Race,
        Self::FailedThenSucceeded,
        Self::Dead,
        Self::Stuck,
    ];
}

/// How events are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EventWays {
    /// Each one twice.
    pub doubled: bool,
    /// Every second one never.
    pub lost: bool,
    /// Every two of them in the wrong order.
    pub swapped: bool,
    /// Each connection hears everything again, from the oldest.
    pub replayed: bool,
}
