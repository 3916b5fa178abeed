//! Who may call what. Reading is open to whoever can connect; changing needs a rule.
//!
//! A method counts as reading when its name starts with a reading verb of our contracts. Every other one
//! is denied to everybody until the table names its callers, so that a method added to a contract is
//! closed and not open by default.

use std::collections::BTreeMap;

use crate::{Code, Error, Peer, Refusal, method::Methods};

/// The verbs that change nothing.
const READING_VERBS: [&str; 7] = ["Check", "Diagnose", "Explain", "Get", "List", "Search", "Watch"];

/// Somebody who may call a method.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// Whoever shows a certificate with this DNS or URI name.
    Named(String),
    /// Whoever calls from this machine. In Kubernetes that is the pod itself, and an operator by
    /// `kubectl port-forward`, whom Kubernetes has authorised.
    Loopback,
    /// Whoever can connect: the method knows its callers by something that they send, such as a bearer token, and
    /// refuses the others itself.
    Anybody,
}

impl Caller {
    fn is(&self, peer: &Peer) -> bool {
        match self {
            Self::Named(name) => peer.names.contains(name),
            Self::Loopback => peer.is_loopback(),
            Self::Anybody => true,
        }
    }
}

/// The rules of a server.
#[derive(Debug, Clone, Default)]
pub struct Table {
    rules: BTreeMap<String, Vec<Caller>>,
}

impl Table {
    /// Lets these callers, and nobody else, call a method: `causeway.oracle.v1.OracleService/SetSourceState`.
    #[must_use]
    pub fn allow(mut self, method: impl Into<String>, callers: impl IntoIterator<Item = Caller>) -> Self {
        self.rules.entry(method.into()).or_default().extend(callers);
        self
    }

    /// Refuses rules for methods that do not exist.
    pub(crate) fn check_against(&self, methods: &Methods) -> Result<(), Error> {
        match self.rules.keys().find(|method| !methods.contains(method)) {
            Some(method) => Err(Error::UnknownMethod { method: method.clone() }),
            None => Ok(()),
        }
    }

    /// Whether this caller may call this method.
    pub(crate) fn check(&self, method: &str, peer: &Peer) -> Result<(), Refusal> {
        let allowed = match self.rules.get(method) {
            Some(callers) => callers.iter().any(|caller| caller.is(peer)),
            None => is_reading(method),
        };
        if allowed {
            return Ok(());
        }
        if peer.names.is_empty() {
            let message = "this method needs a caller that shows a certificate";
            return Err(Refusal::new(Code::Unauthenticated, "CALLER_UNKNOWN", message));
        }
        Err(Refusal::new(Code::PermissionDenied, "CALLER_NOT_ALLOWED", format!("{peer} may not call this method")))
    }
}

fn is_reading(method: &str) -> bool {
    let name = method.rsplit('/').next().unwrap_or(method);
    READING_VERBS.iter().any(|verb| {
        name.strip_prefix(verb)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(|c: char| c.is_ascii_uppercase()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SET: &str = "causeway.oracle.v1.OracleService/SetSourceState";
    const GET: &str = "causeway.oracle.v1.OracleService/GetPrice";

    fn peer(address: &str, names: &[&str]) -> Peer {
        Peer { address: address.parse().ok(), names: names.iter().map(|name| (*name).to_owned()).collect() }
    }

    fn code(table: &Table, method: &str, peer: &Peer) -> Option<Code> {
        table.check(method, peer).err().map(|refusal| refusal.code)
    }

    #[test]
    fn reading_is_open_and_changing_is_closed_without_a_rule() {
        let stranger = peer("10.0.0.9:4000", &[]);
        let table = Table::default();
        assert_eq!(code(&table, GET, &stranger), None);
        assert_eq!(code(&table, SET, &stranger), Some(Code::Unauthenticated));
        assert_eq!(code(&table, "x.Service/Getaway", &stranger), Some(Code::Unauthenticated));
        assert_eq!(code(&table, SET, &peer("10.0.0.9:4000", &["ops-console"])), Some(Code::PermissionDenied));
        assert_eq!(code(&table, SET, &peer("127.0.0.1:4000", &[])), Some(Code::Unauthenticated));
    }

    #[test]
    fn a_rule_lets_its_callers_and_nobody_else() {
        let table = Table::default().allow(SET, [Caller::Named("ops-console".to_owned()), Caller::Loopback]);
        assert_eq!(code(&table, SET, &peer("10.0.0.9:4000", &["other", "ops-console"])), None);
        assert_eq!(code(&table, SET, &peer("127.0.0.1:4000", &[])), None);
        assert_eq!(code(&table, SET, &peer("[::ffff:127.0.0.1]:4000", &[])), None);
        assert_eq!(code(&table, SET, &peer("10.0.0.9:4000", &["ops-console.evil"])), Some(Code::PermissionDenied));
        assert_eq!(code(&table, SET, &Peer::default()), Some(Code::Unauthenticated));
    }

    #[test]
    fn a_method_that_knows_its_callers_itself_lets_everybody_ask_it() {
        let table = Table::default().allow(SET, [Caller::Anybody]);
        assert_eq!(code(&table, SET, &peer("10.0.0.9:4000", &[])), None);
        assert_eq!(code(&table, SET, &Peer::default()), None);
    }

    #[test]
    fn a_rule_on_a_reading_method_closes_it_to_others() {
        let table = Table::default().allow(GET, [Caller::Named("gateway".to_owned())]);
        assert_eq!(code(&table, GET, &peer("10.0.0.9:4000", &["monitor"])), Some(Code::PermissionDenied));
    }
}
