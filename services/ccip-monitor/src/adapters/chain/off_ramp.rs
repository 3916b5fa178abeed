//! Ramps of every version through one set of questions.

use std::time::Duration;

use alloy::sol_types::{SolCall, SolValue};
use causeway_primitives::{Address, B256, ChainSelector, Timestamp};

use super::{
    abi::{common, private, v1_5, v1_6, v2_0},
    reader::At,
};
use crate::{
    domain::{
        diagnose::{
            Gap, Read,
            evidence::{ExecutionState, OffRampState},
        },
        lane::Dialect,
    },
    ports::{Parcel, RampAsk},
};

/// The number that an on-ramp gives next.
pub(super) async fn expected_next(at: At<'_>, ask: &RampAsk) -> Read<u64> {
    let destination = ask.destination.get();
    match ask.dialect {
        Dialect::V1_5 => {
            let call = v1_5::getExpectedNextSequenceNumberCall {};
            at.ask(ask.on_ramp, "getExpectedNextSequenceNumber()", call).await
        }
        Dialect::V1_6 => {
            let call = v1_6::getExpectedNextSequenceNumberCall { destination };
            at.ask(ask.on_ramp, &format!("getExpectedNextSequenceNumber({destination})"), call).await
        }
        Dialect::V2_0 => {
            let call = v2_0::getExpectedNextMessageNumberCall { destination };
            at.ask(ask.on_ramp, &format!("getExpectedNextMessageNumber({destination})"), call).await
        }
        Dialect::Private(_) => Read::needs("a counter, which a private dialect does not have"),
    }
}

/// An off-ramp, asked about the messages of one source.
#[derive(Debug, Clone)]
pub(super) struct OffRamp<'a> {
    pub(super) at: At<'a>,
    pub(super) address: Address,
    pub(super) dialect: Dialect,
    pub(super) source: ChainSelector,
}

impl OffRamp<'_> {
    /// The router that it delivers through; in a private dialect the contract itself.
    pub(super) async fn router(&self) -> Read<Address> {
        let source = self.source.get();
        match self.dialect {
            Dialect::V1_5 => self.router_1_5().await,
            Dialect::V1_6 => {
                let call = v1_6::getSourceChainConfigCall { source };
                self.router_by(&format!("getSourceChainConfig({source})"), call, |config| config.router).await
            }
            Dialect::V2_0 => {
                let call = v2_0::getSourceChainConfigCall { source };
                self.router_by(&format!("getSourceChainConfig({source})"), call, |config| config.router).await
            }
            Dialect::Private(_) => Read::known(self.address, String::new()),
        }
    }

    async fn router_1_5(&self) -> Read<Address> {
        const WHAT: &str = "getDynamicConfig()";
        let version = self.at.ask(self.address, "typeAndVersion()", common::typeAndVersionCall {}).await;
        match version.value {
            Err(gap) => Read::gap(gap, version.proof),
            Ok(version) if is_1_2(&version) => {
                let call = v1_5::off_ramp_router_1_2::getDynamicConfigCall {};
                self.router_by(WHAT, call, |config| config.router).await
            }
            Ok(_) => {
                let call = v1_5::off_ramp_router::getDynamicConfigCall {};
                self.router_by(WHAT, call, |config| config.router).await
            }
        }
    }

    async fn router_by<C>(&self, what: &str, call: C, view: impl FnOnce(C::Return) -> Address + Send) -> Read<Address>
    where
        C: SolCall + Send + Sync,
        C::Return: Send,
    {
        self.at.ask_as(self.address, what, call, view, |router| format!("router {router}")).await
    }

    /// How it takes messages of the source, and the number that a report may begin with (1.6).
    pub(super) async fn state(&self) -> (Read<OffRampState>, Read<u64>) {
        let source = self.source.get();
        let what = format!("getSourceChainConfig({source})");
        let none = || Read::needs("an off-ramp, which a private dialect does not have");
        match self.dialect {
            Dialect::V1_5 => self.state_1_5().await,
            Dialect::V1_6 => {
                let call = v1_6::getSourceChainConfigCall { source };
                let words = |config: &v1_6::SourceChainConfig| {
                    format!("enabled {}, minSeqNr {}, onRamp {}", config.isEnabled, config.minSeqNr, config.onRamp)
                };
                let config = self.at.ask_as(self.address, &what, call, |config| config, words).await;
                let next = config.clone().map(|config| config.minSeqNr);
                (config.map(|config| OffRampState { enabled: config.isEnabled, on_ramps: vec![config.onRamp] }), next)
            }
            Dialect::V2_0 => {
                let call = v2_0::getSourceChainConfigCall { source };
                let view = |config: v2_0::SourceChainConfig| OffRampState {
                    enabled: config.isEnabled,
                    on_ramps: config.onRamps,
                };
                let words = |state: &OffRampState| format!("enabled {}, onRamps {:?}", state.enabled, state.on_ramps);
                (
                    self.at.ask_as(self.address, &what, call, view, words).await,
                    Read::needs("reports, which 2.0 does not have"),
                )
            }
            Dialect::Private(_) => (none(), Read::needs("reports, which a private dialect does not have")),
        }
    }

    /// One lane, decided when it was deployed; the next number is its commit store's.
    async fn state_1_5(&self) -> (Read<OffRampState>, Read<u64>) {
        let call = v1_5::off_ramp::getStaticConfigCall {};
        let words = |config: &v1_5::off_ramp::getStaticConfigReturn| {
            format!(
                "source {}, onRamp {}, commitStore {}",
                config.sourceChainSelector, config.onRamp, config.commitStore
            )
        };
        let config = self.at.ask_as(self.address, "getStaticConfig()", call, |config| config, words).await;
        let (source, proof) = (self.source.get(), config.proof);
        match config.value {
            Err(gap) => (Read::gap(gap.clone(), proof), Read::gap(gap, String::new())),
            Ok(config) => {
                let on_ramps = vec![config.onRamp.to_vec().into()];
                let state = OffRampState { enabled: config.sourceChainSelector == source, on_ramps };
                let call = v1_5::getExpectedNextSequenceNumberCall {};
                let next = self.at.ask(config.commitStore, "getExpectedNextSequenceNumber()", call).await;
                (Read::known(state, proof), next)
            }
        }
    }

    /// The commit store (1.2 and 1.5).
    pub(super) async fn commit_store(&self) -> Read<Address> {
        match self.dialect {
            Dialect::V1_5 => {
                let call = v1_5::off_ramp::getStaticConfigCall {};
                self.at
                    .ask_as(self.address, "getStaticConfig()", call, |config| config.commitStore, ToString::to_string)
                    .await
            }
            Dialect::V1_6 | Dialect::V2_0 | Dialect::Private(_) => {
                Read::needs("a commit store, which only 1.2 and 1.5 have")
            }
        }
    }

    /// When a root was accepted.
    pub(super) async fn accepted(&self, store: &Read<Address>, root: B256) -> Read<Option<Timestamp>> {
        let words = |accepted: &Result<Option<Timestamp>, Gap>| match accepted {
            Ok(Some(at)) => at.to_string(),
            Ok(None) => "not there".to_owned(),
            Err(gap) => gap.to_string(),
        };
        let read = match (&self.dialect, &store.value) {
            (Dialect::V1_5, Ok(store)) => {
                let call = v1_5::getMerkleRootCall { root };
                self.at.ask_as(*store, &format!("getMerkleRoot({root})"), call, time, words).await
            }
            (Dialect::V1_5, Err(gap)) => return Read::gap(gap.clone(), store.proof.clone()),
            (Dialect::V1_6, _) => {
                let source = self.source.get();
                let call = v1_6::getMerkleRootCall { source, root };
                self.at.ask_as(self.address, &format!("getMerkleRoot({source}, {root})"), call, time, words).await
            }
            (Dialect::V2_0 | Dialect::Private(_), _) => {
                return Read::needs("reports, which this dialect does not have");
            }
        };
        Read { value: read.value.and_then(|accepted| accepted), proof: read.proof }
    }

    /// How long after its arrival anybody may execute a message.
    pub(super) async fn threshold(&self) -> Read<Duration> {
        let words = |threshold: &Duration| format!("{} s", threshold.as_secs());
        let seconds = |seconds: u32| Duration::from_secs(u64::from(seconds));
        match self.dialect {
            Dialect::V1_5 => {
                let call = v1_5::off_ramp::getDynamicConfigCall {};
                self.at.ask_as(self.address, "getDynamicConfig()", call, seconds, words).await
            }
            Dialect::V1_6 => {
                let call = v1_6::getDynamicConfigCall {};
                let view =
                    |config: v1_6::getDynamicConfigReturn| seconds(config.permissionLessExecutionThresholdSeconds);
                self.at.ask_as(self.address, "getDynamicConfig()", call, view, words).await
            }
            Dialect::V2_0 => Read::known(Duration::ZERO, "2.0 lets anybody execute at once".to_owned()),
            Dialect::Private(_) => Read::needs("execution by anybody, which a private dialect does not have"),
        }
    }

    /// The last executed nonce of a sender.
    pub(super) async fn inbound_nonce(&self, sender: Address) -> Read<u64> {
        match self.dialect {
            Dialect::V1_5 => {
                self.at
                    .ask(self.address, &format!("getSenderNonce({sender})"), v1_5::getSenderNonceCall { sender })
                    .await
            }
            Dialect::V1_6 => {
                let call = v1_6::getStaticConfigCall {};
                let manager = |config: v1_6::getStaticConfigReturn| config.nonceManager;
                let manager =
                    self.at.ask_as(self.address, "getStaticConfig()", call, manager, ToString::to_string).await;
                match manager.value {
                    Err(gap) => Read::gap(gap, manager.proof),
                    Ok(manager) => {
                        let source = self.source.get();
                        let call = v1_6::getInboundNonceCall { source, sender: sender.abi_encode().into() };
                        self.at.ask(manager, &format!("getInboundNonce({source}, {sender})"), call).await
                    }
                }
            }
            Dialect::V2_0 | Dialect::Private(_) => Read::needs("nonces, which this dialect does not have"),
        }
    }

    /// A message's state.
    pub(super) async fn execution(&self, parcel: &Parcel) -> Read<ExecutionState> {
        let source = self.source.get();
        let words = |state: &Result<ExecutionState, Gap>| match state {
            Ok(state) => format!("{state:?}"),
            Err(gap) => gap.to_string(),
        };
        let read = match (&self.dialect, parcel.sequence) {
            (Dialect::V1_5, Some(sequence)) => {
                let call = v1_5::getExecutionStateCall { sequence };
                self.at.ask_as(self.address, &format!("getExecutionState({sequence})"), call, state, words).await
            }
            (Dialect::V1_6, Some(sequence)) => {
                let call = v1_6::getExecutionStateCall { source, sequence };
                self.at
                    .ask_as(self.address, &format!("getExecutionState({source}, {sequence})"), call, state, words)
                    .await
            }
            (Dialect::V1_5 | Dialect::V1_6, None) => return Read::needs("the message's number"),
            (Dialect::V2_0, _) => {
                let call = v2_0::getExecutionStateCall { messageId: parcel.id.get() };
                self.at.ask_as(self.address, &format!("getExecutionState({})", parcel.id), call, state, words).await
            }
            (Dialect::Private(_), _) => return self.executed(parcel).await,
        };
        Read { value: read.value.and_then(|state| state), proof: read.proof }
    }

    /// A private contract has a mapping under one of two names, or none: then the refusal says so.
    async fn executed(&self, parcel: &Parcel) -> Read<ExecutionState> {
        let message = parcel.id.get();
        let view = |done: bool| if done { ExecutionState::Succeeded } else { ExecutionState::Untouched };
        let words = |state: &ExecutionState| (*state == ExecutionState::Succeeded).to_string();
        let call = private::executedCall { messageId: message };
        let first = self.at.ask_as(self.address, &format!("executed({message})"), call, view, words).await;
        match first.value {
            Err(Gap::Refused { .. }) => {
                let call = private::processedCall { messageId: message };
                self.at.ask_as(self.address, &format!("processed({message})"), call, view, words).await
            }
            Ok(_) | Err(_) => first,
        }
    }
}

/// Whether a contract's `typeAndVersion()` is one of 1.2, whose settings and manual execution differ from 1.5's.
pub(super) fn is_1_2(version: &str) -> bool {
    version.contains(" 1.2.")
}

/// 0 is "never".
fn time(seconds: causeway_primitives::U256) -> Result<Option<Timestamp>, Gap> {
    let nonsense = || Gap::Nonsense { why: format!("a time of {seconds} s") };
    let seconds = u64::try_from(seconds).map_err(|_| nonsense())?;
    if seconds == 0 {
        return Ok(None);
    }
    Timestamp::from_secs(seconds).map(Some).map_err(|_| nonsense())
}

fn state(number: u8) -> Result<ExecutionState, Gap> {
    match number {
        0 => Ok(ExecutionState::Untouched),
        1 => Ok(ExecutionState::InProgress),
        2 => Ok(ExecutionState::Succeeded),
        3 => Ok(ExecutionState::Failed),
        other => Err(Gap::Nonsense { why: format!("execution state {other}") }),
    }
}
