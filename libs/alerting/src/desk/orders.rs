//! What is wanted of the desk from outside: that somebody takes an alert, or what is worked on and so may be quiet.

use tokio::sync::oneshot;

use super::task::{Desk, Memory};
use crate::{
    alarms::{Order, Refused, Wish},
    policy::{Event, Window},
};

/// Who waits for the outcome to be stored.
pub(super) type Waiting = oneshot::Sender<Result<(), Refused>>;

impl Desk {
    /// Lets the policy see a wish. `None`: whoever wished it has his answer already.
    pub(super) fn obey(&self, memory: &mut Memory, Order { wish, done }: Order) -> Option<Waiting> {
        match wish {
            Wish::Acknowledge { alert, by } => {
                if memory.state.find_firing(alert).is_none() {
                    answer(Some(done), Err(Refused::NotFiring));
                    return None;
                }
                self.apply(memory, Event::Acknowledged { alert, by });
            }
            Wish::Windows(windows) => self.keep(memory, windows),
        }
        Some(done)
    }

    /// What is not told any more ends first, so that nothing is muted by a window that is over.
    fn keep(&self, memory: &mut Memory, windows: Vec<Window>) {
        let over: Vec<_> = memory.state.windows().map(|window| window.id.clone()).collect();
        for id in over.into_iter().filter(|id| !windows.iter().any(|window| window.id == *id)) {
            tracing::info!(window = %id, "maintenance window over");
            self.apply(memory, Event::WindowClosed(id));
        }
        for window in windows {
            if !memory.state.windows().any(|known| known.id == window.id) {
                tracing::info!(window = %window.id, reason = %window.reason, until = %window.until, "maintenance window");
            }
            self.apply(memory, Event::WindowOpened(window));
        }
    }
}

/// Whoever asked may have gone away meanwhile.
pub(super) fn answer(waiting: Option<Waiting>, outcome: Result<(), Refused>) {
    if let Some(waiting) = waiting {
        let _gone = waiting.send(outcome);
    }
}
