//! The named actions of a service.

use std::{collections::HashMap, fmt};

use async_trait::async_trait;
use causeway_proto::ops::v1::{Action, ActionParameter, RunActionRequest};
use tonic::Status;

use super::Error;

/// Characters of an operator's reason: it goes into the audit and into chat messages.
const MAX_REASON: usize = 500;

/// A parameter of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// What it must be: completes "expected …".
    pub expected: &'static str,
}

/// Something that operators may have the service do. All its parameters must be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offered {
    /// For example `source.exclude`.
    pub name: &'static str,
    /// What it does.
    pub description: &'static str,
    /// What it takes.
    pub parameters: &'static [Parameter],
}

/// What an operator wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Which action; one of those that are offered.
    pub action: &'static str,
    /// Who wants it.
    pub actor: String,
    /// For whom, as the caller says who is a program through which people act. Nobody has a right by this alone.
    pub person: Option<String>,
    /// Why: 1 to 500 characters.
    pub reason: String,
    values: HashMap<String, String>,
}

/// A service's own actions.
#[async_trait]
pub trait Actions: fmt::Debug + Send + Sync + 'static {
    /// All of them, in any order.
    fn offered(&self) -> Vec<Offered>;

    /// Does it, and says so in one sentence.
    async fn run(&self, order: Order) -> Result<String, Status>;
}

impl Order {
    /// The value of a parameter; empty when it was not given.
    pub fn value(&self, parameter: &str) -> &str {
        self.values.get(parameter).map(String::as_str).unwrap_or_default()
    }

    /// Reads a request for one of these actions.
    pub(super) fn read(
        request: RunActionRequest,
        offered: &[Offered],
        (actor, person): (String, Option<String>),
    ) -> Result<Self, Error> {
        let wanted = offered.iter().find(|offered| offered.name == request.name).ok_or(Error::ActionUnknown)?;
        let reason = reason(&request.reason)?.to_owned();
        let is_known = |name: &String| wanted.parameters.iter().any(|parameter| parameter.name == name);
        if !request.parameters.keys().all(is_known) {
            let expected = "only those that ListActions names".to_owned();
            return Err(Error::Invalid { field: "parameters", expected });
        }
        Ok(Self { action: wanted.name, actor, person, reason, values: request.parameters })
    }
}

impl Offered {
    pub(super) fn on_the_wire(&self) -> Action {
        let parameter = |parameter: &Parameter| ActionParameter {
            name: parameter.name.to_owned(),
            description: parameter.expected.to_owned(),
            required: true,
        };
        Action {
            name: self.name.to_owned(),
            description: self.description.to_owned(),
            parameters: self.parameters.iter().map(parameter).collect(),
        }
    }
}

/// An operator's reason without the space around it.
///
/// # Errors
/// [`Error::Invalid`] without one, or with one of more than 500 characters.
pub fn reason(text: &str) -> Result<&str, Error> {
    let reason = text.trim();
    if reason.is_empty() || reason.chars().count() > MAX_REASON || reason.chars().any(char::is_control) {
        return Err(Error::Invalid { field: "reason", expected: "1 to 500 characters that say why".to_owned() });
    }
    Ok(reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFFERED: Offered = Offered {
        name: "source.exclude",
        description: "",
        parameters: &[Parameter { name: "source_id", expected: "a source" }],
    };

    fn read(name: &str, reason: &str, parameters: &[(&str, &str)]) -> Result<Order, Error> {
        let parameters = parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let request = RunActionRequest { name: name.to_owned(), reason: reason.to_owned(), parameters };
        Order::read(request, &[OFFERED], ("ops".to_owned(), None))
    }

    #[test]
    fn an_order_names_a_known_action_a_reason_and_known_parameters_only() {
        let order = read("source.exclude", " looks frozen ", &[("source_id", "kraken")]).unwrap();
        assert_eq!((order.reason.as_str(), order.value("source_id")), ("looks frozen", "kraken"));
        assert_eq!(read("source.exclude", "why", &[]).unwrap().value("source_id"), "");
        assert!(matches!(read("source.include", "why", &[]), Err(Error::ActionUnknown)));
        assert!(matches!(read("source.exclude", " ", &[]), Err(Error::Invalid { field: "reason", .. })));
        assert!(matches!(read("source.exclude", &"x".repeat(501), &[]), Err(Error::Invalid { field: "reason", .. })));
        let stray = read("source.exclude", "why", &[("feed", "x")]);
        assert!(matches!(stray, Err(Error::Invalid { field: "parameters", .. })));
    }
}
