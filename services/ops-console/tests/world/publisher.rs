//! The simulated service as a publisher: its sources, and the actions that move them; and as a guard that takes halts.

use causeway_proto::{
    guard::v1::{GetStatusResponse, HaltedScope, Scope},
    ops::v1::{Action, Condition, RunActionRequest},
    oracle::v1::{ListSourcesResponse, Source},
};
use tonic::Status;

use super::service::Simulated;

impl Simulated {
    /// A publisher with one source, which is well.
    pub(super) fn publisher() -> Self {
        let publisher = Self::new("oracle-publisher");
        let action = |name: &str| Action { name: name.to_owned(), ..Action::default() };
        publisher.say(|words| words.actions = vec![action("source.exclude"), action("source.reinstate")]);
        publisher.source("kraken-eur-usd", "healthy");
        publisher
    }

    fn source(&self, id: &str, state: &str) {
        let source = Source { source_id: id.to_owned(), state: state.to_owned(), ..Source::default() };
        self.calls.answer("ListSources", &ListSourcesResponse { sources: vec![source] });
    }

    /// A guard whose settlement is halted, which has it say that the relayer is down.
    pub(super) fn halts(&self) {
        let offered = Action { name: "relayer.halt".to_owned(), ..Action::default() };
        self.say(|words| {
            words.status.condition = Condition::Down.into();
            words.actions = vec![offered];
        });
        self.halted();
    }

    fn halted(&self) {
        let asked = self.words().asked;
        let by_us = asked.iter().map(|request| (Scope::All, request.parameters["halt_id"].clone()));
        let all = [(Scope::Settlement, "018f0000-0000-7000-8000-000000000009".to_owned())].into_iter().chain(by_us);
        let halted = |(scope, halt_id): (Scope, String)| HaltedScope { scope: scope.into(), halt_id, epoch: 1 };
        self.calls.answer("GetStatus", &GetStatusResponse { halted: all.map(halted).collect(), ..Default::default() });
    }

    /// Does what it is asked, and remembers it.
    pub(super) fn act(&self, request: &RunActionRequest) -> Result<String, Status> {
        if request.name == "relayer.halt" {
            self.say(|words| words.asked.push(request.clone()));
            self.halted();
            return Ok("it is halted".to_owned());
        }
        let state = match request.name.as_str() {
            "source.exclude" => "excluded",
            "source.reinstate" => "probation",
            _ => return Err(Status::not_found("there is no such action")),
        };
        self.say(|words| words.asked.push(request.clone()));
        self.source(&request.parameters["source_id"], state);
        Ok(format!("it is {state}"))
    }
}
