//! The provider's keys, and when they are asked for again: when they are old, so that one that was withdrawn does not count for
//! ever, and when a token names one that is not among them, because providers change theirs without a word. That much seldom
//! enough that nobody makes the console knock on the provider's door by tokens that he invents.

use std::time::Duration;

use causeway_primitives::Monotonic;
use jsonwebtoken::jwk::{AlgorithmParameters, Jwk, JwkSet, PublicKeyUse};

use super::token::Head;

/// Keys are believed for so long.
const OLD: Duration = Duration::from_secs(3_600);
/// An unknown one is asked for so often.
const AGAIN: Duration = Duration::from_secs(3);
/// Keys that are looked at.
const MOST: usize = 100;

/// What is known of the provider's keys.
#[derive(Debug, Clone, Default)]
pub(super) struct Keys {
    keys: Vec<Jwk>,
    /// When the provider showed them.
    shown_at: Option<Monotonic>,
    /// When they were last asked for, in vain or not.
    asked_at: Option<Monotonic>,
}

impl Keys {
    /// What the provider shows now: those that sign.
    pub(super) fn of(set: JwkSet, now: Monotonic) -> Self {
        let signs = |key: &Jwk| key.common.public_key_use.as_ref().is_none_or(|what| *what == PublicKeyUse::Signature);
        Self { keys: set.keys.into_iter().filter(signs).take(MOST).collect(), shown_at: Some(now), asked_at: Some(now) }
    }

    /// Whether they should be asked for before this token is looked at.
    pub(super) fn are_due(&self, head: &Head, now: Monotonic) -> bool {
        let is_older = |at: Option<Monotonic>, age| at.is_none_or(|at| now.since(at) >= age);
        is_older(self.shown_at, OLD) || (is_older(self.asked_at, AGAIN) && self.find(head).is_none())
    }

    /// They are asked for now.
    pub(super) const fn asked(&mut self, now: Monotonic) {
        self.asked_at = Some(now);
    }

    /// The key that the token names; or, when it names none, the only one that can have signed it.
    pub(super) fn find(&self, head: &Head) -> Option<&Jwk> {
        let mut fitting = self.keys.iter().filter(|key| fits(key, head));
        match &head.key {
            Some(id) => fitting.find(|key| key.common.key_id.as_ref() == Some(id)),
            None => {
                let only = fitting.next()?;
                fitting.next().is_none().then_some(only)
            }
        }
    }
}

/// Whether a key can have made a signature of this kind.
fn fits(key: &Jwk, head: &Head) -> bool {
    let is_meant = key.common.key_algorithm.is_none_or(|meant| meant.to_string() == format!("{:?}", head.algorithm));
    let family = match &key.algorithm {
        AlgorithmParameters::RSA(_) => Some(jsonwebtoken::AlgorithmFamily::Rsa),
        AlgorithmParameters::EllipticCurve(_) => Some(jsonwebtoken::AlgorithmFamily::Ec),
        AlgorithmParameters::OctetKeyPair(_) => Some(jsonwebtoken::AlgorithmFamily::Ed),
        // A secret that is shown to everybody signs nothing.
        AlgorithmParameters::OctetKey(_) | AlgorithmParameters::Other(_) => None,
        _ => None,
    };
    is_meant && family == Some(head.algorithm.family())
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::Algorithm;

    use super::*;

    fn at(seconds: u64) -> Monotonic {
        Monotonic::new(Duration::from_secs(seconds))
    }

    fn head(algorithm: Algorithm, key: Option<&str>) -> Head {
        Head { algorithm, key: key.map(str::to_owned) }
    }

    fn keys(text: &str) -> Keys {
        Keys::of(serde_json::from_str(text).unwrap(), at(0))
    }

    const BOTH: &str = r#"{"keys": [
        {"kty": "RSA", "kid": "1", "use": "sig", "n": "AQAB", "e": "AQAB"},
        {"kty": "EC", "kid": "2", "alg": "ES256", "crv": "P-256", "x": "AQAB", "y": "AQAB"},
        {"kty": "RSA", "kid": "3", "use": "enc", "n": "AQAB", "e": "AQAB"},
        {"kty": "oct", "kid": "4", "k": "AQAB"},
        {"kty": "new", "kid": "5"}]}"#;

    #[test]
    fn ops_9_a_key_is_found_by_its_name_and_only_for_what_it_can_sign() {
        let keys = keys(BOTH);
        let finds = |algorithm, id| keys.find(&head(algorithm, id)).and_then(|key| key.common.key_id.clone());
        assert_eq!(finds(Algorithm::RS256, Some("1")).as_deref(), Some("1"));
        assert_eq!(finds(Algorithm::ES256, Some("1")), None, "a key of another family");
        assert_eq!(finds(Algorithm::ES384, Some("2")), None, "a key for another algorithm");
        assert_eq!(finds(Algorithm::RS256, Some("3")), None, "a key that encrypts");
        assert_eq!(finds(Algorithm::HS256, Some("4")), None, "a secret that everybody knows");
        assert_eq!(finds(Algorithm::ES256, None).as_deref(), Some("2"), "the only one that can");
    }

    #[test]
    fn ops_9_an_unknown_key_is_asked_for_seldom_and_a_known_one_when_it_is_old() {
        let (keys, known, unknown) = (keys(BOTH), head(Algorithm::RS256, Some("1")), head(Algorithm::RS256, Some("9")));
        assert!(Keys::default().are_due(&known, at(0)));
        assert!(!keys.are_due(&known, at(3_599)) && keys.are_due(&known, at(3_600)));
        assert!(!keys.are_due(&unknown, at(2)) && keys.are_due(&unknown, at(3)));
        let mut asked = keys.clone();
        asked.asked(at(3));
        assert!(!asked.are_due(&unknown, at(5)));
    }
}
