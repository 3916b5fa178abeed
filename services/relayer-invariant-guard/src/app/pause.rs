//! Pauses the bridge's contracts for what is halted, and says all the time whether it could.
//!
//! It reads what is latched and is told by nobody: whatever happens to it, a halt is durable before it begins, and is in force
//! whether or not it succeeds. One pause for each halt and contract; who starts a contract again while it is halted is not
//! overruled. Only the leader sends, because an account's nonces have one owner.

use std::{
    collections::{BTreeMap, BTreeSet},
    convert::Infallible,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use causeway_primitives::{ChainName, Monotonic};
use causeway_runtime::{CancellationToken, clock::Clock};
use causeway_store::lease::Leadership;
use causeway_telemetry::Chain;
use futures_util::future::join_all;
use tokio::sync::watch;

use crate::{
    adapters::{
        pause::{Contract, Error, PauseAccount, Progress},
        store::{Entry, Store},
    },
    domain::{
        latch::HaltId,
        name::Name,
        pause::{Lack, Policy, Readiness, Target, readiness, wanted},
    },
};

/// Tries of one pause: what failed so often needs a person, who is told by then.
const TRIES: u32 = 10;

/// How pauses are made.
#[derive(Debug, Clone, Copy)]
pub struct PauseSettings {
    /// How often the latch is looked at.
    pub look_every: Duration,
    /// How often readiness is judged.
    pub check_every: Duration,
    /// Before a pause that failed is tried again.
    pub retry_after: Duration,
    /// What readiness takes.
    pub policy: Policy,
}

/// What a pauser is made of.
#[derive(Debug)]
pub struct PauseParts {
    /// What is halted.
    pub store: Store,
    /// The account on each chain.
    pub accounts: BTreeMap<ChainName, PauseAccount>,
    /// What may be paused, and how.
    pub targets: Vec<(Target, Contract)>,
    /// How.
    pub settings: PauseSettings,
    /// Whether this replica leads.
    pub leadership: watch::Receiver<Option<Leadership>>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// Pauses contracts. Clones share it.
#[derive(Debug, Clone)]
pub struct Pauser {
    parts: Arc<PauseParts>,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    readiness: BTreeMap<Name, (ChainName, Readiness)>,
    /// What needs no more looking at, in this process.
    over: BTreeSet<(HaltId, Name)>,
    /// When something was wanted last.
    wanted: BTreeMap<(HaltId, Name), Monotonic>,
}

impl Pauser {
    /// A pauser that has not looked yet.
    pub fn new(parts: PauseParts) -> Self {
        Self { parts: Arc::new(parts), state: Arc::default() }
    }

    /// Whether each contract could be paused, by the operators' word for it, with its chain; empty before the first look.
    pub fn readiness(&self) -> BTreeMap<Name, (ChainName, Readiness)> {
        self.state().readiness.clone()
    }

    /// Looks, pauses, and drives what is on its way until it is told to stop.
    ///
    /// # Errors
    /// None: what fails is said, and tried again.
    pub async fn run(self, stop: CancellationToken) -> Result<(), Infallible> {
        let senders = self.parts.accounts.values().map(|account| {
            causeway_journal::drive(account.sender().clone(), self.parts.leadership.clone(), stop.clone())
        });
        let driving = join_all(senders);
        let looking = async {
            let mut checked: Option<Monotonic> = None;
            loop {
                let now = self.parts.clock.monotonic();
                if checked.is_none_or(|at| now.since(at) >= self.parts.settings.check_every) {
                    self.check().await;
                    checked = Some(now);
                }
                self.look().await;
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = tokio::time::sleep(self.parts.settings.look_every) => {}
                }
            }
        };
        tokio::join!(driving, looking);
        Ok(())
    }

    /// Judges readiness once.
    pub async fn check(&self) {
        for (target, contract) in &self.parts.targets {
            let judged = self.judge(target, contract).await;
            let known = self.state().readiness.insert(target.name.clone(), (target.chain.clone(), judged.clone()));
            let changed = known.is_none_or(|(_, before)| before.as_str() != judged.as_str());
            let (name, chain) = (&target.name, &target.chain);
            match &judged {
                Readiness::NotReady(_) if changed => {
                    tracing::error!(target = %name, %chain, reason = judged.detail(), "contract could not be paused");
                }
                Readiness::Ready { .. } | Readiness::Paused if changed => {
                    tracing::info!(target = %name, %chain, detail = judged.detail(), "contract can be paused");
                }
                Readiness::NotReady(_) | Readiness::Ready { .. } | Readiness::Paused => {}
            }
        }
    }

    async fn judge(&self, target: &Target, contract: &Contract) -> Readiness {
        let lack = |why: String| Readiness::NotReady(vec![Lack::Chain(why)]);
        let Some(account) = self.parts.accounts.get(&target.chain) else { return lack("no account on it".to_owned()) };
        match account.facts(contract, self.parts.clock.now()).await {
            Ok(facts) => readiness(&facts, &self.parts.settings.policy),
            Err(error) => lack(Chain(&error).to_string()),
        }
    }

    /// Looks once at what is halted, and takes each pause one step further. Nothing where another replica leads.
    pub async fn look(&self) {
        if self.parts.leadership.borrow().as_ref().is_none_or(|leads| !leads.is_valid()) {
            return;
        }
        let latch = match self.parts.store.read_latch().await {
            Ok(latch) => latch,
            Err(error) => {
                tracing::error!(error = %Chain(&error), "latch unreadable");
                return;
            }
        };
        let targets: Vec<Target> = self.parts.targets.iter().map(|(target, _)| target.clone()).collect();
        for (halt, target) in wanted(&targets, &latch) {
            if self.state().over.contains(&(halt, target.name.clone())) {
                continue;
            }
            if let Err(error) = self.pause(halt, target).await {
                tracing::error!(target = %target.name, error = %Chain(&error), "contract not paused yet");
            }
        }
    }

    async fn pause(&self, halt: HaltId, target: &Target) -> Result<(), Error> {
        let contract = self.parts.targets.iter().find(|(one, _)| one == target).map(|(_, contract)| contract);
        let (Some(contract), Some(account)) = (contract, self.parts.accounts.get(&target.chain)) else { return Ok(()) };
        let (id, name) = ((halt, target.name.clone()), format!("pause:{halt}:{}", target.name));
        match account.progress(&name).await? {
            Progress::UnderWay => Ok(()),
            Progress::Done => {
                self.over(id, "done");
                Ok(())
            }
            Progress::Untried if account.is_paused(contract).await? => {
                self.over(id, "paused_before");
                Ok(())
            }
            Progress::Untried => self.want(id, (account, contract), (&name, 1)).await,
            Progress::Failed { outcome, tries } if tries >= TRIES => {
                tracing::error!(target = %target.name, outcome, tries, "contract cannot be paused");
                self.over(id, outcome);
                Ok(())
            }
            Progress::Failed { .. } if account.is_paused(contract).await? => {
                self.over(id, "paused_by_another");
                Ok(())
            }
            Progress::Failed { tries, .. } => {
                let now = self.parts.clock.monotonic();
                let wanted = self.state().wanted.get(&id).copied();
                if wanted.is_some_and(|at| now.since(at) < self.parts.settings.retry_after) {
                    return Ok(());
                }
                self.want(id, (account, contract), (&name, tries.saturating_add(1))).await
            }
        }
    }

    /// Wants it, and puts it on the record; the sender does the rest.
    async fn want(
        &self,
        (halt, target): (HaltId, Name),
        (account, contract): (&PauseAccount, &Contract),
        (name, tries): (&str, u32),
    ) -> Result<(), Error> {
        account.submit(name, tries, contract).await?;
        tracing::warn!(%target, halt_id = %halt, contract = %contract.address, tries, "pausing contract");
        let at = self.parts.clock.now();
        let body = serde_json::json!({
            "at": at.to_string(),
            "contract": contract.address.to_string(),
            "halt": halt.to_string(),
            "target": target.as_str(),
        });
        let (subject, actor) = (format!("{name}:{tries}"), "guard".to_owned());
        let entry = Entry { at, kind: "pause", subject, actor, body: body.to_string() };
        // The journal has it too: what is missing from the record is no reason to hold up a pause.
        if let Err(error) = self.parts.store.append_audit(&entry).await {
            tracing::error!(error = %Chain(&error), "pause not on record");
        }
        self.state().wanted.insert((halt, target), self.parts.clock.monotonic());
        Ok(())
    }

    fn over(&self, id: (HaltId, Name), outcome: &str) {
        tracing::warn!(target = %id.1, halt_id = %id.0, outcome, "pause is over");
        self.state().over.insert(id);
    }

    /// Nothing in the state is ever half changed, so a poisoned lock is as good as any.
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
