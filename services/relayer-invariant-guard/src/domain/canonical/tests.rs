//! Spellings: the bytes of small values by hand, and what is refused.

use super::*;

fn bytes<T: Canonical>(value: &T) -> Vec<u8> {
    let mut out = Vec::new();
    value.write(&mut out);
    out
}

fn read<T: Canonical>(bytes: &[u8]) -> Result<T, Malformed> {
    let mut input = Reader { left: bytes };
    let value = T::read(&mut input)?;
    if input.left.is_empty() { Ok(value) } else { Err(Malformed::Long { left: input.left.len() }) }
}

#[test]
fn grd_16_small_values_have_the_bytes_that_anybody_would_write() {
    assert_eq!(bytes(&258_u32), [0, 0, 1, 2]);
    assert_eq!(bytes(&"ab".to_owned()), [0, 0, 0, 2, b'a', b'b']);
    assert_eq!(bytes(&Some(7_u8)), [1, 7]);
    assert_eq!(bytes(&None::<u8>), [0]);
    assert_eq!(bytes(&BTreeMap::from([(2_u8, 9_u8), (1, 8)])), [0, 0, 0, 2, 1, 8, 2, 9]);
    assert_eq!(bytes(&U256::from(5)).len(), 32);
    assert_eq!(bytes(&finding::Tier::Halt), [0, 0, 0, 4, b'h', b'a', b'l', b't']);
}

#[test]
fn grd_16_another_spelling_of_a_value_is_refused() {
    assert_eq!(read::<BTreeMap<u8, u8>>(&[0, 0, 0, 2, 2, 9, 1, 8]), Err(Malformed::Order));
    assert_eq!(read::<BTreeSet<u8>>(&[0, 0, 0, 2, 1, 1]), Err(Malformed::Order));
    assert_eq!(read::<bool>(&[2]), Err(Malformed::Value { what: "truth value" }));
    assert_eq!(read::<String>(&[0, 0, 0, 1, 0xff]), Err(Malformed::Value { what: "text" }));
    assert_eq!(read::<Name>(&[0, 0, 0, 1, b'A']), Err(Malformed::Value { what: "name" }));
    assert_eq!(read::<u32>(&[0, 0, 1]), Err(Malformed::Short));
    assert_eq!(read::<u8>(&[0, 1]), Err(Malformed::Long { left: 1 }));
    assert_eq!(read::<Vec<u8>>(&[0xff, 0xff, 0xff, 0xff, 1]), Err(Malformed::Short), "a length is no promise");
}

#[test]
fn grd_16_bytes_of_something_else_are_refused_by_name() {
    let stored = encode(PLAN, &7_u8);
    assert_eq!(decode::<u8>(PLAN, &stored), Ok(7));
    assert_eq!(decode::<u8>(RULES, &stored), Err(Malformed::Kind { expected: RULES }));
    assert_eq!(decode::<u8>(PLAN, &[]), Err(Malformed::Kind { expected: PLAN }));
    assert_eq!(decode::<u8>(PLAN, &[stored.as_slice(), &[0]].concat()), Err(Malformed::Long { left: 1 }));
}
