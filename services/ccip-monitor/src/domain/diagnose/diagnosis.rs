//! What comes out: steps with their proofs, a verdict, and what to do next.

use causeway_primitives::{Address, B256, Bytes, Timestamp, U256};

use super::read::Gap;

/// A step of the walk, in the order in which a message passes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StepName {
    /// Whether the monitor itself knows enough to speak.
    Monitor,
    /// The send: on the chain, and what it claims to be.
    Send,
    /// Whether the sender can pay for more. Bears on the next messages, not on this one, which is paid.
    Funds,
    /// The source's router and on-ramp. Bear on the next messages, not on this one, which was accepted.
    Router,
    /// Whether the destination takes messages of this lane.
    Lane,
    /// Whether the send can still be undone.
    Finality,
    /// Arrival at the destination.
    Commit,
    /// Curses on either side.
    Curse,
    /// Earlier messages of the same sender.
    Order,
    /// The relay service of a private dialect.
    Relay,
    /// The execution itself.
    Execution,
    /// Whether the receiver has gas enough.
    Gas,
}

impl StepName {
    /// All of them, in the order of the walk.
    pub const ALL: [Self; 12] = [
        Self::Monitor,
        Self::Send,
        Self::Funds,
        Self::Router,
        Self::Lane,
        Self::Finality,
        Self::Commit,
        Self::Curse,
        Self::Order,
        Self::Relay,
        Self::Execution,
        Self::Gas,
    ];

    /// Label and wire value.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Monitor => "monitor",
            Self::Send => "send",
            Self::Funds => "funds",
            Self::Router => "router",
            Self::Lane => "lane",
            Self::Finality => "finality",
            Self::Commit => "commit",
            Self::Curse => "curse",
            Self::Order => "order",
            Self::Relay => "relay",
            Self::Execution => "execution",
            Self::Gas => "gas",
        }
    }

    /// Whether what is wrong here keeps this very message where it is. The others are said and change no verdict.
    pub const fn holds_the_message(self) -> bool {
        match self {
            Self::Funds | Self::Router | Self::Gas => false,
            Self::Monitor
            | Self::Send
            | Self::Lane
            | Self::Finality
            | Self::Commit
            | Self::Curse
            | Self::Order
            | Self::Relay
            | Self::Execution => true,
        }
    }
}

/// What a step found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Found {
    /// As it should be.
    Ok,
    /// As it should be, and not done yet.
    Waiting,
    /// Something is wrong here, and that is proven.
    Problem,
    /// Could not be found out. Never to be read as good.
    Unknown,
    /// Does not apply to this message.
    NotApplicable,
}

impl Found {
    /// Label and wire value.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Waiting => "waiting",
            Self::Problem => "problem",
            Self::Unknown => "unknown",
            Self::NotApplicable => "not_applicable",
        }
    }
}

/// What a step waits for, where nothing is wrong and it is not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Wait {
    /// When it is expected; `None` where nobody can say.
    pub until: Option<Timestamp>,
}

/// A step and what it found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Which.
    pub name: StepName,
    /// What it found.
    pub found: Found,
    /// In words, with the figures.
    pub detail: String,
    /// The reads that prove it, one a line.
    pub proof: String,
    /// What to do about it; empty when there is nothing to do.
    pub action: String,
    /// Set where the message waits here and nothing is wrong.
    pub wait: Option<Wait>,
}

impl Step {
    /// As it should be.
    pub fn ok(name: StepName, detail: impl Into<String>) -> Self {
        Self::new(name, Found::Ok, detail)
    }

    /// Wrong.
    pub fn problem(name: StepName, detail: impl Into<String>, action: impl Into<String>) -> Self {
        Self { action: action.into(), ..Self::new(name, Found::Problem, detail) }
    }

    /// Not to be found out.
    pub fn unknown(name: StepName, detail: impl Into<String>) -> Self {
        Self::new(name, Found::Unknown, detail)
    }

    /// Of no concern to this message.
    pub fn not_applicable(name: StepName, detail: impl Into<String>) -> Self {
        Self::new(name, Found::NotApplicable, detail)
    }

    /// As it should be, and not done yet.
    pub fn waiting(name: StepName, detail: impl Into<String>, until: Option<Timestamp>) -> Self {
        Self { wait: Some(Wait { until }), ..Self::new(name, Found::Waiting, detail) }
    }

    fn new(name: StepName, found: Found, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self { name, found, detail, proof: String::new(), action: String::new(), wait: None }
    }

    /// With the lines that prove it; empty lines say nothing.
    #[must_use]
    pub fn proven_by<'a>(mut self, lines: impl IntoIterator<Item = &'a str>) -> Self {
        let lines: Vec<_> = lines.into_iter().filter(|line| !line.is_empty()).collect();
        self.proof = lines.join("\n");
        self
    }

    /// With what to do about it.
    #[must_use]
    pub fn advising(mut self, action: impl Into<String>) -> Self {
        self.action = action.into();
        self
    }
}

/// What it comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// The message was executed.
    Executed,
    /// Nothing is wrong; the message waits at this step.
    Waiting {
        /// Where.
        at: StepName,
        /// Until when, if that can be said.
        until: Option<Timestamp>,
    },
    /// It is stuck at this step, and that is proven.
    Stuck {
        /// Where.
        at: StepName,
    },
    /// It is stuck, and anybody can execute it by hand.
    Executable {
        /// Since when.
        since: Timestamp,
    },
    /// Not enough is known; at this step first.
    Unknown {
        /// Where.
        at: StepName,
    },
}

impl Verdict {
    /// Label and wire value.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Executed => "executed",
            Self::Waiting { .. } => "waiting",
            Self::Stuck { .. } => "stuck",
            Self::Executable { .. } => "executable",
            Self::Unknown { .. } => "unknown",
        }
    }

    /// Whether the message will not move by itself, and that is proven.
    pub const fn is_stuck(self) -> bool {
        match self {
            Self::Stuck { .. } | Self::Executable { .. } => true,
            Self::Executed | Self::Waiting { .. } | Self::Unknown { .. } => false,
        }
    }
}

/// What an execution by hand takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manual {
    /// Where to call.
    pub off_ramp: Address,
    /// From when on the off-ramp takes it, by the destination's clock.
    pub possible_from: Timestamp,
    /// What to give to the receiver; `None`: what the message says is enough, as far as is known.
    pub gas_override: Option<U256>,
    /// Gas that the transaction needs at least: a ramp swallows the failure of an inner call that runs out of gas.
    pub gas_floor: U256,
    /// The call, ready to send with the message's own gas; or why it could not be made.
    pub call: Result<ManualCall, Gap>,
}

/// The call of an execution by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManualCall {
    /// The function, by its name.
    pub function: &'static str,
    /// The call data.
    pub calldata: Bytes,
    /// The committed root that the proof leads to; `None` where there are no roots (2.0).
    pub root: Option<B256>,
    /// The hashes beside the message's own leaf.
    pub proof: Vec<B256>,
    /// Which of them come from the proof, as bits.
    pub proof_flags: U256,
    /// What still has to be filled in, in words: attestations of tokens, verifier results; empty when nothing has.
    pub to_fill_in: String,
}

/// Why a message is where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnosis {
    /// What it comes to.
    pub verdict: Verdict,
    /// The same in one sentence.
    pub summary: String,
    /// What to do next.
    pub action: String,
    /// The steps, in order.
    pub steps: Vec<Step>,
    /// What an execution by hand takes, where there is one in this dialect and the message is not executed.
    pub manual: Option<Manual>,
}

impl Diagnosis {
    /// The step of this name.
    pub fn find_step(&self, name: StepName) -> Option<&Step> {
        self.steps.iter().find(|step| step.name == name)
    }
}
