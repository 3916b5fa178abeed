//! What is counted by numbers: the nonces of accounts, and the messages of contracts.

use causeway_store::Named as _;
use sqlx::postgres::PgRow;

use super::{
    Count, Counter, Error, Side,
    parts::{NOTHING, Reading, Watermarks, rows, stored},
    row::{address, maybe_number, number},
};
use crate::domain::evidence::{AccountRow, MessageRow};

impl Reading<'_> {
    pub(super) async fn accounts(&mut self) -> Result<Vec<AccountRow>, Error> {
        let mut accounts = Vec::new();
        for row in rows!(self, "read_accounts", self.statements.accounts) {
            let id = number(&row, "chain_id")?;
            let Some(chain) = self.chain(id) else { continue };
            let (address, next) = (address(&row, "account")?, number(&row, "next")?);
            let gaps = rows!(self, "read_gaps", self.statements.gaps, stored(id), address.to_vec(), stored(next));
            let gap = |row: &PgRow| Ok((number(row, "slot")?, number(row, "age")?));
            let gaps: Result<_, Error> = gaps.iter().map(gap).collect();
            accounts.push(AccountRow { chain, address, next, gaps: gaps? });
        }
        Ok(accounts)
    }

    /// Those of new blocks go on where the contract's own counter was at the checkpoint; so a number that is missing or twice
    /// among them shows, and one that was slipped into an old block shows when everything is counted anew.
    pub(super) async fn messages(&mut self, marks: &Watermarks, count: Count) -> Result<Vec<MessageRow>, Error> {
        let mut messages = Vec::new();
        for Counter { chain, contract, first, side } in &self.scope.counters {
            let Some(mark) = marks.get(chain) else { continue };
            let statement = match side {
                Side::Home => &self.statements.home_numbers,
                Side::Remote => &self.statements.remote_numbers,
            };
            let id = stored(self.chain_id(chain));
            let known = self.since.counters.get(&(chain.clone(), *contract)).copied();
            let (above, first) = self.from(chain, mark.height, known, count).unwrap_or((NOTHING, *first));
            let rows = rows!(self, "count_messages", statement, id, above, stored(mark.height));
            let row = rows.first().ok_or(Error::Garbage { column: "highest" })?;
            messages.push(MessageRow {
                chain: chain.clone(),
                contract: *contract,
                first,
                highest: maybe_number(row, "highest")?,
                distinct: number(row, "different")?,
                rows: number(row, "total")?,
            });
        }
        Ok(messages)
    }
}
