//! Messages by what people know of them: an id, a transaction, a filter; and what lies behind one.

use async_trait::async_trait;
use causeway_primitives::{B256, ChainId, MessageId, Timestamp};
use causeway_store::{Error, Named as _};

use super::{Store, attempts, history, listing, open_findings, stats, values::signed, views};
use crate::ports::{
    AttemptView, Direction, Filter, FindingView, HistoryStep, LaneStats, MessageView, PageKey, Records,
};

/// Messages of one transaction that are shown: a block holds no more logs than some thousands.
const OF_A_TRANSACTION: i64 = 1_000;

#[async_trait]
impl Records for Store {
    async fn find_message(&self, id: MessageId) -> Result<Option<MessageView>, Error> {
        let key = find_key(self, id).await?;
        Ok(views::list(self, key.as_slice()).await?.pop())
    }

    async fn list_messages_of_transaction(&self, chain: ChainId, tx: B256) -> Result<Vec<MessageView>, Error> {
        let keys = list_keys_of_transaction(self, chain, tx).await?;
        views::list(self, &keys).await
    }

    async fn list_messages(
        &self,
        filter: &Filter,
        from: Option<(PageKey, Direction)>,
        limit: u32,
    ) -> Result<Vec<MessageView>, Error> {
        let keys = listing::list(self, filter, from, limit).await?;
        views::list(self, &keys).await
    }

    async fn list_history(&self, key: u64) -> Result<Vec<HistoryStep>, Error> {
        history::list(self, signed(key)).await
    }

    async fn list_attempts(&self, key: u64) -> Result<Vec<AttemptView>, Error> {
        attempts::list(self, signed(key)).await
    }

    async fn list_lane_stats(&self, from: Timestamp, before: Timestamp) -> Result<Vec<LaneStats>, Error> {
        stats::list(self, from, before).await
    }

    async fn list_findings(&self, limit: u32) -> Result<Vec<FindingView>, Error> {
        open_findings::list(self, limit).await
    }
}

/// One that is on the chain before one that is not, then the newest.
async fn find_key(store: &Store, id: MessageId) -> Result<Option<i64>, Error> {
    let id = id.get();
    sqlx::query_scalar!(
        r#"
        SELECT message AS "message!"
        FROM (
            SELECT message, at, 0 AS rank FROM sent WHERE message_id = $1 AND unwinding IS NULL AND NOT repeated
            UNION ALL
            SELECT message, at, 1 FROM sent WHERE message_id = $1 AND unwinding IS NOT NULL
        ) AS found
        ORDER BY rank, at DESC LIMIT 1
        "#,
        id.as_slice(),
    )
    .fetch_optional(store.pool.executor())
    .named("find_message_by_id", store.pool.queries())
    .await
}

async fn list_keys_of_transaction(store: &Store, chain: ChainId, tx: B256) -> Result<Vec<i64>, Error> {
    sqlx::query_scalar!(
        r#"
        SELECT message AS "message!"
        FROM (
            SELECT message, log_index FROM sent WHERE tx = $1 AND chain = $2 AND unwinding IS NULL AND NOT repeated
            UNION ALL
            SELECT message, log_index FROM attempt
            WHERE tx = $1 AND chain = $2 AND unwinding IS NULL AND message IS NOT NULL
        ) AS found
        GROUP BY message ORDER BY min(log_index) LIMIT $3
        "#,
        tx.as_slice(),
        signed(chain.get()),
        OF_A_TRANSACTION,
    )
    .fetch_all(store.pool.executor())
    .named("list_keys_of_transaction", store.pool.queries())
    .await
}
