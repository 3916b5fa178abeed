//! Prometheus with the rules of `deploy/observability`, told whom to scrape and whom to tell.

use std::{fs, path::Path};

use serde_norway::{Mapping, Value};

use super::{
    Alertmanager,
    daemon::{Daemon, Error, repository},
};

const NAME: &str = "prometheus";

/// A running Prometheus. Dropping it kills the process.
#[derive(Debug)]
pub struct Prometheus {
    _daemon: Daemon,
    address: String,
    _folder: tempfile::TempDir,
}

impl Prometheus {
    /// Scrapes `jobs` (job and `host:port`) each second, evaluates every committed rule as often, and tells this
    /// Alertmanager. Rules fire without their `for`: how long each waits is for its unit test.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn start(binary: &Path, jobs: &[(&str, String)], tells: &Alertmanager) -> Result<Self, Error> {
        let folder = tempfile::tempdir().map_err(Error::start(NAME))?;
        write_rules(folder.path())?;
        let scrape: Vec<_> = jobs
            .iter()
            .map(|(job, at)| format!("{{job_name: {job}, static_configs: [{{targets: ['{at}']}}]}}"))
            .collect();
        let configuration = format!(
            "global: {{scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}}\nrule_files: ['*.yml']\n\
             alerting: {{alertmanagers: [{{static_configs: [{{targets: ['{}']}}]}}]}}\nscrape_configs: [{}]\n",
            tells.address(),
            scrape.join(", "),
        );
        let file = folder.path().join("prometheus.yaml");
        fs::write(&file, configuration).map_err(Error::start(NAME))?;
        let arguments = [
            format!("--config.file={}", file.display()),
            format!("--storage.tsdb.path={}", folder.path().join("data").display()),
            "--web.listen-address=127.0.0.1:0".to_owned(),
            "--enable-feature=exemplar-storage".to_owned(),
            // It discovers its Alertmanager after some seconds; what it said before that it says again.
            "--rules.alert.resend-delay=1s".to_owned(),
        ];
        let (daemon, address) = Daemon::start(NAME, binary, &arguments, listening).await?;
        Ok(Self { _daemon: daemon, address, _folder: folder })
    }

    /// Its own address, for example `http://127.0.0.1:34567`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

/// `… msg="Listening on" address=127.0.0.1:34567`, as Prometheus and Alertmanager both log it.
pub(super) fn listening(line: &str) -> Option<String> {
    line.split_once("msg=\"Listening on\" address=").map(|(_, address)| address.trim().to_owned())
}

fn write_rules(to: &Path) -> Result<(), Error> {
    let from = repository().join("deploy/observability/prometheus/rules");
    for entry in fs::read_dir(&from).map_err(Error::start(NAME))? {
        let file = entry.map_err(Error::start(NAME))?.path();
        let unfit = || Error::Configuration(file.clone());
        let text = fs::read_to_string(&file).map_err(Error::start(NAME))?;
        let mut rules: Value = serde_norway::from_str(&text).map_err(|_| unfit())?;
        at_once(&mut rules);
        let text = serde_norway::to_string(&rules).map_err(|_| unfit())?;
        fs::write(to.join(file.file_name().ok_or_else(unfit)?), text).map_err(Error::start(NAME))?;
    }
    Ok(())
}

/// Takes every `for` out.
fn at_once(value: &mut Value) {
    let hold = Value::from("for");
    let each = |map: &mut Mapping| {
        map.remove(&hold);
        map.iter_mut().for_each(|(_, inner)| at_once(inner));
    };
    if let Some(map) = value.as_mapping_mut() {
        each(map);
    } else if let Some(list) = value.as_sequence_mut() {
        list.iter_mut().for_each(at_once);
    }
}
