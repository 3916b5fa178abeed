//! No input makes the library panic, run on, or take more than it was allowed.

use causeway_fin::{Fault, Limits, Messages};
use proptest::prelude::*;

use crate::{any_bytes::are_read_or_refused, samples};

proptest! {
    #[test]
    fn tok_10_any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        are_read_or_refused(&bytes);
    }

    #[test]
    fn tok_10_any_text_in_a_message_is_read_or_refused(text in "[ -~\r\n]{0,400}") {
        are_read_or_refused(samples::message("103", "", &text).as_bytes());
    }

    #[test]
    fn tok_10_a_message_with_a_few_wrong_bytes_is_read_or_refused(
        which in 0_usize..28,
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = samples::all().swap_remove(which).1.into_bytes();
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        are_read_or_refused(&bytes);
    }

    #[test]
    fn tok_10_a_message_that_is_cut_is_read_or_refused(which in 0_usize..28, at in any::<prop::sample::Index>()) {
        let bytes = samples::all().swap_remove(which).1.into_bytes();
        are_read_or_refused(&bytes[..at.index(bytes.len())]);
    }
}

#[test]
fn tok_10_limits_hold() {
    let limits = Limits { bytes: 10_000, message_bytes: 2_000, fields: 50, tags: 5 };
    let fault = |text: &str| {
        let read = Messages::new(text.as_bytes(), limits).and_then(|mut all| all.next().unwrap().map(drop));
        read.map_err(|error| error.fault)
    };
    assert_eq!(fault(&"x".repeat(10_001)).unwrap_err(), Fault::TooLarge("bytes"));
    let many = samples::message("199", "", &":79:A\n".repeat(51));
    assert_eq!(fault(&many).unwrap_err(), Fault::TooLarge("fields"));
    let long = samples::message("199", "", &format!(":79:{}", "A".repeat(2_001)));
    assert_eq!(fault(&long).unwrap_err(), Fault::TooLarge("the text of one message"));
    let tags = samples::message("199", &"{108:A}".repeat(6), ":79:A");
    assert_eq!(fault(&tags).unwrap_err(), Fault::TooLarge("tags of one block"));
}

#[test]
fn tok_10_large_input_without_structure_ends_soon() {
    for unit in ["{", "{1:", "{4:{", ":20:", "\r\n", "{1:F01BANKBEBBAXXX0001000001}", "-}", "$"] {
        are_read_or_refused(unit.repeat((16 << 20) / unit.len()).as_bytes());
    }
    // Values that a matcher could try to split in many ways.
    let value = format!(":61:260722C1,NTRF{}", "/".repeat(60_000));
    are_read_or_refused(samples::message("940", "", &value).as_bytes());
    are_read_or_refused(samples::message("103", "", &format!(":50F:{}", "1/\n".repeat(20_000))).as_bytes());
}
