//! Versions and configurations, by when they were first seen.

use causeway_primitives::Timestamp;
use causeway_store::{Error, Named as _, lease::Leadership};

use super::{Store, values::timestamp};

/// A version with its configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployment {
    /// The service.
    pub service: String,
    /// Its semantic version.
    pub version: String,
    /// The hash of its configuration, 64 hexadecimal digits.
    pub config_hash: String,
    /// When it was first seen.
    pub first_seen_at: Timestamp,
}

impl Store {
    /// Notes those that are new, and says how many were.
    ///
    /// # Errors
    /// [`Error`]; also when the lease has passed to somebody else.
    pub async fn note_deployments(&self, leadership: &Leadership, seen: &[Deployment]) -> Result<u64, Error> {
        let services: Vec<String> = seen.iter().map(|one| one.service.clone()).collect();
        let versions: Vec<String> = seen.iter().map(|one| one.version.clone()).collect();
        let hashes: Vec<String> = seen.iter().map(|one| one.config_hash.clone()).collect();
        let times: Vec<_> = seen.iter().map(|one| one.first_seen_at.to_datetime()).collect();
        let mut tx = self.begin(leadership).await?;
        let queries = tx.queries();
        let noted = sqlx::query!(
            r#"
            INSERT INTO deployment (service, version, config_hash, first_seen_at)
            SELECT * FROM UNNEST($1::TEXT[], $2::TEXT[], $3::TEXT[], $4::TIMESTAMPTZ[])
            ON CONFLICT DO NOTHING
            "#,
            &services,
            &versions,
            &hashes,
            &times,
        )
        .execute(&mut *tx)
        .named("note_deployments", &queries)
        .await?;
        tx.commit().await?;
        Ok(noted.rows_affected())
    }

    /// The newest, newest first.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn list_deployments(&self, limit: u32) -> Result<Vec<Deployment>, Error> {
        let rows = sqlx::query!(
            "SELECT service, version, config_hash, first_seen_at FROM deployment ORDER BY deployment DESC LIMIT $1",
            i64::from(limit),
        )
        .fetch_all(self.pool.executor())
        .named("list_deployments", self.pool.queries())
        .await?;
        rows.into_iter()
            .map(|row| {
                Ok(Deployment {
                    service: row.service,
                    version: row.version,
                    config_hash: row.config_hash,
                    first_seen_at: timestamp(row.first_seen_at, "deployment.first_seen_at")?,
                })
            })
            .collect()
    }
}
