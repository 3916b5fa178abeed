//! Alertmanager with the routes of `deploy/observability`, whose receivers are all one sink.

use std::{fs, path::Path};

use serde_norway::Value;

use super::{
    daemon::{Daemon, Error, repository},
    prometheus::listening,
};
use crate::sink::Sink;

const NAME: &str = "alertmanager";

/// A running Alertmanager. Dropping it kills the process.
#[derive(Debug)]
pub struct Alertmanager {
    _daemon: Daemon,
    address: String,
    _folder: tempfile::TempDir,
}

impl Alertmanager {
    /// Delivers what goes to a receiver to the sink's path of the same name: `/page`, `/errors`, …; at once, since how
    /// long each route waits for others is a matter of people.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn start(binary: &Path, sink: &Sink) -> Result<Self, Error> {
        let folder = tempfile::tempdir().map_err(Error::start(NAME))?;
        let file = folder.path().join("alertmanager.yml");
        fs::write(&file, configuration(sink)?).map_err(Error::start(NAME))?;
        let arguments = [
            format!("--config.file={}", file.display()),
            format!("--storage.path={}", folder.path().join("data").display()),
            "--web.listen-address=127.0.0.1:0".to_owned(),
            // One instance: no port for others.
            "--cluster.listen-address=".to_owned(),
        ];
        let (daemon, address) = Daemon::start(NAME, binary, &arguments, listening).await?;
        Ok(Self { _daemon: daemon, address, _folder: folder })
    }

    /// Where it listens, as `host:port`.
    pub fn address(&self) -> &str {
        &self.address
    }
}

fn configuration(sink: &Sink) -> Result<String, Error> {
    let committed = repository().join("deploy/observability/alertmanager/alertmanager.yml");
    let text = fs::read_to_string(&committed).map_err(Error::start(NAME))?;
    let unfit = || Error::Configuration(committed.clone());
    let mut all: Value = serde_norway::from_str(&text).map_err(|_| unfit())?;
    let map = all.as_mapping_mut().ok_or_else(unfit)?;
    map.remove("global");
    hurry(map.get_mut("route").ok_or_else(unfit)?);
    let receivers = map.get_mut("receivers").and_then(Value::as_sequence_mut).ok_or_else(unfit)?;
    for receiver in receivers {
        let name = receiver.get("name").and_then(Value::as_str).ok_or_else(unfit)?;
        let told = format!("{{name: {name}, webhook_configs: [{{url: '{}'}}]}}", sink.url(&format!("/{name}")));
        *receiver = serde_norway::from_str(&told).map_err(|_| unfit())?;
    }
    serde_norway::to_string(&all).map_err(|_| unfit())
}

/// Waits for nobody, in this route and those below.
fn hurry(route: &mut Value) {
    if let Some(map) = route.as_mapping_mut() {
        map.insert("group_wait".into(), "100ms".into());
        map.insert("group_interval".into(), "1s".into());
        map.insert("repeat_interval".into(), "1h".into());
    }
    for below in route.get_mut("routes").and_then(Value::as_sequence_mut).into_iter().flatten() {
        hurry(below);
    }
}
