//! The desk of changes, the hand that carries them out, the webhooks that hear of them, maintenance windows, and what the
//! console itself has to say is wrong.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use causeway_alerting::Alarms;
use causeway_runtime::process::Failure;

use super::run::Shared;
use crate::{
    adapters::{
        hooks::{Receiver, dispatcher},
        store::Changes,
        world::{Services, Speakers},
    },
    app::{
        Alerts, Quiet, Upkeep,
        changes::{Desk, Hand},
    },
    config::{Token, Watched},
};

impl Shared {
    /// Starts the hand and the webhooks, and gives the desk.
    pub(super) fn changes(&self, alarms: &Alarms) -> Result<Desk, Failure> {
        let control = &self.config.changes;
        let topics = control.receivers.iter().map(Receiver::topic).collect();
        let clock = || Arc::clone(&self.context.clock);
        let world = Arc::new(Services::new(
            (self.board.clone(), self.store.clone()),
            clock(),
            self.speakers(control.call_timeout)?,
        ));
        let changes = Changes::new(self.store.clone(), topics).of_people(self.config.people.lasting);
        let desk = Desk::new(changes, world, clock(), self.board.clone(), control.rules);
        let hand = Hand::new(desk.clone(), self.leadership.clone());
        self.tasks.spawn("changes", |token| hand.run(token));
        let hooks = dispatcher(self.pool.clone(), &control.receivers);
        self.tasks.spawn("webhooks", |token| hooks.run(token));
        let kept = (desk.changes().clone(), self.board.clone());
        let upkeep = Upkeep::new(kept, self.config.silences.clone(), self.leadership.clone(), clock());
        self.tasks.spawn("maintenance", |token| upkeep.run(token));
        // A look's limit: what is worked on is told to whoever answers in time, and to the others again.
        let speakers = self.speakers(self.config.looks.call_timeout)?;
        let kept = (self.store.clone(), self.board.clone());
        let quiet = Quiet::new(kept, speakers, alarms.clone(), self.leadership.clone(), clock());
        self.tasks.spawn("quiet", |token| quiet.run(token));
        let (board, pool) = (self.board.clone(), self.pool.clone());
        let alerts = Alerts::new(alarms.clone(), board, desk.changes().clone(), pool, clock());
        self.tasks.spawn("what is wrong", |token| alerts.run(token));
        Ok(desk)
    }

    /// Connections of their own: an action may take longer than a look.
    fn speakers(&self, limit: Duration) -> Result<BTreeMap<String, Speakers>, Failure> {
        let of = |service: &Watched| {
            let token = service.token.as_ref().map(Token::value);
            Ok((service.name.clone(), Speakers::new(self.group(service, limit)?, token)))
        };
        self.config.services.iter().map(of).collect()
    }
}
