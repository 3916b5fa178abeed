//! People whom a provider vouches for: sent there with something that must come back, and let in by what the provider says of
//! them then. The console has no password of theirs, and keeps no token.

use std::sync::Arc;

use causeway_runtime::clock::Clock;
use url::Url;

use super::Door;
use crate::{
    adapters::{
        oidc::{Attempt, Error, Provider},
        store::{Store, Vouched},
    },
    config::Oidc,
    domain::oidc::{Expected, Refused as Judged, judge},
};

/// What a browser brings back from the provider.
#[derive(Debug, Clone, Default)]
pub struct Returned {
    /// What it was sent away with.
    pub state: String,
    /// What proves to the provider that somebody signed in; empty when nobody did.
    pub code: String,
    /// Why nobody did; empty when somebody did.
    pub error: String,
    /// Whose answer it is; empty when it does not say.
    pub issuer: String,
}

/// Why somebody was not let in.
#[derive(Debug, thiserror::Error)]
pub enum Turned {
    /// It was not begun in this browser, or took too long.
    #[error("the sign-in was not begun in this browser, or took too long")]
    Stray,
    /// The provider did not vouch for him.
    #[error("the provider did not vouch")]
    Provider(#[from] Error),
    /// What the provider says lets nobody in.
    #[error("what the provider says lets nobody in")]
    Judged(#[from] Judged),
    /// He is in none of the groups that have a role here.
    #[error("{0} is in none of the groups that have a role here")]
    NoRole(String),
    /// His name is somebody else's here.
    #[error("the name {0} is another account's")]
    Taken(String),
    /// His account was closed here.
    #[error("the account {0} is closed")]
    Closed(String),
    /// The store did not answer.
    #[error("the store failed")]
    Store(#[from] causeway_store::Error),
}

impl Turned {
    /// Metric label and log field.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Stray => "stray",
            Self::Provider(error) => error.as_str(),
            Self::Judged(refused) => refused.as_str(),
            Self::NoRole(_) => "no_role",
            Self::Taken(_) => "taken",
            Self::Closed(_) => "closed",
            Self::Store(_) => "store",
        }
    }
}

/// See the module. Clones are the same one.
#[derive(Debug, Clone)]
pub struct Reception {
    provider: Provider,
    rules: Arc<Oidc>,
    store: Store,
    door: Door,
    clock: Arc<dyn Clock>,
}

impl Reception {
    /// In front of this door.
    ///
    /// # Errors
    /// [`enum@Error`] when the provider's client cannot be made.
    pub fn new(rules: Oidc, store: Store, door: Door, clock: Arc<dyn Clock>) -> Result<Self, Error> {
        let provider = Provider::new(rules.provider.clone(), Arc::clone(&clock))?;
        Ok(Self { provider, rules: Arc::new(rules), store, door, clock })
    }

    /// What people call the provider.
    pub fn label(&self) -> &str {
        &self.rules.label
    }

    /// Whether people can be sent to the provider now.
    ///
    /// # Errors
    /// [`enum@Error`].
    pub async fn is_open(&self) -> Result<(), Error> {
        self.provider.answers().await
    }

    /// Where a person goes who begins to sign in, and what his browser keeps meanwhile.
    ///
    /// # Errors
    /// [`enum@Error`].
    pub async fn begin(&self, next: &str) -> Result<(Url, String), Error> {
        let attempt = Attempt::begin(next, self.clock.now());
        Ok((self.provider.way(&attempt).await?, attempt.cookie()))
    }

    /// Lets somebody in who comes back: the secret of his sign-in, and where he wanted to go.
    ///
    /// # Errors
    /// [`Turned`].
    pub async fn end(&self, kept: &str, returned: &Returned) -> Result<(String, String), Turned> {
        let attempt = Attempt::read(kept, self.clock.now()).filter(|attempt| attempt.state() == returned.state);
        let attempt = attempt.ok_or(Turned::Stray)?;
        if !returned.error.is_empty() {
            return Err(Provider::word(&returned.error).into());
        }
        let from = Some(returned.issuer.as_str()).filter(|issuer| !issuer.is_empty());
        let claims = self.provider.redeem(&returned.code, from, &attempt).await?;
        let nonce = attempt.nonce();
        let settings = self.provider.settings();
        let expected =
            Expected { issuer: &settings.issuer, client: &settings.client, nonce: &nonce, skew: self.rules.skew };
        let now = self.clock.now();
        let known = judge(&claims, expected, &self.rules.roles, now)?;
        let Some(role) = known.role else {
            // Who has left the groups is out at once, wherever else he is signed in.
            self.store.disown_account(&settings.issuer, &known.subject, now).await?;
            return Err(Turned::NoRole(known.name));
        };
        let person = (settings.issuer.as_str(), known.subject.as_str());
        let name = match self.store.vouch_account(person, &known.name, role, now).await? {
            Vouched::Open(name) => name,
            Vouched::Closed(name) => return Err(Turned::Closed(name)),
            Vouched::Taken => return Err(Turned::Taken(known.name)),
        };
        let secret = self.door.open(&name).await?;
        Ok((secret, attempt.next().to_owned()))
    }

    /// Where a person can end the sign-in at the provider too.
    pub async fn farewell(&self) -> Option<Url> {
        let mut back = self.provider.settings().redirect.clone();
        back.set_path("/sign-in");
        self.provider.farewell(&back).await
    }
}
