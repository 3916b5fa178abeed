//! The settings of ramps and commit stores.

use alloy::sol_types::SolEvent;
use causeway_primitives::B256;

use super::{super::shared, abi};
use crate::{
    adapters::dialects::settings::{Peer, Setting, Subject, at},
    domain::event::ChangeKind,
};

/// The topics of `ConfigSet`, which the types of some twenty settings decide. Only that and to what they were set is
/// kept, so the types are not repeated here; a test compares the topics with the published ones.
mod config_set {
    use alloy::primitives::{B256, b256};

    pub(super) const ON_RAMP_1_2: B256 = b256!("0x2a57f7c2027cf032c78b77d4d8d2fbd20ad22e5d5e5b5fb23ac7d7820d44adc6");
    pub(super) const ON_RAMP_1_5: B256 = b256!("0x45b5ad483aa608464c2c7f278bd413d284d7790cdc836e40652e23a027708220");
    pub(super) const OFF_RAMP_1_2: B256 = b256!("0xe668e1a4644c1a030b909bbfd837f5cfa914994ed5e0bb2e9c34a5c37753128a");
    pub(super) const OFF_RAMP_1_5: B256 = b256!("0x7879e20bb60a503429de4a2c912b5904f08a39f2af054c10fb46434b5d611260");
    pub(super) const COMMIT_STORE: B256 = b256!("0xc9d7123efd4203e60b0f0a4b1dbc4800fc97ce63679f71c3a27279b24a7ddec3");
    /// Signers and transmitters of the committee.
    pub(super) const COMMITTEE: B256 = b256!("0x1591690b8638f5fb2dbec82ac741805ac5da8b45dc5263f4875b0496fdce4e05");
}

const fn configured(topic: B256) -> Setting {
    let kind = ChangeKind::ContractConfigured;
    Setting { event: "ConfigSet", topic, topics: 1, kind, peer: Peer::None, subject: Subject::Digest }
}

const ADMIN: Setting = Setting {
    event: "AdminSet",
    topic: shared::abi::AdminSet::SIGNATURE_HASH,
    topics: 1,
    kind: ChangeKind::RoleGranted,
    peer: Peer::None,
    subject: Subject::Account(at(0)),
};

/// The on-ramp's.
pub(super) const ON_RAMP: &[Setting] =
    &[configured(config_set::ON_RAMP_1_2), configured(config_set::ON_RAMP_1_5), ADMIN];

/// The off-ramp's.
pub(super) const OFF_RAMP: &[Setting] = &[
    configured(config_set::OFF_RAMP_1_2),
    configured(config_set::OFF_RAMP_1_5),
    configured(config_set::COMMITTEE),
    ADMIN,
];

/// The commit store's.
pub(super) const COMMIT_STORE: &[Setting] = &[
    configured(config_set::COMMIT_STORE),
    configured(config_set::COMMITTEE),
    Setting {
        event: "SequenceNumberSet",
        topic: abi::SequenceNumberSet::SIGNATURE_HASH,
        topics: 1,
        kind: ChangeKind::SequenceMoved,
        peer: Peer::None,
        // The new number; the old one is known from the reports before it.
        subject: Subject::Number(at(1)),
    },
];
