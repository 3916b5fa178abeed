//! The provider: found by discovery when it is first needed, and again each hour. While it is silent nobody new comes in, and
//! whoever is in stays so: what is said of people is in the console's own sign-ins.

use std::{sync::Arc, time::Duration};

use causeway_primitives::Monotonic;
use causeway_runtime::clock::Clock;
use jsonwebtoken::jwk::{Jwk, JwkSet};
use serde::Deserialize;
use tokio::sync::{Mutex, Semaphore};
use url::Url;

use super::{
    attempt::Attempt,
    client::{self, Settings, address, answer},
    error::Error,
    keys::Keys,
    token::{Head, head, read},
};
use crate::domain::oidc::Claims;

/// What the provider says of itself is believed for so long.
const OLD: Duration = Duration::from_secs(3_600);
/// A provider that did not answer is asked again after this long.
const AGAIN: Duration = Duration::from_secs(2);
/// Codes that are redeemed at once: whoever brings invented ones holds up a few, and costs little.
const AT_ONCE: usize = 16;

/// What a provider says of itself (OpenID Connect Discovery 1.0, section 3).
#[derive(Debug, Clone, Deserialize)]
struct Document {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    end_session_endpoint: Option<String>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
}

/// What is known of it.
#[derive(Debug, Default)]
struct Known {
    document: Option<(Arc<Document>, Monotonic)>,
    failed_at: Option<Monotonic>,
    keys: Keys,
}

/// See the module. Clones know the same.
#[derive(Debug, Clone)]
pub struct Provider {
    settings: Arc<Settings>,
    http: reqwest::Client,
    clock: Arc<dyn Clock>,
    known: Arc<Mutex<Known>>,
    room: Arc<Semaphore>,
}

impl Provider {
    /// The provider of these settings; it is not asked yet.
    ///
    /// # Errors
    /// [`Error::Client`].
    pub fn new(settings: Settings, clock: Arc<dyn Clock>) -> Result<Self, Error> {
        let http = client::client(&settings)?;
        let (known, room) = (Arc::default(), Arc::new(Semaphore::new(AT_ONCE)));
        Ok(Self { settings: Arc::new(settings), http, clock, known, room })
    }

    /// Who we are to whom.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Whether people can be sent there now.
    ///
    /// # Errors
    /// [`enum@Error`].
    pub async fn answers(&self) -> Result<(), Error> {
        self.document().await.map(drop)
    }

    /// Where a person is sent who begins to sign in.
    ///
    /// # Errors
    /// [`enum@Error`].
    pub async fn way(&self, attempt: &Attempt) -> Result<Url, Error> {
        let mut way = address(&self.document().await?.authorization_endpoint)?;
        way.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.settings.client)
            .append_pair("redirect_uri", self.settings.redirect.as_str())
            .append_pair("scope", &self.settings.scopes.join(" "))
            .append_pair("state", &attempt.state())
            .append_pair("nonce", &attempt.nonce())
            .append_pair("code_challenge", &attempt.challenge())
            .append_pair("code_challenge_method", "S256");
        Ok(way)
    }

    /// What the provider says of whoever came back with this code; `from` is whose answer it says to be (RFC 9207).
    ///
    /// # Errors
    /// [`enum@Error`].
    pub async fn redeem(&self, code: &str, from: Option<&str>, attempt: &Attempt) -> Result<Claims, Error> {
        let _room = self.room.try_acquire().map_err(|_| Error::Busy)?;
        let document = self.document().await?;
        let is_theirs = match from {
            Some(issuer) => issuer == self.settings.issuer,
            None => !document.authorization_response_iss_parameter_supported,
        };
        if !is_theirs {
            return Err(Error::Strange("an answer of another provider"));
        }
        let form = vec![
            ("grant_type", "authorization_code".to_owned()),
            ("code", code.to_owned()),
            ("redirect_uri", self.settings.redirect.to_string()),
            ("code_verifier", attempt.verifier()),
        ];
        let request = self.http.post(address(&document.token_endpoint)?).header("accept", "application/json");
        let methods = document.token_endpoint_auth_methods_supported.as_deref();
        let tokens: Tokens = answer(client::prove(&self.settings, methods, request, form)).await?;
        let head = head(&tokens.id_token)?;
        let key = self.key(&document, &head).await?;
        read(&tokens.id_token, &head, &key, &self.settings.places)
    }

    /// Where a person can end the sign-in at the provider too; `None`: it offers no such thing, or does not answer.
    pub async fn farewell(&self, back: &Url) -> Option<Url> {
        let document = self.document().await.ok()?;
        let mut way = address(document.end_session_endpoint.as_deref()?).ok()?;
        way.query_pairs_mut()
            .append_pair("client_id", &self.settings.client)
            .append_pair("post_logout_redirect_uri", back.as_str());
        Some(way)
    }

    /// A word that the provider gave a browser for saying no.
    pub fn word(text: &str) -> Error {
        client::word_of(text).map_or(Error::Strange("a refusal without a word"), Error::Refused)
    }

    async fn document(&self) -> Result<Arc<Document>, Error> {
        let mut known = self.known.lock().await;
        let now = self.clock.monotonic();
        if let Some((document, at)) = &known.document
            && now.since(*at) < OLD
        {
            return Ok(Arc::clone(document));
        }
        if known.failed_at.is_some_and(|at| now.since(at) < AGAIN) {
            return Err(Error::Silent);
        }
        match self.discover().await {
            Ok(document) => {
                let document = Arc::new(document);
                (known.document, known.failed_at) = (Some((Arc::clone(&document), now)), None);
                Ok(document)
            }
            Err(error) => {
                known.failed_at = Some(self.clock.monotonic());
                Err(error)
            }
        }
    }

    async fn discover(&self) -> Result<Document, Error> {
        let issuer = self.settings.issuer.trim_end_matches('/');
        let place = address(&format!("{issuer}/.well-known/openid-configuration"))?;
        let document: Document = answer(self.http.get(place)).await?;
        // Another's word about itself: its tokens would be another's.
        if document.issuer != self.settings.issuer {
            return Err(Error::Strange("it calls itself by another name"));
        }
        Ok(document)
    }

    async fn key(&self, document: &Document, head: &Head) -> Result<Jwk, Error> {
        let mut known = self.known.lock().await;
        let now = self.clock.monotonic();
        if known.keys.are_due(head, now) {
            known.keys.asked(now);
            let set: JwkSet = answer(self.http.get(address(&document.jwks_uri)?)).await?;
            known.keys = Keys::of(set, now);
        }
        known.keys.find(head).cloned().ok_or(Error::Key)
    }
}
