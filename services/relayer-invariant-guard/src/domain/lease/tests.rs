//! Grants as a table, and the one property that everything rests on: no two holders at once.

use causeway_primitives::{B256, Timestamp};
use proptest::prelude::*;

use super::*;
use crate::domain::latch::{Cause, Halt};

const POLICY: Policy = Policy { ttl: Duration::from_secs(90), max_verdict_age: Duration::from_secs(90) };

fn at(seconds: u64) -> Monotonic {
    Monotonic::new(Duration::from_secs(seconds))
}

fn request(holder: &str, scope: Scope) -> Request {
    Request { holder: holder.parse().unwrap(), scope, known_epoch: 3 }
}

fn halted(scope: Scope) -> Latch {
    let mut latch = Latch::default();
    let (cause, evidence, at) = (Cause::Manual, B256::ZERO, Timestamp::EPOCH);
    latch.halt(Halt { id: HaltId::new(7), scope, cause, evidence, epoch: 3, at, parent: None });
    latch
}

fn situation(latch: &Latch, now: u64) -> Situation<'_> {
    let pass = Some(Pass { verdict: 1, begun: at(100) });
    Situation { latch: Some(latch), role: Role::Leader { epoch: 3 }, progress: Progress::Ready, pass, now: at(now) }
}

fn decide(request: &Request, situation: &Situation<'_>) -> Result<Lease, Refusal> {
    grant(&Granted::default(), request, situation, &POLICY)
}

#[test]
fn grd_13_a_lease_ends_when_its_pass_gets_too_old_and_nothing_but_a_new_pass_makes_it_longer() {
    let latch = Latch::default();
    let ttl = |now| decide(&request("a", Scope::All), &situation(&latch, now)).map(|lease| lease.ttl.as_secs());
    assert_eq!(ttl(100), Ok(90));
    assert_eq!(ttl(160), Ok(30));
    assert_eq!(ttl(189), Ok(1));
    let old = Refusal::NoFreshPass { age: Some(Duration::from_secs(90)), limit: POLICY.max_verdict_age };
    assert_eq!(ttl(190), Err(old));
    let never = Situation { pass: None, ..situation(&latch, 100) };
    assert!(matches!(decide(&request("a", Scope::All), &never), Err(Refusal::NoFreshPass { age: None, .. })));
}

#[test]
fn grd_13_each_reason_refuses_and_the_gravest_is_told() {
    let (free, halt) = (Latch::default(), halted(Scope::Settlement));
    let wish = request("a", Scope::All);
    let refused = |situation: Situation<'_>| decide(&wish, &situation).unwrap_err();
    assert_eq!(refused(Situation { latch: None, ..situation(&free, 100) }), Refusal::LatchUnreadable);
    let by = Refusal::Halted { halt: HaltId::new(7), scope: Scope::Settlement, epoch: 3 };
    assert_eq!(refused(Situation { role: Role::Standby, ..situation(&halt, 100) }), by, "any replica knows of a halt");
    assert_eq!(refused(Situation { role: Role::Standby, ..situation(&free, 100) }), Refusal::NotLeader);
    let old = Situation { role: Role::Leader { epoch: 2 }, ..situation(&free, 100) };
    assert_eq!(refused(old), Refusal::Behind { known: 3, epoch: 2 });
    assert_eq!(refused(Situation { progress: Progress::Starting, ..situation(&free, 100) }), Refusal::Starting);
}

#[test]
fn grd_13_a_lease_for_all_is_refused_while_any_part_is_halted_and_the_other_part_goes_on() {
    let latch = halted(Scope::BatchCreation);
    let allowed = |scope| decide(&request("a", scope), &situation(&latch, 100)).is_ok();
    assert_eq!(Scope::EVERY.map(allowed), [false, true, true, false]);
    let latch = halted(Scope::All);
    assert!(Scope::EVERY.iter().all(|scope| decide(&request("a", *scope), &situation(&latch, 100)).is_err()));
}

#[test]
fn grd_13_tok_8_relayer_and_gateway_act_side_by_side_and_one_halt_stops_both() {
    let latch = Latch::default();
    let relayer = Granted::inherited([(Scope::Settlement, "relayer".parse().unwrap(), POLICY.ttl)], at(100));
    let gateway = request("gateway", Scope::Tokenization);
    assert!(grant(&relayer, &gateway, &situation(&latch, 101), &POLICY).is_ok(), "their scopes are apart");
    let rival = grant(&relayer, &request("gateway", Scope::Settlement), &situation(&latch, 101), &POLICY);
    assert!(matches!(rival, Err(Refusal::HeldByAnother { .. })));
    let stopped = decide(&gateway, &situation(&halted(Scope::All), 101));
    assert!(matches!(stopped, Err(Refusal::Halted { .. })));
}

#[test]
fn grd_13_a_new_leader_waits_for_the_leases_of_the_old_one() {
    let latch = Latch::default();
    let inherited = Granted::inherited([(Scope::All, "a".parse().unwrap(), POLICY.ttl)], at(100));
    let wish = |holder, now| grant(&inherited, &request(holder, Scope::Settlement), &situation(&latch, now), &POLICY);
    let rival =
        Refusal::HeldByAnother { holder: "a".parse().unwrap(), scope: Scope::All, left: Duration::from_secs(89) };
    assert_eq!(wish("b", 101), Err(rival));
    assert!(wish("a", 101).is_ok(), "its holder may go on");
    let mut given_back = inherited.clone();
    given_back.give_back(Scope::All, &"a".parse().unwrap());
    assert!(grant(&given_back, &request("b", Scope::All), &situation(&latch, 101), &POLICY).is_ok());
}

proptest! {
    /// Holders count from when they asked, and answers take their time or are lost. Whatever the order: never two for
    /// overlapping scopes.
    #[test]
    fn grd_13_no_two_holders_act_at_once(
        wishes in prop::collection::vec((0_u64..4, prop::sample::select(Scope::EVERY.to_vec()), 0_u64..30, 0_u64..9, any::<bool>()), 1..60),
    ) {
        let latch = Latch::default();
        let (mut granted, mut now) = (Granted::default(), 100);
        // What each holder believes: until when it may act.
        let mut beliefs: BTreeMap<(String, Scope), u64> = BTreeMap::new();
        for (who, scope, pause, delay, lost) in wishes {
            let sent = now + pause;
            now = sent + delay;
            let name = format!("relayer-{who}");
            let pass = Some(Pass { verdict: 1, begun: at(now) });
            let situation = Situation { pass, ..situation(&latch, now) };
            if let Ok(lease) = grant(&granted, &request(&name, scope), &situation, &POLICY) {
                granted.record(&lease, at(now));
                if !lost {
                    beliefs.insert((name, scope), sent + lease.ttl.as_secs());
                }
            }
            let acting: Vec<_> = beliefs.iter().filter(|(_, until)| now < **until).map(|(who, _)| who).collect();
            for (one, its) in &acting {
                for (other, theirs) in &acting {
                    prop_assert!(one == other || !its.overlaps(*theirs), "{one} and {other} both act");
                }
            }
        }
    }
}
