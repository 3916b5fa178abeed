//! The guard that runs: how a command reaches it, and the words of its contract.

use std::time::Duration;

use causeway_grpc::{Client, ClientSettings, Tls};
use causeway_primitives::Scope;
use causeway_proto::{
    guard::v1::{self as wire, guard_service_client::GuardServiceClient},
    ops::v1::ops_service_client::OpsServiceClient,
};
use causeway_runtime::process::Failure;
use clap::ValueEnum;
use tonic::Status;

use crate::config::Config;

/// A person waits; an evaluation takes seconds.
const ANSWER_WITHIN: Duration = Duration::from_secs(60);

/// Where the guard is.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Address {
    /// The running guard: http://host:port, or https://host:port with the configuration's certificates; absent: this host
    #[arg(long, value_name = "URL")]
    guard: Option<String>,
    /// Whom the guard's certificate names, where that is not the host of its address, as on this host
    #[arg(long, value_name = "NAME")]
    tls_server_name: Option<String>,
}

/// The guard refused.
#[derive(Debug, thiserror::Error)]
#[error("the guard answered {code:?}: {message}")]
pub(super) struct Refused {
    code: tonic::Code,
    message: String,
}

/// What can be halted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ScopeWord {
    /// Making and anchoring batches
    BatchCreation,
    /// Minting, claiming and releasing
    Settlement,
    /// Issuing, redeeming and moving tokens on instruction
    Tokenization,
    /// Everything that is signed
    All,
}

impl ScopeWord {
    pub(super) const fn word(self) -> &'static str {
        scope(self.on_the_wire())
    }

    pub(super) const fn on_the_wire(self) -> wire::Scope {
        match self {
            Self::BatchCreation => wire::Scope::BatchCreation,
            Self::Settlement => wire::Scope::Settlement,
            Self::Tokenization => wire::Scope::Tokenization,
            Self::All => wire::Scope::All,
        }
    }
}

impl Address {
    /// The guard's own calls.
    pub(super) fn connect(&self, config: &Config) -> Result<GuardServiceClient<Client>, Failure> {
        self.client(config).map(GuardServiceClient::new)
    }

    /// The calls that every service has.
    pub(super) fn connect_ops(&self, config: &Config) -> Result<OpsServiceClient<Client>, Failure> {
        self.client(config).map(OpsServiceClient::new)
    }

    /// A connection that is made with the first call.
    fn client(&self, config: &Config) -> Result<Client, Failure> {
        let grpc = &config.base.grpc;
        let scheme = if grpc.tls.is_some() { "https" } else { "http" };
        let here = || format!("{scheme}://127.0.0.1:{}", config.base.listen.grpc.port());
        let tls = grpc.tls.as_ref().map(|files| Tls {
            certificate: files.certificate.clone(),
            key: files.key.clone(),
            authority: files.client_ca.clone(),
        });
        let address = self.guard.clone().unwrap_or_else(here);
        let server_name = self.tls_server_name.clone();
        let settings = ClientSettings { address, call_timeout: ANSWER_WITHIN, tls, server_name };
        Client::connect_lazy(settings, causeway_grpc::Metrics::default()).map_err(Failure::new)
    }
}

/// What a refusal says to a person.
pub(super) fn refused(status: Status) -> Failure {
    Failure::new(Refused { code: status.code(), message: status.message().to_owned() })
}

/// The scope of an answer, in our words.
pub(super) const fn scope(scope: wire::Scope) -> &'static str {
    match scope {
        wire::Scope::Unspecified => "unknown",
        wire::Scope::BatchCreation => Scope::BatchCreation.as_str(),
        wire::Scope::Settlement => Scope::Settlement.as_str(),
        wire::Scope::Tokenization => Scope::Tokenization.as_str(),
        wire::Scope::All => Scope::All.as_str(),
    }
}
