//! The services' own contracts, for pages that show more than how a service is. A question goes to one replica after the
//! other until one answers: they tell the same. Who leads or is well is asked first, and who let somebody wait a moment ago
//! last.

use std::{
    collections::BTreeMap,
    future::Future,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use causeway_grpc::{Client, Group, Member};
use causeway_primitives::Monotonic;
use causeway_runtime::clock::Clock;
use tonic::{Code, Request, Response, Status, metadata::AsciiMetadataValue};

use super::wire::sentence;
use crate::app::Board;

/// So long a replica that did not answer is asked after the others: until then the board knows how it is.
const ASKED_LAST_FOR: Duration = Duration::from_secs(10);

/// Why a question has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unanswered {
    /// No such service is among those that are looked at.
    #[error("the console is not told where this service is")]
    NotNamed,
    /// It was not reached, or took too long.
    #[error("no answer: {0}")]
    Silent(String),
    /// It answered that it cannot.
    #[error("the service failed: {0}")]
    Failed(String),
    /// It does not know this question.
    #[error("the service does not know this question")]
    Older,
    /// It does not answer the console.
    #[error("the service does not answer this console: {0}")]
    NotAllowed(String),
    /// The question makes no sense to it.
    #[error("{0}")]
    Refused(String),
    /// There is nothing of this name.
    #[error("{0}")]
    Unknown(String),
    /// What it answered makes no sense.
    #[error("an answer that makes no sense: {0}")]
    Strange(&'static str),
}

impl Unanswered {
    /// Whether another replica may answer, and what was shown before may still be right.
    pub const fn is_of_the_service(&self) -> bool {
        match self {
            Self::Silent(_) | Self::Failed(_) => true,
            Self::NotNamed
            | Self::Older
            | Self::NotAllowed(_)
            | Self::Refused(_)
            | Self::Unknown(_)
            | Self::Strange(_) => false,
        }
    }
}

impl From<Status> for Unanswered {
    fn from(status: Status) -> Self {
        let words = sentence(&format!("{}: {}", status.code(), status.message()));
        match status.code() {
            Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled | Code::ResourceExhausted | Code::Aborted => {
                Self::Silent(words)
            }
            Code::Unimplemented => Self::Older,
            Code::Unauthenticated | Code::PermissionDenied => Self::NotAllowed(words),
            Code::InvalidArgument | Code::FailedPrecondition | Code::AlreadyExists => {
                Self::Refused(sentence(status.message()))
            }
            Code::NotFound => Self::Unknown(sentence(status.message())),
            // Out of range: the answer is longer than any that this client takes.
            Code::OutOfRange | Code::Ok | Code::Unknown | Code::Internal | Code::DataLoss => Self::Failed(words),
        }
    }
}

/// A service that can be asked.
#[derive(Debug, Clone)]
pub struct Sibling {
    name: &'static str,
    replicas: Option<Group>,
    token: Option<AsciiMetadataValue>,
    board: Board,
    clock: Arc<dyn Clock>,
    /// When a replica at an address last did not answer.
    silent: Arc<Mutex<BTreeMap<String, Monotonic>>>,
}

impl Sibling {
    /// The service of this name with these replicas; with none, every question is [`Unanswered::NotNamed`]. The token is what
    /// the console shows for itself, where the service asks for one.
    pub fn new(
        name: &'static str,
        (replicas, token): (Option<Group>, Option<AsciiMetadataValue>),
        board: Board,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { name, replicas, token, board, clock, silent: Arc::default() }
    }

    /// Its name.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Asks: `call` puts the question to a client, with everything that a request of the console carries.
    ///
    /// # Errors
    /// [`Unanswered`]: of the last replica, when none answered.
    pub async fn ask<Q, A, F>(&self, question: Q, call: impl Fn(Client, Request<Q>) -> F) -> Result<A, Unanswered>
    where
        Q: Clone,
        F: Future<Output = Result<Response<A>, Status>>,
    {
        let mut last = Unanswered::NotNamed;
        let mut replicas = self.ranked();
        replicas.sort_by_key(|replica| self.was_silent(&replica.address));
        for Member { address, client } in replicas {
            match call(client, self.request(question.clone())).await {
                Ok(answer) => return Ok(answer.into_inner()),
                Err(status) => last = status.into(),
            }
            if matches!(last, Unanswered::Silent(_)) {
                self.silent().insert(address, self.clock.monotonic());
            }
            if !last.is_of_the_service() {
                break;
            }
        }
        Err(last)
    }

    /// Asks the replica that leads, or is well, and no other: for what must not be done twice.
    ///
    /// # Errors
    /// [`Unanswered`]; where it [is of the service](Unanswered::is_of_the_service), it may have been done all the same.
    pub async fn ask_once<Q, A, F>(&self, question: Q, call: impl Fn(Client, Request<Q>) -> F) -> Result<A, Unanswered>
    where
        F: Future<Output = Result<Response<A>, Status>>,
    {
        let replica = self.ranked().into_iter().next().ok_or(Unanswered::NotNamed)?;
        Ok(call(replica.client, self.request(question)).await?.into_inner())
    }

    /// The replicas, the best to speak to first; one that was not looked at yet is the last.
    fn ranked(&self) -> Vec<Member> {
        let mut members = self.replicas.as_ref().map(Group::now).unwrap_or_default();
        let ranked = self.board.ranked(self.name, self.clock.now());
        members
            .sort_by_key(|member| ranked.iter().position(|address| *address == member.address).unwrap_or(usize::MAX));
        members
    }

    fn was_silent(&self, address: &str) -> bool {
        let now = self.clock.monotonic();
        let mut silent = self.silent();
        silent.retain(|_, at| now.since(*at) < ASKED_LAST_FOR);
        silent.contains_key(address)
    }

    /// Nothing in it can be half changed, so a poisoned lock is as good as any.
    fn silent(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Monotonic>> {
        self.silent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn request<Q>(&self, question: Q) -> Request<Q> {
        let mut request = Request::new(question);
        if let Some(token) = &self.token {
            request.metadata_mut().insert("authorization", token.clone());
        }
        request
    }
}

/// The services that have pages of their own.
#[derive(Debug, Clone)]
pub struct Siblings {
    /// `oracle-publisher`.
    pub oracle: Sibling,
    /// `ccip-monitor`.
    pub monitor: Sibling,
    /// `relayer-invariant-guard`.
    pub guard: Sibling,
    /// `tokenization-gateway`.
    pub gateway: Sibling,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ops_1_each_refusal_says_whether_the_service_or_the_question_is_at_fault() {
        assert!(matches!(Unanswered::from(Status::unavailable("x")), Unanswered::Silent(_)));
        assert!(matches!(Unanswered::from(Status::internal("x")), Unanswered::Failed(_)));
        assert_eq!(Unanswered::from(Status::unimplemented("x")), Unanswered::Older);
        assert!(matches!(Unanswered::from(Status::unauthenticated("x")), Unanswered::NotAllowed(_)));
        assert_eq!(
            Unanswered::from(Status::invalid_argument("a\u{202e}b")),
            Unanswered::Refused("a\u{fffd}b".to_owned())
        );
        assert!(!Unanswered::from(Status::not_found("x")).is_of_the_service());
    }
}
