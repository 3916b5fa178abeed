//! Whose a transaction is: every key has a sender of its own, and all senders share one journal.

use std::collections::BTreeMap;

use causeway_chain::intent::IntentKey;
use causeway_primitives::{Address, FeedId, SignerId};

use super::publisher::feed_of;

/// The key that an answer was given to, by its name, and how far its transaction is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// Nothing is signed, and something may be.
    Unsigned(String),
    /// Something is signed, or the time is over in which it might have been.
    Begun(String),
}

/// Which key the feeds are published with, and which account a key is.
#[derive(Debug, Clone)]
pub struct Shares {
    feeds: BTreeMap<FeedId, SignerId>,
    accounts: BTreeMap<Address, SignerId>,
    default: SignerId,
}

impl Shares {
    /// What names no key is the default's if its feed is configured no more, and so is what fills a gap of an account that was a
    /// replica's own.
    pub const fn new(
        feeds: BTreeMap<FeedId, SignerId>,
        accounts: BTreeMap<Address, SignerId>,
        default: SignerId,
    ) -> Self {
        Self { feeds, accounts, default }
    }

    /// The key whose sender follows an intent to its end; `None`: none of those that are known here.
    ///
    /// An answer belongs to the key that it was given to, whatever the feed's key is here: replicas may have been configured at
    /// different times. While nothing is signed for it, a key that is unknown here is somebody else's alone. Later it may be
    /// gone for good, and then the feed's own key follows: its sender never replaces what another account has signed, and
    /// signs nothing that has expired.
    pub fn signer_of(&self, key: &IntentKey, wanted: Option<&Wanted>) -> Option<&SignerId> {
        if let Some(account) = key.fills_gap_of() {
            return Some(self.accounts.get(&account).unwrap_or(&self.default));
        }
        let here = || feed_of(key).and_then(|feed| self.feeds.get(&feed)).unwrap_or(&self.default);
        match wanted {
            None => Some(here()),
            Some(Wanted::Unsigned(name)) => self.find(name),
            Some(Wanted::Begun(name)) => Some(self.find(name).unwrap_or_else(here)),
        }
    }

    fn find(&self, name: &str) -> Option<&SignerId> {
        let known = std::iter::once(&self.default).chain(self.accounts.values()).chain(self.feeds.values());
        known.into_iter().find(|signer| signer.as_str() == name)
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
            assert_eq!(shares.signer_of(&key(text), None), Some(signer), "{text}");
        }
        assert_eq!(shares.feeds_of(&fx).collect::<Vec<_>>(), [&eur]);
    }

    #[test]
    fn ops_10_an_answer_is_its_own_keys_whatever_the_feeds_key_is_here() {
        let [default, fx]: [SignerId; 2] = ["default", "fx"].map(|name| name.parse().unwrap());
        let feeds = BTreeMap::from([("eur-usd".parse().unwrap(), fx.clone())]);
        let shares = Shares::new(feeds, BTreeMap::new(), default.clone());
        let [unsigned, begun] = [Wanted::Unsigned, Wanted::Begun];
        for (wanted, signer) in [
            (unsigned("fx".to_owned()), Some(&fx)),
            (unsigned("default".to_owned()), Some(&default)),
            (unsigned("new".to_owned()), None),
            (begun("default".to_owned()), Some(&default)),
            (begun("gone".to_owned()), Some(&fx)),
        ] {
            assert_eq!(shares.signer_of(&key("eur-usd/7/1675329600138"), Some(&wanted)), signer, "{wanted:?}");
        }
        let of_no_feed = |wanted| shares.signer_of(&key("new-usd/7/1675329600138"), Some(&wanted)).cloned();
        assert_eq!(of_no_feed(unsigned("new".to_owned())), None);
        assert_eq!(of_no_feed(begun("gone".to_owned())), Some(default));
    }
}
