//! Whose a transaction is: every key has a sender of its own, and all senders share one journal.

use std::collections::BTreeMap;

use causeway_chain::intent::IntentKey;
use causeway_primitives::{Address, FeedId, SignerId};

use super::publisher::feed_of;

/// Which key the feeds are published with, and which account a key is.
#[derive(Debug, Clone)]
pub struct Shares {
    feeds: BTreeMap<FeedId, SignerId>,
    accounts: BTreeMap<Address, SignerId>,
    default: SignerId,
}

impl Shares {
    /// What belongs to no key that is known here is the default's: a feed that is configured no more, and what fills a gap
    /// of an account that was a replica's own.
    pub const fn new(
        feeds: BTreeMap<FeedId, SignerId>,
        accounts: BTreeMap<Address, SignerId>,
        default: SignerId,
    ) -> Self {
        Self { feeds, accounts, default }
    }

    /// The key whose sender follows an intent to its end: exactly one of all.
    pub fn signer_of(&self, key: &IntentKey) -> &SignerId {
        let owner = match key.fills_gap_of() {
            Some(account) => self.accounts.get(&account),
            None => feed_of(key).and_then(|feed| self.feeds.get(&feed)),
        };
        owner.unwrap_or(&self.default)
    }

    /// The feeds that are published with a key.
    pub fn feeds_of<'a>(&'a self, signer: &'a SignerId) -> impl Iterator<Item = &'a FeedId> {
        self.feeds.iter().filter(move |(_, owner)| *owner == signer).map(|(feed, _)| feed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> IntentKey {
        text.parse().unwrap()
    }

    #[test]
    fn ops_10_every_intent_has_one_sender() {
        let [default, fx]: [SignerId; 2] = ["default", "fx"].map(|name| name.parse().unwrap());
        let (eur, eth): (FeedId, FeedId) = ("eur-usd".parse().unwrap(), "eth-usd".parse().unwrap());
        let (own, other) = (Address::repeat_byte(1), Address::repeat_byte(2));
        let feeds = BTreeMap::from([(eur.clone(), fx.clone()), (eth, default.clone())]);
        let shares = Shares::new(feeds, BTreeMap::from([(own, fx.clone())]), default.clone());
        for (text, signer) in [
            ("eur-usd/7/1675329600138", &fx),
            ("eth-usd/7/1675329600138", &default),
            ("gone-usd/7/1675329600138", &default),
            (&format!("GAP:{own}:3:99"), &fx),
            (&format!("GAP:{other}:3:99"), &default),
        ] {
            assert_eq!(shares.signer_of(&key(text)), signer, "{text}");
        }
        assert_eq!(shares.feeds_of(&fx).collect::<Vec<_>>(), [&eur]);
    }
}
