//! When numbers of a ramp are missing in a window: the range is read again from another endpoint. Only when that shows
//! them missing too, or nobody else can be asked, is it a hole: recorded, and looked at again later.

use causeway_chain::logs::{Scanner, Window};

use super::collect::{Collected, Collector, Gap, Sequences, check_sequences};
use crate::ports::{Hole, HoleCause};

/// Who reads again, and who decodes it.
#[derive(Debug)]
pub(super) struct Reread<'a> {
    pub(super) scanner: &'a Scanner,
    pub(super) collector: &'a Collector,
}

/// A window that is as whole as it can be had.
#[derive(Debug)]
pub(super) struct Checked {
    pub(super) window: Window,
    pub(super) collected: Collected,
    pub(super) sequences: Sequences,
    gaps: Vec<Gap>,
}

impl Checked {
    fn new(window: Window, collected: Collected, known: &Sequences) -> Self {
        let mut sequences = known.clone();
        let gaps = check_sequences(&collected.events, &mut sequences);
        Self { window, collected, sequences, gaps }
    }

    fn missing(&self) -> u64 {
        self.gaps.iter().map(|gap| gap.last.saturating_sub(gap.first).saturating_add(1)).fold(0, u64::saturating_add)
    }
}

/// The window, or another endpoint's where that has more of it; what is missing in both is a hole.
pub(super) async fn check(reread: &Reread<'_>, window: Window, collected: Collected, known: &Sequences) -> Checked {
    let mut checked = Checked::new(window, collected, known);
    if checked.gaps.is_empty() {
        return checked;
    }
    tracing::warn!(
        endpoint = checked.window.endpoint,
        first = *checked.window.range.start(),
        last = *checked.window.range.end(),
        "an answer leaves out messages that the ramp has counted; another endpoint is asked"
    );
    let other = reread.scanner.reread(checked.window.range.clone(), checked.window.endpoint).await;
    // Of the same chain, or its logs belong to another one than the cursor.
    if let Some(other) = other.ok().filter(|other| other.position == checked.window.position) {
        let collected = reread.collector.collect(&other);
        let other = Checked::new(other, collected, known);
        if other.missing() < checked.missing() {
            checked = other;
        }
    }
    let holes = checked.gaps.iter().map(|gap| Hole {
        chain: reread.collector.chain,
        first_block: gap.not_before,
        last_block: gap.not_after,
        cause: HoleCause::MissingMessages {
            lane: gap.lane.clone(),
            on_ramp: gap.on_ramp,
            first: gap.first,
            last: gap.last,
        },
    });
    checked.collected.holes.extend(holes);
    checked
}
