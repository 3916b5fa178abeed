//! `replay`: stored decisions, computed again.

use causeway_primitives::FeedId;
use causeway_runtime::{CancellationToken, process::Failure};
use causeway_service::{cli::print, database::open_pool};
use causeway_store::audit;

use crate::{
    adapters::store::Store,
    app::record::{self, Replay},
    config::{Config, SERVICE},
    ports::{DecisionRow, Head, Records as _},
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
    let pool = open_pool(&config.base.store, SERVICE, causeway_store::Metrics::default())?;
    let store = Store::new(pool);
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
        // Read before the decisions: what is decided meanwhile comes after it.
        let head = store.find_head(feed).await.map_err(Failure::new)?;
        let mut ends = head.is_none_or(|head| head.sequence <= after);
        let mut last = None;
        loop {
            let rows = store.list_decisions(feed, after, BATCH).await.map_err(Failure::new)?;
            let Some(newest) = rows.last() else { break };
            after = newest.sequence;
            for row in &rows {
                self.seen = self.seen.saturating_add(1);
                match fault(last, row) {
                    None => self.same = self.same.saturating_add(1),
                    Some(fault) => self.wrong(&format!("{feed} #{} ({}): {fault}", row.sequence, row.decided_at)),
                }
                last = Some(Head { sequence: row.sequence, digest: row.digest });
                ends |= last == head;
            }
        }
        if !ends {
            self.wrong(&format!("{feed}: the chain of decisions does not reach its head"));
        }
        Ok(())
    }

    fn wrong(&mut self, line: &str) {
        self.wrong = self.wrong.saturating_add(1);
        print(&format!("{line}\n"));
    }
}

/// What is wrong with a stored decision that stands after `last`.
fn fault(last: Option<Head>, row: &DecisionRow) -> Option<&'static str> {
    // What came before the first one read is not here: unless it is the first of all, it is taken as it is.
    let anchored = last.is_none() && row.sequence > 1;
    let follows = last.is_none_or(|last| last.sequence.checked_add(1) == Some(row.sequence));
    let linked = audit::link(last.map(|last| last.digest), row.record.as_bytes()) == row.digest;
    if !follows || !(anchored || linked) {
        return Some("breaks the hash chain");
    }
    match record::Policy::read(&row.policy).and_then(|policy| record::replay(&row.record, &policy)) {
        Ok((Replay::Same, _)) => None,
        Ok((Replay::Differs, _)) => Some("decides differently"),
        Err(_) => Some("cannot be read"),
    }
}
