//! Who calls, and what he may do: by a bearer token, or by the name in a certificate that our own authority signed.

use std::{fmt, sync::Arc};

use causeway_primitives::B256;
use causeway_runtime::config::ExposeSecret as _;
use sha2::{Digest as _, Sha256};

use crate::{
    config::{Caller, Right},
    domain::actor::Actor,
};

/// Why somebody is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAdmitted {
    /// Nobody is known by that.
    #[error("a known bearer token or certificate is needed")]
    Unknown,
    /// He is known, and may not.
    #[error("the caller has no right to this")]
    MayNot,
}

/// What somebody shows.
#[derive(Debug, Clone, Copy)]
pub enum Shown<'a> {
    /// A bearer token. Whoever shows one is known by it or not at all.
    Token(&'a str),
    /// The names in a verified certificate.
    Certificate(&'a [String]),
}

struct Known {
    /// The hash of the token: what is compared is no secret, so that the time it takes tells nothing.
    token: B256,
    name: Actor,
    rights: Vec<Right>,
}

/// The callers. Cheap to clone.
#[derive(Clone)]
pub struct Door {
    callers: Arc<[Known]>,
}

impl Door {
    /// The door of these callers.
    pub fn new(callers: &[Caller]) -> Self {
        let known = callers.iter().map(|caller| Known {
            token: hash(caller.token.expose_secret()),
            name: caller.name.clone(),
            rights: caller.rights.clone(),
        });
        Self { callers: known.collect() }
    }

    /// Lets a caller in who has a right.
    ///
    /// # Errors
    /// [`NotAdmitted`].
    pub fn admit(&self, shown: Shown<'_>, right: Right) -> Result<Actor, NotAdmitted> {
        let known = match shown {
            Shown::Token(token) => {
                let presented = hash(token);
                self.callers.iter().find(|known| known.token == presented)
            }
            Shown::Certificate(names) => {
                self.callers.iter().find(|known| names.iter().any(|name| name == known.name.as_str()))
            }
        };
        let known = known.ok_or(NotAdmitted::Unknown)?;
        if known.rights.contains(&right) { Ok(known.name.clone()) } else { Err(NotAdmitted::MayNot) }
    }
}

fn hash(token: &str) -> B256 {
    B256::from(<[u8; 32]>::from(Sha256::digest(token.as_bytes())))
}

impl fmt::Debug for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.callers.iter().map(|known| &known.name)).finish()
    }
}

#[cfg(test)]
mod tests {
    use causeway_runtime::config::SecretString;

    use super::*;

    const TOKEN: &str = "0123456789abcdef0123456789abcdef";

    #[test]
    fn tok_8_a_caller_is_known_by_his_token_or_certificate_and_does_what_he_may() {
        let name: Actor = "anna".parse().unwrap();
        let rights = vec![Right::Decide];
        let door = Door::new(&[Caller { name: name.clone(), token: SecretString::from(TOKEN), rights }]);
        assert_eq!(door.admit(Shown::Token(TOKEN), Right::Decide), Ok(name.clone()));
        assert_eq!(door.admit(Shown::Token(TOKEN), Right::Order), Err(NotAdmitted::MayNot));
        for bad in ["x", "", "anna", &TOKEN[1..]] {
            assert_eq!(door.admit(Shown::Token(bad), Right::Decide), Err(NotAdmitted::Unknown), "{bad}");
        }
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let by = |shown: &[&str], right| door.admit(Shown::Certificate(&names(shown)), right);
        assert_eq!(by(&["other", "anna"], Right::Decide), Ok(name));
        assert_eq!(by(&["anna"], Right::Read), Err(NotAdmitted::MayNot));
        assert_eq!(by(&["anna.evil"], Right::Decide), Err(NotAdmitted::Unknown));
        assert_eq!(by(&[], Right::Decide), Err(NotAdmitted::Unknown));
        assert!(!format!("{door:?}").contains("0123"));
    }
}
