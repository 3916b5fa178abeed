//! The simulated service as a publisher: its sources, and the actions that move them.

use causeway_proto::{
    ops::v1::{Action, RunActionRequest},
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

    /// Does what it is asked, and remembers it.
    pub(super) fn act(&self, request: &RunActionRequest) -> Result<String, Status> {
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
