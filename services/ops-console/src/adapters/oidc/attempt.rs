//! A sign-in that was begun. Everything that must come back unchanged is derived from one secret in the browser's cookie: the
//! console keeps nothing of those who have not come in, and any replica can end what another one began.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use causeway_primitives::Timestamp;
use sha2::{Digest as _, Sha256};

/// How long somebody may take at the provider.
pub(crate) const LASTS: Duration = Duration::from_secs(600);

/// Another replica may have begun it, whose clock is a little ahead.
const AHEAD: Duration = Duration::from_secs(60);

/// Hexadecimal digits of the secret.
const DIGITS: usize = 64;

/// See the module.
#[derive(Clone, PartialEq, Eq)]
pub struct Attempt {
    secret: String,
    began: Timestamp,
    next: String,
}

impl Attempt {
    /// A new one, which leads to a page.
    pub fn begin(next: &str, now: Timestamp) -> Self {
        Self { secret: hex::encode(rand::random::<[u8; 32]>()), began: now, next: next.to_owned() }
    }

    /// The one that a browser's cookie holds, unless it took too long.
    pub fn read(cookie: &str, now: Timestamp) -> Option<Self> {
        let mut parts = cookie.splitn(3, '.');
        let (secret, began, next) = (parts.next()?, parts.next()?, parts.next()?);
        let is_secret = secret.len() == DIGITS && secret.bytes().all(|byte| byte.is_ascii_hexdigit());
        let began = Timestamp::from_secs(began.parse().ok()?).ok()?;
        let next = String::from_utf8(URL_SAFE_NO_PAD.decode(next).ok()?).ok()?;
        let is_new = began <= now.after(AHEAD) && now.since(began) < LASTS;
        (is_secret && is_new).then(|| Self { secret: secret.to_owned(), began, next })
    }

    /// For the browser's cookie.
    pub fn cookie(&self) -> String {
        format!("{}.{}.{}", self.secret, self.began.as_secs(), URL_SAFE_NO_PAD.encode(&self.next))
    }

    /// The page that it leads to; whoever has the cookie may have written it.
    pub fn next(&self) -> &str {
        &self.next
    }

    /// What the provider gives back to the browser: whoever brings it has begun the sign-in.
    pub fn state(&self) -> String {
        hex::encode(self.derive("state"))
    }

    /// What the provider puts into the token.
    pub fn nonce(&self) -> String {
        hex::encode(self.derive("nonce"))
    }

    /// What proves to the provider that the code is ours (RFC 7636): 64 of its unreserved characters.
    pub(super) fn verifier(&self) -> String {
        hex::encode(self.derive("verifier"))
    }

    /// What the provider is told of it beforehand, by the method S256.
    pub(super) fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.verifier()))
    }

    /// The time is in it, so that nobody makes an old attempt new.
    fn derive(&self, what: &str) -> [u8; 32] {
        Sha256::digest(format!("causeway {what} {} {}", self.secret, self.began.as_secs())).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_secs(1_790_000_000 + seconds).unwrap()
    }

    #[test]
    fn ops_9_a_sign_in_is_ended_by_the_browser_that_began_it_and_in_time() {
        let attempt = Attempt::begin("/changes?open=1", at(0));
        let cookie = attempt.cookie();
        let back = Attempt::read(&cookie, at(599)).unwrap();
        assert_eq!((back.state(), back.nonce(), back.next()), (attempt.state(), attempt.nonce(), "/changes?open=1"));
        assert!(Attempt::read(&cookie, at(600)).is_none(), "it took too long");
        let (secret, rest) = cookie.split_once('.').unwrap();
        let newer = format!("{secret}.{}.{}", at(600).as_secs(), rest.split_once('.').unwrap().1);
        assert_ne!(Attempt::read(&newer, at(600)).unwrap().state(), attempt.state(), "an old one is not made new");
        for foreign in ["", "..", "x.1.", &format!("{secret}.{}.%%", at(0).as_secs())] {
            assert!(Attempt::read(foreign, at(0)).is_none(), "{foreign}");
        }
    }

    #[test]
    fn what_is_derived_tells_nothing_of_the_rest() {
        let attempt = Attempt::begin("/", at(0));
        let all = [attempt.state(), attempt.nonce(), attempt.verifier(), attempt.challenge(), attempt.secret.clone()];
        for (place, one) in all.iter().enumerate() {
            assert!(!all[place + 1..].contains(one));
        }
        assert_eq!(attempt.challenge().len(), 43);
    }
}
