//! Carries out what is approved, while this replica leads: looks once more, writes down that it begins, calls once, writes
//! down what was answered, and looks until the effect is seen.
//!
//! A change that is found to be under way belongs to a caller who is gone: it is unknown from then on, and looked at.

use std::{collections::BTreeSet, convert::Infallible, time::Duration};

use causeway_runtime::{CancellationToken, task::ticks};
use causeway_store::lease::Leadership;
use causeway_telemetry::Chain;
use futures_util::{StreamExt as _, future::BoxFuture, stream::FuturesUnordered};
use tokio::sync::watch;
use uuid::Uuid;

use super::{desk::Desk, error::Error, world::Call};
use crate::{
    adapters::store::{Filed, Which},
    domain::change::{
        Answer, Change, Event, State,
        catalogue::{Doing, find},
        expect::Verdict,
        plan::Deed,
    },
};

/// Between two looks at what is to do.
const EVERY: Duration = Duration::from_millis(500);

/// Changes that are followed at once.
const MOST: u32 = 200;

/// Stands for a change while those are ended that have waited for too long.
const TIDYING: Uuid = Uuid::nil();

/// Characters of the reason that a service keeps.
const REASON: usize = 500;

/// See the module.
#[derive(Debug)]
pub struct Hand {
    desk: Desk,
    leadership: watch::Receiver<Option<Leadership>>,
    /// The end of the record that open pages show.
    shown: u64,
}

/// What is under way.
type Running<'a> = FuturesUnordered<BoxFuture<'a, Uuid>>;

impl Hand {
    /// At this desk.
    pub const fn new(desk: Desk, leadership: watch::Receiver<Option<Leadership>>) -> Self {
        Self { desk, leadership, shown: 0 }
    }

    /// Works until it is told to stop, and ends what it has begun.
    ///
    /// # Errors
    /// None: what could not be done is tried again, or unknown and said to be.
    pub async fn run(mut self, token: CancellationToken) -> Result<(), Infallible> {
        let mut ticks = ticks(EVERY);
        let desk = self.desk.clone();
        let mut running = Running::new();
        let mut busy = BTreeSet::new();
        loop {
            tokio::select! {
                () = token.cancelled() => break,
                Some(id) = running.next() => { busy.remove(&id); }
                _ = ticks.tick() => {
                    self.show().await;
                    let leadership = self.leadership.borrow().clone().filter(Leadership::is_valid);
                    let Some(leadership) = leadership else { continue };
                    for filed in listed(&desk, Which::ToDo).await {
                        if busy.insert(filed.id) {
                            running.push(Box::pin(follow(&desk, filed, leadership.clone())));
                        }
                    }
                    if busy.insert(TIDYING) {
                        running.push(Box::pin(tidy(&desk, leadership)));
                    }
                }
            }
        }
        // What was called is to be written down; the drain has a deadline of its own.
        while running.next().await.is_some() {}
        Ok(())
    }

    /// Rings when another replica wrote something.
    async fn show(&mut self) {
        if let Ok(head) = self.desk.changes().store().audit_head().await
            && head.index != self.shown
        {
            self.shown = head.index;
            self.desk.ring();
        }
    }
}

async fn listed(desk: &Desk, which: Which) -> Vec<Filed> {
    match desk.list(which, MOST).await {
        // What cannot be read is an alert of the console's own.
        Ok(listed) => listed.changes,
        Err(error) => {
            tracing::warn!(error = %Chain(&error), "open changes could not be read");
            Vec::new()
        }
    }
}

/// Ends what has waited for too long, one after the other: however many end at once, they leave the database's connections to
/// what is to do and to the pages.
async fn tidy(desk: &Desk, leadership: Leadership) -> Uuid {
    for filed in listed(desk, Which::Overdue(desk.now())).await {
        follow(desk, filed, leadership.clone()).await;
    }
    TIDYING
}

async fn follow(desk: &Desk, filed: Filed, leadership: Leadership) -> Uuid {
    let id = filed.id;
    match step(desk, &filed, &leadership).await {
        // Somebody was quicker, which is looked at next time.
        Ok(()) | Err(Error::Meanwhile) => {}
        Err(error) => tracing::warn!(change_id = %id, error = %Chain(&error), "a change did not move"),
    }
    id
}

async fn step(desk: &Desk, filed: &Filed, leadership: &Leadership) -> Result<(), Error> {
    match filed.change.state {
        State::Proposed if filed.change.terms.approvals == 0 => recheck(desk, filed, leadership).await,
        State::Proposed | State::Checked => desk.advance(filed, &Event::Tick, "expired", leadership).await.map(drop),
        State::Approved => execute(desk, filed, leadership).await,
        State::Executing | State::RollingBack => {
            desk.advance(filed, &Event::Orphaned, "lost", leadership).await.map(drop)
        }
        State::Executed | State::Unknown => validate(desk, filed, leadership).await,
        // Only a person knows.
        State::UndoUnknown => Ok(()),
        State::Validated | State::RolledBack | State::Failed | State::Refused | State::Withdrawn | State::Expired => {
            Ok(())
        }
    }
}

/// Nobody else has to look at what waits for nobody: a service that could not be asked when it was proposed is asked again.
async fn recheck(desk: &Desk, filed: &Filed, leadership: &Leadership) -> Result<(), Error> {
    let look = desk.look_before(filed).await;
    match look.verdict {
        Verdict::Holds => desk.advance(filed, &Event::Checked(look), "checked", leadership).await.map(drop),
        Verdict::Unknown | Verdict::Fails => desk.advance(filed, &Event::Tick, "expired", leadership).await.map(drop),
    }
}

async fn execute(desk: &Desk, filed: &Filed, leadership: &Leadership) -> Result<(), Error> {
    let Deed::Action { action, .. } = &filed.change.plan.deed else {
        return desk.advance(filed, &Event::Tick, "expired", leadership).await.map(drop);
    };
    let look = desk.look_before(filed).await;
    let begin = Event::Begin { look, by: None, standing: desk.standing(filed).await? };
    let begun = desk.advance(filed, &begin, "begun", leadership).await?;
    let Some(begun) = begun.filter(|begun| begun.change.state == State::Executing) else { return Ok(()) };
    let answer = call(desk, &begun, action).await;
    desk.advance(&begun, &Event::Answered(answer), "answered", leadership).await.map(drop)
}

async fn validate(desk: &Desk, filed: &Filed, leadership: &Leadership) -> Result<(), Error> {
    let look = desk.look_after(filed).await;
    let looked = desk.advance(filed, &Event::Looked(look), "looked", leadership).await?;
    let Some(back) = looked.filter(|after| after.change.state == State::RollingBack) else { return Ok(()) };
    let Some(undo) = back.change.plan.undo() else { return Ok(()) };
    let answer = call(desk, &back, undo).await;
    desk.advance(&back, &Event::Answered(answer), "answered", leadership).await.map(drop)
}

async fn call(desk: &Desk, filed: &Filed, action: &str) -> Answer {
    let Filed { id, change, .. } = filed;
    let mut parameters = change.plan.values.clone();
    if let Some(Doing::Action { named_by: Some(name), .. }) = find(&change.plan.procedure).map(|known| known.doing) {
        parameters.insert(name.to_owned(), id.to_string());
    }
    let call = Call {
        service: change.plan.service.clone(),
        action: action.to_owned(),
        parameters,
        reason: reason(*id, change),
        person: change.approvals.last().unwrap_or(&change.proposer).clone(),
    };
    desk.world().call(*id, call).await
}

/// For the service's own record: the change, why, and by whose leave.
fn reason(id: Uuid, change: &Change) -> String {
    let approved = match change.approvals.as_slice() {
        [] => String::new(),
        names => format!(", approved by {}", names.join(", ")),
    };
    let reason = format!("{} (change {id}, proposed by {}{approved})", change.plan.reason, change.proposer);
    reason.chars().take(REASON).collect()
}
