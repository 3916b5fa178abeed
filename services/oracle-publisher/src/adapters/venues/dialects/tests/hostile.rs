//! What strangers may send: anything. No dialect panics, and none makes a price of what is none.

use proptest::prelude::*;

use super::{fixtures::SAMPLES, *};

fn sample() -> impl Strategy<Value = Sample> {
    prop::sample::select(SAMPLES.to_vec())
}

/// A fixture with some of its bytes replaced, cut off or doubled.
fn mutated() -> impl Strategy<Value = (Sample, Vec<u8>)> {
    let changes = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6);
    (sample(), any::<bool>(), changes, any::<prop::sample::Index>(), any::<bool>()).prop_map(
        |(sample, is_frame, changes, end, is_cut)| {
            let text = sample.frame.filter(|_| is_frame).unwrap_or(sample.answer);
            let mut bytes = text.as_bytes().to_vec();
            for (index, byte) in changes {
                let position = index.index(bytes.len());
                bytes[position] = byte;
            }
            if is_cut {
                bytes.truncate(end.index(bytes.len()));
            }
            (sample, bytes)
        },
    )
}

fn read_everything(sample: &Sample, bytes: &[u8]) {
    _ = rest_of(sample.exchange).read(bytes, &asked(sample.symbol));
    if let (Some(dialect), Ok(text)) = (socket_of(sample.exchange), std::str::from_utf8(bytes)) {
        _ = dialect.read(text);
    }
    _ = coingecko::read_use(bytes);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn ora_6_arbitrary_bytes_never_panic(sample in sample(), bytes in prop::collection::vec(any::<u8>(), 0..256)) {
        read_everything(&sample, &bytes);
    }

    #[test]
    fn ora_6_damaged_payloads_never_panic((sample, bytes) in mutated()) {
        read_everything(&sample, &bytes);
    }

    #[test]
    fn ora_9_any_price_text_comes_out_as_it_went_in(mantissa in 1_u64.., scale in 0_u32..20) {
        let price = causeway_primitives::Decimal::from_i128_with_scale(i128::from(mantissa), scale).to_string();
        let body = format!(r#"{{"ethereum":{{"usd":{price},"last_updated_at":1675329600}}}}"#);
        let readings = rest_of(Exchange::CoinGecko).read(body.as_bytes(), &asked("ethereum/usd")).expect("readings");
        let expected: Price = price.parse().expect("a price");
        prop_assert_eq!(readings[0].outcome.as_ref().map(|quote| quote.price), Ok(expected));
    }
}

#[test]
fn deep_nesting_and_absurd_numbers_are_refused() {
    let bombs = [
        "[".repeat(100_000),
        r#"{"a":"#.repeat(100_000),
        format!(r#"{{"price":{},"time":"2023-02-02T09:20:00Z"}}"#, "9".repeat(10_000)),
        r#"{"price":1e999999999,"time":"2023-02-02T09:20:00Z"}"#.to_owned(),
    ];
    for Sample { exchange, symbol, .. } in SAMPLES {
        for bomb in &bombs {
            let read = rest_of(exchange).read(bomb.as_bytes(), &asked(symbol));
            let is_priceless = read.as_ref().map_or(true, |all| all.iter().all(|reading| reading.outcome.is_err()));
            assert!(is_priceless, "{}: {read:?}", exchange.as_str());
        }
    }
}

#[test]
fn ora_9_zero_and_negative_prices_are_named_as_bad_prices() {
    for (price, expected) in
        [("0", PriceError::NotPositive), ("-1.5", PriceError::NotPositive), ("", PriceError::Malformed)]
    {
        let body = format!(r#"{{"price":"{price}","time":"2023-02-02T09:20:00Z"}}"#);
        let read = rest_of(Exchange::Coinbase).read(body.as_bytes(), &asked("ETH-USD"));
        assert_eq!(read, Ok(readings("ETH-USD", Err(Rejected::Price(expected)))), "{price}");
    }
}

#[test]
fn an_error_holds_no_more_than_an_excerpt_of_what_was_sent() {
    let body = format!(r#"{{"error":["E{}\u0000\n"]}}"#, "x".repeat(10_000));
    let error = rest_of(Exchange::Kraken).read(body.as_bytes(), &asked("ETH/USD")).expect_err("refused");
    assert!(error.to_string().len() < 130, "{error}");
}
