//! Steps: whole, in order, once, fenced; with the books and the record behind them.

use std::time::Duration;

use causeway_primitives::{B256, ChainId, RoundId};
use causeway_store::Error;
use tokenization_gateway::{
    adapters::store::{NewAnswer, Step, Way, Written},
    domain::{
        authorise::Approval,
        instruction::Kind,
        ledger::Account,
        request::{AnswerId, OnChain, Request},
        saga::{Event, Hold, State, next},
        units::Units,
        valuation::Valuation,
    },
};

use super::stand::{ANNA, BERT, Stand, TO_GUARDED, TO_THE_END, actor, at, new_request, way};

fn units(value: u64) -> Units {
    value.to_string().parse().unwrap()
}

#[tokio::test]
async fn tok_7_a_request_goes_its_way_and_every_step_is_told() {
    let stand = Stand::new("gateway_way").await;
    let request = stand.minted(1, 100).await;
    let stored = stand.store.find_request(request.id).await.unwrap().unwrap();
    assert_eq!((stored.saga, &stored.instruction), (request.saga, &request.instruction));
    let steps = stand.store.list_steps(request.id).await.unwrap();
    let states: Vec<_> = steps.iter().map(|step| step.state.as_str()).collect();
    let expected =
        "received parsed validated mapped valued approved guarded submitting submitted mined reconciled reported";
    assert_eq!(states.join(" "), expected);
    assert_eq!(steps.iter().map(|step| step.step).collect::<Vec<_>>(), (1..=12).collect::<Vec<_>>());
    assert_eq!(stand.store.list_steps_after(0, 100).await.unwrap(), steps);
    assert_eq!(stand.store.verify_audit(None).await.unwrap(), Ok(9), "the intake is one record, each later step one");
    assert_eq!(stand.store.list_due(at(1_000), 10).await.unwrap(), [], "what is over is nobody's concern");
}

#[tokio::test]
async fn tok_7_the_books_follow_the_steps() {
    let stand = Stand::new("gateway_books").await;
    stand.minted(1, 100).await;
    let asset = "eur".parse().unwrap();
    for (mark, kind) in [(2, Kind::Transfer), (3, Kind::Redeem)] {
        let request = stand.take(new_request(mark, kind, 30)).await;
        let request = stand.play(request, &TO_GUARDED).await;
        let request = stand.play(request, &[Event::Journaled]).await;
        let books = stand.store.get_books(&asset).await.unwrap();
        assert_eq!(books.balance(Account::Transit(kind)), units(30), "{kind}");
        stand.play(request, &TO_THE_END[1..]).await;
    }
    let books = stand.store.get_books(&asset).await.unwrap();
    let balance = |account| books.balance(account);
    assert_eq!((balance(Account::Held(ANNA)), balance(Account::Held(BERT))), (units(40), units(30)));
    assert_eq!((balance(Account::Issued), balance(Account::Redeemed)), (units(100), units(30)));
    let totals = books.totals().unwrap();
    assert_eq!((totals.held, totals.in_transfer, totals.uncertain), (units(70), Units::ZERO, Units::ZERO));
    let entries = stand.store.list_entries(&asset, None, u64::MAX, 100).await.unwrap();
    assert_eq!(entries.len(), 6, "two for each request");
    assert_eq!(entries[0].phase, "posted");
}

#[tokio::test]
async fn tok_8_what_is_journaled_counts_for_its_day_until_it_is_voided_and_what_is_authorised_counts_already() {
    let stand = Stand::new("gateway_day").await;
    let asset = "eur".parse().unwrap();
    let moved = async |since| stand.store.moved_since(&asset, since).await.unwrap();
    let [first, second] = [(1, 100), (2, 30)].map(|(mark, units)| new_request(mark, Kind::Mint, units));
    let first = stand.play(stand.take(first).await, &TO_GUARDED).await;
    let second = stand.play(stand.take(second).await, &TO_GUARDED).await;
    assert_eq!(moved(at(0)).await, units(130), "authorised");
    let first = stand.play(first, &[Event::Journaled]).await;
    stand.play(second, &TO_THE_END).await;
    assert_eq!(moved(at(0)).await, units(130), "journaled, and one of them at its end");
    stand.play(first, &[Event::Lapsed]).await;
    assert_eq!(moved(at(0)).await, units(30), "voided");
    assert_eq!(moved(at(86_400)).await, Units::ZERO, "another day");
}

#[tokio::test]
async fn tok_7_nobody_gives_what_he_does_not_have_and_nothing_of_the_step_is_there() {
    let stand = Stand::new("gateway_overdrawn").await;
    stand.minted(1, 100).await;
    let request = stand.take(new_request(2, Kind::Redeem, 101)).await;
    let request = stand.play(request, &TO_GUARDED).await;
    let journaled = way(&request, Step::of(Event::Journaled, &stand.gateway, at(1)));
    let other = stand.play(stand.take(new_request(3, Kind::Redeem, 1)).await, &TO_GUARDED).await;
    let head = stand.store.audit_head().await.unwrap();
    let both = [way(&other, Step::of(Event::Journaled, &stand.gateway, at(1))), journaled];
    let refused = stand.store.advance(&stand.leader, &both).await.unwrap_err();
    assert_eq!(refused.violated_constraint(), Some("ledger_account_not_overdrawn"), "{refused:?}");
    assert_eq!(stand.store.audit_head().await.unwrap(), head);
    for unmoved in [&request, &other] {
        assert_eq!(stand.store.find_request(unmoved.id).await.unwrap().unwrap().saga, unmoved.saga);
    }
    let held = stand.play(request, &[Event::Held(Hold::Books)]).await;
    assert_eq!(held.saga.state, State::Held(Hold::Books));
}

#[tokio::test]
async fn tok_7_of_two_who_saw_the_same_place_one_writes() {
    let stand = Stand::new("gateway_overtaken").await;
    let request = stand.take(new_request(1, Kind::Mint, 100)).await;
    let valued = [way(&request, Step::of(Event::Valued, &stand.gateway, at(1)))];
    let write = || stand.store.advance(&stand.leader, &valued);
    let (first, second) = tokio::join!(write(), write());
    let mut written = [first.unwrap(), second.unwrap()];
    written.sort_by_key(|one| *one == Written::Overtaken);
    assert_eq!(written, [Written::Done, Written::Overtaken]);
    assert_eq!(stand.store.list_steps(request.id).await.unwrap().len(), 5);
    assert_eq!(stand.store.verify_audit(None).await.unwrap(), Ok(2), "what was overtaken left no record");
}

/// The whole way of a request, as steps that go together.
fn whole(stand: &Stand, request: &Request) -> Way {
    let (mut saga, mut steps) = (request.saga, Vec::new());
    for event in TO_GUARDED.into_iter().chain(TO_THE_END) {
        let transition = next(saga, event).unwrap();
        saga = transition.saga;
        steps.push((transition, Step::of(event, &stand.gateway, at(1))));
    }
    Way { request: request.clone(), steps }
}

#[tokio::test]
async fn tok_7_many_steps_of_many_requests_go_together_and_each_is_told_and_recorded() {
    let stand = Stand::new("gateway_together").await;
    let mut ways = Vec::new();
    for mark in 1..=3 {
        let request = stand.take(new_request(mark, Kind::Mint, 100)).await;
        ways.push(whole(&stand, &request));
    }
    assert_eq!(stand.store.advance(&stand.leader, &ways).await.unwrap(), Written::Done);
    for way in &ways {
        let steps = stand.store.list_steps(way.request.id).await.unwrap();
        assert_eq!(steps.iter().map(|step| step.step).collect::<Vec<_>>(), (1..=12).collect::<Vec<_>>());
        assert_eq!(stand.store.find_request(way.request.id).await.unwrap().unwrap().saga.state, State::Reported);
    }
    assert_eq!(stand.store.verify_audit(None).await.unwrap(), Ok(27), "a line for each intake and each step");
    let books = stand.store.get_books(&"eur".parse().unwrap()).await.unwrap();
    assert_eq!((books.balance(Account::Held(ANNA)), books.balance(Account::Issued)), (units(300), units(300)));
    assert_eq!(stand.store.list_entries(&"eur".parse().unwrap(), None, u64::MAX, 100).await.unwrap().len(), 6);
    let fresh = stand.take(new_request(4, Kind::Mint, 100)).await;
    let overtaken = [whole(&stand, &fresh), ways.remove(0)];
    assert_eq!(stand.store.advance(&stand.leader, &overtaken).await.unwrap(), Written::Overtaken);
    assert_eq!(stand.store.list_steps(fresh.id).await.unwrap().len(), 4, "of all of them or of none");
}

#[tokio::test]
async fn tok_7_a_deposed_leader_moves_nothing() {
    let stand = Stand::new("gateway_fence").await;
    let request = stand.take(new_request(1, Kind::Mint, 100)).await;
    let second = stand.depose().await;
    let valued = [way(&request, Step::of(Event::Valued, &stand.gateway, at(1)))];
    let refused = stand.store.advance(&stand.leader, &valued).await;
    assert!(matches!(refused, Err(Error::Fenced { .. })), "{refused:?}");
    assert_eq!(stand.store.advance(&second, &valued).await.unwrap(), Written::Done);
}

#[tokio::test]
async fn tok_8_the_database_itself_knows_no_approval_by_the_maker() {
    let stand = Stand::new("gateway_four_eyes").await;
    let request = stand.take(new_request(1, Kind::Mint, 100)).await;
    let held = stand.play(request, &[Event::Valued, Event::Held(Hold::Approval)]).await;
    let approval = |name: &str| Approval { approver: actor(name), at: at(2), digest: held.instruction.digest() };
    let (own, other) = (approval("anna"), approval("bert"));
    let approved = |approval: &Approval| {
        let step = Step::of(Event::Approved, &stand.gateway, at(2));
        way(&held, Step { approval: Some(approval.clone()), ..step })
    };
    let refused = stand.store.decide(&approved(&own)).await.unwrap_err();
    assert_eq!(refused.violated_constraint(), Some("approval_by_a_second_person"), "{refused:?}");
    assert_eq!(stand.store.decide(&approved(&other)).await.unwrap(), Written::Done);
    let stored = stand.store.find_request(held.id).await.unwrap().unwrap();
    assert_eq!(stored.approvals, [other]);
}

#[tokio::test]
async fn tok_8_price_and_effect_come_back_as_they_were_written() {
    let stand = Stand::new("gateway_parts").await;
    let request = stand.take(new_request(1, Kind::Bridge, 100)).await;
    let valuation = Valuation {
        feed: "eur-usd".parse().unwrap(),
        round: RoundId::new(u128::from(u64::MAX) << 8),
        price: "1.0716".parse().unwrap(),
        age: Duration::from_millis(12_345),
        venues: 5,
    };
    let on_chain = OnChain {
        chain: ChainId::new(138).unwrap(),
        tx_hash: B256::repeat_byte(1),
        block_number: 77,
        block_hash: B256::repeat_byte(2),
    };
    let answer = NewAnswer { id: AnswerId::new(1), message_type: "MT910".into(), content: "x".into() };
    let step = Step {
        valuation: Some(valuation.clone()),
        on_chain: Some(on_chain),
        answers: vec![answer.clone(), answer],
        ..Step::of(Event::Valued, &stand.gateway, at(1))
    };
    stand.store.advance(&stand.leader, &[way(&request, step)]).await.unwrap();
    let stored = stand.store.find_request(request.id).await.unwrap().unwrap();
    assert_eq!((stored.valuation, stored.on_chain), (Some(valuation), Some(on_chain)));
    assert_eq!(stored.instruction, request.instruction);
    assert_eq!(stand.tamper("DELETE FROM causeway_outbox").await.unwrap(), 2, "told each receiver once");
}

#[tokio::test]
async fn tok_7_facts_cannot_be_changed_and_tampering_is_found() {
    let stand = Stand::new("gateway_facts").await;
    stand.minted(1, 100).await;
    for sql in [
        "UPDATE audit SET body = '{}'",
        "DELETE FROM step",
        "TRUNCATE ledger_entry",
        "UPDATE ledger_entry SET units = 1",
        "INSERT INTO ledger_entry (asset_id, request_id, attempt, phase, debit, credit, units, at)
         SELECT asset_id, request_id, attempt, 'voided', debit, credit, units, at FROM ledger_entry LIMIT 1",
    ] {
        assert!(stand.tamper(sql).await.is_err(), "{sql}");
    }
    stand.tamper("ALTER TABLE audit DISABLE TRIGGER ALL").await.unwrap();
    let kept = stand.store.audit_head().await.unwrap().link;
    stand.tamper("UPDATE audit SET body = '{}' WHERE index = 3").await.unwrap();
    assert_eq!(stand.store.verify_audit(kept).await.unwrap(), Err(3));
}
