//! The report as data. One-to-one: nothing is computed here.

use std::time::Duration;

use causeway_primitives::{ChainId, Decimal, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use super::parts::{
    AccessPart, ActivityPart, AmountPart, ChainPart, CostPart, CountPart, CoveragePart, DayFeesPart, ErrorKindPart,
    ErrorsPart, FeesPart, FindingPart, FormatPart, HourPart, LaneFeesPart, LatencyPart, OpportunityPart, OutlierPart,
    OutliersPart, PartyPart, RoomPart, SecurityPart, SettingPart, VolumePart, WindowPart,
};
use crate::domain::report::{
    Access, Count, Coverage, DayFees, End, ErrorKind, Errors, Format, LaneFees, LaneVolume, Latency, Opportunity,
    Outliers, Party, Report, Room, Security, Seen, SettingRow, Slow, Throughput, Trend, Way,
};

/// What room is measured against.
const ROOM_BASIS: &str = "the highest hour of the lane in the year up to the window's end; CCIP limits value in a time, \
                          not messages, so there is no limit in messages to read";
/// What the saving of a batch rests on.
const BATCH_ASSUMPTION: &str = "an upper bound: each message that follows another of its sender to its receiver within \
                                60 s travels with it, and saves at most the smallest fee seen on the lane";
/// What the saving of packing rests on.
const PACK_ASSUMPTION: &str = "zeros in the data can be left out, all data is like the data that was looked at, and fees \
                               grow with length as they did over the messages looked at (least squares)";

/// Everything that a window says.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportDocument {
    /// Which window.
    pub window: WindowPart,
    /// Whether it is all there.
    pub coverage: CoveragePart,
    /// All lanes together first, then each by name.
    pub volume: Vec<VolumePart>,
    /// What was paid.
    pub fees: FeesPart,
    /// What failed.
    pub errors: ErrorsPart,
    /// Messages over time.
    pub activity: ActivityPart,
    /// The security review.
    pub security: SecurityPart,
    /// The cost review.
    pub cost: CostPart,
}

impl From<&Report> for ReportDocument {
    fn from(report: &Report) -> Self {
        Self {
            window: WindowPart { from: report.window.from().to_string(), until: report.window.before().to_string() },
            coverage: coverage(&report.coverage),
            volume: report.volumes.iter().map(volume).collect(),
            fees: FeesPart {
                lanes: report.fees.iter().map(lane_fees).collect(),
                days: report.fee_days.iter().map(day_fees).collect(),
            },
            errors: errors(&report.errors),
            activity: activity(&report.throughput),
            security: security(&report.security),
            cost: CostPart { opportunities: report.opportunities.iter().map(opportunity).collect() },
        }
    }
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

/// `0x` and small digits.
fn hex_text(value: impl AsRef<[u8]>) -> String {
    format!("0x{}", hex::encode(value))
}

fn coverage(coverage: &Coverage) -> CoveragePart {
    let chain = |(chain, block, time): &(ChainId, u64, Timestamp)| ChainPart {
        chain_id: chain.get(),
        block_number: *block,
        timestamp: time.to_string(),
    };
    CoveragePart {
        whole: coverage.is_whole(),
        read: coverage.read.iter().map(chain).collect(),
        behind: coverage.behind.iter().map(chain).collect(),
        open_holes: coverage.open_holes,
    }
}

fn volume(volume: &LaneVolume) -> VolumePart {
    VolumePart {
        lane: volume.lane.clone(),
        sent: volume.sent,
        executed: volume.executed,
        failed: volume.failed,
        expired: volume.expired,
        pending: volume.pending,
        ended: volume.ended,
        success_rate_percent: volume.success.map(|rate| rate.to_string()),
        latency: volume.latency.as_ref().map(latency),
        outliers: outliers(&volume.outliers),
    }
}

fn latency(latency: &Latency) -> LatencyPart {
    LatencyPart {
        messages: latency.messages,
        mean_ms: millis(latency.mean),
        p50_ms: millis(latency.p50),
        p95_ms: millis(latency.p95),
        p99_ms: millis(latency.p99),
        longest_ms: millis(latency.longest),
        backwards: latency.backwards,
    }
}

fn outliers(outliers: &Outliers) -> OutliersPart {
    let message = |slow: &Slow| OutlierPart {
        message_id: slow.message.to_string(),
        sent_at: slow.sent_at.to_string(),
        latency_ms: millis(slow.latency),
    };
    OutliersPart {
        beyond_ms: outliers.fence.map(millis),
        messages: outliers.messages.iter().map(message).collect(),
        at_least: outliers.at_least,
    }
}

fn lane_fees(fees: &LaneFees) -> LaneFeesPart {
    let (trend, percent) = match fees.trend {
        Trend::Unknown => ("unknown", None),
        Trend::Flat => ("flat", None),
        Trend::Up(share) => ("up", Some(share)),
        Trend::Down(share) => ("down", Some(share)),
    };
    LaneFeesPart {
        lane: fees.lane.clone(),
        chain_id: fees.chain.map(ChainId::get),
        token: hex_text(fees.token),
        messages: fees.messages,
        total: fees.total.to_string(),
        per_message: fees.mean.to_string(),
        per_message_before: fees.mean_before.map(|mean| mean.to_string()),
        trend,
        trend_percent: percent.map(|share| share.to_string()),
        data_bytes: fees.data_bytes,
    }
}

fn day_fees(fees: &DayFees) -> DayFeesPart {
    DayFeesPart {
        day: fees.day.to_string(),
        chain_id: fees.chain.map(ChainId::get),
        token: hex_text(fees.token),
        messages: fees.messages,
        total: fees.total.to_string(),
    }
}

fn errors(errors: &Errors) -> ErrorsPart {
    let kind = |kind: &ErrorKind| ErrorKindPart {
        lane: kind.lane.clone(),
        kind: kind.cause.kind,
        reason: kind.cause.name.clone(),
        words: kind.cause.words.clone(),
        attempts: kind.attempts,
        share_percent: kind.share.to_string(),
        last_at: kind.last_at.to_string(),
        example: kind.example.to_string(),
    };
    ErrorsPart { attempts: errors.attempts, kinds: errors.kinds.iter().map(kind).collect(), unlisted: errors.unlisted }
}

fn count(count: &Count) -> CountPart {
    CountPart { start: count.start.to_string(), sent: count.sent, executed: count.executed }
}

fn activity(activity: &Throughput) -> ActivityPart {
    let room = |room: &Room| RoomPart {
        lane: room.lane.clone(),
        busiest: count(&room.busiest),
        highest: count(&room.highest),
        headroom_percent: room.headroom.to_string(),
    };
    let mean = Decimal::from_i128_with_scale(i128::from(activity.mean_per_hour_milli), 3);
    ActivityPart {
        mean_per_hour: mean.normalize().to_string(),
        days: activity.days.iter().map(count).collect(),
        peak_hours: activity.peak_hours.iter().map(|(hour, sent)| HourPart { hour: *hour, sent: *sent }).collect(),
        room_basis: ROOM_BASIS,
        room: activity.room.iter().map(room).collect(),
    }
}

fn security(security: &Security) -> SecurityPart {
    SecurityPart {
        access: security.access.iter().map(access).collect(),
        settings: security.settings.iter().map(setting).collect(),
        findings: security.findings.iter().map(finding).collect(),
        formats: security.formats.iter().map(format_part).collect(),
    }
}

fn access(access: &Access) -> AccessPart {
    let party = |party: &Party| PartyPart {
        account: hex_text(&party.account),
        messages: party.messages,
        first_seen: party.first_seen.to_string(),
    };
    AccessPart {
        lane: access.lane.clone(),
        end: match access.end {
            End::Sender => "sender",
            End::Receiver => "receiver",
        },
        allowed: access.allowed,
        seen: access.seen,
        not_allowed: access.refused.iter().map(party).collect(),
        new: access.new.iter().map(party).collect(),
    }
}

fn setting(row: &SettingRow) -> SettingPart {
    SettingPart {
        at: row.at.to_string(),
        chain_id: row.chain.get(),
        block_number: row.block,
        tx_hash: row.tx.to_string(),
        contract: hex_text(row.contract),
        kind: row.kind.clone(),
        subject: hex_text(&row.subject),
    }
}

const fn finding(seen: &Seen) -> FindingPart {
    FindingPart { kind: seen.kind.as_str(), concern: seen.concern.as_str(), seen: seen.seen, open: seen.open }
}

fn format_part(format: &Format) -> FormatPart {
    FormatPart {
        lane: format.lane.clone(),
        messages: format.messages,
        id_verified: format.verified,
        id_mismatched: format.mismatched,
        id_not_derivable: format.not_derivable,
        id_derived: format.derived,
        receivers_not_evm: format.receivers_not_evm,
        data_p50_bytes: format.data_p50,
        data_p95_bytes: format.data_p95,
        data_longest_bytes: format.data_longest,
    }
}

fn opportunity(found: &Opportunity) -> OpportunityPart {
    let (way, observation, assumption) = match &found.way {
        Way::Batch { messages, pairs } => {
            let seen = format!("{messages} messages followed another one closely, between {pairs} pairs of accounts");
            ("batch", seen, BATCH_ASSUMPTION)
        }
        Way::Pack { zeros, looked_at, bytes } => {
            let seen = format!("{zeros} % of the data of {looked_at} messages is zeros: about {bytes} bytes in all");
            ("pack", seen, PACK_ASSUMPTION)
        }
    };
    let token = hex_text(found.token);
    let saving = found.saving.map(|amount| AmountPart { token, amount: amount.to_string() });
    OpportunityPart { lane: found.lane.clone(), way, observation, saving, assumption }
}
