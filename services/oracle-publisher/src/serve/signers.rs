//! The keys, opened: each with an account of its own, since an account has one sender.

use std::collections::BTreeMap;

use causeway_chain::{
    rpc::{EndpointUrl, RpcClient},
    signer::Signer,
};
use causeway_primitives::{Address, SignerId};
use causeway_runtime::{config::SecretString, process::Failure};

use crate::{
    app::shares::Shares,
    config::{Config, Keyed, SignerSettings},
};

/// A key that may sign, or the account that would.
struct Key {
    signer: Option<Signer>,
    account: Address,
}

/// All keys by name.
pub(super) struct Keys(BTreeMap<SignerId, Key>);

/// Opens every key.
///
/// # Errors
/// [`Failure`], which names the setting: a key that cannot be used, or one of an account that another key has.
pub(super) async fn open(config: &Config, http: &reqwest::Client) -> Result<Keys, Failure> {
    let mut keys: BTreeMap<SignerId, Key> = BTreeMap::new();
    for keyed in config.signers.all() {
        let signer = signer(config, keyed, http).await?;
        let account = match (&signer, &keyed.settings) {
            (Some(signer), _) => signer.address(),
            (None, SignerSettings::None { address }) => address.unwrap_or(Address::ZERO),
            (None, _) => Address::ZERO,
        };
        let twin = keys.iter().find(|(_, key)| signer.is_some() && key.account == account);
        if let Some((other, _)) = twin {
            let expected = format!("a key of its own: {account} signs for `{other}` too");
            return Err(config.base.effective.refuse(&keyed.at, expected).into());
        }
        keys.insert(keyed.id.clone(), Key { signer, account });
    }
    Ok(Keys(keys))
}

impl Keys {
    /// The key, if it signs; once, since it has one sender.
    pub(super) fn take(&mut self, id: &SignerId) -> Option<Signer> {
        self.0.get_mut(id).and_then(|key| key.signer.take())
    }

    /// The account that a feed is read in the name of; the zero address where nobody signs and nobody said who would.
    pub(super) fn account(&self, id: &SignerId) -> Address {
        self.0.get(id).map_or(Address::ZERO, |key| key.account)
    }

    /// Whose each transaction is.
    pub(super) fn shares(&self, config: &Config) -> Shares {
        let feeds = config.feeds.feeds.values().map(|feed| (feed.id().clone(), feed.signer.clone()));
        let accounts = self.0.iter().map(|(id, key)| (key.account, id.clone()));
        Shares::new(feeds.collect(), accounts.collect(), config.signers.default.id.clone())
    }
}

/// The key of one setting; `None` where nothing is signed.
async fn signer(config: &Config, keyed: &Keyed, http: &reqwest::Client) -> Result<Option<Signer>, Failure> {
    let refuse = |name: &str, expected: String| {
        let setting = format!("{}.{name}", keyed.at);
        Failure::from(config.base.effective.refuse(&setting, expected))
    };
    let (signer, expected, setting) = match &keyed.settings {
        SignerSettings::None { .. } => return Ok(None),
        SignerSettings::PrivateKey { key, address } => (Signer::from_hex(key), *address, "private_key"),
        SignerSettings::Keystore { path, password, address } => {
            let (path, password) = (path.clone(), password.clone());
            let opened = tokio::task::spawn_blocking(move || Signer::from_keystore(path, &password)).await;
            (opened.map_err(Failure::new)?, *address, "keystore_path")
        }
        SignerSettings::Web3Signer { url, address } => {
            let url = EndpointUrl::parse(&SecretString::from(url.expose().to_owned()));
            let url = url.map_err(|error| refuse("web3signer_url", error.to_string()))?;
            let client = RpcClient::new(http.clone(), url, config.chain.call_timeout);
            (Ok(Signer::remote(client, *address)), Some(*address), "web3signer_url")
        }
        SignerSettings::AwsKms { key_id, address } => (aws_kms(key_id).await?, *address, "aws_kms_key_id"),
    };
    let signer = signer.map_err(|error| refuse(setting, format!("a usable key, but {error}")))?;
    let signer = match expected {
        Some(address) => signer.expect_account(address),
        None => Ok(signer),
    };
    let signer = signer.map_err(|error| refuse("address", format!("the signer's own account, but {error}")))?;
    tracing::info!(signer = %keyed.id, publisher = %signer.address(), kind = signer.kind(), "signer ready");
    Ok(Some(signer))
}

#[cfg(feature = "aws-kms")]
async fn aws_kms(key_id: &str) -> Result<Result<Signer, causeway_chain::signer::Error>, Failure> {
    Ok(Signer::aws_kms(key_id.to_owned()).await)
}

#[cfg(not(feature = "aws-kms"))]
#[allow(clippy::unused_async, reason = "the same signature as with the feature")]
async fn aws_kms(_: &str) -> Result<Result<Signer, causeway_chain::signer::Error>, Failure> {
    Err(Failure::new(NoKms))
}

/// The program was built without the feature.
#[cfg(not(feature = "aws-kms"))]
#[derive(Debug, thiserror::Error)]
#[error("kind = aws_kms needs a build with `--features aws-kms`")]
struct NoKms;
