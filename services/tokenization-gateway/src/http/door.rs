//! Who calls, and what he may do: a bearer token for each caller.

use std::{fmt, sync::Arc};

use axum::http::{HeaderMap, header::AUTHORIZATION};
use causeway_primitives::B256;
use causeway_runtime::config::ExposeSecret as _;
use sha2::{Digest as _, Sha256};

use super::problem::Problem;
use crate::{
    config::{Caller, Right},
    domain::actor::Actor,
};

/// The callers by the hash of their tokens: what is compared is no secret, so that the time it takes tells nothing.
#[derive(Clone)]
pub(crate) struct Door {
    callers: Arc<[(B256, Actor, Vec<Right>)]>,
}

impl Door {
    pub(crate) fn new(callers: &[Caller]) -> Self {
        let known = callers
            .iter()
            .map(|caller| (hash(caller.token.expose_secret()), caller.name.clone(), caller.rights.clone()));
        Self { callers: known.collect() }
    }

    /// Lets a caller in who has a right.
    ///
    /// # Errors
    /// [`Problem`] with 401 for nobody known, 403 for somebody who may not.
    pub(super) fn admit(&self, headers: &HeaderMap, right: Right) -> Result<Actor, Problem> {
        let token = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
        let presented = hash(token.ok_or_else(Problem::unauthenticated)?);
        let known = self.callers.iter().find(|(expected, ..)| *expected == presented);
        let (_, name, rights) = known.ok_or_else(Problem::unauthenticated)?;
        if rights.contains(&right) { Ok(name.clone()) } else { Err(Problem::forbidden()) }
    }
}

fn hash(token: &str) -> B256 {
    B256::from(<[u8; 32]>::from(Sha256::digest(token.as_bytes())))
}

impl fmt::Debug for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.callers.iter().map(|(_, name, _)| name)).finish()
    }
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;
    use causeway_runtime::config::SecretString;

    use super::*;

    #[test]
    fn tok_8_a_caller_is_known_by_his_token_and_does_what_he_may() {
        let caller = Caller {
            name: "anna".parse().unwrap(),
            token: SecretString::from("0123456789abcdef0123456789abcdef"),
            rights: vec![Right::Decide],
        };
        let door = Door::new(&[caller]);
        let with = |value: &str| HeaderMap::from_iter([(AUTHORIZATION, value.parse().unwrap())]);
        let admitted = |value: &str, right| door.admit(&with(value), right).map_err(|problem| problem.status);
        let token = "Bearer 0123456789abcdef0123456789abcdef";
        assert_eq!(admitted(token, Right::Decide), Ok("anna".parse().unwrap()));
        assert_eq!(admitted(token, Right::Order), Err(StatusCode::FORBIDDEN));
        for bad in ["Bearer x", "Basic 0123456789abcdef0123456789abcdef", "Bearer "] {
            assert_eq!(admitted(bad, Right::Decide), Err(StatusCode::UNAUTHORIZED), "{bad}");
        }
        assert!(door.admit(&HeaderMap::new(), Right::Decide).is_err());
        assert!(!format!("{door:?}").contains("0123"));
    }
}
