//! Accounts of people whom a provider vouches for.

use causeway_primitives::Timestamp;
use causeway_store::{Error, Named as _};

use super::Store;
use crate::domain::people::Role;

/// Whose account it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Vouched {
    /// His, of this name.
    Open(String),
    /// His, and closed.
    Closed(String),
    /// The name is another account's.
    Taken,
}

impl Store {
    /// Notes what the provider says of a person, by issuer and subject: he gets an account of this name, unless he has one.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn vouch_account(
        &self,
        (issuer, subject): (&str, &str),
        name: &str,
        role: Role,
        now: Timestamp,
    ) -> Result<Vouched, Error> {
        let mut tx = self.pool.begin().await?;
        let queries = tx.queries();
        sqlx::query!(
            r#"
            INSERT INTO account (name, role, issuer, subject, created_at, changed_at) VALUES ($1, $2, $3, $4, $5, $5)
            ON CONFLICT DO NOTHING
            "#,
            name,
            role.as_str(),
            issuer,
            subject,
            now.to_datetime(),
        )
        .execute(&mut *tx)
        .named("insert_account", &queries)
        .await?;
        let row = sqlx::query!(
            r#"
            UPDATE account SET role = $3, vouched_at = $4,
                changed_at = CASE WHEN role = $3 THEN changed_at ELSE $4 END
            WHERE issuer = $1 AND subject = $2 RETURNING name, disabled_at
            "#,
            issuer,
            subject,
            role.as_str(),
            now.to_datetime(),
        )
        .fetch_optional(&mut *tx)
        .named("vouch_account", &queries)
        .await?;
        let Some(row) = row else {
            tx.rollback().await?;
            return Ok(Vouched::Taken);
        };
        tx.commit().await?;
        Ok(if row.disabled_at.is_none() { Vouched::Open(row.name) } else { Vouched::Closed(row.name) })
    }

    /// Notes that the provider vouches for a person no longer, and ends his sign-ins.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn disown_account(&self, issuer: &str, subject: &str, now: Timestamp) -> Result<(), Error> {
        let mut tx = self.pool.begin().await?;
        let queries = tx.queries();
        sqlx::query!(
            "UPDATE account SET vouched_at = NULL, changed_at = $3 WHERE issuer = $1 AND subject = $2",
            issuer,
            subject,
            now.to_datetime(),
        )
        .execute(&mut *tx)
        .named("disown_account", &queries)
        .await?;
        sqlx::query!(
            r#"
            DELETE FROM session USING account
            WHERE account.name = session.name AND account.issuer = $1 AND account.subject = $2
            "#,
            issuer,
            subject,
        )
        .execute(&mut *tx)
        .named("end_sessions", &queries)
        .await?;
        tx.commit().await
    }

    /// Makes an account that of a person at a provider; its password and its sign-ins end. `false`: there is none of this
    /// name, or the person has another one.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn link_account(
        &self,
        name: &str,
        (issuer, subject): (&str, &str),
        now: Timestamp,
    ) -> Result<bool, Error> {
        let mut tx = self.pool.begin().await?;
        let queries = tx.queries();
        let linked = sqlx::query!(
            r#"
            UPDATE account SET password = NULL, issuer = $2, subject = $3, vouched_at = NULL, changed_at = $4
            WHERE name = $1 AND NOT EXISTS (
                SELECT FROM account AS other WHERE other.issuer = $2 AND other.subject = $3 AND other.name <> $1)
            "#,
            name,
            issuer,
            subject,
            now.to_datetime(),
        )
        .execute(&mut *tx)
        .named("link_account", &queries)
        .await?;
        if linked.rows_affected() == 0 {
            tx.rollback().await?;
            return Ok(false);
        }
        sqlx::query!("DELETE FROM session WHERE name = $1", name)
            .execute(&mut *tx)
            .named("end_sessions", &queries)
            .await?;
        tx.commit().await?;
        Ok(true)
    }
}
