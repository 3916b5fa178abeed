//! The books as rows. The schema holds what the domain promises: entries that balance, accounts that are not overdrawn,
//! attempts that are opened once and closed once.

use causeway_primitives::{AssetId, Timestamp};
use causeway_store::{Error, Named as _, Transaction};
use uuid::Uuid;

use super::{
    Store,
    values::{parse, signed, signed_small, small, timestamp, unsigned},
};
use crate::domain::{
    ledger::{Account, Books, Entry, Phase, Sums},
    request::{Request, RequestId},
    units::Units,
};

/// An entry as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryRow {
    /// Grows with each entry.
    pub id: u64,
    /// Whose it is.
    pub request: RequestId,
    /// Of which attempt.
    pub attempt: u32,
    /// What it does: `pending`, `posted` or `voided`.
    pub phase: String,
    /// The entry.
    pub entry: Entry,
    /// When.
    pub at: Timestamp,
}

impl Store {
    /// The books of an asset as they stand.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn get_books(&self, asset: &AssetId) -> Result<Books, Error> {
        let rows = sqlx::query!(
            r#"
            SELECT account, debits::TEXT AS "debits!", credits::TEXT AS "credits!"
            FROM ledger_account WHERE asset_id = $1
            "#,
            asset.as_str(),
        )
        .fetch_all(self.pool.executor())
        .named("get_books", self.pool.queries())
        .await?;
        let mut accounts = Vec::with_capacity(rows.len());
        for row in rows {
            let account: Account = parse(&row.account, "ledger_account.account")?;
            let debits = parse(&row.debits, "ledger_account.debits")?;
            accounts.push((account, Sums { debits, credits: parse(&row.credits, "ledger_account.credits")? }));
        }
        Ok(Books::of(accounts))
    }

    /// Entries of an asset before `before`, newest first; of one request or of all.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn list_entries(
        &self,
        asset: &AssetId,
        only: Option<RequestId>,
        before: u64,
        limit: u32,
    ) -> Result<Vec<EntryRow>, Error> {
        let rows = sqlx::query!(
            r#"
            SELECT entry_id, request_id, attempt, phase, debit, credit, units::TEXT AS "units!", at
            FROM ledger_entry
            WHERE asset_id = $1 AND entry_id < $2 AND ($4::UUID IS NULL OR request_id = $4)
            ORDER BY entry_id DESC
            LIMIT $3
            "#,
            asset.as_str(),
            signed(before),
            i64::from(limit),
            only.map(|id| Uuid::from_u128(id.get())),
        )
        .fetch_all(self.pool.executor())
        .named("list_entries", self.pool.queries())
        .await?;
        let row = rows.into_iter().map(|row| {
            Ok(EntryRow {
                id: unsigned(row.entry_id, "ledger_entry.entry_id")?,
                request: RequestId::new(row.request_id.as_u128()),
                attempt: small(row.attempt, "ledger_entry.attempt")?,
                phase: row.phase,
                entry: Entry {
                    debit: parse(&row.debit, "ledger_entry.debit")?,
                    credit: parse(&row.credit, "ledger_entry.credit")?,
                    units: parse(&row.units, "ledger_entry.units")?,
                },
                at: timestamp(row.at, "ledger_entry.at")?,
            })
        });
        row.collect()
    }

    /// What requests of an asset have moved since the first moment of a day in UTC, beside this one: entries that were opened
    /// on that day and not voided, and what is authorised and not journaled yet, so that many small requests at once do not
    /// pass a limit together.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn moved_since(&self, request: &Request, since: Timestamp) -> Result<Units, Error> {
        let moved = sqlx::query_scalar!(
            r#"
            SELECT (COALESCE((SELECT moved FROM ledger_day
                              WHERE asset_id = $1 AND day = ($2::TIMESTAMPTZ AT TIME ZONE 'UTC')::DATE), 0)
                  + (SELECT COALESCE(SUM(waiting.units), 0)
                     FROM request AS waiting
                     WHERE waiting.asset_id = $1 AND waiting.request_id <> $3
                       AND waiting.state IN ('approved', 'guarded') AND waiting.due_at IS NOT NULL)
                   )::TEXT AS "moved!"
            "#,
            request.instruction.asset.as_str(),
            since.to_datetime(),
            Uuid::from_u128(request.id.get()),
        )
        .fetch_one(self.pool.executor())
        .named("moved_since", self.pool.queries())
        .await?;
        parse(&moved, "ledger_day.moved")
    }

    /// What may exist of an asset once everything is done that is authorised and not journaled yet, beside this request:
    /// the units of mints that wait.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn waiting_mints(&self, request: &Request) -> Result<Units, Error> {
        let waiting = sqlx::query_scalar!(
            r#"
            SELECT COALESCE(SUM(units), 0)::TEXT AS "waiting!"
            FROM request
            WHERE asset_id = $1 AND request_id <> $2 AND kind = 'mint' AND state IN ('approved', 'guarded')
              AND due_at IS NOT NULL
            "#,
            request.instruction.asset.as_str(),
            Uuid::from_u128(request.id.get()),
        )
        .fetch_one(self.pool.executor())
        .named("waiting_mints", self.pool.queries())
        .await?;
        parse(&waiting, "request.units")
    }
}

/// Writes what a step does to the books. Behind the record's lock, so that two steps never wait for each other's accounts.
pub(super) async fn post(
    tx: &mut Transaction,
    request: &Request,
    attempt: u32,
    phase: Phase,
    at: Timestamp,
) -> Result<(), Error> {
    let entry = Entry::of(&request.instruction, phase);
    let (asset, debit, credit) = (&request.instruction.asset, entry.debit.to_string(), entry.credit.to_string());
    let units = entry.units.to_string();
    let queries = tx.queries();
    sqlx::query!(
        r#"
        INSERT INTO ledger_entry (asset_id, request_id, attempt, phase, debit, credit, units, at)
        VALUES ($1, $2, $3, $4, $5, $6, $7::TEXT::NUMERIC, $8)
        "#,
        asset.as_str(),
        Uuid::from_u128(request.id.get()),
        signed_small(attempt),
        phase.as_str(),
        debit,
        credit,
        units,
        at.to_datetime(),
    )
    .execute(&mut **tx)
    .named("insert_entry", &queries)
    .await?;
    post_sums(tx, request, (&debit, &credit), &units).await?;
    match phase {
        Phase::Pending => count_for_the_day(tx, request, &units, at).await,
        Phase::Voided => uncount(tx, request, attempt, &units).await,
        Phase::Posted => Ok(()),
    }
}

/// Moves units from one account to another.
async fn post_sums(
    tx: &mut Transaction,
    request: &Request,
    (debit, credit): (&str, &str),
    units: &str,
) -> Result<(), Error> {
    let asset = &request.instruction.asset;
    let queries = tx.queries();
    // Apart from the sums: a row that is proposed must hold the check by itself, before it is found to be there.
    sqlx::query!(
        r#"
        INSERT INTO ledger_account (asset_id, account, debits, credits)
        VALUES ($1, $2, 0, 0), ($1, $3, 0, 0)
        ON CONFLICT (asset_id, account) DO NOTHING
        "#,
        asset.as_str(),
        debit,
        credit,
    )
    .execute(&mut **tx)
    .named("insert_accounts", &queries)
    .await?;
    sqlx::query!(
        r#"
        UPDATE ledger_account
        SET debits = debits + CASE WHEN account = $2 THEN $4::TEXT::NUMERIC ELSE 0 END,
            credits = credits + CASE WHEN account = $3 THEN $4::TEXT::NUMERIC ELSE 0 END
        WHERE asset_id = $1 AND account IN ($2, $3)
        "#,
        asset.as_str(),
        debit,
        credit,
        units,
    )
    .execute(&mut **tx)
    .named("post_entry", &queries)
    .await
    .map(drop)
}

/// An entry counts for the day on which it is opened.
async fn count_for_the_day(tx: &mut Transaction, request: &Request, units: &str, at: Timestamp) -> Result<(), Error> {
    let queries = tx.queries();
    sqlx::query!(
        r#"
        INSERT INTO ledger_day AS known (asset_id, day, moved)
        VALUES ($1, ($2::TIMESTAMPTZ AT TIME ZONE 'UTC')::DATE, $3::TEXT::NUMERIC)
        ON CONFLICT (asset_id, day) DO UPDATE SET moved = known.moved + excluded.moved
        "#,
        request.instruction.asset.as_str(),
        at.to_datetime(),
        units,
    )
    .execute(&mut **tx)
    .named("count_for_the_day", &queries)
    .await
    .map(drop)
}

/// One that is voided has never counted, whichever day it was.
async fn uncount(tx: &mut Transaction, request: &Request, attempt: u32, units: &str) -> Result<(), Error> {
    let queries = tx.queries();
    sqlx::query!(
        r#"
        UPDATE ledger_day AS known SET moved = known.moved - $4::TEXT::NUMERIC
        FROM ledger_entry AS opened
        WHERE opened.request_id = $2 AND opened.attempt = $3 AND opened.phase = 'pending'
          AND known.asset_id = $1 AND known.day = (opened.at AT TIME ZONE 'UTC')::DATE
        "#,
        request.instruction.asset.as_str(),
        Uuid::from_u128(request.id.get()),
        signed_small(attempt),
        units,
    )
    .execute(&mut **tx)
    .named("uncount", &queries)
    .await
    .map(drop)
}
