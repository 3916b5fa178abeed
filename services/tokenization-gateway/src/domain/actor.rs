//! Who asks and who approves: the name that authentication gave, compared letter by letter.

use std::{fmt, str::FromStr, sync::Arc};

/// Not a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an actor is 1 to 128 printable ASCII characters without a space")]
pub struct ActorError;

/// A person or a program that acts.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Actor(Arc<str>);

impl Actor {
    /// The gateway itself: what it does because its state says so.
    pub fn gateway() -> Self {
        Self("gateway".into())
    }

    /// Somebody for whom a program acts, by that program's word: `anna@ops-console`.
    ///
    /// # Errors
    /// [`ActorError`].
    pub fn behind(person: &str, program: &str) -> Result<Self, ActorError> {
        format!("{person}@{program}").parse()
    }

    /// Whether both may be one person, who acts under a name of his own here and through a program there. Four eyes are not
    /// two names.
    pub fn may_be(&self, other: &Self) -> bool {
        let person = |actor: &Self| actor.0.rsplit_once('@').map(|(person, _)| person.to_owned());
        self == other
            || person(self).as_deref() == Some(other.as_str())
            || person(other).as_deref() == Some(self.as_str())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Actor {
    type Err = ActorError;

    fn from_str(text: &str) -> Result<Self, ActorError> {
        let fits = (1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        if fits { Ok(Self(text.into())) } else { Err(ActorError) }
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tok_8_one_person_is_not_two_by_acting_through_a_program() {
        let name = |name: &str| name.parse::<Actor>().unwrap();
        let through = Actor::behind("anna", "ops-console").unwrap();
        assert_eq!(through, name("anna@ops-console"));
        assert!(through.may_be(&name("anna")) && name("anna").may_be(&through) && through.may_be(&through));
        assert!(!through.may_be(&name("bert")) && !through.may_be(&name("bert@ops-console")));
        assert!(!through.may_be(&name("ops-console")));
        let mail = Actor::behind("anna@bank.example", "ops-console").unwrap();
        assert!(mail.may_be(&name("anna@bank.example")) && !mail.may_be(&name("anna@other.example")));
        assert_eq!(Actor::behind("anna smith", "ops-console"), Err(ActorError));
    }

    #[test]
    fn tok_8_a_name_is_printable_and_bounded() {
        assert!("anna@bank.example".parse::<Actor>().is_ok());
        for bad in ["", "anna smith", "anna\n", "änna", &"a".repeat(129)] {
            assert_eq!(bad.parse::<Actor>(), Err(ActorError), "{bad:?}");
        }
    }
}
