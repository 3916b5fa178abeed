//! Reports for people and machines: the rows of a window, the pure report over them, and its two forms, which say the
//! same because one is made of the other.

mod document;
mod markdown;
mod parts;
mod question;

pub use self::{
    document::ReportDocument,
    parts::{
        AccessPart, ActivityPart, AmountPart, ChainPart, CostPart, CountPart, CoveragePart, DayFeesPart, ErrorKindPart,
        ErrorsPart, FeesPart, FindingPart, FormatPart, HourPart, LaneFeesPart, LatencyPart, OpportunityPart,
        OutlierPart, OutliersPart, PartyPart, RoomPart, SecurityPart, SettingPart, VolumePart, WindowPart,
    },
    question::{Policy, report, window},
};
