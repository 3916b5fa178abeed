//! Which logs are read.

use alloy::primitives::{Address, B256};
use serde_json::{Map, Value, json};

/// Logs of these contracts with one of these first topics.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selection {
    addresses: Vec<Address>,
    topics: Vec<B256>,
}

impl Selection {
    /// No address selects no log (and not, as in a node's filter, the logs of everybody): anybody can emit a
    /// look-alike event. No topic selects every event of the addresses.
    pub fn new(addresses: impl IntoIterator<Item = Address>, topics: impl IntoIterator<Item = B256>) -> Self {
        let (mut addresses, mut topics): (Vec<_>, Vec<_>) =
            (addresses.into_iter().collect(), topics.into_iter().collect());
        addresses.sort_unstable();
        addresses.dedup();
        topics.sort_unstable();
        topics.dedup();
        Self { addresses, topics }
    }

    /// True when no log can be selected.
    pub const fn is_empty(&self) -> bool {
        self.addresses.is_empty()
    }

    /// Whether a log is selected.
    pub fn contains(&self, address: &Address, topics: &[B256]) -> bool {
        let topic_fits = || topics.first().is_some_and(|topic| self.topics.binary_search(topic).is_ok());
        self.addresses.binary_search(address).is_ok() && (self.topics.is_empty() || topic_fits())
    }

    /// As the parameter of `eth_getLogs`, for the blocks that `place` names.
    pub(super) fn to_filter(&self, mut place: Map<String, Value>) -> Value {
        place.insert("address".to_owned(), json!(self.addresses));
        if !self.topics.is_empty() {
            place.insert("topics".to_owned(), json!([self.topics]));
        }
        Value::Object(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_selected_unless_named() {
        let (one, other) = (Address::repeat_byte(1), Address::repeat_byte(2));
        let topic = B256::repeat_byte(7);
        let nobody = Selection::new([], [topic]);
        assert!(nobody.is_empty() && !nobody.contains(&one, &[topic]));
        let selection = Selection::new([other, one, other], [topic]);
        assert!(selection.contains(&one, &[topic, B256::ZERO]));
        assert!(!selection.contains(&one, &[B256::ZERO, topic]), "only the first topic counts");
        assert!(!selection.contains(&one, &[]), "an anonymous event has no signature");
        assert!(!selection.contains(&Address::ZERO, &[topic]));
        assert!(Selection::new([one], []).contains(&one, &[]));
    }

    #[test]
    fn a_filter_names_each_address_once_and_leaves_topics_out_when_all_will_do() {
        let one = Address::repeat_byte(1);
        let filter = Selection::new([one, one], []).to_filter(Map::new());
        assert_eq!(filter, json!({ "address": [one] }));
        let filter = Selection::new([one], [B256::ZERO]).to_filter(Map::new());
        assert_eq!(filter, json!({ "address": [one], "topics": [[B256::ZERO]] }));
    }
}
