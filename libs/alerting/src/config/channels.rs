//! One `[[alerting.channels]]`: which carrier, where to, with which credential.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use causeway_runtime::config::{SecretString, SecretUrl, Validator};
use serde::Deserialize;

use crate::{
    channel::{
        Alertmanager, Channel, Encryption, Endpoint, Gateway, Login, Outgoing, PagerDuty, Relay, SettingError, Slack,
        Sms, SmsBody, Smtp, Webhook, Wording,
    },
    notification::ChannelId,
};

/// PagerDuty's address, unless a European account or a proxy needs another.
const PAGERDUTY: &str = "https://events.pagerduty.com";

/// One text message of one part.
const SMS_CHARS: usize = 160;

/// Alertmanager forgets an alert that was not told to be over after this.
const HOLD_SECONDS: u64 = 86_400;

/// A channel as it is written. Which keys it needs depends on its kind; those of another kind are refused.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawChannel {
    /// As rules name it, for example `slack-incidents`.
    pub id: String,
    /// `slack`, `pagerduty`, `smtp`, `sms`, `webhook` or `alertmanager`.
    pub kind: String,
    /// Secret. The hook, the gateway or the base address.
    pub url: Option<SecretUrl>,
    /// Secret. PagerDuty's integration key.
    pub routing_key: Option<SecretString>,
    /// Secret. Signs what a webhook gets.
    pub secret: Option<SecretString>,
    /// Secret. The `Authorization` of an SMS gateway.
    pub authorization: Option<SecretString>,
    /// The mail server.
    pub host: Option<String>,
    /// Its port; absent: the usual one of the encryption.
    pub port: Option<u16>,
    /// `tls`, `starttls` (absent: this) or `none`, which is for a server on loopback.
    pub encryption: Option<String>,
    /// The account on the mail server.
    pub user: Option<String>,
    /// Secret. Its password.
    pub password: Option<SecretString>,
    /// Who mails.
    pub from: Option<String>,
    /// Mail addresses, or telephone numbers in E.164.
    #[serde(default)]
    pub to: Vec<String>,
    /// What an SMS gateway takes as a form; `{to}`, `{text}` and `{key}` are filled in.
    #[serde(default)]
    pub form: BTreeMap<String, String>,
    /// What an SMS gateway takes as JSON, with the same places.
    pub json: Option<toml::Table>,
    /// The longest text message.
    pub max_chars: Option<usize>,
    /// How long Alertmanager holds an alert of which it hears nothing more.
    pub hold_seconds: Option<u64>,
}

/// What all channels are made with.
pub(super) struct Making<'a> {
    pub(super) wording: &'a Wording,
    pub(super) outgoing: &'a Outgoing,
    /// For one message.
    pub(super) timeout: Duration,
}

/// The complaints of one channel.
struct Complaints<'a, 'v> {
    at: &'a str,
    validator: &'a mut Validator<'v>,
}

impl Complaints<'_, '_> {
    fn refuse(&mut self, key: &str, expected: &str) {
        self.validator.refuse(&format!("{}.{key}", self.at), expected);
    }

    fn need<T: Clone>(&mut self, key: &str, value: Option<&T>, expected: &str) -> Option<T> {
        if value.is_none() {
            self.refuse(key, expected);
        }
        value.cloned()
    }

    /// What the carrier itself has against its settings, by the setting that it is about.
    fn accept<T>(&mut self, made: Result<T, SettingError>, keys: Keys) -> Option<T> {
        let error = match made {
            Ok(made) => return Some(made),
            Err(error) => error,
        };
        let (key, expected) = match &error {
            SettingError::Address => (keys.address, "an http or https URL"),
            SettingError::Plaintext => (keys.address, "an address with TLS, except on loopback"),
            SettingError::Credential => (keys.credential, "a credential of the right form"),
            SettingError::Recipient => (keys.recipient, "at least one address of the right form"),
            SettingError::Client(_) | SettingError::Mail(_) => (keys.address, "a server that TLS can name"),
        };
        self.refuse(key, expected);
        None
    }
}

/// Which setting a carrier means when it complains.
#[derive(Clone, Copy)]
struct Keys {
    address: &'static str,
    credential: &'static str,
    recipient: &'static str,
}

const HTTP: Keys = Keys { address: "url", credential: "authorization", recipient: "to" };
const PAGER: Keys = Keys { credential: "routing_key", ..HTTP };
const MAIL: Keys = Keys { address: "host", credential: "password", recipient: "to" };

impl RawChannel {
    /// The channel, or complaints.
    pub(super) fn make(
        &self,
        at: &str,
        making: &Making<'_>,
        validator: &mut Validator<'_>,
    ) -> Option<Arc<dyn Channel>> {
        let mut complaints = Complaints { at, validator };
        let expected = "1 to 32 characters of a-z, 0-9 and '-', for example slack-incidents";
        let Ok(id) = self.id.parse::<ChannelId>() else {
            complaints.refuse("id", expected);
            return None;
        };
        let known: &[&str] = match self.kind.as_str() {
            "slack" => &["url"],
            "pagerduty" => &["url", "routing_key"],
            "smtp" => &["host", "port", "encryption", "user", "password", "from", "to"],
            "sms" => &["url", "authorization", "to", "form", "json", "max_chars"],
            "webhook" => &["url", "secret"],
            "alertmanager" => &["url", "hold_seconds"],
            _ => {
                complaints.refuse("kind", "slack, pagerduty, smtp, sms, webhook or alertmanager");
                return None;
            }
        };
        if let Some(foreign) = self.given().find(|key| !known.contains(key)) {
            complaints.refuse(foreign, &format!("nothing: a channel of kind {} has {}", self.kind, known.join(", ")));
            return None;
        }
        match self.kind.as_str() {
            "slack" => self.slack(id, making, &mut complaints),
            "pagerduty" => self.pagerduty(id, making, &mut complaints),
            "smtp" => self.smtp(id, making, &mut complaints),
            "sms" => self.sms(id, making, &mut complaints),
            "webhook" => self.webhook(id, making, &mut complaints),
            _ => self.alertmanager(id, making, &mut complaints),
        }
    }

    /// The keys that are written.
    fn given(&self) -> impl Iterator<Item = &'static str> {
        let given = [
            ("url", self.url.is_some()),
            ("routing_key", self.routing_key.is_some()),
            ("secret", self.secret.is_some()),
            ("authorization", self.authorization.is_some()),
            ("host", self.host.is_some()),
            ("port", self.port.is_some()),
            ("encryption", self.encryption.is_some()),
            ("user", self.user.is_some()),
            ("password", self.password.is_some()),
            ("from", self.from.is_some()),
            ("to", !self.to.is_empty()),
            ("form", !self.form.is_empty()),
            ("json", self.json.is_some()),
            ("max_chars", self.max_chars.is_some()),
            ("hold_seconds", self.hold_seconds.is_some()),
        ];
        given.into_iter().filter(|(_, is_given)| *is_given).map(|(key, _)| key)
    }

    fn endpoint(&self, complaints: &mut Complaints<'_, '_>) -> Option<Endpoint> {
        let url = complaints.need("url", self.url.as_ref(), "an address, or url_file with a file that holds it")?;
        complaints.accept(Endpoint::parse(url.expose()), HTTP)
    }

    fn slack(&self, id: ChannelId, making: &Making<'_>, complaints: &mut Complaints<'_, '_>) -> Made {
        let hook = self.endpoint(complaints)?;
        let made = Slack::new(id, making.outgoing.clone(), hook, making.wording.clone());
        Some(Arc::new(complaints.accept(made, HTTP)?))
    }

    fn pagerduty(&self, id: ChannelId, making: &Making<'_>, complaints: &mut Complaints<'_, '_>) -> Made {
        let base = match &self.url {
            Some(_) => self.endpoint(complaints),
            None => complaints.accept(Endpoint::parse(PAGERDUTY), PAGER),
        };
        let expected = "the integration's key, or routing_key_file with a file that holds it";
        let key = complaints.need("routing_key", self.routing_key.as_ref(), expected)?;
        let made = PagerDuty::new(id, making.outgoing.clone(), &base?, key, making.wording.clone());
        Some(Arc::new(complaints.accept(made, PAGER)?))
    }

    fn smtp(&self, id: ChannelId, making: &Making<'_>, complaints: &mut Complaints<'_, '_>) -> Made {
        let (encryption, usual) = match self.encryption.as_deref() {
            Some("tls") => (Encryption::Tls, 465),
            Some("starttls") | None => (Encryption::StartTls, 587),
            Some("none") => (Encryption::None, 25),
            Some(_) => {
                complaints.refuse("encryption", "tls, starttls or none");
                return None;
            }
        };
        let login = match (&self.user, &self.password) {
            (Some(user), Some(password)) => Some(Login { user: user.clone(), password: password.clone() }),
            (None, None) => None,
            (Some(_), None) => {
                complaints.refuse("password", "a password for the user, or password_file");
                return None;
            }
            (None, Some(_)) => {
                complaints.refuse("user", "the user whose password this is");
                return None;
            }
        };
        let host = complaints.need("host", self.host.as_ref(), "the mail server")?;
        let from = complaints.need("from", self.from.as_ref(), "an address to mail from")?;
        let port = self.port.unwrap_or(usual);
        let relay = Relay { host, port, encryption, login, timeout: making.timeout };
        let made = Smtp::new(id, &relay, &from, &self.to, making.wording.clone());
        Some(Arc::new(complaints.accept(made, MAIL)?))
    }

    fn sms(&self, id: ChannelId, making: &Making<'_>, complaints: &mut Complaints<'_, '_>) -> Made {
        let endpoint = self.endpoint(complaints)?;
        let body = match (&self.json, self.form.is_empty()) {
            (Some(json), true) => serde_json::to_value(json).ok().map(SmsBody::Json),
            (None, false) => {
                Some(SmsBody::Form(self.form.iter().map(|(key, value)| (key.clone(), value.clone())).collect()))
            }
            (Some(_), false) | (None, true) => None,
        };
        let Some(body) = body else {
            complaints.refuse("form", "either a form or json, with {to} and {text} in it");
            return None;
        };
        let max_chars = self.max_chars.unwrap_or(SMS_CHARS);
        let gateway = Gateway { endpoint, authorization: self.authorization.clone(), body, max_chars };
        let made = Sms::new(id, making.outgoing.clone(), gateway, self.to.clone(), making.wording.clone());
        Some(Arc::new(complaints.accept(made, HTTP)?))
    }

    fn webhook(&self, id: ChannelId, making: &Making<'_>, complaints: &mut Complaints<'_, '_>) -> Made {
        let endpoint = self.endpoint(complaints)?;
        Some(Arc::new(Webhook::new(id, making.outgoing.clone(), endpoint, self.secret.clone())))
    }

    fn alertmanager(&self, id: ChannelId, making: &Making<'_>, complaints: &mut Complaints<'_, '_>) -> Made {
        let base = self.endpoint(complaints)?;
        let hold = Duration::from_secs(self.hold_seconds.unwrap_or(HOLD_SECONDS));
        let made = Alertmanager::new(id, making.outgoing.clone(), &base, making.wording.clone(), hold);
        Some(Arc::new(complaints.accept(made, HTTP)?))
    }
}

/// What making a channel gives.
type Made = Option<Arc<dyn Channel>>;
