//! What the console itself has to say is wrong: services that it does not see, changes that wait or of which nobody knows,
//! a record that does not hold, and news that nobody got. Said in rounds from what stands; who hears of it is the desk's.
//!
//! Each name has a page under `docs/runbooks`.

use std::{convert::Infallible, sync::Arc, time::Duration};

use causeway_alerting::{Alarms, Concern, Severity};
use causeway_primitives::Timestamp;
use causeway_runtime::{CancellationToken, clock::Clock, task::ticks};
use causeway_store::{Error, Pool, outbox::backlog};
use causeway_telemetry::Chain;
use uuid::Uuid;

use super::Board;
use crate::{
    adapters::store::{Changes, Filed, Listed, Which, notice_words},
    domain::{
        change::{Change, State},
        condition::Condition,
    },
};

macro_rules! concerns {
    ($($constant:ident = $name:literal, $severity:ident, $next_step:literal;)*) => {
        $(static $constant: Concern = Concern::new($name, Severity::$severity, $next_step);)*

        /// Everything that the console watches; each has a runbook page.
        pub static CONCERNS: &[&Concern] = &[$(&$constant),*];
    };
}

concerns! {
    RECORD = "ConsoleRecordBroken", Critical, "keep the database as it is; compare the record with the links that went out with the tickets";
    DOWN = "ConsoleServiceDown", Error, "see whether it runs and what it logged last; its page says since when";
    UNKNOWN_OUTCOME = "ConsoleChangeUnknown", Error, "look at the service whether it happened, and settle the change; do not do it again";
    UNREADABLE = "ConsoleChangeUnreadable", Error, "compare its row with the record; a row that somebody changed is no plan that anybody approved";
    UNDELIVERED = "ConsoleNoticeUndelivered", Error, "check the webhook's receiver, its address and its secret";
    UNSEEN = "ConsoleServiceUnknown", Warning, "check the network between console and service";
    WAITING = "ConsoleChangeWaiting", Warning, "read the plan, then approve or refuse it";
    NOTICE = "ConsoleMaintenanceNotice", Warning, "tell whoever works with it, or call the window off";
}

/// How often what stands is looked at.
const EVERY: Duration = Duration::from_secs(5);
/// The whole record is computed anew every so many looks: ten minutes.
const RECORD_EVERY: u32 = 120;
/// A service that was not seen for so many looks is an alert: two looks, so that no restart is one.
const SEEN_LATE: u32 = 2;
/// A proposal that waits for so long needs somebody.
const WAITS_LONG: Duration = Duration::from_secs(3_600);
/// An unknown outcome is mostly found out by looking within so long.
const UNKNOWN_LONG: Duration = Duration::from_secs(90);
/// A message to a webhook that is older than this is late.
const LATE: Duration = Duration::from_secs(900);
/// A notice is said for so long.
const NOTICE_FOR: Duration = Duration::from_secs(900);
/// Changes that are looked at.
const CHANGES: u32 = 1_000;

/// See the module.
#[derive(Debug)]
pub struct Alerts {
    alarms: Alarms,
    board: Board,
    changes: Changes,
    pool: Pool,
    clock: Arc<dyn Clock>,
    /// Looks in which a service was not seen, by its place on the board.
    unseen: Vec<u32>,
}

impl Alerts {
    /// Says it to these alarms.
    pub const fn new(alarms: Alarms, board: Board, changes: Changes, pool: Pool, clock: Arc<dyn Clock>) -> Self {
        Self { alarms, board, changes, pool, clock, unseen: Vec::new() }
    }

    /// Says what is wrong until it is told to stop.
    ///
    /// # Errors
    /// None: what could not be looked at stays as it was said.
    pub async fn run(mut self, token: CancellationToken) -> Result<(), Infallible> {
        let mut ticks = ticks(EVERY);
        let mut looks = 0_u32;
        while token.run_until_cancelled(ticks.tick()).await.is_some() {
            let now = self.clock.now();
            self.services(now);
            if let Err(error) = self.stored(now, looks).await {
                tracing::warn!(error = %Chain(&error), "what is wrong could not be looked at");
            }
            looks = looks.wrapping_add(1);
        }
        Ok(())
    }

    fn services(&mut self, now: Timestamp) {
        let fleet = self.board.fleet();
        self.unseen.resize(fleet.services.len(), 0);
        for (service, unseen) in fleet.services.iter().zip(&mut self.unseen) {
            let condition = service.condition(now, fleet.stale_after);
            *unseen = if condition == Condition::Unknown { unseen.saturating_add(1) } else { 0 };
            let why = || service.reason(now, fleet.stale_after);
            let down = (condition == Condition::Down).then(|| format!("{} is down: {}", service.name, why()));
            let late = (*unseen >= SEEN_LATE).then(|| format!("{} is not seen: {}", service.name, why()));
            self.alarms.say(&DOWN, &service.name, down);
            self.alarms.say(&UNSEEN, &service.name, late);
        }
    }

    async fn stored(&self, now: Timestamp, looks: u32) -> Result<(), Error> {
        let Listed { changes: open, unreadable } = self.changes.list_changes(Which::Open, CHANGES).await?;
        let unread = |(id, why): (Uuid, String)| (id.to_string(), format!("change {id} is not followed: {why}"));
        self.said(&UNREADABLE, unreadable.into_iter().map(unread).collect());
        self.said(&WAITING, open.iter().filter(|filed| waits(filed, now)).map(waiting).collect());
        self.said(&UNKNOWN_OUTCOME, open.iter().filter(|filed| is_unknown(filed, now)).map(unknown).collect());
        self.said(&NOTICE, self.notices(now).await?);
        for topic in self.changes.topics() {
            let behind = backlog(&self.pool, topic).await?;
            let trouble = (behind.dead > 0 || behind.oldest_pending > LATE)
                .then(|| format!("{} messages were given up on, {} wait", behind.dead, behind.pending));
            self.alarms.say(&UNDELIVERED, topic, trouble);
        }
        if looks.is_multiple_of(RECORD_EVERY) {
            let broken = self.changes.store().verify_audit(1, None).await?.err();
            self.alarms.say(&RECORD, "record", broken.map(|index| format!("the record does not hold at line {index}")));
        }
        Ok(())
    }

    async fn notices(&self, now: Timestamp) -> Result<Vec<(String, String)>, Error> {
        let mut due = Vec::new();
        for (id, window) in self.changes.store().list_windows(now).await? {
            let told = self.changes.store().list_notices(id).await?;
            let fresh = told.into_iter().filter(|(_, at)| now.since(*at) < NOTICE_FOR && window.closed_at.is_none());
            due.extend(fresh.map(|(notice, _)| (format!("{id} {}", notice.as_str()), notice_words(&window, notice))));
        }
        Ok(due)
    }

    /// What is no longer said is over.
    fn said(&self, concern: &'static Concern, troubles: Vec<(String, String)>) {
        for over in self.alarms.subjects(concern) {
            if !troubles.iter().any(|(subject, _)| *subject == over) {
                self.alarms.say(concern, &over, None);
            }
        }
        for (subject, words) in troubles {
            self.alarms.say(concern, &subject, Some(words));
        }
    }
}

fn waits(filed: &Filed, now: Timestamp) -> bool {
    filed.change.state == State::Checked && now.since(filed.change.proposed_at) > WAITS_LONG
}

fn is_unknown(filed: &Filed, now: Timestamp) -> bool {
    match filed.change.state {
        State::UndoUnknown => true,
        State::Unknown => now.since(filed.changed_at) > UNKNOWN_LONG,
        State::Proposed
        | State::Checked
        | State::Approved
        | State::Executing
        | State::Executed
        | State::Validated
        | State::RollingBack
        | State::RolledBack
        | State::Failed
        | State::Refused
        | State::Withdrawn
        | State::Expired => false,
    }
}

fn waiting(filed: &Filed) -> (String, String) {
    let Change { plan, proposer, .. } = &filed.change;
    (filed.id.to_string(), format!("{} by {proposer} waits for approval: {}", plan.procedure, plan.reason))
}

fn unknown(filed: &Filed) -> (String, String) {
    let Change { plan, outcome, .. } = &filed.change;
    (filed.id.to_string(), format!("nobody knows what came of {} at {}: {outcome}", plan.procedure, plan.service))
}
