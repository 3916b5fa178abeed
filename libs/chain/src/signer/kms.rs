//! AWS KMS, behind the feature `aws-kms`.
//!
//! The SDK's own HTTP client would bring a second crypto provider; this one uses `ring` as everybody else.

use alloy_signer_aws::AwsSigner;
use aws_config::BehaviorVersion;
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, rustls_provider::CryptoMode},
};

use super::Error;

pub(super) async fn connect(key_id: String) -> Result<AwsSigner, Error> {
    let http = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    let config = aws_config::defaults(BehaviorVersion::latest()).http_client(http).load().await;
    let client = aws_sdk_kms::Client::new(&config);
    // The chain id is in every transaction that is signed; the signer needs none of its own.
    AwsSigner::new(client, key_id, None).await.map_err(|source| Error::Kms(Box::new(source)))
}
