//! What a person with curl sees of a replica, and a channel for whoever has the contracts.

use std::net::SocketAddr;

use serde_json::Value;
use tonic::transport::{Channel, Endpoint};

use crate::service::Listening;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Unanswered {
    /// The request did not go through.
    #[error("the replica could not be asked")]
    Request(#[from] reqwest::Error),
    /// The gRPC port does not take a connection.
    #[error("the replica's gRPC port could not be reached")]
    Grpc(#[from] tonic::transport::Error),
}

/// Asks one replica on its three ports.
#[derive(Debug, Clone)]
pub struct Client {
    at: Listening,
    http: reqwest::Client,
}

impl Client {
    /// For the replica that listens there.
    ///
    /// # Errors
    /// [`Unanswered::Request`] when there is no TLS, which is never used here.
    pub fn new(at: Listening) -> Result<Self, Unanswered> {
        // Whoever installed one before has chosen the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Ok(Self { at, http: reqwest::Client::builder().no_proxy().build()? })
    }

    /// Status and body of a page on the HTTP port.
    ///
    /// # Errors
    /// [`Unanswered::Request`].
    pub async fn get(&self, path: &str) -> Result<(u16, String), Unanswered> {
        self.page(self.at.http, path).await
    }

    /// Status and body of a page on the HTTP port, as JSON; a body that is none is `null`.
    ///
    /// # Errors
    /// [`Unanswered::Request`].
    pub async fn json(&self, path: &str) -> Result<(u16, Value), Unanswered> {
        let (status, body) = self.get(path).await?;
        Ok((status, serde_json::from_str(&body).unwrap_or_default()))
    }

    /// A message, as REST gives it; `None` while it is not known.
    ///
    /// # Errors
    /// [`Unanswered::Request`].
    pub async fn message(&self, id: &str) -> Result<Option<Value>, Unanswered> {
        let (status, body) = self.json(&format!("/api/v1/ccip/messages/{id}")).await?;
        Ok((status == 200).then_some(body))
    }

    /// The page of metrics.
    ///
    /// # Errors
    /// [`Unanswered::Request`].
    pub async fn metrics(&self) -> Result<String, Unanswered> {
        Ok(self.page(self.at.metrics, "/metrics").await?.1)
    }

    /// A connection for generated clients.
    ///
    /// # Errors
    /// [`Unanswered::Grpc`].
    pub async fn channel(&self) -> Result<Channel, Unanswered> {
        let endpoint: Endpoint = format!("http://{}", self.at.grpc).try_into()?;
        Ok(endpoint.connect().await?)
    }

    async fn page(&self, at: SocketAddr, path: &str) -> Result<(u16, String), Unanswered> {
        let response = self.http.get(format!("http://{at}{path}")).send().await?;
        let status = response.status().as_u16();
        Ok((status, response.text().await?))
    }
}
