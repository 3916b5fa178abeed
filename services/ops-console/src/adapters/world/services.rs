//! Whom to ask, and the one call.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use async_trait::async_trait;
use causeway_grpc::{Client, Group, Member, Refusal};
use causeway_primitives::Timestamp;
use causeway_proto::ops::v1::{RunActionRequest, ops_service_client::OpsServiceClient};
use causeway_runtime::clock::Clock;
use causeway_service::wire::PERSON;
use tokio::time::timeout;
use tonic::{Code, Request, Status, metadata::AsciiMetadataValue};
use uuid::Uuid;

use crate::{
    adapters::store::Store,
    app::{
        Board,
        changes::{Call, World},
    },
    domain::{
        change::{
            Answer,
            expect::{Fact, Seen},
            plan::Plan,
        },
        text::inert,
    },
};

/// For one look; the call itself has the client's own limit.
const LOOK_WITHIN: Duration = Duration::from_secs(5);

/// Characters of what a service says.
const SENTENCE: usize = 300;

/// A replica that can be spoken to.
#[derive(Debug, Clone)]
pub struct Speaker {
    /// Where it is, as on the board.
    pub address: String,
    /// Its gRPC port.
    pub client: Client,
    /// What it is shown besides a certificate, where it asks for it.
    pub token: Option<AsciiMetadataValue>,
}

/// The replicas of a service, as they are now.
#[derive(Debug, Clone)]
pub struct Speakers {
    group: Group,
    token: Option<AsciiMetadataValue>,
}

impl Speakers {
    /// Of this group, which is shown this besides a certificate.
    pub const fn new(group: Group, token: Option<AsciiMetadataValue>) -> Self {
        Self { group, token }
    }

    /// Who is there.
    pub fn now(&self) -> Vec<Speaker> {
        let speaker = |Member { address, client }| Speaker { address, client, token: self.token.clone() };
        self.group.now().into_iter().map(speaker).collect()
    }
}

impl Speaker {
    /// A question as it is sent.
    pub(super) fn ask<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        if let Some(token) = &self.token {
            request.metadata_mut().insert("authorization", token.clone());
        }
        request
    }
}

/// See the module.
#[derive(Debug)]
pub struct Services {
    board: Board,
    store: Store,
    clock: Arc<dyn Clock>,
    speakers: BTreeMap<String, Speakers>,
}

impl Services {
    /// These services, as they are on the board, and the console's own things, as they are in its store.
    pub fn new((board, store): (Board, Store), clock: Arc<dyn Clock>, speakers: BTreeMap<String, Speakers>) -> Self {
        Self { board, store, clock, speakers }
    }

    /// The console's own database.
    pub(super) const fn store(&self) -> &Store {
        &self.store
    }

    /// The time.
    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The replica that leads, or else one that was well when it was last seen, or else any.
    pub(super) fn speaker(&self, service: &str) -> Result<Speaker, String> {
        let speakers = self.speakers(service)?;
        speakers.into_iter().next().ok_or_else(|| format!("{service} has no replica"))
    }

    /// All replicas, the best to speak to first.
    fn speakers(&self, service: &str) -> Result<Vec<Speaker>, String> {
        let speakers = self.speakers.get(service).ok_or_else(|| format!("no {service} is looked at here"))?;
        let mut speakers = speakers.now();
        let ranked = self.board.ranked(service, self.clock.now());
        speakers.sort_by_key(|one| ranked.iter().position(|address| *address == one.address).unwrap_or(usize::MAX));
        Ok(speakers)
    }
}

#[async_trait]
impl World for Services {
    async fn see(&self, id: Uuid, plan: &Plan, fact: Fact) -> Seen {
        let look = async {
            if Self::is_own(&plan.service) {
                self.own_look(id, plan, fact).await
            } else {
                self.look(id, plan, fact).await
            }
        };
        let looked = timeout(LOOK_WITHIN, look).await;
        looked.unwrap_or_else(|_| Err("no answer in time".to_owned())).map_err(|gap| inert(&gap, SENTENCE))
    }

    async fn call(&self, id: Uuid, call: Call) -> Answer {
        if Self::is_own(&call.service) {
            return self.own_call(id, &call).await;
        }
        let speakers = match self.speakers(&call.service) {
            Ok(speakers) => speakers,
            // Nothing was sent.
            Err(gap) => return Answer::Refused(gap),
        };
        let request = RunActionRequest {
            name: call.action,
            parameters: call.parameters.into_iter().collect(),
            reason: call.reason,
        };
        // A name that no header can bear is left out, and the service takes the wish for the console's own.
        let person = AsciiMetadataValue::try_from(call.person).ok();
        let ask = |speaker: &Speaker| {
            let mut asked = speaker.ask(request.clone());
            if let Some(person) = &person {
                asked.metadata_mut().insert(PERSON, person.clone());
            }
            asked
        };
        let mut refused = Answer::Refused(format!("{} has no replica", call.service));
        for speaker in speakers {
            match OpsServiceClient::new(speaker.client.clone()).run_action(ask(&speaker)).await {
                Ok(answer) => return Answer::Done(inert(&answer.into_inner().summary, SENTENCE)),
                // Replicas share the parts of a service: another one leads what this is about.
                Err(status) if is_led_elsewhere(&status) => refused = answer(&status),
                // Nobody else is asked: whether a second call would do something twice is not known here.
                Err(status) => return answer(&status),
            }
        }
        refused
    }
}

/// Whether a replica did nothing because it does not lead.
fn is_led_elsewhere(status: &Status) -> bool {
    Refusal::from(status.clone()).reason == "NOT_LEADER"
}

/// What a failed call says about its effect. Only a service that says no did not do it.
fn answer(status: &Status) -> Answer {
    let words = inert(&format!("{}: {}", status.code(), status.message()), SENTENCE);
    match status.code() {
        Code::InvalidArgument
        | Code::NotFound
        | Code::FailedPrecondition
        | Code::PermissionDenied
        | Code::Unauthenticated
        | Code::Unimplemented
        | Code::ResourceExhausted => Answer::Refused(words),
        Code::Ok
        | Code::Cancelled
        | Code::Unknown
        | Code::DeadlineExceeded
        | Code::AlreadyExists
        | Code::Aborted
        | Code::OutOfRange
        | Code::Internal
        | Code::Unavailable
        | Code::DataLoss => Answer::Lost(words),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ops_10_only_who_does_not_lead_sends_us_on() {
        let refusal = |reason| Status::from(Refusal::new(causeway_grpc::Code::FailedPrecondition, reason, "no"));
        assert!(is_led_elsewhere(&refusal("NOT_LEADER")));
        assert!(!is_led_elsewhere(&refusal("SOURCE_UNKNOWN")));
        assert!(!is_led_elsewhere(&Status::new(Code::FailedPrecondition, "NOT_LEADER")), "words are no reason");
    }

    #[test]
    fn ops_4_only_a_service_that_says_no_did_not_do_it() {
        for refused in [Code::InvalidArgument, Code::NotFound, Code::FailedPrecondition, Code::PermissionDenied] {
            assert!(matches!(answer(&Status::new(refused, "no")), Answer::Refused(_)), "{refused:?}");
        }
        for lost in [Code::Unavailable, Code::DeadlineExceeded, Code::Internal, Code::Unknown, Code::Cancelled] {
            assert!(matches!(answer(&Status::new(lost, "?")), Answer::Lost(_)), "{lost:?}");
        }
    }
}
