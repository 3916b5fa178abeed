//! What fires, and when: every alert of the gateway with its words, raised and cleared as states change.
//!
//! Each name has a page under `docs/runbooks`. Said in rounds from what stands in the database and what this replica last
//! saw; who hears of it, how soon and how often is the alerting desk's.

use std::{collections::BTreeSet, time::Duration};

use causeway_alerting::{Alarms, Concern, Severity};
use causeway_primitives::{AssetId, Timestamp};
use causeway_store::outbox::Backlog;

use super::Comparison;
use crate::{
    adapters::store::Open,
    domain::{
        instruction::Kind,
        reconcile::Outcome,
        saga::{Doubt, Hold, State},
    },
};

macro_rules! concerns {
    ($($constant:ident = $name:literal, $severity:ident, $next_step:literal;)*) => {
        $(static $constant: Concern = Concern::new($name, Severity::$severity, $next_step);)*

        /// Everything that the service watches; each has a runbook page.
        pub static CONCERNS: &[&Concern] = &[$(&$constant),*];
    };
}

concerns! {
    BOOKS_BROKEN = "TokenizationBooksBroken", Critical, "halt tokenization at the guard; find the transaction that no request ordered";
    REFERENCE_TAKEN = "TokenizationReferenceTaken", Critical, "compare the request with what the token performed under its reference; release or disown it";
    TOKEN_CHANGED = "TokenizationTokenChanged", Critical, "find out who changed the contract; requests of the asset wait until it is as it was pinned";
    NO_LEADER = "TokenizationNoLeader", Critical, "check that a replica runs and reaches its database";
    RPC_UNAVAILABLE = "TokenizationRpcUnavailable", Critical, "check the chain's endpoints";
    RECORD_BROKEN = "TokenizationRecordBroken", Critical, "keep the database as it is; compare the record with a link that was kept elsewhere";
    BOOKS_UNKNOWN = "TokenizationBooksUnknown", Error, "see which endpoints answer; books that nobody compares are no books";
    OUTCOME_UNKNOWN = "TokenizationOutcomeUnknown", Error, "see why the chain cannot be asked; nothing is repeated before it was";
    REQUESTS_STUCK = "TokenizationRequestsStuck", Error, "look at the oldest request's timeline, then at the sender's journal";
    NO_LEAVE = "TokenizationNoLeave", Error, "ask the guard why it gives no leave; requests wait and go on by themselves";
    NO_PRICE = "TokenizationPriceMissing", Error, "ask the oracle for the feed; requests wait and go on by themselves";
    ANSWERS_DEAD = "TokenizationAnswersDead", Error, "see what the receiver said, put it right, and replay the answers";
    HELD_LONG = "TokenizationHeldLong", Warning, "decide on the held requests: release or refuse";
    APPROVAL_WAITING = "TokenizationApprovalWaiting", Warning, "ask the asset's approvers to approve or refuse";
    ANSWERS_LATE = "TokenizationAnswersLate", Warning, "check the receiver: answers are tried again by themselves";
    ISSUER_POOR = "TokenizationIssuerPoor", Warning, "send gas money to the issuer";
    INTAKE_REFUSALS = "TokenizationIntakeRefusals", Warning, "ask the sender of the messages what has changed";
}

/// When to speak up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// A request on its way that has not moved for so long is stuck; so is one whose outcome is unknown.
    pub stuck: Duration,
    /// What left for another chain is not there after so long.
    pub crossing: Duration,
    /// An undoing has not moved for so long.
    pub undoing: Duration,
    /// Without leave, price or evidence for so long.
    pub missing: Duration,
    /// A request that a person must look at has waited so long.
    pub held: Duration,
    /// A request has waited so long for a second person.
    pub approval: Duration,
    /// An answer has waited so long for its receiver.
    pub answers: Duration,
    /// The issuer's balance pays for fewer transactions.
    pub updates_left: u64,
    /// More messages than this are refused within [`REFUSALS_WITHIN`].
    pub refusals: u64,
}

/// Of requests whose reference is somebody else's.
const TAKEN: &str = "whose reference did something else on chain, the oldest";

/// Refused messages are counted over so long.
pub const REFUSALS_WITHIN: Duration = Duration::from_secs(300);

/// What a state is to whoever watches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Concerned {
    /// It should move by itself.
    Way,
    /// It left, and the other chain takes its time.
    Crossing,
    /// It is being given back, which takes the same care as the way out.
    Undoing,
    /// It waits for the guard.
    Leave,
    /// It waits for a price.
    Price,
    /// It waits for the second person.
    Approval,
    /// It waits for a decision.
    Person,
    /// Whether it happened is not known.
    Doubt,
    /// Its reference is somebody else's.
    Taken,
    /// It is over, or its day has not come.
    Nobody,
}

impl Concerned {
    const fn with(state: State, kind: Kind) -> Self {
        match state {
            State::Mined => match kind {
                Kind::Bridge => Self::Crossing,
                Kind::Mint | Kind::Transfer | Kind::Redeem => Self::Way,
            },
            State::Compensating => Self::Undoing,
            State::Received
            | State::Parsed
            | State::Validated
            | State::Mapped
            | State::Valued
            | State::Approved
            | State::Guarded
            | State::Submitting
            | State::Submitted
            | State::Reconciled => Self::Way,
            State::Held(Hold::Guard) => Self::Leave,
            State::Held(Hold::Valuation(_)) => Self::Price,
            State::Held(Hold::Approval) => Self::Approval,
            State::Held(Hold::Duplicate | Hold::Books | Hold::Chain) => Self::Person,
            State::Unknown(Doubt::Unseen | Doubt::Undelivered) => Self::Doubt,
            State::Unknown(Doubt::OtherContent) => Self::Taken,
            State::Held(Hold::ValueDate) | State::Reported | State::Rejected(_) | State::Failed(_) => Self::Nobody,
        }
    }
}

/// Says what is wrong. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Alerts {
    alarms: Alarms,
    limits: Limits,
}

impl Alerts {
    /// To these, by these limits.
    pub const fn new(alarms: Alarms, limits: Limits) -> Self {
        Self { alarms, limits }
    }

    /// Whether any replica leads.
    pub fn leader(&self, exists: bool) {
        self.set(!exists, &NO_LEADER, "tokenization-gateway", || "no replica leads: nothing is carried on".to_owned());
    }

    /// Why the chain cannot be read, if it cannot.
    pub fn chain(&self, trouble: Option<String>) {
        self.alarms.say(&RPC_UNAVAILABLE, "chain", trouble);
    }

    /// The requests that are not over.
    pub fn requests(&self, now: Timestamp, open: &[Open]) {
        let Limits { stuck, crossing, undoing, missing, held, approval, .. } = self.limits;
        let oldest = |concerned| {
            let of = open.iter().filter(|one| Concerned::with(one.state, one.kind) == concerned);
            of.clone().map(|one| now.since(one.oldest)).max().zip(Some(of.map(|one| one.count).sum::<u64>()))
        };
        let cases = [
            (Concerned::Way, stuck, &REQUESTS_STUCK, "requests", "on their way, the oldest has not moved"),
            (Concerned::Crossing, crossing, &REQUESTS_STUCK, "crossings", "to another chain not there, the oldest"),
            (Concerned::Undoing, undoing, &REQUESTS_STUCK, "undoings", "being given back, the oldest has not moved"),
            (Concerned::Doubt, stuck, &OUTCOME_UNKNOWN, "requests", "of unknown outcome, the oldest"),
            (Concerned::Price, missing, &NO_PRICE, "requests", "without a price, the oldest"),
            (Concerned::Person, held, &HELD_LONG, "requests", "waiting for a decision, the oldest"),
            (Concerned::Approval, approval, &APPROVAL_WAITING, "requests", "waiting for a second person, the oldest"),
            (Concerned::Taken, Duration::ZERO, &REFERENCE_TAKEN, "requests", TAKEN),
        ];
        for (concerned, limit, concern, subject, what) in cases {
            let found = oldest(concerned).filter(|(age, _)| *age >= limit);
            let words = found.map(|(age, count)| format!("{count} requests {what} for {} s", age.as_secs()));
            self.alarms.say(concern, subject, words);
        }
    }

    /// For how long the guard has given no leave, and why.
    pub fn leave(&self, refused: Option<(Duration, String)>) {
        let long = refused.filter(|(lasting, _)| *lasting >= self.limits.missing);
        let words = long.map(|(lasting, why)| format!("no leave for {} s: {why}", lasting.as_secs()));
        self.alarms.say(&NO_LEAVE, "guard", words);
    }

    /// The newest comparison of an asset, and for how long there has been none with evidence.
    pub fn books(&self, asset: &AssetId, comparison: Option<&Comparison>, unknown_for: Duration) {
        let outcome = comparison.and_then(|comparison| comparison.outcome);
        if let Some(found) = outcome {
            let broken = matches!(found, Outcome::Broken(_));
            self.set(broken, &BOOKS_BROKEN, asset.as_str(), || {
                let supply = comparison.and_then(|comparison| comparison.supply);
                let block = supply.map_or(0, |supply| supply.block_number);
                format!("books and chain differ at block {block}: {}", found.as_str())
            });
        }
        let unknown = outcome.is_none() && unknown_for >= self.limits.missing;
        self.set(unknown, &BOOKS_UNKNOWN, asset.as_str(), || {
            format!("not compared with evidence for {} s", unknown_for.as_secs())
        });
    }

    /// How a token's contract differs from what was pinned, if it does.
    pub fn token(&self, asset: &AssetId, trouble: Option<String>) {
        self.alarms.say(&TOKEN_CHANGED, asset.as_str(), trouble);
    }

    /// How far each receiver of answers is behind.
    pub fn answers(&self, backlogs: &[(&'static str, Backlog)]) {
        for (topic, backlog) in backlogs {
            self.set(backlog.dead > 0, &ANSWERS_DEAD, topic, || format!("{} answers were given up on", backlog.dead));
            self.set(backlog.oldest_pending >= self.limits.answers, &ANSWERS_LATE, topic, || {
                let (pending, age) = (backlog.pending, backlog.oldest_pending.as_secs());
                format!("{pending} answers wait, the oldest for {age} s")
            });
        }
    }

    /// How many transactions the issuer's balance pays for; `None`: any number.
    pub fn issuer(&self, updates_left: Option<u64>) {
        let poor = updates_left.is_some_and(|left| left < self.limits.updates_left);
        self.set(poor, &ISSUER_POOR, "issuer", || {
            format!("the issuer's balance pays for {} transactions", updates_left.unwrap_or_default())
        });
    }

    /// How many messages were refused within [`REFUSALS_WITHIN`].
    pub fn refusals(&self, count: u64) {
        self.set(count > self.limits.refusals, &INTAKE_REFUSALS, "intake", || {
            format!("{count} messages were refused within {} s", REFUSALS_WITHIN.as_secs())
        });
    }

    /// Where the record does not hold, if it does not.
    pub fn record(&self, broken_at: Option<u64>) {
        self.set(broken_at.is_some(), &RECORD_BROKEN, "record", || {
            format!("the record does not hold at row {}", broken_at.unwrap_or_default())
        });
    }

    /// What fires of a concern, by subject.
    pub fn firing(&self, concern: &Concern) -> BTreeSet<String> {
        self.alarms.subjects(concern)
    }

    fn set(&self, wrong: bool, concern: &'static Concern, subject: &str, summary: impl FnOnce() -> String) {
        self.alarms.say(concern, subject, wrong.then(summary));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use causeway_runtime::clock::ManualClock;

    use super::*;
    use crate::domain::{ledger::Totals, reconcile::Break, units::Units, valuation::Unvalued};

    const LIMITS: Limits = Limits {
        stuck: Duration::from_secs(120),
        crossing: Duration::from_secs(3_600),
        undoing: Duration::from_secs(600),
        missing: Duration::from_secs(60),
        held: Duration::from_secs(900),
        approval: Duration::from_secs(3_600),
        answers: Duration::from_secs(600),
        updates_left: 1_000,
        refusals: 20,
    };

    fn at(second: u64) -> Timestamp {
        Timestamp::from_secs(second).unwrap()
    }

    fn alerts() -> Alerts {
        Alerts::new(Alarms::unattended(Arc::new(ManualClock::at(at(10_000)))), LIMITS)
    }

    /// The names that fire.
    fn firing(alerts: &Alerts) -> Vec<&'static str> {
        let of = CONCERNS.iter().filter(|concern| !alerts.firing(concern).is_empty());
        of.map(|concern| concern.name()).collect()
    }

    #[test]
    fn tok_7_a_request_that_does_not_move_fires_by_where_it_stands_and_is_cleared() {
        let cases = [
            (State::Submitted, Kind::Bridge, 120, "TokenizationRequestsStuck"),
            (State::Mined, Kind::Mint, 120, "TokenizationRequestsStuck"),
            (State::Mined, Kind::Bridge, 3_600, "TokenizationRequestsStuck"),
            (State::Compensating, Kind::Bridge, 600, "TokenizationRequestsStuck"),
            (State::Unknown(Doubt::Unseen), Kind::Mint, 120, "TokenizationOutcomeUnknown"),
            (State::Unknown(Doubt::OtherContent), Kind::Mint, 0, "TokenizationReferenceTaken"),
            (State::Held(Hold::Valuation(Unvalued::Stale)), Kind::Mint, 60, "TokenizationPriceMissing"),
            (State::Held(Hold::Books), Kind::Redeem, 900, "TokenizationHeldLong"),
            (State::Held(Hold::Approval), Kind::Mint, 3_600, "TokenizationApprovalWaiting"),
        ];
        for (state, kind, limit, name) in cases {
            let alerts = alerts();
            let open = Open { state, kind, count: 2, oldest: at(1_000) };
            if limit > 0 {
                alerts.requests(at(1_000 + limit - 1), &[open]);
                assert_eq!(firing(&alerts), [""; 0], "{state:?}: not yet");
            }
            alerts.requests(at(1_000 + limit), &[open]);
            assert_eq!(firing(&alerts), [name], "{state:?}");
            alerts.requests(at(1_000 + limit), &[]);
            assert_eq!(firing(&alerts), [""; 0], "{state:?}: over");
        }
    }

    #[test]
    fn tok_7_broken_books_fire_until_they_balance_and_a_gap_of_evidence_clears_nothing() {
        let alerts = alerts();
        let asset = "eur".parse().unwrap();
        let found = |outcome| Comparison { outcome, totals: Totals::default(), supply: None, at: at(1) };
        let broken = Outcome::Broken(Break::Surplus { units: Units::MAX });
        alerts.books(&asset, Some(&found(Some(broken))), Duration::ZERO);
        assert_eq!(firing(&alerts), ["TokenizationBooksBroken"]);
        alerts.books(&asset, Some(&found(None)), Duration::from_secs(60));
        assert_eq!(firing(&alerts), ["TokenizationBooksBroken", "TokenizationBooksUnknown"]);
        alerts.books(&asset, Some(&found(Some(Outcome::Balanced))), Duration::ZERO);
        assert_eq!(firing(&alerts), [""; 0]);
    }

    #[test]
    fn tok_8_what_the_gateway_stands_on_fires_when_it_is_missing() {
        let alerts = alerts();
        let (second, backlog) = (Duration::from_secs, |dead, age| Backlog { pending: 1, dead, oldest_pending: age });
        alerts.leave(Some((second(59), "is halted".to_owned())));
        alerts.answers(&[("answers.webhook", backlog(0, second(599)))]);
        alerts.issuer(None);
        alerts.refusals(20);
        alerts.record(None);
        assert_eq!(firing(&alerts), [""; 0]);
        alerts.leave(Some((second(60), "is halted".to_owned())));
        alerts.answers(&[("answers.webhook", backlog(1, second(600)))]);
        alerts.issuer(Some(999));
        alerts.refusals(21);
        alerts.record(Some(3));
        alerts.chain(Some("no answer".to_owned()));
        alerts.leader(false);
        let fires = firing(&alerts);
        let expected = [
            "TokenizationNoLeader",
            "TokenizationRpcUnavailable",
            "TokenizationRecordBroken",
            "TokenizationNoLeave",
            "TokenizationAnswersDead",
            "TokenizationAnswersLate",
            "TokenizationIssuerPoor",
            "TokenizationIntakeRefusals",
        ];
        assert_eq!(fires, expected);
    }
}
