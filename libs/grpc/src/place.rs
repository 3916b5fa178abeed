//! Where the replicas of a service are: addresses as they are configured, and names that stand for several of them.
//!
//! A name is looked up again and again, for as long as [`Names::run`] does: what it stands for comes and goes. Each address
//! behind it is a place of its own, and who is there has to prove that it is the configured name.

use std::{convert::Infallible, io, net::SocketAddr, sync::Arc, time::Duration};

use futures_util::future::{BoxFuture, join_all};
use http::{Uri, uri::Scheme};
use tokio::{
    sync::watch,
    time::{MissedTickBehavior, interval, timeout},
};
use tokio_util::sync::CancellationToken;

use crate::Error;

/// How often names are looked up: a replica that is new is known after this, and what the name service keeps of its own.
const EVERY: Duration = Duration::from_secs(5);

/// A name that was not answered within this stands for what it stood for before.
const ANSWERED_WITHIN: Duration = Duration::from_secs(4);

/// Addresses of one name that are taken: more replicas of a service than this are none of ours.
const MOST: usize = 32;

/// How a host and a port become addresses.
pub type Lookup = Arc<dyn Fn(String, u16) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> + Send + Sync>;

/// The machine's own names, as every program here sees them.
pub fn system_names() -> Lookup {
    Arc::new(|host, port| Box::pin(async move { Ok(tokio::net::lookup_host((host, port)).await?.collect()) }))
}

/// One replica's place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// For people: as it is configured, or with the address that its name stands for.
    pub address: String,
    /// Where the connection goes.
    pub(crate) connect: Uri,
    /// As it is configured: whom requests name, and whom a certificate has to name.
    pub(crate) origin: Uri,
}

impl Place {
    pub(crate) fn parse(address: &str) -> Result<Self, Error> {
        let no_address = || Error::NoAddress { address: address.to_owned() };
        let origin: Uri = address.parse().map_err(|_| no_address())?;
        let is_web = origin.scheme().is_some_and(|scheme| *scheme == Scheme::HTTP || *scheme == Scheme::HTTPS);
        if !is_web || origin.authority().is_none() {
            return Err(no_address());
        }
        Ok(Self { address: address.to_owned(), connect: origin.clone(), origin })
    }

    /// The same place, where somebody of this name is.
    pub(crate) fn named(self, name: &str) -> Result<Self, Error> {
        let no_name = |_| Error::NoAddress { address: name.to_owned() };
        let host = if name.contains(':') { format!("[{name}]") } else { name.to_owned() };
        let port = self.origin.port_u16().map_or_else(String::new, |port| format!(":{port}"));
        let scheme = self.origin.scheme_str().unwrap_or("https");
        let origin = format!("{scheme}://{host}{port}").parse().map_err(no_name)?;
        Ok(Self { origin, ..self })
    }

    /// The same service at this address.
    fn at(&self, socket: SocketAddr) -> Option<Self> {
        let scheme = self.origin.scheme_str().unwrap_or("http");
        let address = format!("{scheme}://{socket}{}", self.origin.path().trim_end_matches('/'));
        Some(Self { connect: address.parse().ok()?, address, origin: self.origin.clone() })
    }

    /// What has to be looked up; `None` for an address.
    fn name(&self) -> Option<(String, u16)> {
        let host = self.origin.host()?;
        let is_address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>().is_ok();
        let usual = if self.origin.scheme() == Some(&Scheme::HTTPS) { 443 } else { 80 };
        (!is_address).then(|| (host.to_owned(), self.origin.port_u16().unwrap_or(usual)))
    }
}

/// The places of a service as they are now. Clones share them.
#[derive(Debug, Clone)]
pub struct Places(watch::Receiver<Vec<Place>>);

impl Places {
    /// As they are now; never none where something was configured.
    pub fn now(&self) -> Vec<Place> {
        self.0.borrow().clone()
    }

    /// Wakes when they are others.
    pub fn news(&self) -> watch::Receiver<Vec<Place>> {
        self.0.clone()
    }
}

/// Looks up what the names of a service stand for.
pub struct Names {
    configured: Vec<Place>,
    /// What each of them last stood for.
    known: Vec<Vec<Place>>,
    lookup: Lookup,
    places: watch::Sender<Vec<Place>>,
}

impl Names {
    /// Of these addresses, each `http://` or `https://` with a name or an address, and maybe a port and a path. Until a name
    /// was looked up it is a place itself.
    ///
    /// # Errors
    /// [`Error::NoAddress`] where one is none.
    pub fn new(addresses: &[String], lookup: Lookup) -> Result<(Places, Self), Error> {
        let configured = addresses.iter().map(|address| Place::parse(address)).collect::<Result<Vec<_>, _>>()?;
        let known: Vec<_> = configured.iter().map(|place| vec![place.clone()]).collect();
        let (places, receiver) = watch::channel(configured.clone());
        Ok((Places(receiver), Self { configured, known, lookup, places }))
    }

    /// Looks until it is told to stop.
    ///
    /// # Errors
    /// None: a name that is not answered stands for what it stood for before.
    pub async fn run(mut self, token: CancellationToken) -> Result<(), Infallible> {
        let mut ticks = interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while token.run_until_cancelled(ticks.tick()).await.is_some() {
            token.run_until_cancelled(self.look()).await;
        }
        Ok(())
    }

    async fn look(&mut self) {
        let found = join_all(self.configured.iter().map(|place| find(place, &self.lookup))).await;
        for (known, found) in self.known.iter_mut().zip(found) {
            if let Some(found) = found {
                *known = found;
            }
        }
        let mut now: Vec<Place> = Vec::new();
        for place in self.known.iter().flatten() {
            // Two names of one replica are one replica.
            if !now.iter().any(|other| other.address == place.address) {
                now.push(place.clone());
            }
        }
        self.places.send_if_modified(|places| {
            let is_new = *places != now;
            if is_new {
                let found: Vec<_> = now.iter().map(|place| place.address.as_str()).collect();
                tracing::info!(replicas = found.join(" "), "replicas found");
                *places = now;
            }
            is_new
        });
    }
}

impl std::fmt::Debug for Names {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Names").field("configured", &self.configured).finish_non_exhaustive()
    }
}

/// What a name stands for; `None` when that is not known, or it is an address anyhow.
async fn find(place: &Place, lookup: &Lookup) -> Option<Vec<Place>> {
    let (host, port) = place.name()?;
    let answer = timeout(ANSWERED_WITHIN, lookup(host.clone(), port)).await;
    let found = match answer.map_err(io::Error::from).flatten() {
        Ok(found) => found,
        Err(error) => {
            tracing::debug!(host, %error, "a name was not looked up");
            return None;
        }
    };
    let places: Vec<_> = of_one_family(found).into_iter().filter_map(|socket| place.at(socket)).collect();
    (!places.is_empty()).then_some(places)
}

/// Where pods have an address of each family, both are the same pod: it is to be seen once.
fn of_one_family(mut found: Vec<SocketAddr>) -> Vec<SocketAddr> {
    if found.iter().any(SocketAddr::is_ipv4) {
        found.retain(SocketAddr::is_ipv4);
    }
    found.sort_unstable();
    found.dedup();
    found.truncate(MOST);
    found
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    type Answers = Arc<Mutex<io::Result<Vec<SocketAddr>>>>;

    fn names(addresses: &[&str], answers: &Answers) -> (Places, Names) {
        let answers = Arc::clone(answers);
        let lookup: Lookup = Arc::new(move |_, _| {
            let answer = answers.lock().unwrap();
            let answer = answer.as_ref().map(Vec::clone).map_err(|error| io::Error::from(error.kind()));
            Box::pin(std::future::ready(answer))
        });
        let addresses: Vec<_> = addresses.iter().map(|&address| address.to_owned()).collect();
        Names::new(&addresses, lookup).unwrap()
    }

    fn shown(places: &Places) -> Vec<String> {
        places.now().into_iter().map(|place| place.address).collect()
    }

    fn sockets(all: &[&str]) -> Vec<SocketAddr> {
        all.iter().map(|one| one.parse().unwrap()).collect()
    }

    #[tokio::test]
    async fn ops_10_a_name_stands_for_all_its_addresses_and_silence_of_names_loses_none() {
        let answers: Answers = Arc::new(Mutex::new(Err(io::ErrorKind::NotFound.into())));
        let (places, mut names) = names(&["https://guard.example:50051", "http://10.0.0.9:7"], &answers);
        names.look().await;
        assert_eq!(shown(&places), ["https://guard.example:50051", "http://10.0.0.9:7"], "never none");
        *answers.lock().unwrap() = Ok(sockets(&["10.0.0.2:50051", "10.0.0.1:50051", "[fd00::1]:50051"]));
        names.look().await;
        let both = ["https://10.0.0.1:50051", "https://10.0.0.2:50051", "http://10.0.0.9:7"];
        assert_eq!(shown(&places), both, "of one family");
        assert!(places.now()[..2].iter().all(|place| place.origin.host() == Some("guard.example")));
        for nothing in [Ok(Vec::new()), Err(io::ErrorKind::TimedOut.into())] {
            *answers.lock().unwrap() = nothing;
            names.look().await;
            assert_eq!(shown(&places), both);
        }
        *answers.lock().unwrap() = Ok(sockets(&["10.0.0.2:50051"]));
        names.look().await;
        assert_eq!(shown(&places), both[1..], "one is gone");
    }

    #[tokio::test]
    async fn ops_10_only_news_wake_and_a_path_stays() {
        let answers: Answers = Arc::new(Mutex::new(Ok(sockets(&["[fd00::1]:8000"]))));
        let (places, mut names) = names(&["http://pages.example:8000/metrics"], &answers);
        let mut news = places.news();
        names.look().await;
        assert!(news.has_changed().unwrap());
        assert_eq!(shown(&places), ["http://[fd00::1]:8000/metrics"]);
        news.mark_unchanged();
        names.look().await;
        assert!(!news.has_changed().unwrap(), "the same once more");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for wrong in ["", "guard", "guard:50051", "/guard", "http://", "ftp://guard"] {
            let refused = Names::new(&[wrong.to_owned()], system_names());
            assert!(matches!(refused, Err(Error::NoAddress { .. })), "{wrong}");
        }
    }
}
