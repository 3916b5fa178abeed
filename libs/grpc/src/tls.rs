//! Mutual TLS from PEM files. Both ends show a certificate of the same private authority.
//!
//! The files are read once, at the start: a rotated certificate takes effect with the next restart.

use std::path::{Path, PathBuf};

use tonic::transport::{Certificate, ClientTlsConfig, Identity, ServerTlsConfig};

use crate::Error;

/// Where the PEM files are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    /// Our certificate, followed by what it takes to reach the authority.
    pub certificate: PathBuf,
    /// Our private key.
    pub key: PathBuf,
    /// The certificate of the authority that signs everybody's.
    pub authority: PathBuf,
}

impl Tls {
    /// A caller without a certificate of the authority is refused in the handshake.
    pub(crate) fn server(&self) -> Result<ServerTlsConfig, Error> {
        let authority = Certificate::from_pem(read(&self.authority)?);
        Ok(ServerTlsConfig::new().identity(self.identity()?).client_ca_root(authority))
    }

    /// No other authority is trusted, least of all the public ones.
    pub(crate) fn client(&self) -> Result<ClientTlsConfig, Error> {
        let authority = Certificate::from_pem(read(&self.authority)?);
        Ok(ClientTlsConfig::new().identity(self.identity()?).ca_certificate(authority))
    }

    fn identity(&self) -> Result<Identity, Error> {
        Ok(Identity::from_pem(read(&self.certificate)?, read(&self.key)?))
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Error> {
    std::fs::read(path).map_err(|source| Error::Unreadable { path: path.to_owned(), source })
}
