//! The pauser: an account on each chain that has a contract to be paused.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use causeway_chain::{
    journal::Journal,
    sender::{Parts, Sender},
    signer::Signer,
};
use causeway_journal::FencedJournal;

use super::run::Shared;
use crate::{
    adapters::pause::PauseAccount,
    app::{PauseParts, PauseSettings, Pauser},
    config,
};

/// The latch is looked at so often: a pause follows its halt within it and a block.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Before a pause that failed is tried again.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// The pauser of these settings.
pub(super) fn pauser(shared: &Shared, settings: &config::PauseSettings) -> Pauser {
    let journal: Arc<dyn Journal> = Arc::new(FencedJournal::new(shared.pool.clone(), shared.leadership.clone()));
    let account = |(chain, policy): &(causeway_primitives::ChainName, causeway_chain::sender::SendPolicy)| {
        let endpoints = shared.endpoints.get(chain)?.clone();
        let clock = Arc::clone(&shared.context.clock);
        let sender = Sender::new(Parts {
            endpoints: endpoints.clone(),
            signer: Signer::from_hex(&settings.key).ok()?,
            journal: Arc::clone(&journal),
            policy: *policy,
            clock: Arc::new(move || clock.now()),
        });
        Some((chain.clone(), PauseAccount::new(endpoints, sender, Arc::clone(&journal))))
    };
    let accounts: BTreeMap<_, _> = settings.sending.iter().filter_map(account).collect();
    Pauser::new(PauseParts {
        store: (*shared.store).clone(),
        accounts,
        targets: settings.targets.clone(),
        settings: PauseSettings {
            look_every: LOOK_EVERY,
            check_every: settings.check_every,
            retry_after: RETRY_AFTER,
            policy: settings.policy,
        },
        leadership: shared.leadership.clone(),
        clock: Arc::clone(&shared.context.clock),
    })
}
