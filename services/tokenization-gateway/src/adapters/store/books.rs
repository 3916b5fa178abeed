//! The books as rows. The schema holds what the domain promises: entries that balance, accounts that are not overdrawn,
//! attempts that are opened once and closed once.

use causeway_primitives::{AssetId, Timestamp};
use causeway_store::{Error, Named as _, Transaction};
use uuid::Uuid;

use super::{
    Store,
    steps::Taken,
    values::{Column as _, parse, signed, signed_small, small, timestamp, unsigned},
};
use crate::domain::{
    ledger::{Account, Books, Entry, Phase, Sums},
    request::RequestId,
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

    /// What requests of an asset have moved since the first moment of a day in UTC: entries that were opened on that day and
    /// not voided, and what is authorised and not journaled yet, so that many small requests at once do not pass a limit
    /// together.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn moved_since(&self, asset: &AssetId, since: Timestamp) -> Result<Units, Error> {
        let moved = sqlx::query_scalar!(
            r#"
            SELECT (COALESCE((SELECT moved FROM ledger_day
                              WHERE asset_id = $1 AND day = ($2::TIMESTAMPTZ AT TIME ZONE 'UTC')::DATE), 0)
                  + (SELECT COALESCE(SUM(waiting.units), 0)
                     FROM request AS waiting
                     WHERE waiting.asset_id = $1 AND waiting.state IN ('approved', 'guarded')
                       AND waiting.due_at IS NOT NULL)
                   )::TEXT AS "moved!"
            "#,
            asset.as_str(),
            since.to_datetime(),
        )
        .fetch_one(self.pool.executor())
        .named("moved_since", self.pool.queries())
        .await?;
        parse(&moved, "ledger_day.moved")
    }

    /// What may exist of an asset once everything is done that is authorised and not journaled yet: the units of mints that
    /// wait.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn waiting_mints(&self, asset: &AssetId) -> Result<Units, Error> {
        let waiting = sqlx::query_scalar!(
            r#"
            SELECT COALESCE(SUM(units), 0)::TEXT AS "waiting!"
            FROM request
            WHERE asset_id = $1 AND kind = 'mint' AND state IN ('approved', 'guarded') AND due_at IS NOT NULL
            "#,
            asset.as_str(),
        )
        .fetch_one(self.pool.executor())
        .named("waiting_mints", self.pool.queries())
        .await?;
        parse(&waiting, "request.units")
    }
}

/// An entry as columns.
struct Posting<'a> {
    taken: &'a Taken<'a>,
    phase: Phase,
    debit: String,
    credit: String,
    units: String,
}

impl<'a> Posting<'a> {
    fn of(taken: &'a Taken<'a>) -> Option<Self> {
        let phase = taken.transition.books?;
        let Entry { debit, credit, units } = Entry::of(&taken.request.instruction, phase);
        Some(Self { taken, phase, debit: debit.to_string(), credit: credit.to_string(), units: units.to_string() })
    }

    fn asset(&self) -> String {
        self.taken.request.instruction.asset.to_string()
    }
}

/// Writes what steps do to the books. Behind the record's lock, so that two never wait for each other's accounts. What an
/// account may not become is asked of its sums behind all of these steps.
pub(super) async fn post(tx: &mut Transaction, taken: &[Taken<'_>]) -> Result<(), Error> {
    let postings: Vec<_> = taken.iter().filter_map(Posting::of).collect();
    if postings.is_empty() {
        return Ok(());
    }
    insert_entries(tx, &postings).await?;
    post_sums(tx, &postings).await?;
    count_for_the_day(tx, &postings).await?;
    for posting in &postings {
        match posting.phase {
            Phase::Pending | Phase::Posted => {}
            Phase::Voided => uncount(tx, posting).await?,
        }
    }
    Ok(())
}

async fn insert_entries(tx: &mut Transaction, postings: &[Posting<'_>]) -> Result<(), Error> {
    let queries = tx.queries();
    sqlx::query!(
        r#"
        INSERT INTO ledger_entry (asset_id, request_id, attempt, phase, debit, credit, units, at)
        SELECT posted.asset_id, posted.request_id, posted.attempt, posted.phase, posted.debit, posted.credit,
               posted.units::NUMERIC, posted.at
        FROM UNNEST($1::TEXT[], $2::UUID[], $3::INTEGER[], $4::TEXT[], $5::TEXT[], $6::TEXT[], $7::TEXT[],
                    $8::TIMESTAMPTZ[])
            WITH ORDINALITY AS posted (asset_id, request_id, attempt, phase, debit, credit, units, at, number)
        ORDER BY posted.number
        "#,
        &postings.column(Posting::asset),
        &postings.column(|one| Uuid::from_u128(one.taken.request.id.get())),
        &postings.column(|one| signed_small(one.taken.transition.saga.attempt)),
        &postings.column(|one| one.phase.as_str().to_owned()),
        &postings.column(|one| one.debit.clone()),
        &postings.column(|one| one.credit.clone()),
        &postings.column(|one| one.units.clone()),
        &postings.column(|one| one.taken.step.at.to_datetime()),
    )
    .execute(&mut **tx)
    .named("insert_entries", &queries)
    .await
    .map(drop)
}

/// Moves units from one account to another.
async fn post_sums(tx: &mut Transaction, postings: &[Posting<'_>]) -> Result<(), Error> {
    let queries = tx.queries();
    let (assets, units) = (postings.column(Posting::asset), postings.column(|one| one.units.clone()));
    let [debits, credits] = [postings.column(|one| one.debit.clone()), postings.column(|one| one.credit.clone())];
    // Apart from the sums: a row that is proposed must hold the check by itself, before it is found to be there.
    sqlx::query!(
        r#"
        INSERT INTO ledger_account (asset_id, account, debits, credits)
        SELECT DISTINCT named.asset_id, named.account, 0, 0
        FROM UNNEST($1::TEXT[] || $1::TEXT[], $2::TEXT[] || $3::TEXT[]) AS named (asset_id, account)
        ON CONFLICT (asset_id, account) DO NOTHING
        "#,
        &assets,
        &debits,
        &credits,
    )
    .execute(&mut **tx)
    .named("insert_accounts", &queries)
    .await?;
    sqlx::query!(
        r#"
        WITH posted AS (
            SELECT asset_id, debit, credit, units::NUMERIC AS units
            FROM UNNEST($1::TEXT[], $2::TEXT[], $3::TEXT[], $4::TEXT[]) AS posted (asset_id, debit, credit, units)
        ), leg AS (
            SELECT asset_id, debit AS account, units AS debits, 0::NUMERIC AS credits FROM posted
            UNION ALL
            SELECT asset_id, credit, 0, units FROM posted
        ), moved AS (
            SELECT asset_id, account, SUM(debits) AS debits, SUM(credits) AS credits FROM leg GROUP BY 1, 2
        )
        UPDATE ledger_account AS known
        SET debits = known.debits + moved.debits, credits = known.credits + moved.credits
        FROM moved
        WHERE known.asset_id = moved.asset_id AND known.account = moved.account
        "#,
        &assets,
        &debits,
        &credits,
        &units,
    )
    .execute(&mut **tx)
    .named("post_entries", &queries)
    .await
    .map(drop)
}

/// An entry counts for the day on which it is opened.
async fn count_for_the_day(tx: &mut Transaction, postings: &[Posting<'_>]) -> Result<(), Error> {
    let opened: Vec<_> = postings.iter().filter(|one| one.phase == Phase::Pending).collect();
    if opened.is_empty() {
        return Ok(());
    }
    let queries = tx.queries();
    sqlx::query!(
        r#"
        INSERT INTO ledger_day AS known (asset_id, day, moved)
        SELECT opened.asset_id, (opened.at AT TIME ZONE 'UTC')::DATE, SUM(opened.units::NUMERIC)
        FROM UNNEST($1::TEXT[], $2::TIMESTAMPTZ[], $3::TEXT[]) AS opened (asset_id, at, units)
        GROUP BY 1, 2
        ON CONFLICT (asset_id, day) DO UPDATE SET moved = known.moved + excluded.moved
        "#,
        &opened.column(|one| one.asset()),
        &opened.column(|one| one.taken.step.at.to_datetime()),
        &opened.column(|one| one.units.clone()),
    )
    .execute(&mut **tx)
    .named("count_for_the_day", &queries)
    .await
    .map(drop)
}

/// One that is voided has never counted, whichever day it was.
async fn uncount(tx: &mut Transaction, posting: &Posting<'_>) -> Result<(), Error> {
    let queries = tx.queries();
    let Posting { taken, units, .. } = posting;
    sqlx::query!(
        r#"
        UPDATE ledger_day AS known SET moved = known.moved - $4::TEXT::NUMERIC
        FROM ledger_entry AS opened
        WHERE opened.request_id = $2 AND opened.attempt = $3 AND opened.phase = 'pending'
          AND known.asset_id = $1 AND known.day = (opened.at AT TIME ZONE 'UTC')::DATE
        "#,
        taken.request.instruction.asset.as_str(),
        Uuid::from_u128(taken.request.id.get()),
        signed_small(taken.transition.saga.attempt),
        units,
    )
    .execute(&mut **tx)
    .named("uncount", &queries)
    .await
    .map(drop)
}
