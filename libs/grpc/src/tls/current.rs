//! What is in force: the files of the last look that could be used.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use causeway_telemetry::Chain;
use tokio_rustls::rustls::{ClientConfig, ServerConfig};

use super::{
    Error, Tls,
    material::{Files, Material},
};

/// Looks in a row that must find the files unusable before anybody is told: whoever replaces three files one after the
/// other is seen in between.
const TOLD_AFTER: u32 = 2;

/// How certificates stand, for operators.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Standing {
    /// When our certificate ends, in seconds since 1970.
    pub ends: i64,
    /// When the last of the authorities that we trust ends, in seconds since 1970.
    pub authorities_end: i64,
    /// Why the files that lie there now are not in force; `None` when they are.
    pub refused: Option<String>,
}

/// What one end makes of the files, and how it stands. Shared; a handshake takes what is in force when it begins.
pub(crate) struct Current<C> {
    tls: Tls,
    build: fn(Material) -> Result<C, Error>,
    state: Mutex<State<C>>,
}

struct State<C> {
    files: Files,
    config: Arc<C>,
    standing: Standing,
    /// Looks in a row that found the files unusable.
    refusals: u32,
    /// The files changed since [`Current::take_news`].
    news: bool,
}

impl Current<ServerConfig> {
    /// # Errors
    /// [`Error`] when the files are unusable. A certificate whose time is over is taken: it is told and refused by
    /// whoever is shown it, and does not keep a service from starting.
    pub(crate) fn of_server(tls: Tls) -> Result<Self, Error> {
        Self::load(tls, Material::server)
    }
}

impl Current<ClientConfig> {
    /// # Errors
    /// As for a server.
    pub(crate) fn of_client(tls: Tls) -> Result<Self, Error> {
        Self::load(tls, Material::client)
    }
}

impl<C> Current<C> {
    fn load(tls: Tls, build: fn(Material) -> Result<C, Error>) -> Result<Self, Error> {
        let files = Files::read(&tls)?;
        let material = files.parse(&tls)?;
        let (ends, authorities_end) = material.ends();
        let standing = Standing { ends, authorities_end, refused: None };
        let config = Arc::new(build(material)?);
        let state = Mutex::new(State { files, config, standing, refusals: 0, news: false });
        Ok(Self { tls, build, state })
    }

    /// What a handshake is to use.
    pub(crate) fn config(&self) -> Arc<C> {
        Arc::clone(&self.lock().config)
    }

    pub(crate) fn standing(&self) -> Standing {
        self.lock().standing.clone()
    }

    /// Whether other files were taken since it was last asked.
    pub(crate) fn take_news(&self) -> bool {
        std::mem::take(&mut self.lock().news)
    }

    /// Reads the files and takes them if they are others and usable. Blocks for as long as the disk does.
    pub(crate) fn look(&self) {
        let found = Files::read(&self.tls);
        let mut state = self.lock();
        match found.and_then(|files| self.take(files, &mut state)) {
            Ok(()) => {
                state.refusals = 0;
                state.standing.refused = None;
            }
            Err(error) => {
                state.refusals = state.refusals.saturating_add(1);
                if state.refusals == TOLD_AFTER {
                    let (error, certificate) = (Chain(&error).to_string(), self.tls.certificate.display());
                    tracing::warn!(%certificate, error, "certificates not taken");
                    state.standing.refused = Some(error);
                }
            }
        }
    }

    fn take(&self, files: Files, state: &mut State<C>) -> Result<(), Error> {
        if files == state.files {
            return Ok(());
        }
        let material = files.parse(&self.tls)?;
        if !material.is_valid_now() {
            return Err(Error::NotValidNow { path: self.tls.certificate.clone() });
        }
        let (ends, authorities_end) = material.ends();
        state.config = Arc::new((self.build)(material)?);
        state.files = files;
        state.standing = Standing { ends, authorities_end, refused: None };
        state.news = true;
        tracing::info!(certificate = %self.tls.certificate.display(), ends, "certificates taken");
        Ok(())
    }

    /// Nothing in the state can be half changed, so a poisoned lock is as good as any.
    fn lock(&self) -> MutexGuard<'_, State<C>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<C> std::fmt::Debug for Current<C> {
    /// Without the key.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Current").field("tls", &self.tls).finish_non_exhaustive()
    }
}
