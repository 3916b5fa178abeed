//! The settings of ramps and of the nonce manager.

use alloy::{primitives::B256, sol_types::SolEvent};

use super::abi;
use crate::{
    adapters::dialects::settings::{Peer, Setting, Subject, at, inside},
    domain::event::ChangeKind,
};

const fn configured(event: &'static str, topic: B256) -> Setting {
    let kind = ChangeKind::ContractConfigured;
    Setting { event, topic, topics: 1, kind, peer: Peer::None, subject: Subject::Digest }
}

/// The on-ramp's.
pub(super) const ON_RAMP: &[Setting] = &[
    configured("ConfigSet", abi::on_ramp::ConfigSet::SIGNATURE_HASH),
    Setting {
        event: "DestChainConfigSet",
        topic: abi::DestChainConfigSet::SIGNATURE_HASH,
        topics: 2,
        kind: ChangeKind::DestinationConfigured,
        peer: Peer::Topic,
        // The router: zero pauses the lane.
        subject: Subject::Account(at(1)),
    },
    Setting {
        event: "AllowListAdminSet",
        topic: abi::AllowListAdminSet::SIGNATURE_HASH,
        topics: 2,
        kind: ChangeKind::AllowListAdminSet,
        peer: Peer::None,
        subject: Subject::Topic(1),
    },
    Setting {
        event: "AllowListSendersAdded",
        topic: abi::AllowListSendersAdded::SIGNATURE_HASH,
        topics: 2,
        kind: ChangeKind::SendersAllowed,
        peer: Peer::Topic,
        subject: Subject::EachAccount(at(0)),
    },
    Setting {
        event: "AllowListSendersRemoved",
        topic: abi::AllowListSendersRemoved::SIGNATURE_HASH,
        topics: 2,
        kind: ChangeKind::SendersDisallowed,
        peer: Peer::Topic,
        subject: Subject::EachAccount(at(0)),
    },
];

/// The off-ramp's.
pub(super) const OFF_RAMP: &[Setting] = &[
    configured("ConfigSet", abi::committee::ConfigSet::SIGNATURE_HASH),
    configured("DynamicConfigSet", abi::DynamicConfigSet::SIGNATURE_HASH),
    Setting {
        event: "SourceChainConfigSet",
        topic: abi::SourceChainConfigSet::SIGNATURE_HASH,
        topics: 2,
        kind: ChangeKind::SourceConfigured,
        peer: Peer::Topic,
        // The on-ramp: whoever sets it decides whose messages are believed.
        subject: Subject::Remote(inside(0, 4)),
    },
    Setting {
        event: "SourceChainSelectorAdded",
        topic: abi::SourceChainSelectorAdded::SIGNATURE_HASH,
        topics: 1,
        kind: ChangeKind::SourceConfigured,
        peer: Peer::Word,
        subject: Subject::Digest,
    },
];

/// The nonce manager's.
pub(super) const NONCE_MANAGER: &[Setting] = &[Setting {
    event: "PreviousRampsUpdated",
    topic: abi::PreviousRampsUpdated::SIGNATURE_HASH,
    topics: 2,
    kind: ChangeKind::PreviousRampsSet,
    peer: Peer::Topic,
    // The previous on-ramp.
    subject: Subject::Account(at(0)),
}];
