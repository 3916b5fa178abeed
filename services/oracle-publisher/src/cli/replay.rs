//! `replay`: stored decisions, computed again.

use causeway_primitives::FeedId;
use causeway_runtime::{CancellationToken, process::Failure};
use causeway_store::audit;
use tokio::sync::watch;

use super::output::print;
use crate::{
    adapters::store::Store,
    app::record::{self, Replay},
    config::Config,
    ports::Records as _,
    serve,
};

/// Decisions of one query.
const BATCH: u32 = 500;

/// What to replay.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Only this feed; all configured feeds when absent
    #[arg(long)]
    feed: Option<FeedId>,
    /// Only decisions after this sequence number
    #[arg(long, default_value_t = 0)]
    after: u64,
}

/// Something does not hold; the lines above say what.
#[derive(Debug, thiserror::Error)]
#[error("{0} stored decisions do not hold")]
struct Differs(u64);

pub(super) async fn run(config: &Config, arguments: &Arguments, token: CancellationToken) -> Result<(), Failure> {
    let pool = serve::open_pool(config, causeway_store::Metrics::default())?;
    let (_leads, leadership) = watch::channel(None);
    let store = Store::new(pool, leadership);
    let feeds: Vec<FeedId> = match &arguments.feed {
        Some(feed) => vec![feed.clone()],
        None => config.feeds.feeds.keys().cloned().collect(),
    };
    let mut wrong = 0_u64;
    for feed in feeds {
        let mut tally = Tally::default();
        if token.run_until_cancelled(tally.feed(&store, &feed, arguments.after)).await.transpose()?.is_none() {
            return Ok(());
        }
        print(&format!("{feed}: {} decisions, {} the same, {} differ\n", tally.seen, tally.same, tally.wrong));
        wrong = wrong.saturating_add(tally.wrong);
    }
    if wrong == 0 { Ok(()) } else { Err(Failure::new(Differs(wrong))) }
}

#[derive(Debug, Default)]
struct Tally {
    seen: u64,
    same: u64,
    wrong: u64,
}

impl Tally {
    async fn feed(&mut self, store: &Store, feed: &FeedId, mut after: u64) -> Result<(), Failure> {
        let mut link = None;
        loop {
            let rows = store.list_decisions(feed, after, BATCH).await.map_err(Failure::new)?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = last.sequence;
            for row in &rows {
                self.seen = self.seen.saturating_add(1);
                // The first one seen is the anchor: what came before it is not here.
                let linked = link.is_none_or(|link| audit::link(Some(link), row.record.as_bytes()) == row.digest);
                let policy = record::Policy::read(&row.policy).map_err(Failure::new)?;
                let (outcome, _) = record::replay(&row.record, &policy).map_err(Failure::new)?;
                if linked && outcome == Replay::Same {
                    self.same = self.same.saturating_add(1);
                } else {
                    self.wrong = self.wrong.saturating_add(1);
                    let what = if linked { "decides differently" } else { "breaks the hash chain" };
                    print(&format!("{feed} #{} ({}): {what}\n", row.sequence, row.decided_at));
                }
                link = Some(row.digest);
            }
        }
    }
}
