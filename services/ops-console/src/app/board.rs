//! The picture, and a bell that rings when there is something new in it.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use tokio::sync::watch;

use super::fleet::{Fleet, Replicated, Seen};
use crate::config::Watched;

/// The picture. Clones are the same one.
#[derive(Debug, Clone)]
pub struct Board {
    fleet: Arc<watch::Sender<Fleet>>,
    /// Counts what is new.
    news: Arc<watch::Sender<u64>>,
    /// The same of what services tell on their own pages, by name: it comes often, and is of interest there alone.
    bells: Arc<BTreeMap<String, watch::Sender<u64>>>,
}

impl Board {
    /// Before anything was seen.
    pub fn new(services: &[Watched], stale_after: Duration) -> Self {
        let seen = |address: &String| Seen { address: address.clone(), ..Seen::default() };
        let services = services.iter().map(|service| Replicated {
            name: service.name.clone(),
            replicas: service.replicas.iter().map(seen).collect(),
        });
        let bells = services.clone().map(|service| (service.name, watch::Sender::new(0))).collect();
        let fleet = Fleet { services: services.collect(), stale_after };
        let news = Arc::new(watch::Sender::new(0));
        Self { fleet: Arc::new(watch::Sender::new(fleet)), news, bells: Arc::new(bells) }
    }

    /// As it is now.
    pub fn fleet(&self) -> Fleet {
        self.fleet.borrow().clone()
    }

    /// Rings when something is new.
    pub fn news(&self) -> watch::Receiver<u64> {
        self.news.subscribe()
    }

    /// Rings.
    pub fn ring(&self) {
        self.news.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Rings when a service has told something on its own pages; `None`: it is not looked at.
    pub fn bell(&self, service: &str) -> Option<watch::Receiver<u64>> {
        self.bells.get(service).map(watch::Sender::subscribe)
    }

    /// Rings on a service's own pages.
    pub fn ring_of(&self, service: &str) {
        if let Some(bell) = self.bells.get(service) {
            bell.send_modify(|count| *count = count.wrapping_add(1));
        }
    }

    /// How much was heard that is of interest on a service's own pages.
    pub fn heard_of(&self, service: &str) -> u64 {
        let own = self.bells.get(service).map_or(0, |bell| *bell.borrow());
        self.news.borrow().wrapping_add(own)
    }

    /// Puts in what was seen of a replica, and rings when it is not what was there but for the time.
    pub(super) fn put(&self, service: usize, replica: usize, seen: Seen) {
        let mut is_news = false;
        self.fleet.send_modify(|fleet| {
            let place = fleet.services.get_mut(service).and_then(|service| service.replicas.get_mut(replica));
            if let Some(place) = place {
                is_news = differs(place, &seen);
                *place = seen;
            }
        });
        if is_news {
            self.ring();
        }
    }
}

fn differs(was: &Seen, is: &Seen) -> bool {
    let said = |seen: &Seen| seen.look.map(|look| look.said);
    said(was) != said(is) || was.status != is.status || was.silence != is.silence || was.alerts != is.alerts
}
