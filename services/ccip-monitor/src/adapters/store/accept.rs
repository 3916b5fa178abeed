//! Findings that a person takes as they are.

use causeway_store::{Error, Named as _};

use super::{
    Store, events,
    values::signed,
    work::{Order, Work},
};
use crate::ports::{Accepted, Pace, Which};

/// Closes them and tells who did, in one transaction. What is closed already stays as it is.
pub(super) async fn run(store: &Store, accepted: &Accepted) -> Result<u64, Error> {
    let mut work = Work::begin(store, None, Order::Onward, Pace::Live).await?;
    let (number, kind) = match accepted.which {
        Which::One(number) => (Some(signed(number)), None),
        Which::Kind(kind) => (None, Some(kind.as_str())),
    };
    let queries = work.tx.queries();
    let closed = sqlx::query!(
        r#"
        UPDATE finding SET closed_at = now(), closing = 'accepted'
        WHERE closed_at IS NULL AND (finding = $1 OR kind = $2)
        "#,
        number,
        kind,
    )
    .execute(&mut *work.tx)
    .named("accept_findings", &queries)
    .await?
    .rows_affected();
    if closed > 0 {
        events::insert(&mut work, &[events::accepted(accepted, closed)]).await?;
    }
    work.commit().await?;
    Ok(closed)
}
