//! Accounts and sign-ins.

use causeway_primitives::Timestamp;
use causeway_store::{Error, Named as _, Transaction};
use time::OffsetDateTime;

use super::{Store, values::timestamp};
use crate::domain::{
    change::rights::Verb,
    people::{LOCAL, Lasting, Role, Voucher},
};

/// An account.
#[derive(Debug, Clone)]
pub struct Account {
    /// Its name.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// Argon2id in PHC form; `None`: nobody signs in with one.
    pub password: Option<String>,
    /// Who answers for it.
    pub voucher: Voucher,
    /// Whether it may sign in.
    pub is_open: bool,
}

impl Account {
    /// Whether it is somebody while nobody is signed in with it.
    pub fn counts(&self, lasting: Option<Lasting>, now: Timestamp) -> bool {
        self.is_open && self.voucher.stands(now, lasting.map(|lasting| lasting.whole).unwrap_or_default())
    }
}

/// A sign-in.
#[derive(Debug, Clone)]
pub struct Session {
    /// Whose.
    pub name: String,
    /// What the account may do now.
    pub role: Role,
    /// Comes back with each form.
    pub form_token: String,
    /// When it began.
    pub signed_in_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_seen_at: Timestamp,
}

/// A row of an account.
struct Row {
    name: String,
    role: String,
    password: Option<String>,
    issuer: Option<String>,
    vouched_at: Option<OffsetDateTime>,
    disabled_at: Option<OffsetDateTime>,
}

impl TryFrom<Row> for Account {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        let vouched = row.vouched_at.map(|at| timestamp(at, "account.vouched_at")).transpose()?;
        Ok(Self {
            role: role(&row.role)?,
            name: row.name,
            password: row.password,
            voucher: row.issuer.map_or(Voucher::Console, |_| Voucher::Provider(vouched)),
            is_open: row.disabled_at.is_none(),
        })
    }
}

fn role(text: &str) -> Result<Role, Error> {
    Role::from_name(text).ok_or(Error::Unreadable { column: "account.role" })
}

/// Which of these people may approve at this moment: with an account that counts and has the role, or on this host while nobody
/// signs in. They stay so until the transaction ends.
pub(super) async fn standing(
    tx: &mut Transaction,
    names: &[String],
    lasting: Option<Lasting>,
    now: Timestamp,
) -> Result<Vec<String>, Error> {
    let queries = tx.queries();
    let rows = sqlx::query_as!(
        Row,
        r#"
        SELECT name, role, password, issuer, vouched_at, disabled_at FROM account WHERE name = ANY($1) FOR SHARE
        "#,
        names,
    )
    .fetch_all(&mut **tx)
    .named("list_standing", &queries)
    .await?;
    let accounts = rows.into_iter().map(Account::try_from).collect::<Result<Vec<_>, Error>>()?;
    let may = |account: &Account| account.role >= Verb::Approve.needs() && account.counts(lasting, now);
    let able = accounts.into_iter().filter(may).map(|account| account.name);
    let here = names.iter().filter(|name| lasting.is_none() && *name == LOCAL).cloned();
    Ok(able.chain(here).collect())
}

impl Store {
    /// Makes an account, or gives one that is there another password and role; its sign-ins end.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn put_account(&self, name: &str, role: Role, password: &str, now: Timestamp) -> Result<(), Error> {
        let mut tx = self.pool.begin().await?;
        let queries = tx.queries();
        sqlx::query!(
            r#"
            INSERT INTO account (name, role, password, created_at, changed_at) VALUES ($1, $2, $3, $4, $4)
            ON CONFLICT (name) DO UPDATE SET role = EXCLUDED.role, password = EXCLUDED.password, disabled_at = NULL,
                issuer = NULL, subject = NULL, vouched_at = NULL, changed_at = EXCLUDED.changed_at
            "#,
            name,
            role.as_str(),
            password,
            now.to_datetime(),
        )
        .execute(&mut *tx)
        .named("put_account", &queries)
        .await?;
        sqlx::query!("DELETE FROM session WHERE name = $1", name)
            .execute(&mut *tx)
            .named("end_sessions", &queries)
            .await?;
        tx.commit().await
    }

    /// Closes an account and ends its sign-ins; `false` when there is none.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn close_account(&self, name: &str, now: Timestamp) -> Result<bool, Error> {
        let mut tx = self.pool.begin().await?;
        let queries = tx.queries();
        let closed = sqlx::query!(
            "UPDATE account SET disabled_at = $2, changed_at = $2 WHERE name = $1",
            name,
            now.to_datetime()
        )
        .execute(&mut *tx)
        .named("close_account", &queries)
        .await?;
        sqlx::query!("DELETE FROM session WHERE name = $1", name)
            .execute(&mut *tx)
            .named("end_sessions", &queries)
            .await?;
        tx.commit().await?;
        Ok(closed.rows_affected() > 0)
    }

    /// All accounts, by name.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn list_accounts(&self) -> Result<Vec<Account>, Error> {
        let rows = sqlx::query_as!(
            Row,
            r#"
            SELECT name, role, password, issuer, vouched_at, disabled_at FROM account ORDER BY name LIMIT 10000
            "#
        )
        .fetch_all(self.pool.executor())
        .named("list_accounts", self.pool.queries())
        .await?;
        rows.into_iter().map(Account::try_from).collect()
    }

    /// The account of this name.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn find_account(&self, name: &str) -> Result<Option<Account>, Error> {
        let row = sqlx::query_as!(
            Row,
            "SELECT name, role, password, issuer, vouched_at, disabled_at FROM account WHERE name = $1",
            name
        )
        .fetch_optional(self.pool.executor())
        .named("find_account", self.pool.queries())
        .await?;
        row.map(Account::try_from).transpose()
    }

    /// Notes a sign-in.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn open_session(
        &self,
        secret: &[u8; 32],
        name: &str,
        form_token: &str,
        now: Timestamp,
    ) -> Result<(), Error> {
        sqlx::query!(
            "INSERT INTO session (secret, name, form_token, signed_in_at, last_seen_at) VALUES ($1, $2, $3, $4, $4)",
            secret.as_slice(),
            name,
            form_token,
            now.to_datetime(),
        )
        .execute(self.pool.executor())
        .named("open_session", self.pool.queries())
        .await
        .map(drop)
    }

    /// The sign-in with this secret, of an account that is open.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn find_session(&self, secret: &[u8; 32]) -> Result<Option<Session>, Error> {
        let row = sqlx::query!(
            r#"
            SELECT session.name, account.role, session.form_token, session.signed_in_at, session.last_seen_at
            FROM session JOIN account ON account.name = session.name AND account.disabled_at IS NULL
            WHERE session.secret = $1
            "#,
            secret.as_slice(),
        )
        .fetch_optional(self.pool.executor())
        .named("find_session", self.pool.queries())
        .await?;
        row.map(|row| {
            Ok(Session {
                role: role(&row.role)?,
                name: row.name,
                form_token: row.form_token,
                signed_in_at: timestamp(row.signed_in_at, "session.signed_in_at")?,
                last_seen_at: timestamp(row.last_seen_at, "session.last_seen_at")?,
            })
        })
        .transpose()
    }

    /// Notes that a sign-in was used.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn touch_session(&self, secret: &[u8; 32], now: Timestamp) -> Result<(), Error> {
        sqlx::query!(
            "UPDATE session SET last_seen_at = GREATEST(last_seen_at, $2) WHERE secret = $1",
            secret.as_slice(),
            now.to_datetime()
        )
        .execute(self.pool.executor())
        .named("touch_session", self.pool.queries())
        .await
        .map(drop)
    }

    /// Ends a sign-in.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn end_session(&self, secret: &[u8; 32]) -> Result<(), Error> {
        sqlx::query!("DELETE FROM session WHERE secret = $1", secret.as_slice())
            .execute(self.pool.executor())
            .named("end_session", self.pool.queries())
            .await
            .map(drop)
    }

    /// Forgets sign-ins that began before, or were last used before.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn forget_sessions(&self, began_before: Timestamp, used_before: Timestamp) -> Result<u64, Error> {
        let forgotten = sqlx::query!(
            "DELETE FROM session WHERE signed_in_at < $1 OR last_seen_at < $2",
            began_before.to_datetime(),
            used_before.to_datetime(),
        )
        .execute(self.pool.executor())
        .named("forget_sessions", self.pool.queries())
        .await?;
        Ok(forgotten.rows_affected())
    }
}
