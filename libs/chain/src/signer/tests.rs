//! Every way to a key, and that no way leaks it.

use alloy::primitives::{B256, Bytes, U256};
use causeway_primitives::ChainId;

use super::*;
use crate::transaction::Fees;

const KEY: &str = "59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d";
const PASSWORD: &str = "correct horse battery staple";

fn transaction() -> UnsignedTx {
    UnsignedTx {
        chain_id: ChainId::new(138).unwrap(),
        nonce: 0,
        to: Address::repeat_byte(1),
        value: U256::ZERO,
        data: Bytes::from_static(&[0xa8, 0x7a, 0x20, 0xce]),
        gas_limit: 90_000,
        fees: Fees::FREE,
    }
}

fn written(folder: &tempfile::TempDir, name: &str, text: &str) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    path
}

#[tokio::test]
async fn ora_12_a_key_comes_from_hex_from_a_file_or_from_a_keystore() {
    let folder = tempfile::tempdir().unwrap();
    let from_hex = Signer::from_hex(&format!("0x{KEY}").into()).unwrap();
    let from_file = Signer::from_file(written(&folder, "key", &format!("  {KEY}\n"))).unwrap();
    let key: B256 = KEY.parse().unwrap();
    let mut random = alloy::signers::k256::elliptic_curve::rand_core::OsRng;
    let (_, _uuid) =
        PrivateKeySigner::encrypt_keystore(folder.path(), &mut random, key, PASSWORD, Some("store")).unwrap();
    let from_keystore = Signer::from_keystore(folder.path().join("store"), &PASSWORD.into()).unwrap();

    let expected = from_hex.sign(&transaction()).await.unwrap();
    for signer in [from_file, from_keystore] {
        assert_eq!(signer.address(), from_hex.address());
        assert_eq!(signer.sign(&transaction()).await.unwrap(), expected);
    }
}

#[test]
fn ora_12_what_is_no_key_is_refused_without_being_repeated() {
    let too_large = "ff".repeat(32);
    for text in ["", "0x", "abc", &"0".repeat(64), &too_large, &format!("{KEY}00"), "not a key at all, but a sentence"]
    {
        let error = Signer::from_hex(&text.into()).unwrap_err();
        assert!(matches!(error, Error::Key), "{text:?}");
        assert!(text.len() < 4 || !format!("{error} {error:?}").contains(text));
    }
}

#[test]
fn ora_12_neither_key_nor_password_is_ever_printed() {
    let folder = tempfile::tempdir().unwrap();
    let signer = Signer::from_hex(&KEY.into()).unwrap();
    let no_keystore = written(&folder, "store", KEY);
    let keystore = Signer::from_keystore(no_keystore, &PASSWORD.into()).unwrap_err();
    let account = Signer::from_hex(&KEY.into()).unwrap().expect_account(Address::ZERO).unwrap_err();
    let printed = format!("{signer:?} {keystore} {keystore:?} {account} {account:?}").to_lowercase();
    for secret in [KEY, &KEY[..16], PASSWORD] {
        assert!(!printed.contains(secret), "{printed}");
    }
    assert!(printed.contains("signer(memory 0x70997970c51812dc3a010c7d01b50e0d17dc79c8)"));
}

#[test]
fn missing_and_overlong_files_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let missing = Signer::from_file(folder.path().join("nothing")).unwrap_err();
    assert!(missing.to_string().contains("nothing"));
    let long = written(&folder, "long", &"a".repeat(10_000));
    assert!(matches!(Signer::from_file(long), Err(Error::File { .. })));
}
