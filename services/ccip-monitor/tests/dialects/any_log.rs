//! What holds for any log of any contract, whoever made it up: the tests here and the fuzzer in `integration-tests/fuzz`.

use std::sync::{Arc, OnceLock};

use causeway_chain::logs::ScannedLog;
use causeway_primitives::{Address, B256, ChainSelector};
use ccip_monitor::{
    adapters::dialects::{Private, V1_5, V1_6, V2_0},
    domain::{
        event::{LaneEvent, Payload},
        lane::Dialect,
    },
    ports::{Contract, Decode, Role},
};

const ROLES: [Role; 7] =
    [Role::Router, Role::OnRamp, Role::OffRamp, Role::CommitStore, Role::NonceManager, Role::Rmn, Role::Verifier];

/// An event that a decoder knows.
pub(crate) struct Target {
    pub(crate) decoder: Arc<dyn Decode>,
    pub(crate) contract: Contract,
    pub(crate) topic: B256,
}

pub(crate) fn decoder(dialect: &Dialect) -> Arc<dyn Decode> {
    match dialect {
        Dialect::V1_5 => Arc::new(V1_5),
        Dialect::V1_6 => Arc::new(V1_6),
        Dialect::V2_0 => Arc::new(V2_0),
        Dialect::Private(_) => Arc::new(Private::operators().expect("the preset")),
    }
}

/// Every event of every dialect.
pub(crate) fn targets() -> &'static [Target] {
    static TARGETS: OnceLock<Vec<Target>> = OnceLock::new();
    TARGETS.get_or_init(|| {
        let mut targets = Vec::new();
        for dialect in [Dialect::V1_5, Dialect::V1_6, Dialect::V2_0, Dialect::Private("operators".into())] {
            let decoder = decoder(&dialect);
            for role in ROLES {
                for topic in decoder.topics(role) {
                    let contract = contract(dialect.clone(), role);
                    targets.push(Target { decoder: Arc::clone(&decoder), contract, topic });
                }
            }
        }
        targets
    })
}

/// On a chain without an official selector, with a peer whose selector exceeds 63 bits.
fn contract(dialect: Dialect, role: Role) -> Contract {
    Contract {
        address: Address::repeat_byte(0xcc),
        role,
        dialect,
        home: ChainSelector::new(138).expect("a selector"),
        peer: ChainSelector::new(16_015_286_601_757_825_753).ok(),
        from_block: 0,
        until_block: None,
        peer_on_ramp: None,
    }
}

/// Decodes, and holds the result to its bounds.
pub(crate) fn is_decoded_or_refused(decoder: &dyn Decode, contract: &Contract, log: &ScannedLog) {
    let Ok(events) = decoder.decode(contract, log) else { return };
    // An event for each word of the log, at most.
    assert!(events.len() <= log.data.len() / 32 + 1, "{} events of {} bytes", events.len(), log.data.len());
    for event in &events {
        match event {
            LaneEvent::Sent(sent) => {
                assert!(sent.payload.head.len() <= Payload::KEPT && sent.receiver.len() <= 256);
                assert!(sent.tokens.len() <= log.data.len() / 32);
                assert!(sent.sequence.is_none_or(|number| i64::try_from(number).is_ok()));
                assert!(sent.nonce.is_none_or(|number| i64::try_from(number).is_ok()));
            }
            LaneEvent::Committed(committed) => {
                assert!(committed.first <= committed.last && i64::try_from(committed.last).is_ok());
                assert!(committed.last - committed.first < 4_096);
            }
            LaneEvent::Attempted(attempted) => assert!(attempted.return_data.len() <= 1_024),
            LaneEvent::Changed(changed) => assert!(changed.subject.len() <= 32),
            LaneEvent::Delivered { .. } | LaneEvent::RootRemoved { .. } | LaneEvent::Skipped(_) => {}
        }
    }
}
