//! Accounts and sign-ins.

use std::{sync::Arc, time::Duration};

use causeway_runtime::clock::ManualClock;
use ops_console::{
    app::{By, Door},
    domain::people::{Lasting, Role},
};

use super::stand::{Stand, at};

const SECRET: [u8; 32] = [7; 32];

#[tokio::test]
async fn ops_9_a_sign_in_ends_with_a_new_password_a_closed_account_and_by_itself() {
    let Stand { store, .. } = &Stand::new("people").await;
    store.put_account("anna", Role::Operator, "hash", at(0)).await.unwrap();
    let open = || store.open_session(&SECRET, "anna", "token", at(1));
    open().await.unwrap();
    let session = store.find_session(&SECRET).await.unwrap().unwrap();
    assert_eq!((session.name.as_str(), session.role, session.form_token.as_str()), ("anna", Role::Operator, "token"));
    assert!(store.find_session(&[8; 32]).await.unwrap().is_none());

    store.put_account("anna", Role::Approver, "other", at(2)).await.unwrap();
    assert!(store.find_session(&SECRET).await.unwrap().is_none(), "a new password ends it");

    open().await.unwrap();
    assert!(store.close_account("anna", at(3)).await.unwrap());
    assert!(store.find_session(&SECRET).await.unwrap().is_none(), "a closed account ends it");
    assert!(!store.find_account("anna").await.unwrap().unwrap().is_open);
    assert!(!store.close_account("bert", at(3)).await.unwrap());

    store.put_account("anna", Role::Admin, "other", at(4)).await.unwrap();
    open().await.unwrap();
    store.touch_session(&SECRET, at(50)).await.unwrap();
    assert_eq!(store.forget_sessions(at(0), at(50)).await.unwrap(), 0);
    assert_eq!(store.forget_sessions(at(0), at(51)).await.unwrap(), 1, "nobody looked");
    assert!(store.find_account("anna").await.unwrap().unwrap().is_open, "and opened again it is open");
}

#[tokio::test]
async fn accounts_are_listed_by_name() {
    let Stand { store, .. } = &Stand::new("accounts").await;
    for (name, role) in [("bert", Role::Observer), ("anna", Role::Admin)] {
        store.put_account(name, role, "hash", at(0)).await.unwrap();
    }
    let names: Vec<_> = store.list_accounts().await.unwrap().into_iter().map(|account| account.name).collect();
    assert_eq!(names, ["anna", "bert"]);
}

#[tokio::test]
async fn ops_9_a_page_that_follows_by_itself_keeps_no_sign_in_alive() {
    let stand = Stand::new("idle").await;
    stand.store.put_account("anna", Role::Operator, "hash", at(0)).await.unwrap();
    let clock = Arc::new(ManualClock::at(at(0)));
    let lasting = Lasting { idle: Duration::from_secs(3_600), whole: Duration::from_secs(43_200) };
    let door = Door::new(stand.store.clone(), clock.clone(), Some(lasting));
    let secret = door.open("anna").await.unwrap();
    let who = async |by, seconds| {
        clock.set(at(seconds));
        door.who(Some(&secret), by).await.unwrap().map(|person| person.name)
    };
    assert_eq!(who(By::Person, 3_000).await.as_deref(), Some("anna"));
    for seconds in [4_000, 5_000, 6_000, 6_599] {
        assert_eq!(who(By::Page, seconds).await.as_deref(), Some("anna"), "{seconds}");
    }
    assert_eq!(who(By::Page, 6_600).await, None, "an hour after anna did something");
}
