//! A lane from our bridge's contract to its peer.
//!
//! Who is believed is the destination's token, at a final block that a quorum agrees on: it remembers the reference. What
//! ccip-monitor says only tells a message that is on its way from one whose delivery failed, and gives no tokens to anybody.
//! So one that is silent is left alone for a while: every request that is due waits for whatever is asked in its round.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use alloy::primitives::{Address, B256};
use async_trait::async_trait;
use causeway_chain::endpoints::{Circuit, CircuitPolicy};
use causeway_primitives::{Monotonic, Timestamp};
use causeway_proto::ccip::v1::{GetMessageRequest, MessageStatus, ccip_service_client::CcipServiceClient};
use tokio::time::Instant;
use tonic::{
    Code, Status,
    body::Body,
    client::GrpcService,
    codegen::{Body as HttpBody, Bytes, StdError},
};

use crate::{
    adapters::issuer::{Bridge, Chain, SettlementToken, TokenBridge, arrived},
    domain::request::Request,
    ports::{Arrival, Effect, NoEffect},
};

/// The other end.
#[derive(Debug, Clone)]
pub struct Far {
    /// The chain.
    pub chain: Chain,
    /// The token there.
    pub token: Address,
    /// The bridge's contract there.
    pub bridge: Address,
}

/// One question without an answer is enough: of what is on its way, the chains say most, and the monitor nothing urgent.
const SILENT: CircuitPolicy = CircuitPolicy {
    failures_to_open: 1,
    cool_down: Duration::from_secs(5),
    longest_cool_down: Duration::from_secs(30),
};

/// A lane. The connection to the monitor bounds each call.
#[derive(Debug, Clone)]
pub struct Lane<T> {
    home: Chain,
    bridge: Address,
    far: Far,
    monitor: CcipServiceClient<T>,
    circuit: Arc<Mutex<Circuit>>,
    started: Instant,
}

impl<T> Lane<T> {
    /// From our bridge's contract on our chain to the other end.
    pub fn new((home, bridge): (Chain, Address), far: Far, monitor: CcipServiceClient<T>) -> Self {
        let circuit = Arc::new(Mutex::new(Circuit::new(SILENT)));
        Self { home, bridge, far, monitor, circuit, started: Instant::now() }
    }

    /// Whether the monitor is asked now.
    fn admits(&self) -> bool {
        let now = self.now();
        self.circuit.lock().unwrap_or_else(PoisonError::into_inner).admit(now)
    }

    /// Notes whether the monitor was heard. What it does not know yet is an answer as well.
    fn heard<R>(&self, answer: &Result<R, Status>) {
        let now = self.now();
        let mut circuit = self.circuit.lock().unwrap_or_else(PoisonError::into_inner);
        match answer {
            Err(status) if status.code() != Code::NotFound => circuit.failed(now, None),
            Ok(_) | Err(_) => circuit.succeeded(),
        }
    }

    fn now(&self) -> Monotonic {
        Monotonic::new(self.started.elapsed())
    }

    /// What the destination itself says; `None` when it could not be asked.
    async fn there(&self, request: &Request) -> Option<Arrival> {
        let Far { chain, token, bridge } = &self.far;
        let (reference, to) = (request.instruction.reference.get(), request.instruction.movement.to()?);
        let block = chain.final_block().await?;
        let call = SettlementToken::operationsCall { businessReference: reference };
        let found = chain.read(&block, *token, &call).await?;
        if found == arrived(&request.instruction, to) {
            return Some(Arrival::Arrived);
        }
        if found != B256::ZERO {
            return Some(Arrival::OtherContent);
        }
        let call = TokenBridge::declinedCall { businessReference: reference };
        let declined = chain.read(&block, *bridge, &call).await?;
        Some(if declined { Arrival::Declined } else { Arrival::Underway })
    }

    /// The message that carries a request; `None` when nobody could say.
    async fn message(&self, request: &Request) -> Option<B256> {
        let block = self.home.final_block().await?;
        let call = TokenBridge::messagesCall { businessReference: request.instruction.reference.get() };
        let message = self.home.read(&block, self.bridge, &call).await?;
        (message != B256::ZERO).then_some(message)
    }
}

impl<T> Lane<T>
where
    T: GrpcService<Body> + Clone + Send + Sync + std::fmt::Debug + 'static,
    T::Error: Into<StdError>,
    T::Future: Send,
    T::ResponseBody: HttpBody<Data = Bytes> + Send + 'static,
    <T::ResponseBody as HttpBody>::Error: Into<StdError> + Send,
{
    /// Where a message is that did not arrive yet.
    async fn followed(&self, message: B256) -> Arrival {
        if !self.admits() {
            return Arrival::Unreadable;
        }
        let request = GetMessageRequest { message_id: message.to_string() };
        let answer = self.monitor.clone().get_message(request).await;
        self.heard(&answer);
        match answer {
            Ok(answer) => match answer.into_inner().message.map(|message| message.status()) {
                Some(MessageStatus::Failed) => Arrival::Stranded,
                // Expired is late and not over; executed is there, and not final there.
                Some(
                    MessageStatus::Sent
                    | MessageStatus::Delivered
                    | MessageStatus::Executing
                    | MessageStatus::Executed
                    | MessageStatus::Expired,
                ) => Arrival::Underway,
                Some(MessageStatus::Unspecified) | None => Arrival::Unreadable,
            },
            // It has not read so far yet.
            Err(status) if status.code() == Code::NotFound => Arrival::Underway,
            Err(status) => {
                tracing::debug!(message_id = %message, code = ?status.code(), "the monitor said nothing of a message");
                Arrival::Unreadable
            }
        }
    }
}

#[async_trait]
impl<T> Bridge for Lane<T>
where
    T: GrpcService<Body> + Clone + Send + Sync + std::fmt::Debug + 'static,
    T::Error: Into<StdError>,
    T::Future: Send,
    T::ResponseBody: HttpBody<Data = Bytes> + Send + 'static,
    <T::ResponseBody as HttpBody>::Error: Into<StdError> + Send,
{
    async fn arrival(&self, request: &Request) -> Arrival {
        match self.there(request).await {
            Some(Arrival::Underway) => match self.message(request).await {
                Some(message) => self.followed(message).await,
                None => Arrival::Unreadable,
            },
            Some(known) => known,
            None => Arrival::Unreadable,
        }
    }

    /// The message left with the first half.
    async fn onward(&self, _request: &Request, _expires_at: Timestamp) -> Result<Effect, NoEffect> {
        Err(NoEffect::Kind)
    }
}
