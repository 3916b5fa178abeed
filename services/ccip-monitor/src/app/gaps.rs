//! When numbers of a ramp are missing in a window: the range is read again from another endpoint. Only when that shows
//! them missing too, or nobody else can be asked, is it a hole: recorded, said, and looked at again by the audit.

use causeway_chain::logs::{Scanner, Window};

use super::collect::{Collected, Collector, Gap, Sequences, check_sequences};
use crate::{
    domain::finding::{Finding, Kind},
    ports::{Hole, HoleCause},
};

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
}

pub(super) async fn check(reread: &Reread<'_>, window: Window, collected: Collected, known: &Sequences) -> Checked {
    let mut sequences = known.clone();
    let (gaps, repeated) = check_sequences(&collected.events, &mut sequences);
    let mut checked = Checked { window, collected, sequences };
    if !gaps.is_empty() {
        tracing::warn!(
            endpoint = checked.window.endpoint,
            first = *checked.window.range.start(),
            last = *checked.window.range.end(),
            "an answer leaves out messages that the ramp has counted; another endpoint is asked"
        );
        let other = reread.scanner.reread(checked.window.range.clone(), checked.window.endpoint).await;
        // The same chain, or its logs belong to another one than the cursor.
        let other = other.ok().filter(|other| other.position == checked.window.position);
        if let Some(other) = other {
            let collected = reread.collector.collect(&other);
            let mut sequences = known.clone();
            let (still, _) = check_sequences(&collected.events, &mut sequences);
            if missing(&still) < missing(&gaps) {
                let whole = still.is_empty();
                checked = Checked { window: other, collected, sequences };
                if whole {
                    return checked;
                }
            }
        }
    }
    let mut sequences = known.clone();
    let (gaps, _) = check_sequences(&checked.collected.events, &mut sequences);
    for gap in &gaps {
        record_gap(&mut checked, gap);
    }
    for (lane, on_ramp, number) in repeated {
        checked.collected.findings.push(Finding {
            kind: Kind::SequenceRepeated,
            chain: reread.collector.chain,
            lane: Some(lane.clone()),
            message: None,
            subject: format!("{lane}:{on_ramp}:{number}"),
            detail: format!("{on_ramp} gave number {number} to a second message"),
            place: None,
        });
    }
    checked
}

fn missing(gaps: &[Gap]) -> u64 {
    gaps.iter().map(|gap| gap.last.saturating_sub(gap.first).saturating_add(1)).fold(0, u64::saturating_add)
}

fn record_gap(checked: &mut Checked, gap: &Gap) {
    let (first_block, last_block) = checked.window.range.clone().into_inner();
    let chain = checked.collected.events.first().map(|located| located.place.chain);
    let Some(chain) = chain else { return };
    checked.collected.holes.push(Hole {
        chain,
        first_block,
        last_block,
        cause: HoleCause::MissingMessages {
            lane: gap.lane.clone(),
            on_ramp: gap.on_ramp,
            first: gap.first,
            last: gap.last,
        },
    });
    checked.collected.findings.push(Finding {
        kind: Kind::SequenceGap,
        chain,
        lane: Some(gap.lane.clone()),
        message: None,
        subject: format!("{}:{}:{}-{}", gap.lane, gap.on_ramp, gap.first, gap.last),
        detail: format!(
            "messages {} to {} of {} are missing in blocks {first_block} to {last_block}",
            gap.first, gap.last, gap.on_ramp
        ),
        place: None,
    });
}
