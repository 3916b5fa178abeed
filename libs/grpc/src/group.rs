//! The replicas of a service, each with a client of its own: one connection to a name that stands for several would stay with
//! one of them for as long as it lives, and nobody else could be asked.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use causeway_telemetry::Chain;
use tokio::sync::watch;

use crate::{Client, Error, Metrics, Place, Places, Tls, client::Dial};

/// How to call whoever is there.
#[derive(Debug, Clone)]
pub struct GroupSettings {
    /// As of [`ClientSettings`](crate::ClientSettings).
    pub call_timeout: Duration,
    /// The same.
    pub tls: Option<Tls>,
}

/// A replica that can be called.
#[derive(Debug, Clone)]
pub struct Member {
    /// Its place's address.
    pub address: String,
    /// Calls it.
    pub client: Client,
}

/// See the module. Clones share connections.
#[derive(Debug, Clone)]
pub struct Group {
    places: Places,
    dial: Arc<Dial>,
    clients: Arc<Mutex<BTreeMap<String, Client>>>,
}

impl Group {
    /// Of who is at these places. Must be used inside a Tokio runtime.
    ///
    /// # Errors
    /// [`Error`] when the certificates are unusable, or a place can have none.
    pub fn new(places: Places, settings: GroupSettings, metrics: Metrics) -> Result<Self, Error> {
        let dial = Dial::new(settings.tls, settings.call_timeout, metrics)?;
        // What a name stands for keeps the name, so that places that are fit now stay so.
        for place in places.now() {
            dial.client(&place)?;
        }
        Ok(Self { places, dial: Arc::new(dial), clients: Arc::default() })
    }

    /// Who is there now. Who stays keeps its connection; who is gone loses it.
    pub fn now(&self) -> Vec<Member> {
        let places = self.places.now();
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        clients.retain(|address, _| places.iter().any(|place| place.address == *address));
        let mut members = Vec::with_capacity(places.len());
        for place in places {
            let client = match clients.get(&place.address) {
                Some(client) => client.clone(),
                None => match self.dial.client(&place) {
                    Ok(client) => client,
                    // Not for a place whose name was fit when we began.
                    Err(error) => {
                        tracing::error!(address = place.address, error = %Chain(&error), "a replica has no client");
                        continue;
                    }
                },
            };
            clients.insert(place.address.clone(), client.clone());
            members.push(Member { address: place.address, client });
        }
        members
    }

    /// Wakes when others are there.
    pub fn news(&self) -> watch::Receiver<Vec<Place>> {
        self.places.news()
    }
}
