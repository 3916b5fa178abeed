//! The named procedures, as data: what each does, what must hold before and after, and how it is taken back.

use std::time::Duration;

use super::expect::{Expectation, Fact};
use crate::domain::maintenance;

/// A parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameter {
    /// Its name, as the action has it.
    pub name: &'static str,
    /// What it must be: completes "must be …".
    pub expected: &'static str,
    /// What it means to leave it out; `None`: it must be given.
    pub optional: Option<&'static str>,
    /// How its value is read.
    pub kind: Kind,
}

/// How a value is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// As it is.
    Text,
    /// A time, see [`maintenance::time`].
    Time,
    /// Names with commas between: letters, digits, `-`, `_` and `.`.
    Names,
}

/// How a procedure is carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doing {
    /// By an action of the service, and the one that takes it back with the same parameters.
    Action {
        /// Its name there.
        action: &'static str,
        /// What takes it back.
        undo: Option<&'static str>,
        /// The parameter that takes the change's own name, so that the same call again is the same thing.
        named_by: Option<&'static str>,
    },
    /// By a person with these instructions: no service of ours can, or may.
    ByHand(&'static str),
}

/// How many people it takes besides the proposer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Eyes {
    /// None: it only makes things safer, and waiting would not.
    Own,
    /// As many as the settings say, and one at least.
    Others,
}

/// A procedure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Procedure {
    /// Its name.
    pub name: &'static str,
    /// What it does, in one sentence.
    pub does: &'static str,
    /// Where.
    pub service: &'static str,
    /// How.
    pub doing: Doing,
    /// With what.
    pub parameters: &'static [Parameter],
    /// What must hold before, besides that the service answers and offers the action.
    pub before: &'static [Expectation],
    /// What must hold afterwards.
    pub after: &'static [Expectation],
    /// By when.
    pub within: Duration,
    /// Who else has to agree.
    pub eyes: Eyes,
}

/// The console itself as a service.
pub const CONSOLE: &str = "ops-console";

const ORACLE: &str = "oracle-publisher";
const MONITOR: &str = "ccip-monitor";
const GUARD: &str = "relayer-invariant-guard";
const GATEWAY: &str = "tokenization-gateway";

/// A service has done what it said within so long: its own loops turn each second or few.
const SOON: Duration = Duration::from_secs(60);
/// For what the chain must confirm first.
const ON_CHAIN: Duration = Duration::from_secs(600);
/// For what people do.
const BY_PEOPLE: Duration = Duration::from_secs(4 * 3_600);

const fn needed(name: &'static str, expected: &'static str) -> Parameter {
    Parameter { name, expected, optional: None, kind: Kind::Text }
}

const fn is(fact: Fact, words: &'static [&'static str]) -> Expectation {
    Expectation { fact, is: words }
}

const SOURCE: Parameter = needed("source_id", "a source, for example kraken-eur-usd");
const FEED: Parameter = needed("feed_id", "a feed, for example eur-usd");
const ENDPOINT: Parameter = needed("subject", "the endpoint or chain, as the alert about it names it");
const SCOPE: Parameter = needed("scope", "`batch_creation`, `settlement`, `tokenization` or `all`");
const REQUEST: Parameter = needed("request_id", "a request, as the gateway names it");

const LINK_ALERTS: Fact = Fact::Alert(&["CcipLinkBalanceLow", "CcipLinkBalanceCritical"]);
const LANE_ALERTS: Fact = Fact::Alert(&["CcipLaneUnsupported", "CcipCursed"]);

/// Sources that can be excluded: all that are and vote.
const VOTERS: &[&str] = &["healthy", "suspect", "quarantined", "probation", "standby"];

/// States of a request that has left its hold.
const GOES_ON: &[&str] =
    &["valued", "approved", "guarded", "submitting", "submitted", "mined", "reconciled", "reported"];

const GUARD_RPC: Fact = Fact::Alert(&["GuardRpcTimeout", "GuardRpcOutage", "GuardRpcOutageLong"]);
const MONITOR_RPC: Fact = Fact::Alert(&["CcipChainUnavailable"]);
const ORACLE_RPC: Fact = Fact::Alert(&["OracleRpcUnavailable"]);

/// What is at a service's action alone: nothing more before it.
const NOTHING: &[Expectation] = &[];

/// Endpoints are settings: no running service takes another one, and each fails over by itself.
const fn endpoint(
    name: &'static str,
    service: &'static str,
    (before, after): (&'static [Expectation], &'static [Expectation]),
) -> Procedure {
    Procedure {
        name,
        does: "Replaces an RPC endpoint that fails by another one.",
        service,
        doing: Doing::ByHand(
            "Put the new endpoint into the service's settings of the chain's endpoints, and roll its replicas out one after \
             the other. The service fails over by itself meanwhile; this is for an endpoint that is to go.",
        ),
        parameters: &[ENDPOINT],
        before,
        after,
        within: BY_PEOPLE,
        eyes: Eyes::Others,
    }
}

/// All of them, by name.
pub const CATALOGUE: &[Procedure] = &[
    Procedure {
        name: "breaker.clear",
        does: "Gives a feed's breaker back to the automaton.",
        service: ORACLE,
        doing: Doing::Action { action: "breaker.clear", undo: None, named_by: None },
        parameters: &[FEED],
        before: &[is(Fact::Forced, &["forced_open", "forced_closed"])],
        after: &[is(Fact::Forced, &["none"])],
        within: SOON,
        eyes: Eyes::Others,
    },
    Procedure {
        name: "breaker.force_open",
        does: "Publishes nothing for a feed until its breaker is cleared.",
        service: ORACLE,
        doing: Doing::Action { action: "breaker.force_open", undo: Some("breaker.clear"), named_by: None },
        parameters: &[FEED],
        // A breaker that opened by itself closes by itself, unless it is told not to.
        before: &[is(Fact::Forced, &["none", "forced_closed"])],
        after: &[is(Fact::Forced, &["forced_open"])],
        within: SOON,
        eyes: Eyes::Others,
    },
    endpoint("endpoint.switch_guard", GUARD, (&[is(GUARD_RPC, &["fires"])], &[is(GUARD_RPC, &["quiet"])])),
    endpoint("endpoint.switch_monitor", MONITOR, (&[is(MONITOR_RPC, &["fires"])], &[is(MONITOR_RPC, &["quiet"])])),
    endpoint("endpoint.switch_oracle", ORACLE, (&[is(ORACLE_RPC, &["fires"])], &[is(ORACLE_RPC, &["quiet"])])),
    Procedure {
        name: "lane.pause",
        does: "Stops sending over a CCIP lane.",
        service: MONITOR,
        doing: Doing::ByHand(
            "Have the owner of the router take the lane's on-ramp away (`applyRampUpdates`). The monitor holds no key and \
             cannot; it sees it within its interval.",
        ),
        parameters: &[needed("lane", "a lane, as the monitor's alerts name it")],
        before: &[is(LANE_ALERTS, &["quiet"])],
        after: &[is(LANE_ALERTS, &["fires"])],
        within: BY_PEOPLE,
        eyes: Eyes::Others,
    },
    Procedure {
        name: "lane.resume",
        does: "Sends over a CCIP lane again.",
        service: MONITOR,
        doing: Doing::ByHand(
            "Have the owner of the router give the lane its on-ramp back (`applyRampUpdates`). The monitor holds no key and \
             cannot; it sees it within its interval.",
        ),
        parameters: &[needed("lane", "a lane, as the monitor's alerts name it")],
        before: &[is(LANE_ALERTS, &["fires"])],
        after: &[is(LANE_ALERTS, &["quiet"])],
        within: BY_PEOPLE,
        eyes: Eyes::Others,
    },
    Procedure {
        name: "link.refill",
        does: "Refills an account that pays CCIP fees in LINK.",
        service: MONITOR,
        doing: Doing::ByHand(
            "Send LINK to the account on its chain from the treasury. No service holds that key. The alert ends when the \
             balance is enough.",
        ),
        parameters: &[needed("subject", "the account, as the alert about its balance names it")],
        before: &[is(LINK_ALERTS, &["fires"])],
        after: &[is(LINK_ALERTS, &["quiet"])],
        within: BY_PEOPLE,
        eyes: Eyes::Others,
    },
    maintenance::CLOSE,
    maintenance::OPEN,
    Procedure {
        name: "relayer.halt",
        does: "Halts a scope of the relayer. Released only by several people, at the guard.",
        service: GUARD,
        doing: Doing::Action { action: "relayer.halt", undo: None, named_by: Some("halt_id") },
        parameters: &[SCOPE],
        before: NOTHING,
        after: &[is(Fact::Halt, &["holds"])],
        within: SOON,
        eyes: Eyes::Own,
    },
    Procedure {
        name: "relayer.resume",
        does: "Lets a halted scope of the relayer go on.",
        service: GUARD,
        doing: Doing::ByHand(
            "Propose the resume at the guard and have it approved there: `relayer-invariant-guard resume \
             --from-last-checkpoint`. The guard wants its approvals from people's own certificates and takes none from this \
             console.",
        ),
        parameters: &[SCOPE],
        before: &[is(Fact::Scope, &["halted"])],
        after: &[is(Fact::Scope, &["running"])],
        within: BY_PEOPLE,
        eyes: Eyes::Others,
    },
    Procedure {
        name: "request.approve",
        does: "Gives a second person's leave to a tokenization that waits for it.",
        service: GATEWAY,
        doing: Doing::Action { action: "request.approve", undo: None, named_by: None },
        parameters: &[REQUEST],
        before: &[is(Fact::Request, &["held"])],
        after: &[is(Fact::Request, GOES_ON)],
        within: ON_CHAIN,
        eyes: Eyes::Others,
    },
    Procedure {
        name: "request.refuse",
        does: "Refuses a tokenization that waits; its sender is told.",
        service: GATEWAY,
        doing: Doing::Action { action: "request.refuse", undo: None, named_by: None },
        parameters: &[REQUEST],
        before: &[is(Fact::Request, &["held"])],
        after: &[is(Fact::Request, &["rejected"])],
        within: SOON,
        eyes: Eyes::Others,
    },
    Procedure {
        name: "source.exclude",
        does: "Takes a price source out until it is reinstated.",
        service: ORACLE,
        doing: Doing::Action { action: "source.exclude", undo: Some("source.reinstate"), named_by: None },
        parameters: &[SOURCE],
        before: &[is(Fact::Source, VOTERS)],
        after: &[is(Fact::Source, &["excluded"])],
        within: SOON,
        eyes: Eyes::Others,
    },
    Procedure {
        name: "source.reinstate",
        does: "Gives a price source back; it enters probation.",
        service: ORACLE,
        doing: Doing::Action { action: "source.reinstate", undo: Some("source.exclude"), named_by: None },
        parameters: &[SOURCE],
        before: &[is(Fact::Source, &["excluded", "quarantined"])],
        after: &[is(Fact::Source, &["healthy", "suspect", "probation", "standby"])],
        within: SOON,
        eyes: Eyes::Others,
    },
];

/// The procedure of this name.
pub fn find(name: &str) -> Option<&'static Procedure> {
    CATALOGUE.iter().find(|procedure| procedure.name == name)
}

impl Procedure {
    /// Everything that must hold before it begins.
    pub fn preconditions(&self) -> Vec<Expectation> {
        // That it names the action shows that it answers. How it is besides is not asked: what is down is what is to be
        // halted, and a service counts as down by the worst of its parts.
        let always = match self.doing {
            Doing::Action { .. } => vec![is(Fact::Action, &["offered"])],
            // What people do by hand may be the very thing that brings the service back.
            Doing::ByHand(_) => Vec::new(),
        };
        always.into_iter().chain(self.before.iter().copied()).collect()
    }
}
