//! Standing for election: under the service's name, and for each part of the service that its replicas share among them.
//!
//! Whoever holds the service's own lease is its leader: does what is done once, and speaks for it. A part is led by
//! whoever holds the part's lease, leader or not. A service without parts has one leader and its standbys.

use std::{convert::Infallible, fmt, sync::Arc};

use causeway_runtime::CancellationToken;
use causeway_store::{
    Pool,
    lease::{Keeper, Leadership, Settings},
};
use tokio::sync::watch;

use crate::config::Base;

/// Whether this replica leads.
pub type Leads = watch::Receiver<Option<Leadership>>;

/// This replica among its like. The holder's name is new with each start, so that a restarted process is nobody's heir.
#[derive(Debug)]
pub struct Contest {
    keeper: Keeper,
    posts: Posts,
}

impl Contest {
    /// Stands for the service.
    pub fn new(base: &Base, pool: Pool) -> Self {
        let service = base.telemetry.service;
        let settings = Settings {
            contest: service.into(),
            holder: format!("{}-{}", base.telemetry.instance, uuid::Uuid::new_v4()).into(),
            ttl: base.lease,
        };
        let mut keeper = Keeper::new(pool, settings);
        let leads = keeper.stand_for(service);
        let service = Post { name: service.into(), lease: service.into(), leads };
        Self { keeper, posts: Posts { service, parts: Vec::new() } }
    }

    /// The first part is led by whoever leads the service, so that a service with one part has one lease. `name` is what
    /// people call it.
    #[must_use]
    pub fn with_first_part(mut self, name: &str) -> Self {
        self.posts.service.name = name.into();
        self
    }

    /// Stands for one more part: `name` is what people call it, `key` what all replicas call it in its lease, whatever stands
    /// in their configurations.
    pub fn part(&mut self, name: &str, key: impl fmt::Display) -> Leads {
        let lease: Arc<str> = format!("{}/{key}", self.posts.service.lease).into();
        let leads = self.keeper.stand_for(Arc::clone(&lease));
        self.posts.parts.push(Post { name: name.into(), lease, leads: leads.clone() });
        leads
    }

    /// Whether this replica leads the service.
    pub fn leads(&self) -> Leads {
        self.posts.service.leads.clone()
    }

    /// All that it stands for.
    pub fn posts(&self) -> Posts {
        self.posts.clone()
    }

    /// Stands until it is told to stop, and gives back what it holds.
    ///
    /// # Errors
    /// None: a database that does not answer makes a standby, not an exit.
    pub async fn run(self, token: CancellationToken) -> Result<(), Infallible> {
        self.keeper.run(token).await
    }
}

/// What a replica may lead, and whether it does.
#[derive(Debug, Clone)]
pub struct Posts {
    service: Post,
    parts: Vec<Post>,
}

/// One lease as this replica sees it.
#[derive(Debug, Clone)]
pub(crate) struct Post {
    pub(crate) name: Arc<str>,
    pub(crate) lease: Arc<str>,
    leads: Leads,
}

impl Post {
    pub(crate) fn is_led_here(&self) -> bool {
        self.leads.borrow().as_ref().is_some_and(Leadership::is_valid)
    }
}

/// What a replica is among its like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// It leads the service, and perhaps parts of it.
    Leader,
    /// It leads parts, and another replica the service.
    Partner,
    /// It leads nothing.
    Standby,
}

impl Role {
    /// For people and for the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Leader => "leader",
            Self::Partner => "partner",
            Self::Standby => "standby",
        }
    }
}

impl Posts {
    /// Whether this replica leads the service.
    pub fn leads(&self) -> Leads {
        self.service.leads.clone()
    }

    /// What this replica is now.
    pub fn role(&self) -> Role {
        if self.service.is_led_here() {
            Role::Leader
        } else if self.parts.iter().any(Post::is_led_here) {
            Role::Partner
        } else {
            Role::Standby
        }
    }

    /// The role, and where there are parts, which of them this replica leads.
    pub fn describe(&self) -> String {
        let role = self.role().as_str();
        if self.parts.is_empty() {
            return role.to_owned();
        }
        let led: Vec<&str> = self.all().filter(|post| post.is_led_here()).map(|post| &*post.name).collect();
        let count = self.parts.len().saturating_add(1);
        if led.is_empty() { role.to_owned() } else { format!("{role}: {} of {count}: {}", led.len(), led.join(", ")) }
    }

    /// The service's first.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Post> {
        std::iter::once(&self.service).chain(&self.parts)
    }

    pub(crate) const fn service(&self) -> &Post {
        &self.service
    }
}
