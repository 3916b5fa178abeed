//! A private dialect: no reports, no curse, a relay service.

use causeway_primitives::{Address, U256};

use super::case::{after, at, gap, known, later};
use crate::domain::{
    diagnose::{
        diagnosis::{Diagnosis, Found, StepName, Verdict},
        evidence::{Evidence, Relayed},
        read::Read,
    },
    lane::Dialect,
};

fn private(spoil: impl FnOnce(&mut Evidence)) -> Diagnosis {
    after(Dialect::Private("operators".into()), |evidence| {
        evidence.subject.nonce = None;
        evidence.source.curses = Read::not_configured("rmn");
        evidence.destination.curses = Read::not_configured("rmn");
        spoil(evidence);
    })
}

fn relayed(sent_at: u64) -> Read<Option<Relayed>> {
    known(Some(Relayed { relayer: Address::repeat_byte(5), at: at(400), sent_at: at(sent_at) }))
}

#[test]
fn ccip_15_a_private_message_waits_for_its_relay() {
    let diagnosis = private(|_| {});
    assert_eq!(diagnosis.verdict, Verdict::Waiting { at: StepName::Execution, until: Some(at(7_200)) });
    for name in [StepName::Commit, StepName::Curse, StepName::Order, StepName::Lane] {
        assert_eq!(diagnosis.find_step(name).unwrap().found, Found::NotApplicable, "{name:?}");
    }
    assert!(diagnosis.manual.is_none(), "nobody but the relay executes here");
}

#[test]
fn ccip_15_a_relay_without_role_or_coins_or_that_passed_the_message_over_is_named() {
    let spoils: [fn(&mut Evidence); 4] = [
        |e| e.destination.relay.allowed = known(false),
        |e| (e.destination.relay.balance, e.destination.relay.gas_price) = (known(U256::ZERO), known(U256::from(1))),
        |e| e.destination.relay.last = relayed(1),
        |e| later(e, 7_201),
    ];
    for (index, spoil) in spoils.into_iter().enumerate() {
        let diagnosis = private(|evidence| {
            evidence.destination.relay.last = relayed(0);
            spoil(evidence);
        });
        assert_eq!(diagnosis.verdict, Verdict::Stuck { at: StepName::Relay }, "{index}: {diagnosis:#?}");
    }
}

#[test]
fn ccip_15_free_gas_needs_no_coins() {
    let diagnosis = private(|evidence| {
        evidence.destination.relay.last = relayed(0);
        evidence.destination.relay.balance = known(U256::ZERO);
    });
    assert_eq!(diagnosis.find_step(StepName::Relay).unwrap().found, Found::Ok);
}

#[test]
fn ccip_15_a_relay_that_could_not_be_read_is_unknown() {
    let diagnosis = private(|evidence| evidence.destination.relay.last = gap());
    assert_eq!(diagnosis.verdict, Verdict::Unknown { at: StepName::Relay });
}

#[test]
fn ccip_15_a_configured_curse_counts_for_a_private_lane_too() {
    use crate::domain::diagnose::evidence::Curses;
    let diagnosis = private(|evidence| evidence.source.curses = known(Curses { global: true, lane: false }));
    assert_eq!(diagnosis.verdict, Verdict::Stuck { at: StepName::Curse });
}
