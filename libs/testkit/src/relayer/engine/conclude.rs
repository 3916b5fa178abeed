//! What follows from a receipt: rows, all of them or none, and then word to the guard.

use alloy::{
    consensus::{Transaction as _, TxEnvelope},
    eips::eip2718::Decodable2718 as _,
    hex,
    sol_types::{SolCall as _, SolError as _},
};
use sqlx::{PgConnection, postgres::PgRow};

use super::{
    Engine, Standing,
    operate::{Kind, Transaction},
    reports::{self, Ended},
    rows::{self, bigint},
    settle::{Shown, Verified},
};
use crate::{
    bridge::{At, End, Receipt, Settlement},
    relayer::Error,
};

/// Since the deposit, the burn or the batch that a transaction serves came to be, in milliseconds. Block time may be
/// ahead of ours; nothing is younger than zero.
const DEPOSIT_AGE: &str = "SELECT GREATEST(0, EXTRACT(EPOCH FROM now() - block_time) * 1000)::bigint AS age
     FROM deposit_confirmed WHERE deposit_id = $1";
const BURN_AGE: &str = "SELECT GREATEST(0, EXTRACT(EPOCH FROM now() - block_time) * 1000)::bigint AS age
     FROM burn_confirmed WHERE burn_id = $1";

impl Engine {
    pub(super) async fn conclude(&self, of: &Transaction, standing: Standing, receipt: &Receipt) -> Result<(), Error> {
        let words = self.refusal(of, standing, receipt).await?;
        let is_of_the_proof = words.as_ref().is_none_or(|words| words.contains(&invalid_proof()));
        let mut transaction = self.pool.begin().await.map_err(Error::sql("begin"))?;
        let row = ended(&mut transaction, of, (standing, words), receipt).await?;
        let mut verified = None;
        match of.kind {
            Kind::Anchor => anchored(&mut transaction, of, standing, receipt).await?,
            Kind::Claim if is_of_the_proof => {
                verified = Some(self.claimed(&mut transaction, of, standing, receipt).await?);
            }
            Kind::Claim | Kind::Mint | Kind::Release | Kind::Rescue | Kind::Transfer => {}
        }
        let age_millis = age(&mut transaction, of).await?;
        transaction.commit().await.map_err(Error::sql("note an end"))?;

        let chain_id = self.bridge.endpoint(of.end).chain_id();
        let ended = Ended {
            of,
            chain_id,
            asset: &self.settings.asset,
            standing,
            gas_used: receipt.gas_used,
            lease: (rows::number(&row, "epoch")?, rows::number(&row, "lease_sequence")?),
            proof_nanos: verified.map(Verified::nanos),
            age_millis,
        };
        for operation in reports::transaction(&ended) {
            self.clearance.report(operation);
        }
        if standing == Standing::Reverted && matches!(verified, Some(Verified::Valid { .. })) {
            self.clearance.report_violation(reports::proof_rejected(of, chain_id));
        }
        Ok(())
    }

    /// Why a transaction reverted, in the node's words when it is called again on the block before.
    async fn refusal(&self, of: &Transaction, standing: Standing, receipt: &Receipt) -> Result<Option<String>, Error> {
        match standing {
            Standing::Confirmed => Ok(None),
            Standing::Reverted => {
                let envelope = TxEnvelope::decode_2718(&mut of.raw.as_ref()).map_err(|_| Error::Row("raw"))?;
                let (to, before) = (envelope.to().unwrap_or_default(), receipt.block_number.saturating_sub(1));
                let endpoint = self.bridge.endpoint(of.end);
                let words = endpoint.refusal(self.account(), to, envelope.input(), At::Block(before)).await?;
                let words = words.unwrap_or_else(|| "it does not revert when it is called again".to_owned());
                Ok(Some(rows::storable(&words)))
            }
        }
    }

    /// The proof as the contract saw it: read from the signed bytes, not from what we would show today.
    async fn claimed(
        &self,
        to: &mut PgConnection,
        of: &Transaction,
        standing: Standing,
        receipt: &Receipt,
    ) -> Result<Verified, Error> {
        let envelope = TxEnvelope::decode_2718(&mut of.raw.as_ref()).map_err(|_| Error::Row("raw"))?;
        let call = Settlement::claimCall::abi_decode(envelope.input()).map_err(|_| Error::Row("raw"))?;
        let shown = Shown::of(&self.bridge, of.end, &call)?;
        let verified = shown.store(to, of.hash, standing, receipt).await?;
        shown.settle_batch(to).await?;
        Ok(verified)
    }
}

/// The transaction's own row; gives the lease back that it was done under, 0 and 0 for none.
async fn ended(
    to: &mut PgConnection,
    of: &Transaction,
    (standing, words): (Standing, Option<String>),
    receipt: &Receipt,
) -> Result<PgRow, Error> {
    sqlx::query(
        "UPDATE relayer_operations SET status = $2, gas_used = $3, block_number = $4, block_hash = $5,
             error = $6, finished_at = now() WHERE operation_id = $1
         RETURNING COALESCE(epoch, 0) AS epoch, COALESCE(lease_sequence, 0) AS lease_sequence",
    )
    .bind(of.id)
    .bind(standing.as_str())
    .bind(bigint(receipt.gas_used)?)
    .bind(bigint(receipt.block_number)?)
    .bind(receipt.block_hash.as_slice())
    .bind(words)
    .fetch_one(to)
    .await
    .map_err(Error::sql("note an end"))
}

async fn anchored(to: &mut PgConnection, of: &Transaction, standing: Standing, receipt: &Receipt) -> Result<(), Error> {
    let status = match standing {
        Standing::Confirmed => "anchored",
        Standing::Reverted => "failed",
    };
    sqlx::query(
        "UPDATE settlement_batch SET status = $2, anchored_at = now(), anchor_tx_hash = $3, anchor_block = $4
         WHERE batch_number = $1 AND status = 'created'",
    )
    .bind(of.batch.map(bigint).transpose()?)
    .bind(status)
    .bind(of.hash.as_slice())
    .bind(bigint(receipt.block_number)?)
    .execute(to)
    .await
    .map_err(Error::sql("note an anchor"))
    .map(drop)
}

/// How long what was claimed had been on its way; absent for anything else, and for what no row stands behind.
async fn age(to: &mut PgConnection, of: &Transaction) -> Result<Option<u64>, Error> {
    let (Kind::Claim, Some(message)) = (of.kind, of.message) else {
        return Ok(None);
    };
    let sql = match of.end {
        End::Destination => DEPOSIT_AGE,
        End::Source => BURN_AGE,
    };
    let row = sqlx::query(sql).bind(message.as_slice()).fetch_optional(to).await;
    row.map_err(Error::sql("read an age"))?.map(|row| rows::number(&row, "age")).transpose()
}

/// How a node's words name the settlement's own refusal of a proof.
fn invalid_proof() -> String {
    hex::encode(Settlement::InvalidProof::SELECTOR)
}
