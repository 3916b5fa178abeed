//! Who is calling: the names in the caller's verified certificate, and where it calls from.

use std::{fmt, net::SocketAddr};

use http::Extensions;
use tonic::transport::server::{TcpConnectInfo, TlsConnectInfo};

/// The other end of a connection. Handlers find it in the request's extensions, for the audit record.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Peer {
    /// Where it calls from.
    pub address: Option<SocketAddr>,
    /// The DNS and URI names (SPIFFE ids) of its certificate, which our certificate authority signed.
    /// Empty without mTLS. The one by which a rule lets the caller in stands first.
    pub names: Vec<String>,
}

impl Peer {
    /// What the transport knows about the connection of a request.
    pub(crate) fn of(extensions: &Extensions) -> Self {
        if let Some(tls) = extensions.get::<TlsConnectInfo<TcpConnectInfo>>() {
            let certificates = tls.peer_certs();
            // The handshake has verified the chain. A certificate that cannot be read has no names.
            let own = certificates.as_deref().and_then(|chain| chain.first());
            let own = own.and_then(|certificate| webpki::EndEntityCert::try_from(certificate).ok());
            let names = own.map(|own| own.valid_dns_names().chain(own.valid_uri_names()).map(str::to_owned).collect());
            return Self { address: tls.get_ref().remote_addr(), names: names.unwrap_or_default() };
        }
        let address = extensions.get::<TcpConnectInfo>().and_then(TcpConnectInfo::remote_addr);
        Self { address, names: Vec::new() }
    }

    /// The same, known by the first of these that is among its names. A certificate has its names in any order, and the next one
    /// in another.
    pub(crate) fn known_as<'a>(mut self, names: impl IntoIterator<Item = &'a str>) -> Self {
        let place = names.into_iter().find_map(|name| self.names.iter().position(|own| own == name));
        if let Some(place) = place {
            let name = self.names.remove(place);
            self.names.insert(0, name);
        }
        self
    }

    /// Whether it calls from this machine (or this pod, or through a port-forward into it).
    pub fn is_loopback(&self) -> bool {
        self.address.is_some_and(|address| address.ip().to_canonical().is_loopback())
    }
}

impl fmt::Display for Peer {
    /// The first name, or else the address: what an audit record says.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.names.first(), self.address) {
            (Some(name), _) => f.write_str(name),
            (None, Some(address)) => write!(f, "{}", address.ip()),
            (None, None) => f.write_str("unknown"),
        }
    }
}
