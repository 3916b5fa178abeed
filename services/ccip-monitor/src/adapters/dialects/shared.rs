//! Settings of contracts that several versions of CCIP share: the router, the contracts that curse, and ownership.
//!
//! `Router.MessageExecuted` is deliberately not among them. It is missing for messages without data, for receivers
//! without code or interface, and for every receiver that reverts, so it proves nothing about an execution.

use alloy::sol_types::SolEvent;

use super::settings::{Peer, Setting, Subject, at};
use crate::domain::event::ChangeKind;

#[allow(missing_docs, reason = "the names are the contracts' own, and all of this is private to the parent")]
pub(super) mod abi {
    use alloy::sol;

    sol! {
        event OwnershipTransferRequested(address indexed from, address indexed to);
        event OwnershipTransferred(address indexed from, address indexed to);
        event AdminSet(address newAdmin);
        event AuthorizedCallerAdded(address caller);
        event AuthorizedCallerRemoved(address caller);

        event OnRampSet(uint64 indexed destChainSelector, address onRamp);
        event OffRampAdded(uint64 indexed sourceChainSelector, address offRamp);
        event OffRampRemoved(uint64 indexed sourceChainSelector, address offRamp);

        event ARMSet(address arm);
        event Paused(address account);
        event Unpaused(address account);

        // OpenZeppelin's, for contracts of operators' own.
        event RoleGranted(bytes32 indexed role, address indexed account, address indexed sender);
        event RoleRevoked(bytes32 indexed role, address indexed account, address indexed sender);
    }

    /// The contract that curses up to 1.5.
    pub(in super::super) mod single {
        alloy::sol! {
            event Cursed(uint32 indexed configVersion, bytes16 subject, uint64 blockTimestamp);
            event CurseLifted(bytes16 subject);
        }
    }

    /// The contract that curses since 1.6.
    pub(in super::super) mod several {
        alloy::sol! {
            event Cursed(bytes16[] subjects);
            event Uncursed(bytes16[] subjects);
        }
    }
}

/// Who owns a contract; OpenZeppelin's events have the same signatures.
pub(super) const OWNERSHIP: &[Setting] = &[
    Setting {
        event: "OwnershipTransferRequested",
        topic: abi::OwnershipTransferRequested::SIGNATURE_HASH,
        topics: 3,
        kind: ChangeKind::OwnershipTransferRequested,
        peer: Peer::None,
        subject: Subject::Topic(2),
    },
    Setting {
        event: "OwnershipTransferred",
        topic: abi::OwnershipTransferred::SIGNATURE_HASH,
        topics: 3,
        kind: ChangeKind::OwnershipTransferred,
        peer: Peer::None,
        subject: Subject::Topic(2),
    },
];

/// Who may call a contract's protected functions.
pub(super) const CALLERS: &[Setting] = &[
    Setting {
        event: "AuthorizedCallerAdded",
        topic: abi::AuthorizedCallerAdded::SIGNATURE_HASH,
        topics: 1,
        kind: ChangeKind::RoleGranted,
        peer: Peer::None,
        subject: Subject::Account(at(0)),
    },
    Setting {
        event: "AuthorizedCallerRemoved",
        topic: abi::AuthorizedCallerRemoved::SIGNATURE_HASH,
        topics: 1,
        kind: ChangeKind::RoleRevoked,
        peer: Peer::None,
        subject: Subject::Account(at(0)),
    },
];

/// Which ramps a router sends to and takes from.
pub(super) const ROUTER: &[Setting] = &[
    Setting {
        event: "OnRampSet",
        topic: abi::OnRampSet::SIGNATURE_HASH,
        topics: 2,
        kind: ChangeKind::OnRampSet,
        peer: Peer::Topic,
        subject: Subject::Account(at(0)),
    },
    Setting {
        event: "OffRampAdded",
        topic: abi::OffRampAdded::SIGNATURE_HASH,
        topics: 2,
        kind: ChangeKind::OffRampAdded,
        peer: Peer::Topic,
        subject: Subject::Account(at(0)),
    },
    Setting {
        event: "OffRampRemoved",
        topic: abi::OffRampRemoved::SIGNATURE_HASH,
        topics: 2,
        kind: ChangeKind::OffRampRemoved,
        peer: Peer::Topic,
        subject: Subject::Account(at(0)),
    },
];

/// Curses, in the forms of all versions: a router outlives several of the contracts that curse, and a proxy stands
/// before them.
pub(super) const RMN: &[Setting] = &[
    Setting {
        event: "Cursed",
        topic: abi::single::Cursed::SIGNATURE_HASH,
        topics: 2,
        kind: ChangeKind::Cursed,
        peer: Peer::None,
        subject: Subject::Curse(at(0)),
    },
    Setting {
        event: "CurseLifted",
        topic: abi::single::CurseLifted::SIGNATURE_HASH,
        topics: 1,
        kind: ChangeKind::Uncursed,
        peer: Peer::None,
        subject: Subject::Curse(at(0)),
    },
    Setting {
        event: "Cursed",
        topic: abi::several::Cursed::SIGNATURE_HASH,
        topics: 1,
        kind: ChangeKind::Cursed,
        peer: Peer::None,
        subject: Subject::EachCurse(at(0)),
    },
    Setting {
        event: "Uncursed",
        topic: abi::several::Uncursed::SIGNATURE_HASH,
        topics: 1,
        kind: ChangeKind::Uncursed,
        peer: Peer::None,
        subject: Subject::EachCurse(at(0)),
    },
    Setting {
        event: "ARMSet",
        topic: abi::ARMSet::SIGNATURE_HASH,
        topics: 1,
        kind: ChangeKind::RmnSet,
        peer: Peer::None,
        subject: Subject::Account(at(0)),
    },
];

/// Commits halted and taken up again (1.2 and 1.5); OpenZeppelin's events have the same signatures.
pub(super) const PAUSE: &[Setting] = &[
    Setting {
        event: "Paused",
        topic: abi::Paused::SIGNATURE_HASH,
        topics: 1,
        kind: ChangeKind::Paused,
        peer: Peer::None,
        subject: Subject::Account(at(0)),
    },
    Setting {
        event: "Unpaused",
        topic: abi::Unpaused::SIGNATURE_HASH,
        topics: 1,
        kind: ChangeKind::Unpaused,
        peer: Peer::None,
        subject: Subject::Account(at(0)),
    },
];

/// Roles as OpenZeppelin's `AccessControl` gives them.
pub(super) const ROLES: &[Setting] = &[
    Setting {
        event: "RoleGranted",
        topic: abi::RoleGranted::SIGNATURE_HASH,
        topics: 4,
        kind: ChangeKind::RoleGranted,
        peer: Peer::None,
        subject: Subject::Topic(2),
    },
    Setting {
        event: "RoleRevoked",
        topic: abi::RoleRevoked::SIGNATURE_HASH,
        topics: 4,
        kind: ChangeKind::RoleRevoked,
        peer: Peer::None,
        subject: Subject::Topic(2),
    },
];
