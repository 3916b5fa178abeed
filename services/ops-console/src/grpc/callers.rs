//! Who calls: people, by the accounts that their certificates name. Whoever may look at a page may ask the same over the wire,
//! and nobody else.

use std::sync::Arc;

use causeway_grpc::{Code, Peer, Refusal};
use tonic::{Request, Status};

use super::change_convert::refusal;
use crate::app::{Door, Person, changes::Error};

/// See the module.
#[derive(Debug, Clone)]
pub(crate) struct Callers {
    pub(crate) door: Door,
    /// What follows the account's name in a person's certificate.
    pub(crate) suffix: Arc<str>,
}

impl Callers {
    /// Who calls.
    ///
    /// # Errors
    /// [`Status`] for whoever is nobody here.
    pub(super) async fn person<T: Sync>(&self, request: &Request<T>) -> Result<Person, Status> {
        let peer = request.extensions().get::<Peer>().cloned().unwrap_or_default();
        let known = self.door.who_calls(&peer, &self.suffix).await.map_err(Error::from).map_err(refusal)?;
        known.ok_or_else(|| {
            let words = format!(
                "{peer} is nobody's certificate: the console is asked by people with an account whose name the certificate bears"
            );
            Refusal::new(Code::Unauthenticated, "PERSON_UNKNOWN", words).into()
        })
    }
}
