//! The publisher's keys: raw text → checked values. A key has one sender, so feeds that share a key share a leader.

use std::path::PathBuf;

use causeway_chain::signer::Signer;
use causeway_primitives::{Address, SignerId};
use causeway_runtime::config::{SecretString, SecretUrl, Validator};

use super::raw;

/// Where the key is set that every deployment has.
const DEFAULT_AT: &str = "signer";

/// Its name.
const DEFAULT: &str = "default";

/// A key: where it is, not what it is.
#[derive(Debug, Clone)]
pub enum SignerSettings {
    /// Nothing is signed: a dry run.
    None {
        /// The account that would publish, for the roles that are probed.
        address: Option<Address>,
    },
    /// A key in hex.
    PrivateKey {
        /// The key.
        key: SecretString,
        /// What its account must be.
        address: Option<Address>,
    },
    /// An encrypted keystore.
    Keystore {
        /// The file.
        path: PathBuf,
        /// Its password.
        password: SecretString,
        /// What its account must be.
        address: Option<Address>,
    },
    /// A web3signer-compatible service.
    Web3Signer {
        /// Where it is.
        url: SecretUrl,
        /// The account.
        address: Address,
    },
    /// A key in AWS KMS.
    AwsKms {
        /// Which.
        key_id: String,
        /// What its account must be.
        address: Option<Address>,
    },
}

/// A key with its name.
#[derive(Debug, Clone)]
pub struct Keyed {
    /// The operators' word for it; `default` for `[signer]`.
    pub id: SignerId,
    /// Where it is set.
    pub at: String,
    /// The key.
    pub settings: SignerSettings,
}

/// All keys.
#[derive(Debug, Clone)]
pub struct Signers {
    /// `[signer]`: the key of the feeds that name no other.
    pub default: Keyed,
    /// `[[signers]]`, in the order of the file.
    pub named: Vec<Keyed>,
}

impl Signers {
    /// The default first.
    pub fn all(&self) -> impl Iterator<Item = &Keyed> {
        std::iter::once(&self.default).chain(&self.named)
    }
}

pub(super) fn read(raw: &raw::Raw, validator: &mut Validator<'_>) -> Option<Signers> {
    let dry_run = raw.publisher.dry_run;
    let default = one(&raw.signer, DEFAULT_AT, dry_run, validator);
    let id = validator.accept(DEFAULT_AT, "a name", DEFAULT.parse());
    let mut named: Vec<Keyed> = Vec::new();
    for (index, signer) in raw.signers.iter().enumerate() {
        let at = format!("signers.{index}");
        let key = format!("{at}.id");
        let id: SignerId = validator.accept(&key, "a name, for example fx", signer.id.parse())?;
        if id.as_str() == DEFAULT || named.iter().any(|other| other.id == id) {
            validator.refuse(&key, "a name that no other signer has, `default` included");
        }
        let settings = one(&signer.unnamed(), &at, dry_run, validator)?;
        named.push(Keyed { id, at, settings });
    }
    refuse_unknown(raw, &named, validator);
    Some(Signers { default: Keyed { id: id?, at: DEFAULT_AT.to_owned(), settings: default? }, named })
}

fn refuse_unknown(raw: &raw::Raw, named: &[Keyed], validator: &mut Validator<'_>) {
    for (index, feed) in raw.feeds.iter().enumerate() {
        let Some(name) = feed.signer.as_deref() else { continue };
        if name != DEFAULT && named.iter().all(|signer| signer.id.as_str() != name) {
            validator.refuse(&format!("feeds.{index}.signer"), "the id of one of the [[signers]], or `default`");
        }
    }
}

/// The name of a feed's key.
pub(super) fn name_of(feed: &raw::Feed) -> &str {
    feed.signer.as_deref().unwrap_or(DEFAULT)
}

/// One key: `at` is where it is set.
fn one(raw: &raw::Signer, at: &str, dry_run: bool, validator: &mut Validator<'_>) -> Option<SignerSettings> {
    let address = match raw.address.as_str() {
        "" => None,
        text => Some(validator.accept(
            &format!("{at}.address"),
            "an address: 0x and 40 hexadecimal digits",
            text.parse(),
        )?),
    };
    match raw.kind.as_str() {
        "private_key" if dry_run && raw.private_key.is_none() => Some(SignerSettings::None { address }),
        "private_key" => {
            let expected = if at == DEFAULT_AT {
                "a key: set PRIVATE_KEY or PRIVATE_KEY_FILE"
            } else {
                "a key: set private_key_file"
            };
            let key = validator.accept(&format!("{at}.private_key"), expected, raw.private_key.clone().ok_or(()))?;
            if let Err(error) = Signer::from_hex(&key) {
                validator.refuse(&format!("{at}.private_key"), format_args!("a usable key, but {error}"));
            }
            Some(SignerSettings::PrivateKey { key, address })
        }
        "keystore" => {
            let path = raw.keystore_path.clone().ok_or(());
            let path = validator.accept(&format!("{at}.keystore_path"), "the path of a keystore file", path);
            let password = raw.keystore_password.clone().ok_or(());
            let expected = "a password: set KEYSTORE_PASSWORD or KEYSTORE_PASSWORD_FILE";
            let password = validator.accept(&format!("{at}.keystore_password"), expected, password);
            Some(SignerSettings::Keystore { path: path?, password: password?, address })
        }
        "web3signer" => {
            let url = raw.web3signer_url.clone().ok_or(());
            let url = validator.accept(&format!("{at}.web3signer_url"), "the URL of the signer", url);
            let address = validator.accept(&format!("{at}.address"), "the account of the signer", address.ok_or(()));
            Some(SignerSettings::Web3Signer { url: url?, address: address? })
        }
        "aws_kms" => {
            let key_id = raw.aws_kms_key_id.clone().ok_or(());
            let key_id = validator.accept(&format!("{at}.aws_kms_key_id"), "the key's id or ARN", key_id)?;
            Some(SignerSettings::AwsKms { key_id, address })
        }
        _ => {
            validator.refuse(&format!("{at}.kind"), "private_key, keystore, web3signer or aws_kms");
            None
        }
    }
}
