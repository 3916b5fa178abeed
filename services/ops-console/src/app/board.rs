//! The picture, and a bell that rings when there is something new in it.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use causeway_primitives::Timestamp;
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

    /// The addresses of a service's replicas, the best to speak to first.
    pub fn ranked(&self, service: &str, now: Timestamp) -> Vec<String> {
        let fleet = self.fleet.borrow();
        let service = fleet.service(service);
        let ranked = service.map(|service| service.ranked(now, fleet.stale_after)).unwrap_or_default();
        ranked.into_iter().map(str::to_owned).collect()
    }

    /// What was last seen of a replica.
    pub(super) fn seen(&self, service: usize, address: &str) -> Seen {
        let fleet = self.fleet.borrow();
        let replicas = fleet.services.get(service).into_iter().flat_map(|service| &service.replicas);
        let seen = replicas.into_iter().find(|seen| seen.address == address);
        seen.cloned().unwrap_or_else(|| Seen { address: address.to_owned(), ..Seen::default() })
    }

    /// These are a service's replicas: of those that were there before, what was seen of them stays.
    pub(super) fn found(&self, service: usize, addresses: &[&str]) {
        let replicas: Vec<Seen> = addresses.iter().map(|address| self.seen(service, address)).collect();
        let mut is_news = false;
        self.fleet.send_modify(|fleet| {
            if let Some(place) = fleet.services.get_mut(service) {
                is_news = place.replicas != replicas;
                place.replicas = replicas;
            }
        });
        if is_news {
            self.ring();
        }
    }

    /// Puts in what was seen of a replica, and rings when it is not what was there but for the time. One that is gone has no
    /// place.
    pub(super) fn put(&self, service: usize, seen: Seen) {
        let mut is_news = false;
        self.fleet.send_modify(|fleet| {
            let replicas = fleet.services.get_mut(service).into_iter().flat_map(|service| &mut service.replicas);
            if let Some(place) = replicas.into_iter().find(|place| place.address == seen.address) {
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
