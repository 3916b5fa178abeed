//! What can be wrong with certificates.

use std::{io, path::PathBuf};

use tokio_rustls::rustls;

/// Why the files of a [`super::Tls`] cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A certificate or key file cannot be read.
    #[error("could not read {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file is not PEM, or holds nothing of what it should.
    #[error("{} holds no PEM of {expected}", path.display())]
    NotPem {
        /// The file.
        path: PathBuf,
        /// What it should hold.
        expected: &'static str,
        /// Why.
        #[source]
        source: rustls::pki_types::pem::Error,
    },
    /// A file holds something that is framed as a certificate and is none.
    #[error("{} holds a certificate that cannot be read", path.display())]
    NotACertificate {
        /// The file.
        path: PathBuf,
    },
    /// The certificate's time is over, or has not come.
    #[error("{} holds a certificate that is not valid now", path.display())]
    NotValidNow {
        /// The file.
        path: PathBuf,
    },
    /// The files do not go together, for example a key of another certificate.
    #[error("certificate, key and authority cannot be used together")]
    Unusable(#[source] rustls::Error),
    /// Nobody could be checked by the authority's file.
    #[error("the authority cannot be used to check callers")]
    Verifier(#[source] rustls::server::VerifierBuilderError),
    /// The address of a server has no host that a certificate could name.
    #[error("{address} names no host that a certificate could name")]
    NoServerName {
        /// The address.
        address: String,
    },
}
