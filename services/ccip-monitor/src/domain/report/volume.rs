//! How much, how well, how fast (CCIP-12): counts by status, rates over what has ended, exact latencies, outliers.

use std::time::Duration;

use causeway_primitives::{Ppm, U256};

use super::rows::{Latency, Rows, Slow, Volume};
use crate::domain::message::Status;

/// Messages sent in the window, of a lane or of all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaneVolume {
    /// The lane; `None`: all together.
    pub lane: Option<String>,
    /// Sent in the window: the cohort.
    pub sent: u64,
    /// Of these: executed.
    pub executed: u64,
    /// Of these: failed.
    pub failed: u64,
    /// Of these: expired.
    pub expired: u64,
    /// Of these: on their way. In no rate.
    pub pending: u64,
    /// Executed + failed + expired: what the success rate is of.
    pub ended: u64,
    /// Executed of ended; `None` when nothing has ended.
    pub success: Option<Ppm>,
    /// Of the executed ones; `None` without one.
    pub latency: Option<Latency>,
    /// Those that took far longer than the others.
    pub outliers: Outliers,
}

/// Messages that took far longer than the others of their lane: beyond the third quartile by more than three times the
/// distance between the quartiles (Tukey's outer fence).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outliers {
    /// Longer than this; `None` without a latency.
    pub fence: Option<Duration>,
    /// Slowest first.
    pub messages: Vec<Slow>,
    /// True when there may be more than are listed.
    pub at_least: bool,
}

/// Quartile distances beyond the third quartile.
const FENCE: u32 = 3;

/// So many slow messages of a lane are read: when all of them are outliers, there may be more.
const READ: usize = 20;

pub(super) fn volumes(rows: &Rows) -> Vec<LaneVolume> {
    let mut volumes: Vec<_> = rows.volumes.iter().map(|volume| lane(volume, &rows.slowest)).collect();
    volumes.sort_by(|a, b| a.lane.cmp(&b.lane));
    volumes
}

fn lane(volume: &Volume, slowest: &[Slow]) -> LaneVolume {
    let of = |wanted: Status| {
        let counts = volume.by_status.iter().filter(|(status, _)| *status == wanted).map(|(_, count)| *count);
        counts.fold(0_u64, u64::saturating_add)
    };
    let (executed, failed, expired) = (of(Status::Executed), of(Status::Failed), of(Status::Expired));
    let ended = executed.saturating_add(failed).saturating_add(expired);
    LaneVolume {
        lane: volume.lane.clone(),
        sent: volume.sent,
        executed,
        failed,
        expired,
        pending: volume.sent.saturating_sub(ended),
        ended,
        success: (ended > 0).then(|| Ppm::of(U256::from(executed), U256::from(ended))),
        latency: volume.latency,
        outliers: outliers(volume, slowest),
    }
}

/// Of a lane. All lanes together have none of their own: what is slow for one is usual for another.
fn outliers(volume: &Volume, slowest: &[Slow]) -> Outliers {
    let (Some(lane), Some(latency)) = (&volume.lane, volume.latency) else { return Outliers::default() };
    let distance = latency.p75.saturating_sub(latency.p25);
    let fence = latency.p75.saturating_add(distance.saturating_mul(FENCE));
    let mut messages: Vec<_> =
        slowest.iter().filter(|slow| slow.lane == *lane && slow.latency > fence).cloned().collect();
    messages.sort_by(|a, b| b.latency.cmp(&a.latency).then_with(|| a.message.cmp(&b.message)));
    let at_least = messages.len() >= READ;
    Outliers { fence: Some(fence), messages, at_least }
}

#[cfg(test)]
mod tests {
    use causeway_primitives::{B256, MessageId, Timestamp};

    use super::*;

    fn seconds(number: u64) -> Duration {
        Duration::from_secs(number)
    }

    fn latency() -> Latency {
        Latency {
            messages: 7,
            mean: seconds(12),
            p25: seconds(10),
            p50: seconds(11),
            p75: seconds(12),
            p95: seconds(15),
            p99: seconds(40),
            longest: seconds(90),
            backwards: 0,
        }
    }

    fn slow(number: u8, taken: u64) -> Slow {
        Slow {
            lane: "a".to_owned(),
            message: MessageId::new(B256::repeat_byte(number)),
            sent_at: Timestamp::EPOCH,
            latency: seconds(taken),
        }
    }

    fn volume() -> Volume {
        Volume {
            lane: Some("a".to_owned()),
            sent: 12,
            by_status: vec![(Status::Executed, 7), (Status::Failed, 1), (Status::Sent, 2), (Status::Delivered, 2)],
            latency: Some(latency()),
        }
    }

    #[test]
    fn ccip_12_a_rate_is_of_what_has_ended_and_what_is_pending_is_said() {
        let rows = Rows { volumes: vec![volume()], ..Rows::default() };
        let [found] = volumes(&rows).try_into().unwrap();
        assert_eq!((found.sent, found.ended, found.pending), (12, 8, 4));
        assert_eq!(found.success, Some(Ppm::new(875_000)));
        let young = Volume { by_status: vec![(Status::Sent, 12)], latency: None, ..volume() };
        let [found] = volumes(&Rows { volumes: vec![young], ..Rows::default() }).try_into().unwrap();
        assert_eq!((found.success, found.pending), (None, 12), "nothing has ended: no rate, and not zero");
    }

    #[test]
    fn ccip_12_an_outlier_is_far_beyond_the_quartiles_of_its_lane() {
        let elsewhere = Slow { lane: "b".to_owned(), ..slow(9, 500) };
        let slowest = vec![slow(1, 18), slow(2, 19), slow(3, 90), elsewhere];
        let rows = Rows { volumes: vec![volume()], slowest, ..Rows::default() };
        let [found] = volumes(&rows).try_into().unwrap();
        assert_eq!(found.outliers.fence, Some(seconds(18)));
        assert_eq!(found.outliers.messages, [slow(3, 90), slow(2, 19)]);
        assert!(!found.outliers.at_least);
        let many = (0..20).map(|number| slow(number, 60)).collect();
        let rows = Rows { volumes: vec![volume()], slowest: many, ..Rows::default() };
        assert!(volumes(&rows)[0].outliers.at_least);
    }
}
