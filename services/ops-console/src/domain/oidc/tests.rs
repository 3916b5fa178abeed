//! One claim after the other is wrong, and none of them lets anybody in.

use proptest::prelude::*;

use super::*;

const EXPECTED: Expected<'_> =
    Expected { issuer: "https://id.example", client: "console", nonce: "n-1", skew: Duration::from_secs(60) };

/// What is wrong with a token, and why it is refused.
type Case = (Refused, Box<dyn FnOnce(&mut Claims)>);

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_secs(1_790_000_000 + seconds).unwrap()
}

fn mapping() -> Mapping {
    Mapping::new(vec![
        ("watchers".to_owned(), Role::Observer),
        ("causeway-approvers".to_owned(), Role::Approver),
        ("on-call".to_owned(), Role::Operator),
    ])
}

fn claims() -> Claims {
    Claims {
        issuer: "https://id.example".to_owned(),
        audience: vec!["console".to_owned()],
        asked_by: None,
        subject: "248289761001".to_owned(),
        expires_at: at(1_300),
        issued_at: at(1_000),
        begins_at: None,
        nonce: Some("n-1".to_owned()),
        name: Some("Anna.B@example.com".to_owned()),
        groups: vec!["everybody".to_owned(), "on-call".to_owned()],
    }
}

fn judged(change: impl FnOnce(&mut Claims)) -> Result<Known, Refused> {
    let mut claims = claims();
    change(&mut claims);
    judge(&claims, EXPECTED, &mapping(), at(1_001))
}

#[test]
fn ops_9_a_token_names_somebody_in_a_group_that_has_a_role() {
    let known = judged(|_| {}).unwrap();
    let anna = Known { subject: "248289761001".to_owned(), name: "anna.b".to_owned(), role: Some(Role::Operator) };
    assert_eq!(known, anna);
}

#[test]
fn ops_9_each_claim_that_is_wrong_is_refused() {
    let cases: Vec<Case> = vec![
        (Refused::Issuer, Box::new(|one| one.issuer = "https://id.example/".to_owned())),
        (Refused::Audience, Box::new(|one| one.audience = vec!["other".to_owned()])),
        (Refused::Audience, Box::new(|one| one.audience.clear())),
        (Refused::Audience, Box::new(|one| one.audience.push("other".to_owned()))),
        (Refused::Audience, Box::new(|one| one.asked_by = Some("other".to_owned()))),
        (Refused::Nonce, Box::new(|one| one.nonce = None)),
        (Refused::Nonce, Box::new(|one| one.nonce = Some("n-2".to_owned()))),
        (Refused::Old, Box::new(|one| one.expires_at = at(941))),
        (Refused::Old, Box::new(|one| one.issued_at = at(340))),
        (Refused::Future, Box::new(|one| one.issued_at = at(1_062))),
        (Refused::Future, Box::new(|one| one.begins_at = Some(at(1_062)))),
        (Refused::Subject, Box::new(|one| one.subject.clear())),
        (Refused::Subject, Box::new(|one| one.subject = "x".repeat(256))),
        (Refused::Name, Box::new(|one| one.name = None)),
        (Refused::Name, Box::new(|one| one.name = Some("anna b".to_owned()))),
    ];
    for (why, change) in cases {
        assert_eq!(judged(change), Err(why), "{why:?}");
    }
}

#[test]
fn ops_9_clocks_may_differ_by_the_skew_and_no_more() {
    assert!(judged(|one| one.expires_at = at(942)).is_ok());
    assert!(judged(|one| one.issued_at = at(1_061)).is_ok());
    assert!(judged(|one| one.issued_at = at(341)).is_ok());
}

#[test]
fn ops_9_a_token_for_several_says_that_we_asked_for_it() {
    let both = |party: &str| {
        let party = party.to_owned();
        judged(|one| {
            one.audience.push("other".to_owned());
            one.asked_by = Some(party);
        })
    };
    assert!(both("console").is_ok());
    assert_eq!(both("other"), Err(Refused::Audience));
}

#[test]
fn ops_4_nobody_has_a_role_by_default_and_of_several_the_most() {
    assert_eq!(judged(|one| one.groups = vec!["everybody".to_owned()]).unwrap().role, None);
    assert_eq!(judged(|one| one.groups.clear()).unwrap().role, None);
    assert_eq!(judged(|one| one.groups.push("causeway-approvers".to_owned())).unwrap().role, Some(Role::Approver));
    assert_eq!(judged(|one| one.groups = vec!["On-Call".to_owned()]).unwrap().role, None, "groups are exact");
}

proptest! {
    #[test]
    fn ops_9_no_token_counts_outside_its_time(issued in 0_u64..4_000, lasts in 0_u64..4_000, now in 0_u64..10_000) {
        let claims = Claims { issued_at: at(issued), expires_at: at(issued + lasts), ..claims() };
        let judged = judge(&claims, EXPECTED, &mapping(), at(now));
        prop_assert_eq!(judged.is_ok(), now + 60 >= issued && now < issued + lasts + 60 && now <= issued + 660);
    }
}
