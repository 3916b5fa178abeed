//! Pausing the bridge's own contracts: what is to be paused because of what is halted, and whether it could be.
//!
//! A halt stops the relayer; a thief who has the bridge's keys needs no relayer. The guard's account may only pause: nothing
//! here starts a contract again. Readiness is judged all the time, because a pause that nobody tried is found broken on the
//! day on which it is needed.

use std::time::Duration;

use causeway_primitives::{ChainName, Scope};

use super::{
    latch::{Cause, HaltId, Latch},
    name::Name,
};

/// A contract that the guard may pause.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Target {
    /// The operators' word for it.
    pub name: Name,
    /// Its chain.
    pub chain: ChainName,
    /// What it takes part in: halts that cover this pause it.
    pub scope: Scope,
}

/// What is to be paused, each with the oldest halt that it is for: one pause for each halt, whatever comes after it. An
/// exercise pauses nothing.
pub fn wanted<'a>(targets: &'a [Target], latch: &Latch) -> Vec<(HaltId, &'a Target)> {
    let oldest = |target: &Target| {
        let real = latch.active().filter(|halt| halt.cause != Cause::Drill);
        real.filter(|halt| halt.scope.covers(target.scope)).map(|halt| halt.id).min()
    };
    targets.iter().filter_map(|target| Some((oldest(target)?, target))).collect()
}

/// What is known about pausing a contract now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Whether the contract is paused.
    pub paused: bool,
    /// Whether the key signs; else what it says.
    pub key: Result<(), String>,
    /// How many pauses the account can pay for; `None` where gas is free.
    pub affordable: Option<u64>,
    /// How long the oldest transaction of ours waits that was sent and is not mined; `None` without one.
    pub waiting: Option<Duration>,
    /// Transactions of the account that wait in a pool and are not ours.
    pub foreign: u64,
    /// What the call would cost now; else what the contract or the node says.
    pub call: Result<u64, String>,
}

/// What readiness takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// So many pauses must be affordable.
    pub least_affordable: u64,
    /// A transaction that waits longer than this is stuck.
    pub stuck_after: Duration,
}

/// Why a contract could not be paused.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lack {
    /// The chain does not answer.
    Chain(String),
    /// The key does not sign.
    Key(String),
    /// The account cannot pay.
    Gas {
        /// How many pauses it can pay for.
        affordable: u64,
        /// How many it must.
        least: u64,
    },
    /// A transaction of ours is stuck, and the next one comes behind it.
    Stuck(Duration),
    /// Somebody else uses the account.
    ForeignUse {
        /// How many transactions.
        waiting: u64,
    },
    /// The call would not go through.
    Call(String),
}

impl Lack {
    /// Label and wire value.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Chain(_) => "chain",
            Self::Key(_) => "key",
            Self::Gas { .. } => "gas",
            Self::Stuck(_) => "stuck",
            Self::ForeignUse { .. } => "nonce",
            Self::Call(_) => "call",
        }
    }
}

impl std::fmt::Display for Lack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Chain(why) => write!(f, "chain: {why}"),
            Self::Key(why) => write!(f, "key: {why}"),
            Self::Gas { affordable, least } => {
                write!(f, "gas: the account pays for {affordable} pauses, {least} are wanted")
            }
            Self::Stuck(waiting) => write!(f, "nonce: a transaction waits for {} s", waiting.as_secs()),
            Self::ForeignUse { waiting } => write!(f, "nonce: {waiting} transactions of somebody else wait"),
            Self::Call(why) => write!(f, "call: {why}"),
        }
    }
}

/// Whether a contract could be paused now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Readiness {
    /// It could.
    Ready {
        /// For so much gas.
        gas: u64,
    },
    /// It is paused.
    Paused,
    /// It could not: what is missing, at least one thing.
    NotReady(Vec<Lack>),
}

impl Readiness {
    /// Wire value; a contract that is paused has been.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Ready { .. } | Self::Paused => "ready",
            Self::NotReady(_) => "not_ready",
        }
    }

    /// For people.
    pub fn detail(&self) -> String {
        match self {
            Self::Ready { gas } => format!("the call passes, for {gas} gas"),
            Self::Paused => "the contract is paused".to_owned(),
            Self::NotReady(lacks) => lacks.iter().map(Lack::to_string).collect::<Vec<_>>().join("; "),
        }
    }
}

/// Whether a contract could be paused, by these facts. One that is paused refuses to be paused again, which is no lack.
pub fn readiness(facts: &Facts, policy: &Policy) -> Readiness {
    let mut lacks = Vec::new();
    lacks.extend(facts.key.as_ref().err().cloned().map(Lack::Key));
    let least = policy.least_affordable;
    let short = facts.affordable.filter(|affordable| *affordable < least);
    lacks.extend(short.map(|affordable| Lack::Gas { affordable, least }));
    lacks.extend(facts.waiting.filter(|waiting| *waiting > policy.stuck_after).map(Lack::Stuck));
    if facts.foreign > 0 {
        lacks.push(Lack::ForeignUse { waiting: facts.foreign });
    }
    match (&facts.call, facts.paused, lacks.is_empty()) {
        (_, true, true) => Readiness::Paused,
        (Ok(gas), false, true) => Readiness::Ready { gas: *gas },
        (Err(why), false, _) => {
            lacks.push(Lack::Call(why.clone()));
            Readiness::NotReady(lacks)
        }
        (Ok(_), false, false) | (_, true, false) => Readiness::NotReady(lacks),
    }
}

#[cfg(test)]
mod tests {
    use causeway_primitives::{B256, Timestamp};

    use super::*;
    use crate::domain::{finding::Code, latch::Halt};

    const POLICY: Policy = Policy { least_affordable: 3, stuck_after: Duration::from_secs(60) };

    fn target(name: &str, scope: Scope) -> Target {
        Target { name: name.parse().unwrap(), chain: "home".parse().unwrap(), scope }
    }

    fn halt(id: u128, scope: Scope, cause: Cause) -> Halt {
        let (evidence, at) = (B256::ZERO, Timestamp::EPOCH);
        Halt { id: HaltId::new(id), scope, cause, evidence, epoch: 1, at, parent: None }
    }

    fn names(latch: &Latch) -> Vec<(u128, String)> {
        let targets = [target("lockbox", Scope::All), target("settlement", Scope::Settlement)];
        wanted(&targets, latch).into_iter().map(|(halt, target)| (halt.get(), target.name.to_string())).collect()
    }

    #[test]
    fn grd_13_a_halt_pauses_what_it_covers_and_the_oldest_one_is_what_it_is_for() {
        let mut latch = Latch::default();
        assert_eq!(names(&latch), []);
        latch.halt(halt(7, Scope::Settlement, Cause::Violation(Code::ProofVerificationFail)));
        assert_eq!(names(&latch), [(7, "settlement".to_owned())]);
        latch.halt(halt(9, Scope::All, Cause::Manual));
        assert_eq!(names(&latch), [(9, "lockbox".to_owned()), (7, "settlement".to_owned())]);
    }

    #[test]
    fn grd_13_an_exercise_pauses_nothing() {
        let mut latch = Latch::default();
        latch.halt(halt(1, Scope::All, Cause::Drill));
        assert_eq!(names(&latch), []);
    }

    fn good() -> Facts {
        let (affordable, call) = (Some(3), Ok(30_000));
        Facts { paused: false, key: Ok(()), affordable, waiting: None, foreign: 0, call }
    }

    fn lacks(facts: &Facts) -> Vec<&'static str> {
        match readiness(facts, &POLICY) {
            Readiness::Ready { .. } | Readiness::Paused => Vec::new(),
            Readiness::NotReady(lacks) => lacks.iter().map(Lack::as_str).collect(),
        }
    }

    #[test]
    fn grd_13_readiness_takes_key_gas_nonce_and_a_call_that_passes() {
        let ready = readiness(&good(), &POLICY);
        assert_eq!((ready.as_str(), &ready), ("ready", &Readiness::Ready { gas: 30_000 }));
        assert_eq!(lacks(&Facts { affordable: None, ..good() }), [""; 0], "gas is free");
        assert_eq!(lacks(&Facts { key: Err("gone".to_owned()), ..good() }), ["key"]);
        assert_eq!(lacks(&Facts { affordable: Some(2), ..good() }), ["gas"]);
        let waiting = |seconds| Facts { waiting: Some(Duration::from_secs(seconds)), ..good() };
        assert_eq!((lacks(&waiting(60)), lacks(&waiting(61))), (vec![], vec!["stuck"]));
        assert_eq!(lacks(&Facts { foreign: 1, ..good() }), ["nonce"]);
        let refused = Facts { call: Err("OnlyGuardian".to_owned()), ..good() };
        assert_eq!(lacks(&refused), ["call"]);
        assert_eq!(lacks(&Facts { affordable: Some(0), foreign: 2, ..refused }), ["gas", "nonce", "call"]);
    }

    #[test]
    fn grd_13_a_paused_contract_refuses_the_call_and_is_ready_all_the_same() {
        let paused = Facts { paused: true, call: Err("IsPaused".to_owned()), ..good() };
        assert_eq!(readiness(&paused, &POLICY), Readiness::Paused);
        let broke = Facts { affordable: Some(0), ..paused };
        assert_eq!(lacks(&broke), ["gas"], "for the next time");
    }
}
