//! One read: bounded, pinned, with its proof line or a gap.

use std::{fmt, time::Duration};

use alloy::sol_types::SolCall;
use causeway_chain::{
    endpoints::{BlockTag, CallRequest, EndpointSet, Error as EndpointError, Session},
    revert::Reason,
    rpc::RefusalKind,
};
use causeway_primitives::{Address, Bytes};
use tokio::sync::Semaphore;

use crate::{
    domain::diagnose::{Gap, Read},
    ports::Pin,
};

/// Reads of one chain that are on their way at once: a diagnosis asks twenty things, and endpoints limit rates.
pub(super) const AT_ONCE: usize = 8;

/// What reads are made with.
#[derive(Debug)]
pub(super) struct Reader {
    pub(super) endpoints: EndpointSet,
    /// For one read, fail-over included.
    pub(super) within: Duration,
    pub(super) gate: Semaphore,
}

/// A reader at one block.
#[derive(Debug, Clone, Copy)]
pub(super) struct At<'a> {
    pub(super) reader: &'a Reader,
    pub(super) pin: Pin,
}

impl Reader {
    /// Runs a read with fail-over, never longer than the bound.
    pub(super) async fn run<T, F, Fut>(&self, read: F) -> Result<T, Gap>
    where
        F: Fn(Session) -> Fut + Send + Sync,
        Fut: Future<Output = Result<T, EndpointError>> + Send,
        T: Send,
    {
        let bounded = tokio::time::timeout(self.within, async {
            // Never closed.
            let _permit = self.gate.acquire().await;
            self.endpoints.liveness().run(read).await
        });
        match bounded.await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => Err(gap(&error)),
            Err(_) => Err(Gap::Unanswered { why: format!("nothing within {} s", self.within.as_secs()) }),
        }
    }

    pub(super) const fn at(&self, pin: Pin) -> At<'_> {
        At { reader: self, pin }
    }
}

impl At<'_> {
    /// Calls a function whose value prints itself.
    pub(super) async fn ask<C>(&self, to: Address, what: &str, call: C) -> Read<C::Return>
    where
        C: SolCall + Send + Sync,
        C::Return: fmt::Display + Send,
    {
        self.ask_as(to, what, call, |value| value, ToString::to_string).await
    }

    /// Calls a function and takes a view of its answer; `words` prints it for the proof.
    pub(super) async fn ask_as<C, T>(
        &self,
        to: Address,
        what: &str,
        call: C,
        view: impl FnOnce(C::Return) -> T + Send,
        words: impl FnOnce(&T) -> String + Send,
    ) -> Read<T>
    where
        C: SolCall + Send + Sync,
        C::Return: Send,
    {
        let data = call.abi_encode().into();
        let answer = self
            .call(to, &data)
            .await
            .and_then(|data| C::abi_decode_returns(&data).map_err(|error| Gap::Nonsense { why: error.to_string() }));
        let value = answer.map(view);
        let proof = self.line(what, to, value.as_ref().map(words));
        Read { value, proof }
    }

    async fn call(&self, to: Address, data: &Bytes) -> Result<Bytes, Gap> {
        let request = CallRequest::read(to, data.clone());
        let tag = self.tag();
        self.reader
            .run(|session| {
                let request = request.clone();
                async move { session.eth_call(&request, tag).await }
            })
            .await
    }

    pub(super) const fn tag(&self) -> BlockTag {
        BlockTag::Hash(self.pin.hash)
    }

    /// The line that proves a read, or says what was tried.
    pub(super) fn line(&self, what: &str, to: Address, value: Result<String, &Gap>) -> String {
        let block = self.pin.number;
        match value {
            Ok(value) => format!("{what} of {to} at block {block}: {value}"),
            Err(gap) => format!("{what} of {to} at block {block}: not known ({gap})"),
        }
    }
}

/// What an endpoint's failure means for a read.
pub(super) fn gap(error: &EndpointError) -> Gap {
    if error.is_empty_answer() {
        return Gap::Refused { reason: "it has no such function, or there is no code".to_owned() };
    }
    match error.refusal() {
        Some(refusal) if refusal.kind() == RefusalKind::Reverted => {
            let reason = refusal.data().map_or(Reason::Silent, Reason::decode);
            Gap::Refused { reason: reason.to_string() }
        }
        Some(refusal) if refusal.kind() == RefusalKind::MethodMissing => Gap::Unsupported { why: refusal.to_string() },
        Some(_) | None => Gap::Unanswered { why: causeway_telemetry::Chain(error).to_string() },
    }
}
