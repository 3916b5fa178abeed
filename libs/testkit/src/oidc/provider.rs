//! The provider as a test holds it: who signs in, what it does wrong, and what it was asked.

use std::{
    collections::HashMap,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde_json::{Value, json};
use time::OffsetDateTime;
use tokio::{net::TcpListener, task::AbortHandle};

use super::{
    keys::Key,
    misdeed::Misdeed,
    routes::{Question, router},
};

/// The client that it knows.
pub const CLIENT: &str = "causeway-console";
/// And its secret.
pub const SECRET: &str = "the console's own secret at the provider";

/// Seconds that a token lasts.
const LASTS: u64 = 300;

/// Somebody who signs in there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The provider's own name for him.
    pub subject: String,
    /// What he is called.
    pub name: String,
    /// What he is in.
    pub groups: Vec<String>,
}

impl Person {
    /// Of this name, in these groups.
    pub fn new(subject: &str, name: &str, groups: &[&str]) -> Self {
        let groups = groups.iter().map(|group| (*group).to_owned()).collect();
        Self { subject: subject.to_owned(), name: name.to_owned(), groups }
    }
}

/// A code that was given out, and for what.
#[derive(Debug, Clone)]
pub(super) struct Grant {
    pub(super) question: Question,
    person: Person,
}

#[derive(Debug)]
pub(super) struct Book {
    pub(super) person: Person,
    pub(super) misdeed: Option<Misdeed>,
    pub(super) redirects: Vec<String>,
    keys: Vec<Key>,
    grants: HashMap<String, Grant>,
    asked: Vec<String>,
}

/// See the module. It ends with the value.
#[derive(Debug)]
pub struct Provider {
    address: SocketAddr,
    book: Shared,
    server: AbortHandle,
}

/// What the server and the test share.
#[derive(Debug, Clone)]
pub(super) struct Shared {
    pub(super) issuer: String,
    book: Arc<Mutex<Book>>,
}

impl Provider {
    /// A provider on a free port that signs with RSA. People come back to any page of loopback until
    /// [`Provider::register`] says which.
    ///
    /// # Errors
    /// When there is no port.
    #[allow(clippy::disallowed_methods, reason = "the server ends with the value that owns it")]
    pub async fn start(person: Person) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let book = Book {
            person,
            misdeed: None,
            redirects: Vec::new(),
            keys: vec![Key::rsa("rsa-1")?],
            grants: HashMap::new(),
            asked: Vec::new(),
        };
        let book = Shared { issuer: format!("http://{address}/realms/house"), book: Arc::new(Mutex::new(book)) };
        let router = router(book.clone());
        let server = tokio::spawn(async move { axum::serve(listener, router).await }).abort_handle();
        Ok(Self { address, book, server })
    }

    /// Where it is.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it calls itself.
    pub fn issuer(&self) -> &str {
        &self.book.issuer
    }

    /// From now on people come back to this address and to no other.
    pub fn register(&self, redirect: &str) {
        self.book.lock().redirects.push(redirect.to_owned());
    }

    /// Who signs in from now on.
    pub fn admit(&self, person: Person) {
        self.book.lock().person = person;
    }

    /// What it does wrong from now on; `None`: nothing.
    pub fn misbehave(&self, misdeed: Option<Misdeed>) {
        self.book.lock().misdeed = misdeed;
    }

    /// From now on it signs with a new key of P-256, and shows no other.
    ///
    /// # Errors
    /// When there is no randomness.
    pub fn rotate(&self, id: &str) -> io::Result<()> {
        let key = Key::curve(id)?;
        self.book.lock().keys = vec![key];
        Ok(())
    }

    /// How often a page was asked for, such as `jwks`.
    pub fn asked(&self, page: &str) -> usize {
        self.book.lock().asked.iter().filter(|one| *one == page).count()
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Shared {
    pub(super) fn lock(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn note(&self, page: &str) {
        self.lock().asked.push(page.to_owned());
    }

    pub(super) fn keys(&self) -> Vec<Value> {
        self.lock().keys.iter().map(Key::shown).collect()
    }

    /// A code for whoever signs in now.
    pub(super) fn grant(&self, question: Question) -> String {
        let mut book = self.lock();
        let code = format!("code-{}", uuid::Uuid::new_v4());
        let person = book.person.clone();
        book.grants.insert(code.clone(), Grant { question, person });
        code
    }

    /// What a code was given for; it is good once.
    pub(super) fn redeem(&self, code: &str) -> Option<Grant> {
        self.lock().grants.remove(code)
    }

    /// The token of a grant.
    #[allow(clippy::disallowed_methods, reason = "the provider is no part of the system: its clock is its own")]
    pub(super) fn token(&self, grant: &Grant) -> io::Result<String> {
        let book = self.lock();
        let now = u64::try_from(OffsetDateTime::now_utc().unix_timestamp()).unwrap_or_default();
        let mut claims = json!({
            "iss": self.issuer,
            "sub": grant.person.subject,
            "aud": CLIENT,
            "iat": now,
            "exp": now.saturating_add(LASTS),
            "nonce": grant.question.nonce,
            "preferred_username": grant.person.name,
            "groups": grant.person.groups,
        });
        if let Some(misdeed) = book.misdeed {
            misdeed.spoil(&mut claims, now);
        }
        let key = book.keys.first().ok_or_else(|| io::Error::other("there is no key"))?;
        key.sign(&claims, book.misdeed)
    }
}
