//! `[people.oidc]`: who vouches for people, and what their groups may do.

use std::{path::PathBuf, time::Duration};

use causeway_runtime::config::{ExposeSecret as _, SecretString, Validator};
use serde::Deserialize;
use url::Url;

use crate::{
    adapters::oidc::{Places, Settings, is_private},
    domain::{oidc::Mapping, people::Role},
};

/// Where people come back to.
pub(crate) const CALLBACK: &str = "/sign-in/callback";

/// The setting that may not be shown.
pub(super) const SECRETS: [&str; 1] = ["people.oidc.client_secret"];

/// The section as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawOidc {
    issuer: String,
    label: String,
    client_id: String,
    client_secret: SecretString,
    redirect_uri: String,
    scopes: Vec<String>,
    name_claim: String,
    groups_claim: String,
    observers: Vec<String>,
    operators: Vec<String>,
    approvers: Vec<String>,
    admins: Vec<String>,
    clock_skew_seconds: u64,
    timeout_ms: u64,
    ca_file: Option<PathBuf>,
}

/// Who vouches for people.
#[derive(Debug, Clone)]
pub struct Oidc {
    /// The provider.
    pub provider: Settings,
    /// What people call it.
    pub label: String,
    /// Which groups make which role; nobody by default.
    pub roles: Mapping,
    /// How far its clock may be from ours.
    pub skew: Duration,
}

impl RawOidc {
    /// The checked section; `None` left its complaints with the validator.
    pub(super) fn validate(&self, validator: &mut Validator<'_>) -> Option<Oidc> {
        let skew = validator.within("people.oidc.clock_skew_seconds", self.clock_skew_seconds, 0..=300);
        let timeout = validator.positive_ms("people.oidc.timeout_ms", self.timeout_ms);
        let issuer = self.issuer(validator);
        let redirect = self.redirect(validator);
        let roles = self.roles();
        let missing = [
            (self.client_id.is_empty(), "client_id", "the console's name at the provider"),
            (!self.scopes.iter().any(|scope| scope == "openid"), "scopes", "a list with \"openid\" in it"),
            (self.name_claim.is_empty(), "name_claim", "a claim of the token, for example \"preferred_username\""),
            (self.groups_claim.is_empty(), "groups_claim", "a claim of the token, for example \"groups\""),
            (roles.is_empty(), "observers", "at least one group among observers, operators, approvers and admins"),
        ];
        for (_, name, expected) in missing.iter().filter(|(is_missing, ..)| *is_missing) {
            validator.refuse(&format!("people.oidc.{name}"), expected);
        }
        let authority = self.authority(validator)?;
        let (issuer, redirect) = (issuer?, redirect?);
        let label = if self.label.is_empty() { issuer.host_str().unwrap_or_default() } else { &self.label };
        let provider = Settings {
            issuer: self.issuer.clone(),
            client: self.client_id.clone(),
            secret: Some(&self.client_secret).filter(|secret| !secret.expose_secret().is_empty()).cloned(),
            redirect,
            scopes: self.scopes.clone(),
            places: Places { name: self.name_claim.clone(), groups: self.groups_claim.clone() },
            authority,
            timeout,
        };
        Some(Oidc { provider, label: label.to_owned(), roles, skew: Duration::from_secs(skew) })
    }

    fn issuer(&self, validator: &mut Validator<'_>) -> Option<Url> {
        let is_one = |url: &Url| is_private(url) && url.query().is_none() && url.fragment().is_none();
        let issuer = self.issuer.parse().ok().filter(is_one).ok_or(());
        validator.accept("people.oidc.issuer", "an https URL, exactly as the provider's tokens name it", issuer)
    }

    /// Of the settings and never of a request: whoever sends one could say that the console is elsewhere.
    fn redirect(&self, validator: &mut Validator<'_>) -> Option<Url> {
        let is_one = |url: &Url| is_private(url) && url.path() == CALLBACK && url.query().is_none();
        let redirect = self.redirect_uri.parse().ok().filter(is_one).ok_or(());
        let expected = format!("where people reach the console, for example \"https://console.example{CALLBACK}\"");
        validator.accept("people.oidc.redirect_uri", expected, redirect)
    }

    fn roles(&self) -> Mapping {
        let of = |groups: &[String], role| groups.iter().map(move |group| (group.clone(), role)).collect::<Vec<_>>();
        let all = [
            of(&self.observers, Role::Observer),
            of(&self.operators, Role::Operator),
            of(&self.approvers, Role::Approver),
            of(&self.admins, Role::Admin),
        ];
        Mapping::new(all.into_iter().flatten().filter(|(group, _)| !group.is_empty()).collect())
    }

    fn authority(&self, validator: &mut Validator<'_>) -> Option<Option<Vec<u8>>> {
        let Some(path) = &self.ca_file else { return Some(None) };
        validator.accept("people.oidc.ca_file", "a PEM file that can be read", std::fs::read(path)).map(Some)
    }
}
