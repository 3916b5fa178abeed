//! Passwords as Argon2id hashes. Hashing takes memory and time on purpose, so that it happens beside the runtime and only a
//! few at once.

use argon2::{
    Argon2,
    password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash},
};
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    task::spawn_blocking,
};

/// Hashes at once: each takes 19 MiB (the library's default, which is OWASP's).
static ROOM: Semaphore = Semaphore::const_new(2);

/// Passwords that are looked at or wait for it. Whoever comes on top of that is told so at once and not after minutes, in which
/// nobody else could come in either.
static QUEUE: Semaphore = Semaphore::const_new(16);

/// A place in the queue of those whose password is looked at.
#[derive(Debug)]
pub struct Place {
    /// Given back when it goes.
    _permit: SemaphorePermit<'static>,
}

impl Place {
    /// A place; `None`: there is none now.
    pub fn take() -> Option<Self> {
        QUEUE.try_acquire().ok().map(|permit| Self { _permit: permit })
    }
}

/// Hashing did not work: out of memory, or the process ends.
#[derive(Debug, thiserror::Error)]
#[error("a password could not be hashed")]
pub struct Error;

/// The hash of a password, in PHC form, with a salt of its own.
///
/// # Errors
/// [`Error`].
pub async fn hash(password: String) -> Result<String, Error> {
    let _room = ROOM.acquire().await.map_err(|_| Error)?;
    let hashed = spawn_blocking(move || {
        let hash: PasswordHash = Argon2::default().hash_password(password.as_bytes()).map_err(|_| Error)?;
        Ok(hash.to_string())
    });
    hashed.await.map_err(|_| Error)?
}

/// Whether this is the password of the hash, for whoever has a place. Without a hash it takes as long, so that nobody learns
/// which names there are.
///
/// # Errors
/// [`Error`].
pub async fn is_right(_place: Place, password: String, hash: Option<String>) -> Result<bool, Error> {
    let _room = ROOM.acquire().await.map_err(|_| Error)?;
    let checked = spawn_blocking(move || match hash {
        Some(hash) => {
            let hash = PasswordHash::new(&hash).map_err(|_| Error)?;
            Ok(Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
        }
        None => {
            let hash: Result<PasswordHash, _> = Argon2::default().hash_password(password.as_bytes());
            hash.map(|_| false).map_err(|_| Error)
        }
    });
    checked.await.map_err(|_| Error)?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> Place {
        Place::take().unwrap()
    }

    #[tokio::test]
    async fn ops_9_a_password_is_kept_as_argon2id_with_a_salt_of_its_own_and_few_are_looked_at_at_once() {
        let first = hash("correct horse battery".to_owned()).await.unwrap();
        let second = hash("correct horse battery".to_owned()).await.unwrap();
        assert!(first.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{first}");
        assert_ne!(first, second);
        assert!(is_right(place(), "correct horse battery".to_owned(), Some(first.clone())).await.unwrap());
        assert!(!is_right(place(), "correct horse batterx".to_owned(), Some(first)).await.unwrap());
        assert!(!is_right(place(), "correct horse battery".to_owned(), None).await.unwrap());
        assert!(is_right(place(), "x".to_owned(), Some("no hash".to_owned())).await.is_err());

        // Here, because the queue is the process's.
        let places: Vec<Place> = std::iter::from_fn(Place::take).collect();
        assert!(places.len() == 16 && Place::take().is_none());
        drop(places);
        assert!(Place::take().is_some());
    }
}
