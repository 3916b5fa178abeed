//! Accounts and sign-ins.

use ops_console::domain::people::Role;

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
