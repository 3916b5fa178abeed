//! The settings of ramps and verifiers.

use alloy::{
    primitives::{B256, b256},
    sol_types::SolEvent,
};

use super::abi;
use crate::{
    adapters::dialects::settings::{Peer, Setting, Subject, at, inside},
    domain::event::ChangeKind,
};

/// Topics of settings whose types are long and of which only the hash, or one field, is kept; a test compares them with
/// the published ones.
mod topic {
    use super::{B256, b256};

    pub(super) const ON_RAMP_CONFIG_SET: B256 =
        b256!("0x0a7df5db91fe3762aa97fa5fb05e9c7adfb1fb97fa4c95ec9cfc0d755e6ef85c");
    pub(super) const DEST_CHAIN_CONFIG_SET: B256 =
        b256!("0x99415f1fd5d7f97dec3730fd98d0161792f21251c2e963782304b609b288cb26");
    pub(super) const VERIFIER_CONFIG_SET: B256 =
        b256!("0x781b4fc361184bd997c249fbc855854e7d6daf1c72a585b5598c778e23dc35cd");
}

const fn configured(event: &'static str, topic: B256) -> Setting {
    let kind = ChangeKind::ContractConfigured;
    Setting { event, topic, topics: 1, kind, peer: Peer::None, subject: Subject::Digest }
}

const fn lane_configured(event: &'static str, topic: B256) -> Setting {
    let kind = ChangeKind::ContractConfigured;
    Setting { event, topic, topics: 2, kind, peer: Peer::Topic, subject: Subject::Digest }
}

/// The on-ramp's.
pub(super) const ON_RAMP: &[Setting] = &[
    configured("ConfigSet", topic::ON_RAMP_CONFIG_SET),
    Setting {
        event: "DestChainConfigSet",
        topic: topic::DEST_CHAIN_CONFIG_SET,
        topics: 2,
        kind: ChangeKind::DestinationConfigured,
        peer: Peer::Topic,
        // The router: zero pauses the lane.
        subject: Subject::Account(inside(1, 1)),
    },
];

/// The off-ramp's.
pub(super) const OFF_RAMP: &[Setting] = &[Setting {
    event: "SourceChainConfigSet",
    topic: abi::SourceChainConfigSet::SIGNATURE_HASH,
    topics: 2,
    kind: ChangeKind::SourceConfigured,
    peer: Peer::Topic,
    // The on-ramps: whoever sets them decides whose messages are believed.
    subject: Subject::EachRemote(inside(0, 3)),
}];

/// A verifier's. Its lists have the names of 1.6 and other types: one sender for each event.
pub(super) const VERIFIER: &[Setting] = &[
    configured("ConfigSet", topic::VERIFIER_CONFIG_SET),
    lane_configured("AllowListStateChanged", abi::AllowListStateChanged::SIGNATURE_HASH),
    lane_configured("SignatureConfigSet", abi::SignatureConfigSet::SIGNATURE_HASH),
    lane_configured("RemoteChainConfigSet", abi::RemoteChainConfigSet::SIGNATURE_HASH),
    Setting {
        event: "AllowListSendersAdded",
        topic: abi::AllowListSendersAdded::SIGNATURE_HASH,
        topics: 2,
        kind: ChangeKind::SendersAllowed,
        peer: Peer::Topic,
        subject: Subject::Account(at(0)),
    },
    Setting {
        event: "AllowListSendersRemoved",
        topic: abi::AllowListSendersRemoved::SIGNATURE_HASH,
        topics: 2,
        kind: ChangeKind::SendersDisallowed,
        peer: Peer::Topic,
        subject: Subject::Account(at(0)),
    },
];
