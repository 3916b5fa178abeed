//! Settled answers and the rounds that they became.

use async_trait::async_trait;
use causeway_primitives::{FeedId, RoundId};
use causeway_store::{
    Error, Named as _,
    lease::{Leadership, assert_current},
};

use super::{Store, publications::select_publication};
use crate::ports::{RoundRow, Rounds};

#[async_trait]
impl Rounds for Store {
    async fn find_round_by_key(&self, intent_key: &str) -> Result<Option<RoundRow>, Error> {
        select_publication!("WHERE intent_key = $1", intent_key)
            .fetch_optional(self.pool.executor())
            .named("find_round_by_key", self.pool.queries())
            .await?
            .map(RoundRow::try_from)
            .transpose()
    }

    async fn list_unnamed_rounds(&self, feeds: &[FeedId], limit: u32) -> Result<Vec<RoundRow>, Error> {
        let feeds: Vec<String> = feeds.iter().map(ToString::to_string).collect();
        select_publication!(
            "WHERE state = 'confirmed' AND round_id IS NULL AND feed_id = ANY($1) ORDER BY decided_at LIMIT $2",
            &feeds,
            i64::from(limit),
        )
        .fetch_all(self.pool.executor())
        .named("list_unnamed_rounds", self.pool.queries())
        .await?
        .into_iter()
        .map(RoundRow::try_from)
        .collect()
    }

    async fn update_round_id(&self, leadership: &Leadership, intent_key: &str, round: RoundId) -> Result<(), Error> {
        let mut tx = self.pool.begin().await?;
        assert_current(&mut tx, leadership).await?;
        let queries = tx.queries();
        sqlx::query!(
            "UPDATE publication SET round_id = $2::TEXT::NUMERIC WHERE intent_key = $1",
            intent_key,
            round.to_string(),
        )
        .execute(&mut *tx)
        .named("update_round_id", &queries)
        .await?;
        tx.commit().await
    }
}
