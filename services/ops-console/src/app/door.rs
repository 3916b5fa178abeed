//! Who is there. With accounts, whoever signs in; without, whoever reaches the port, which is this host alone.

use std::{
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use causeway_grpc::Peer;
use causeway_primitives::Timestamp;
use causeway_runtime::clock::Clock;
use sha2::{Digest as _, Sha256};

use crate::{
    adapters::{
        passwords::{self, Place},
        store::{Account, Store},
    },
    domain::{
        people::{LOCAL, LONGEST_PASSWORD, Lasting, Role, is_name, lasts, origin},
        tries::Tries,
    },
};

/// A sign-in's last use is noted to the minute.
const NOTED_EVERY: std::time::Duration = std::time::Duration::from_secs(60);

/// Somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// In records.
    pub name: String,
    /// What he may do.
    pub role: Role,
    /// Goes into each of his forms, and must come back.
    pub form_token: String,
    /// Whether he signed in, and so can sign out.
    pub signed_in: bool,
}

impl Person {
    /// Whether this is the token of his forms.
    pub fn gave(&self, token: &str) -> bool {
        // As hashes, so that the comparison tells nothing by its time.
        Sha256::digest(token) == Sha256::digest(&self.form_token)
    }
}

/// What asks with somebody's sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// He himself: he opens a page, or sends a form.
    Person,
    /// A page of his that follows what happens.
    Page,
}

/// Why somebody did not come in.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// Name and password are not those of an open account.
    #[error("name or password is wrong")]
    Wrong,
    /// Too many attempts failed.
    #[error("too many attempts failed; the next is looked at after {0:?}")]
    Later(Timestamp),
    /// Too many people sign in at this moment.
    #[error("too many people sign in at this moment")]
    Busy,
    /// The store did not answer.
    #[error("the store failed")]
    Store(#[from] causeway_store::Error),
    /// The password could not be checked.
    #[error("the password could not be checked")]
    Hash(#[from] passwords::Error),
}

/// See the module. Clones are the same door.
#[derive(Debug, Clone)]
pub struct Door {
    store: Store,
    clock: Arc<dyn Clock>,
    /// `None`: nobody signs in.
    lasting: Option<Lasting>,
    tries: Arc<Mutex<Tries>>,
    /// Of the forms of whoever did not sign in.
    local_token: Arc<str>,
}

impl Door {
    /// A door. `lasting`: how long a sign-in lasts, or nobody signs in.
    pub fn new(store: Store, clock: Arc<dyn Clock>, lasting: Option<Lasting>) -> Self {
        let local_token = hex::encode(rand::random::<[u8; 16]>()).into();
        Self { store, clock, lasting, tries: Arc::default(), local_token }
    }

    /// Who shows this secret; `None`: nobody that is known. A sign-in lasts while a person does something: what his page asks for
    /// by itself does not count.
    ///
    /// # Errors
    /// The store's.
    pub async fn who(&self, secret: Option<&str>, by: By) -> Result<Option<Person>, causeway_store::Error> {
        let Some(lasting) = self.lasting else {
            let (name, form_token) = (LOCAL.to_owned(), self.local_token.to_string());
            return Ok(Some(Person { name, role: Role::Admin, form_token, signed_in: false }));
        };
        let Some(secret) = secret.map(digest) else { return Ok(None) };
        let Some(session) = self.store.find_session(&secret).await? else { return Ok(None) };
        let now = self.clock.now();
        if !lasts(session.signed_in_at, session.last_seen_at, now, lasting) {
            return Ok(None);
        }
        if by == By::Person && now.since(session.last_seen_at) >= NOTED_EVERY {
            self.store.touch_session(&secret, now).await?;
        }
        let (name, role, form_token) = (session.name, session.role, session.form_token);
        Ok(Some(Person { name, role, form_token, signed_in: true }))
    }

    /// Who calls with a certificate of these names, or from this host while nobody signs in; `None`: nobody that is known.
    /// A certificate is somebody's by the account's name, so that nobody is two people by two doors.
    ///
    /// # Errors
    /// The store's.
    pub async fn who_calls(&self, peer: &Peer, suffix: &str) -> Result<Option<Person>, causeway_store::Error> {
        for name in peer.names.iter().filter_map(|name| name.strip_suffix(suffix)) {
            if let Some(account) = self.store.find_account(name).await?.filter(|account| self.counts(account)) {
                let (name, role) = (account.name, account.role);
                return Ok(Some(Person { name, role, form_token: String::new(), signed_in: false }));
            }
        }
        if self.lasting.is_none() && peer.names.is_empty() && peer.is_loopback() {
            self.who(None, By::Person).await
        } else {
            Ok(None)
        }
    }

    /// Lets somebody in, and gives the secret of his sign-in. `from`: where he comes from.
    ///
    /// # Errors
    /// [`Refused`].
    pub async fn sign_in(&self, name: &str, from: IpAddr, password: String) -> Result<String, Refused> {
        let now = self.clock.now();
        if !is_name(name) || password.len() > LONGEST_PASSWORD {
            return Err(Refused::Wrong);
        }
        let from = origin(from);
        let place = Place::take().ok_or(Refused::Busy)?;
        self.tries().admit(name, from, now).map_err(Refused::Later)?;
        let account = self.store.find_account(name).await?.filter(|account| account.is_open);
        let hash = account.and_then(|account| account.password);
        if !passwords::is_right(place, password, hash).await? {
            tracing::warn!(name, "sign-in failed");
            return Err(Refused::Wrong);
        }
        self.tries().came_in(name, from, now);
        Ok(self.open(name).await?)
    }

    /// Lets somebody in who is known by now, and gives the secret of his sign-in.
    ///
    /// # Errors
    /// The store's.
    pub async fn open(&self, name: &str) -> Result<String, causeway_store::Error> {
        let secret = hex::encode(rand::random::<[u8; 32]>());
        let form_token = hex::encode(rand::random::<[u8; 16]>());
        self.store.open_session(&digest(&secret), name, &form_token, self.clock.now()).await?;
        tracing::info!(name, "signed in");
        Ok(secret)
    }

    /// Ends a sign-in.
    ///
    /// # Errors
    /// The store's.
    pub async fn sign_out(&self, secret: &str) -> Result<(), causeway_store::Error> {
        self.store.end_session(&digest(secret)).await
    }

    /// Whether an account is somebody while nobody is signed in with it.
    fn counts(&self, account: &Account) -> bool {
        account.counts(self.lasting, self.clock.now())
    }

    fn tries(&self) -> MutexGuard<'_, Tries> {
        self.tries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn digest(secret: &str) -> [u8; 32] {
    Sha256::digest(secret).into()
}
