//! Who signs: a key in memory (from the environment, a file or an encrypted keystore), a remote signer that
//! speaks `eth_signTransaction` (web3signer), or AWS KMS.
//!
//! Whoever signs, the result is checked field by field and by its recovered sender before it leaves this
//! module. A key is never printed: not by `Debug`, not in an error, not in a log.

mod keys;
#[cfg(feature = "aws-kms")]
mod kms;
mod remote;

use std::{fmt, path::PathBuf};

use alloy::{
    primitives::Address,
    signers::{SignerSync, local::PrivateKeySigner},
};
use secrecy::SecretString;

use self::remote::Remote;
use crate::{
    rpc,
    transaction::{MismatchError, SignedTx, UnsignedTx},
};

/// Why there is no signer or no signature. Holds no key material and no file contents.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not 32 bytes of hex, or not a number that is a key.
    #[error("the private key is not 32 bytes of hex in the range of secp256k1")]
    Key,
    /// A key or password file cannot be read.
    #[error("cannot read {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The keystore cannot be opened: wrong password, or no keystore.
    #[error("the keystore {} does not open with this password", path.display())]
    Keystore {
        /// The file.
        path: PathBuf,
    },
    /// The signer holds another account than the configuration expects.
    #[error("the signer holds {found}, expected {expected}")]
    Account {
        /// The configured account.
        expected: Address,
        /// The signer's account.
        found: Address,
    },
    /// The remote signer did not sign.
    #[error("the remote signer did not sign")]
    Remote(#[source] rpc::Error),
    /// What came back is not what was to be signed.
    #[error("the signer returned something else")]
    Mismatch(#[from] MismatchError),
    /// The key in memory did not sign.
    #[error("signing failed")]
    Local,
    /// The key management service did not answer, or not with a signature.
    #[cfg(feature = "aws-kms")]
    #[error("AWS KMS did not sign")]
    Kms(#[source] Box<alloy_signer_aws::AwsSignerError>),
    /// The key management service has no such key for signing.
    #[cfg(feature = "aws-kms")]
    #[error("AWS KMS did not sign")]
    KmsSign(#[source] alloy::signers::Error),
}

/// An account and the means to sign for it.
pub struct Signer(Kind);

enum Kind {
    Local(PrivateKeySigner),
    Remote(Remote),
    #[cfg(feature = "aws-kms")]
    Kms(Box<alloy_signer_aws::AwsSigner>),
}

impl Signer {
    /// A key as hex, with or without `0x`: for development, and for secrets that come by the environment.
    ///
    /// # Errors
    /// [`Error::Key`].
    pub fn from_hex(key: &SecretString) -> Result<Self, Error> {
        keys::from_hex(key).map(|key| Self(Kind::Local(key)))
    }

    /// A file that holds a key as hex; white space around it does not matter.
    ///
    /// # Errors
    /// [`Error::File`] or [`Error::Key`].
    pub fn from_file(path: PathBuf) -> Result<Self, Error> {
        Self::from_hex(&keys::read_secret(path)?)
    }

    /// An encrypted keystore (Web3 Secret Storage) and its password. Deriving the key takes about a second by
    /// design: call it from a blocking thread.
    ///
    /// # Errors
    /// [`Error::File`] or [`Error::Keystore`].
    pub fn from_keystore(keystore: PathBuf, password: &SecretString) -> Result<Self, Error> {
        keys::from_keystore(keystore, password).map(|key| Self(Kind::Local(key)))
    }

    /// A remote signer that holds the key of `account`. Nothing is asked of it yet.
    pub const fn remote(client: rpc::RpcClient, account: Address) -> Self {
        Self(Kind::Remote(Remote::new(client, account)))
    }

    /// A key in AWS KMS (`ECC_SECG_P256K1`, permissions `kms:GetPublicKey` and `kms:Sign`), with the
    /// credentials that the environment offers.
    ///
    /// # Errors
    /// [`Error::Kms`] when the key cannot be found or is of another kind.
    #[cfg(feature = "aws-kms")]
    pub async fn aws_kms(key_id: String) -> Result<Self, Error> {
        kms::connect(key_id).await.map(|signer| Self(Kind::Kms(Box::new(signer))))
    }

    /// The account.
    pub fn address(&self) -> Address {
        match &self.0 {
            Kind::Local(key) => key.address(),
            Kind::Remote(remote) => remote.account(),
            #[cfg(feature = "aws-kms")]
            Kind::Kms(signer) => alloy::signers::Signer::address(signer.as_ref()),
        }
    }

    /// Where the key is, for a metric label: a key in memory deserves a warning in production.
    pub const fn kind(&self) -> &'static str {
        match &self.0 {
            Kind::Local(_) => "memory",
            Kind::Remote(_) => "remote",
            #[cfg(feature = "aws-kms")]
            Kind::Kms(_) => "aws_kms",
        }
    }

    /// Refuses a signer of another account than the configured one.
    ///
    /// # Errors
    /// [`Error::Account`].
    pub fn expect_account(self, expected: Address) -> Result<Self, Error> {
        let found = self.address();
        if found == expected { Ok(self) } else { Err(Error::Account { expected, found }) }
    }

    /// Signs a transaction and checks the result.
    ///
    /// # Errors
    /// [`Error`]; nothing has been sent then.
    pub async fn sign(&self, transaction: &UnsignedTx) -> Result<SignedTx, Error> {
        let hash = transaction.signature_hash();
        let raw = match &self.0 {
            Kind::Local(key) => transaction.with_signature(key.sign_hash_sync(&hash).map_err(|_| Error::Local)?).raw,
            Kind::Remote(remote) => remote.sign(transaction).await.map_err(Error::Remote)?,
            #[cfg(feature = "aws-kms")]
            Kind::Kms(signer) => {
                let signature = alloy::signers::Signer::sign_hash(signer.as_ref(), &hash).await;
                transaction.with_signature(signature.map_err(Error::KmsSign)?).raw
            }
        };
        Ok(SignedTx::verified(raw, transaction, self.address())?)
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({} {})", self.kind(), self.address())
    }
}

#[cfg(test)]
mod tests;
