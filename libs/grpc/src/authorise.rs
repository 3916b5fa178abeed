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

    fn name(&self) -> Option<&str> {
        match self {
            Self::Named(name) => Some(name),
            Self::Loopback | Self::Anybody => None,
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

    /// Lets a caller in who may call this method, and under the name by which he may: in the order of the rule, whatever else
    /// his certificate says, so that rights and records are of one name.
    pub(crate) fn admit(&self, method: &str, peer: Peer) -> Result<Peer, Refusal> {
        let rule = self.rules.get(method);
        if rule.map_or_else(|| is_reading(method), |callers| callers.iter().any(|caller| caller.is(&peer))) {
            return Ok(peer.known_as(rule.into_iter().flatten().filter_map(Caller::name)));
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
        table.admit(method, peer.clone()).err().map(|refusal| refusal.code)
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
    fn tok_8_grd_17_a_caller_is_who_the_rule_says_wherever_that_name_stands_in_his_certificate() {
        let named = |name: &str| Caller::Named(name.to_owned());
        let table = Table::default().allow(SET, [Caller::Loopback, named("anna"), named("console")]);
        let known = |address: &str, names: &[&str]| table.admit(SET, peer(address, names)).unwrap().to_string();
        for names in [["console.cluster", "console"], ["console", "console.cluster"]] {
            assert_eq!(known("10.0.0.9:4000", &names), "console");
            assert_eq!(known("127.0.0.1:4000", &names), "console", "also where his place would let him in");
        }
        assert_eq!(known("10.0.0.9:4000", &["console", "anna"]), "anna", "of two of the rule its first");
        assert_eq!(known("127.0.0.1:4000", &["x", "y"]), "x");
        assert_eq!(known("127.0.0.1:4000", &[]), "127.0.0.1");
        let all = table.admit(SET, peer("10.0.0.9:4000", &["x", "y", "console"])).unwrap().names;
        assert_eq!(all, ["console", "x", "y"], "none is lost");
        let read = table.admit(GET, peer("10.0.0.9:4000", &["x", "console"])).unwrap();
        assert_eq!(read.to_string(), "x", "without a rule his certificate's first");
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
