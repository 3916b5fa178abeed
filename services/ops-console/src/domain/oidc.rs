//! What a provider's token must say before somebody is let in, and what he may then do.
//!
//! The signature was checked before (`adapters::oidc`); what is signed is judged here, by the rules of OpenID Connect Core 1.0,
//! section 3.1.3.7. Who is in none of the groups that are named is known, and let in nowhere.

use std::{collections::BTreeSet, time::Duration};

use causeway_primitives::Timestamp;

use super::people::{Role, is_name};

/// A token is asked for and looked at within one sign-in: one that was issued longer ago is of another.
const YOUNG: Duration = Duration::from_secs(600);

/// Characters of a subject (Core 1.0, section 2).
const LONGEST_SUBJECT: usize = 255;

/// What a token says; its signature is the provider's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// `iss`.
    pub issuer: String,
    /// `aud`: whom it is for.
    pub audience: Vec<String>,
    /// `azp`: who asked for it.
    pub asked_by: Option<String>,
    /// `sub`: who it is about, for ever.
    pub subject: String,
    /// `exp`.
    pub expires_at: Timestamp,
    /// `iat`.
    pub issued_at: Timestamp,
    /// `nbf`.
    pub begins_at: Option<Timestamp>,
    /// `nonce`: what the sign-in was begun with.
    pub nonce: Option<String>,
    /// What the person is called.
    pub name: Option<String>,
    /// What he is in.
    pub groups: Vec<String>,
}

/// What is expected.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// Who issues.
    pub issuer: &'a str,
    /// Whom for.
    pub client: &'a str,
    /// What this sign-in was begun with.
    pub nonce: &'a str,
    /// How far the provider's clock may be from ours.
    pub skew: Duration,
}

/// Somebody whom the provider vouches for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The provider's own name for him, which never passes to somebody else.
    pub subject: String,
    /// His name in records.
    pub name: String,
    /// What he may do; `None`: nothing.
    pub role: Option<Role>,
}

/// Why a token lets nobody in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Somebody else issued it.
    #[error("the token is of another issuer")]
    Issuer,
    /// It is for somebody else, or for others too and not asked for by us.
    #[error("the token is for somebody else")]
    Audience,
    /// It is of another sign-in.
    #[error("the token is of another sign-in")]
    Nonce,
    /// It is over.
    #[error("the token is over, or issued too long ago")]
    Old,
    /// It begins later.
    #[error("the token is of the future: do the clocks agree?")]
    Future,
    /// It is about nobody.
    #[error("the token names nobody")]
    Subject,
    /// What he is called cannot stand in a record.
    #[error("the provider gives no name that can stand in records: 1 to 40 of a-z, 0-9, '-', '.' and '_'")]
    Name,
}

impl Refused {
    /// Metric label and log field.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Issuer => "issuer",
            Self::Audience => "audience",
            Self::Nonce => "nonce",
            Self::Old => "old",
            Self::Future => "future",
            Self::Subject => "subject",
            Self::Name => "name",
        }
    }
}

/// Which groups make which role.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mapping(Vec<(String, Role)>);

impl Mapping {
    /// Of groups with their roles.
    pub const fn new(groups: Vec<(String, Role)>) -> Self {
        Self(groups)
    }

    /// Whether nobody would be let in.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The most that one of the groups may do; `None`: none of them is named.
    pub fn role(&self, groups: &[String]) -> Option<Role> {
        let held: BTreeSet<&str> = groups.iter().map(String::as_str).collect();
        self.0.iter().filter(|(group, _)| held.contains(group.as_str())).map(|(_, role)| *role).max()
    }
}

/// Whom the claims vouch for.
///
/// # Errors
/// [`Refused`]: the first thing that is not as it must be.
pub fn judge(claims: &Claims, expected: Expected<'_>, mapping: &Mapping, now: Timestamp) -> Result<Known, Refused> {
    if claims.issuer != expected.issuer {
        return Err(Refused::Issuer);
    }
    if !is_for_us(claims, expected.client) {
        return Err(Refused::Audience);
    }
    if claims.nonce.as_deref() != Some(expected.nonce) {
        return Err(Refused::Nonce);
    }
    in_time(claims, expected.skew, now)?;
    if claims.subject.is_empty() || claims.subject.chars().count() > LONGEST_SUBJECT {
        return Err(Refused::Subject);
    }
    let name = claims.name.as_deref().and_then(name_of).ok_or(Refused::Name)?;
    Ok(Known { subject: claims.subject.clone(), name, role: mapping.role(&claims.groups) })
}

/// A token for several was asked for by us only when it says so.
fn is_for_us(claims: &Claims, client: &str) -> bool {
    let is_named = claims.audience.iter().any(|one| one == client);
    let is_ours = match &claims.asked_by {
        Some(party) => party == client,
        None => claims.audience.len() == 1,
    };
    is_named && is_ours
}

fn in_time(claims: &Claims, skew: Duration, now: Timestamp) -> Result<(), Refused> {
    let ahead = now.after(skew);
    if claims.issued_at > ahead || claims.begins_at.is_some_and(|begins| begins > ahead) {
        return Err(Refused::Future);
    }
    let is_over = now >= claims.expires_at.after(skew);
    if is_over || now.since(claims.issued_at) > YOUNG.saturating_add(skew) {
        return Err(Refused::Old);
    }
    Ok(())
}

/// A name as records have it: providers' differ in case, and some bring a domain.
pub fn name_of(claim: &str) -> Option<String> {
    let name = claim.split_once('@').map_or(claim, |(name, _)| name).to_ascii_lowercase();
    is_name(&name).then_some(name)
}

#[cfg(test)]
mod tests;
