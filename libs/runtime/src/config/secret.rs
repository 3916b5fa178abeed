//! Secrets that do not print, and URLs of which only the harmless part does.
//!
//! An RPC URL is a secret as a whole: providers put keys into its path, its query, its user part or even
//! a sub-domain of an account; we show scheme, host and port and nothing else.

use std::{fmt, str::FromStr};

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, de};
use url::Url;

use crate::config::{Error, SettingPath, effective::Secrets, environment::list, error::Origin, layers::Layers};

/// What stands where a secret is not shown.
pub(super) const REDACTED: &str = "[redacted]";

/// The ending of a setting that names the file which holds a secret.
const FILE_ENDING: &str = "_file";

/// No secret of ours is longer; a file that is was named by mistake.
const MAX_SECRET_BYTES: usize = 64 * 1024;

/// A URL that may hold a key. Prints scheme, host and port.
#[derive(Clone)]
pub struct SecretUrl {
    url: SecretString,
    shown: String,
}

/// The text is no absolute URL with a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected an absolute URL such as `https://host:8545`")]
pub struct NotAUrl;

impl SecretUrl {
    /// The whole URL, for the one who connects.
    pub fn expose(&self) -> &str {
        self.url.expose_secret()
    }
}

impl FromStr for SecretUrl {
    type Err = NotAUrl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url = Url::parse(text).map_err(|_| NotAUrl)?;
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or(NotAUrl)?;
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        let has_more = !matches!(url.path(), "" | "/")
            || url.query().is_some()
            || url.fragment().is_some()
            || !url.username().is_empty()
            || url.password().is_some();
        let rest = if has_more { format!("/{REDACTED}") } else { String::new() };
        Ok(Self { shown: format!("{}://{host}{port}{rest}", url.scheme()), url: SecretString::from(String::from(url)) })
    }
}

impl fmt::Display for SecretUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Debug for SecretUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl<'de> Deserialize<'de> for SecretUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// Replaces each `x_file` whose `x` is a secret by an `x` with the content of that file, without the
/// line break at its end; of a list, each line or what commas separate is an element. Setting both is a mistake: nobody
/// can tell which one was meant. A built-in default was set by nobody.
pub(super) fn read_files(layers: &mut Layers, secrets: Secrets) -> Result<(), Error> {
    let named: Vec<(SettingPath, SettingPath)> = layers.paths().filter_map(|path| secret_of(path, secrets)).collect();
    for (file_setting, setting) in named {
        let origin = layers.origin(&file_setting);
        let refuse = |problem| {
            let value = layers.get(&file_setting).and_then(|value| value.as_str()).map(str::to_owned);
            Error::from(super::Invalid { setting: file_setting.clone(), value, problem, origin: origin.clone() })
        };
        if layers.sets(&setting) {
            return Err(refuse(super::Problem::SetTwice { other: layers.origin(&setting) }));
        }
        let expected = || refuse(super::Problem::Expected("the path of a file that holds the secret".to_owned()));
        let path = layers.get(&file_setting).and_then(|value| value.as_str()).ok_or_else(expected)?;
        let content =
            std::fs::read_to_string(path).map_err(|source| Error::Unreadable { path: path.into(), source })?;
        let secret = content.trim_end_matches(['\n', '\r']);
        if secret.is_empty() || secret.len() > MAX_SECRET_BYTES {
            return Err(expected());
        }
        let value = if secrets.lists(&setting) { list(secret) } else { toml::Value::String(secret.to_owned()) };
        replace(layers, &file_setting, &setting, value, origin)?;
    }
    Ok(())
}

fn secret_of(path: &SettingPath, secrets: Secrets) -> Option<(SettingPath, SettingPath)> {
    let name = path.last()?.strip_suffix(FILE_ENDING)?;
    let setting = path.parent()?.child(name);
    secrets.names(&setting).then(|| (path.clone(), setting))
}

fn replace(
    layers: &mut Layers,
    file_setting: &SettingPath,
    setting: &SettingPath,
    value: toml::Value,
    origin: Origin,
) -> Result<(), Error> {
    layers.remove(file_setting);
    layers.set(setting, value, origin.clone()).map_err(|at| {
        let problem = super::Problem::Expected("a table".to_owned());
        super::Invalid { setting: at, value: None, problem, origin }.into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ora_12_a_url_shows_where_it_leads_and_nothing_that_could_be_a_key() {
        for (text, shown) in [
            ("http://127.0.0.1:8545", "http://127.0.0.1:8545"),
            ("https://mainnet.example.com/v3/0123456789abcdef", "https://mainnet.example.com/[redacted]"),
            ("https://user:pass@example.com", "https://example.com/[redacted]"),
            ("wss://example.com:8546/?apikey=abc", "wss://example.com:8546/[redacted]"),
        ] {
            let url: SecretUrl = text.parse().unwrap();
            assert_eq!(url.to_string(), shown);
            assert_eq!(format!("{url:?}"), shown);
        }
        assert_eq!(SecretUrl::from_str("https://example.com/key").unwrap().expose(), "https://example.com/key");
    }

    #[test]
    fn a_text_without_scheme_or_host_is_no_url() {
        for text in ["", "localhost", "localhost:8545", "/tmp/geth.ipc", "file:///tmp/x", "http://"] {
            assert!(SecretUrl::from_str(text).is_err(), "{text}");
        }
    }
}
