//! Logs that somebody made up: whatever they hold, decoding gives events or an error, takes no more than a bound, and
//! never stops.
//!
//! Two ways to make logs up: from nothing but offsets and lengths at the edges, for every event of every dialect, so that
//! whatever is read is a trap; and from honest logs, of which a few words are replaced, repeated or cut off, so that
//! decoders get far before they meet one. `PROPTEST_CASES` in the environment widens both.

use std::{iter, sync::OnceLock};

use alloy::primitives::{B256, U256};
use causeway_chain::logs::ScannedLog;
use causeway_primitives::Bytes;
use ccip_monitor::ports::Contract;
use proptest::prelude::*;

use super::{
    any_log::{decoder, is_decoded_or_refused, targets},
    private,
    support::{BESU, SEPOLIA, log},
    v1_5, v1_6, v2_0,
};

/// Logs as contracts emit them, with much to lose.
fn honest() -> &'static [(Contract, ScannedLog)] {
    static HONEST: OnceLock<Vec<(Contract, ScannedLog)>> = OnceLock::new();
    HONEST.get_or_init(|| {
        let [send, report] = v1_6::honest();
        vec![send, report, v1_5::honest(), v2_0::honest(), private::honest()]
    })
}

/// Words that decoders break on.
fn sharp_word() -> impl Strategy<Value = [u8; 32]> {
    prop_oneof![
        4 => (0_u64..64).prop_map(|slot| U256::from(slot * 32)),
        2 => (0_u64..2_000).prop_map(U256::from),
        1 => prop_oneof![
            Just(U256::MAX),
            Just(U256::from(u64::MAX)),
            Just(U256::from(u64::MAX) + U256::from(1)),
            Just(U256::from(1_u64 << 63)),
            Just(U256::from(u32::MAX)),
            Just(U256::from(BESU)),
            Just(U256::from(SEPOLIA)),
        ],
        1 => any::<[u8; 32]>().prop_map(U256::from_be_bytes),
    ]
    .prop_map(|word| word.to_be_bytes())
}

fn sharp_log() -> impl Strategy<Value = (usize, Vec<[u8; 32]>, Vec<[u8; 32]>, usize)> {
    (
        0..targets().len(),
        proptest::collection::vec(sharp_word(), 0..4),
        proptest::collection::vec(sharp_word(), 0..40),
        0_usize..40,
    )
}

fn assemble(topic: B256, topics: &[[u8; 32]], words: &[[u8; 32]], cut: usize) -> ScannedLog {
    let mut data = words.as_flattened().to_vec();
    data.truncate(data.len().saturating_sub(cut % 33));
    let topics = iter::once(topic).chain(topics.iter().map(B256::from));
    log(topics.collect(), data.into())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.max(4_096), ..ProptestConfig::default() })]

    /// Logs made of offsets and lengths, for every event.
    #[test]
    fn ccip_3_no_made_up_log_stops_a_decoder((target, topics, words, cut) in sharp_log()) {
        let target = &targets()[target];
        is_decoded_or_refused(&*target.decoder, &target.contract, &assemble(target.topic, &topics, &words, cut));
    }

    /// Honest logs with a few words replaced, a few repeated, and an end that is missing.
    #[test]
    fn ccip_3_no_tampered_log_stops_a_decoder(
        which in 0..honest().len(),
        replaced in proptest::collection::vec((any::<prop::sample::Index>(), sharp_word()), 0..4),
        repeated in proptest::collection::vec(any::<(prop::sample::Index, prop::sample::Index)>(), 0..2),
        bytes in proptest::collection::vec(any::<(prop::sample::Index, u8)>(), 0..3),
        missing in prop_oneof![4 => Just(0_usize), 1 => 0_usize..200],
    ) {
        let (contract, log) = &honest()[which];
        let mut data = log.data.to_vec();
        let words = data.len() / 32;
        for (place, word) in replaced {
            data[place.index(words) * 32..][..32].copy_from_slice(&word);
        }
        for (from, to) in repeated {
            data.copy_within(from.index(words) * 32..from.index(words) * 32 + 32, to.index(words) * 32);
        }
        for (place, byte) in bytes {
            let at = place.index(data.len());
            data[at] = byte;
        }
        data.truncate(data.len().saturating_sub(missing));
        let tampered = ScannedLog { data: data.into(), ..log.clone() };
        is_decoded_or_refused(&*decoder(&contract.dialect), contract, &tampered);
    }
}

#[test]
fn ccip_3_a_megabyte_of_anything_is_an_error_or_events_of_bounded_size() {
    const MEGABYTE: usize = 1 << 20;
    let fill = |word: [u8; 32]| Bytes::from(word.repeat(MEGABYTE / 32));
    let words = [0_u64, 32, 64, 1 << 14, u64::MAX];
    for word in words.map(|word| U256::from(word).to_be_bytes::<32>()).into_iter().chain([[0xff; 32], [0xc3; 32]]) {
        for target in targets() {
            for topics in 0..4 {
                let topics = iter::once(target.topic).chain(iter::repeat_n(B256::from(word), topics));
                is_decoded_or_refused(&*target.decoder, &target.contract, &log(topics.collect(), fill(word)));
            }
        }
    }
}
