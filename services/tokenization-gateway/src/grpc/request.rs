//! Wire → checked values. Each refusal names the field and what it must be.

use std::str::FromStr;

use causeway_grpc::Refusal;
use causeway_primitives::{Address, AssetId};
use causeway_proto::{
    tokenization::v1::{BridgeRequest, ListRequestsRequest, MintRequest, RedeemRequest, RequestState, TransferRequest},
    types::v1::{Decimal, PageRequest},
};

use super::convert::state;
use crate::{
    adapters::store::Filter,
    app::Asked,
    domain::{instruction::Movement, saga::State},
};

/// Items of a page when the caller names no number.
const DEFAULT_SIZE: u32 = 50;
/// The largest page.
const MAX_SIZE: u32 = 500;
/// Reasons that are asked for at once: more than there are.
const MAX_REASONS: usize = 64;
/// The longest reason that a person gives.
const MAX_WORDS: usize = 500;

pub(super) fn mint(said: &MintRequest) -> Result<Asked, Refusal> {
    let movement = Movement::Mint { to: address("to", &said.to)? };
    asked(&said.asset_id, said.amount.as_ref(), movement, &said.business_reference)
}

pub(super) fn transfer(said: &TransferRequest) -> Result<Asked, Refusal> {
    let movement = Movement::Transfer { from: address("from", &said.from)?, to: address("to", &said.to)? };
    asked(&said.asset_id, said.amount.as_ref(), movement, &said.business_reference)
}

pub(super) fn redeem(said: &RedeemRequest) -> Result<Asked, Refusal> {
    let movement = Movement::Redeem { from: address("from", &said.from)? };
    asked(&said.asset_id, said.amount.as_ref(), movement, &said.business_reference)
}

pub(super) fn bridge(said: &BridgeRequest) -> Result<Asked, Refusal> {
    let expected = "a CCIP chain selector";
    let destination = said.destination_selector.to_string().parse();
    let movement = Movement::Bridge {
        from: address("from", &said.from)?,
        to: address("to", &said.to)?,
        destination: destination.map_err(|_| Refusal::field("destination_selector", expected))?,
    };
    asked(&said.asset_id, said.amount.as_ref(), movement, &said.business_reference)
}

fn asked(asset: &str, amount: Option<&Decimal>, movement: Movement, name: &str) -> Result<Asked, Refusal> {
    let amount = causeway_identifiers::plain_decimal(amount.map_or("", |amount| amount.value.as_str()));
    Ok(Asked {
        asset: self::asset("asset_id", asset)?,
        amount: amount.map_err(|_| Refusal::field("amount", "digits with at most one point, at most 18"))?,
        movement,
        business_reference: name.to_owned(),
    })
}

fn address(field: &str, text: &str) -> Result<Address, Refusal> {
    text.parse().map_err(|_| Refusal::field(field, "an address: 0x and 40 hexadecimal digits"))
}

/// An asset's id; whether there is such an asset is another question.
pub(super) fn asset(field: &str, text: &str) -> Result<AssetId, Refusal> {
    text.parse().map_err(|_| Refusal::field(field, "an asset's id"))
}

/// The name of a request, a message or an answer.
pub(super) fn id<T: FromStr>(field: &str, text: &str) -> Result<T, Refusal> {
    text.parse().map_err(|_| Refusal::field(field, "a UUID"))
}

/// The text, unless it is empty.
pub(super) fn set(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

/// A person's own words, for the record.
pub(super) fn words<'a>(field: &str, text: &'a str) -> Result<&'a str, Refusal> {
    let fits = (1..=MAX_WORDS).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    if fits { Ok(text) } else { Err(Refusal::field(field, format!("one sentence of 1 to {MAX_WORDS} characters"))) }
}

/// How many items a page has.
pub(super) fn size(page: Option<&PageRequest>) -> Result<u32, Refusal> {
    match page.map_or(0, |page| page.size) {
        0 => Ok(DEFAULT_SIZE),
        size @ 1..=MAX_SIZE => Ok(size),
        _ => Err(Refusal::field("page.size", format!("1 to {MAX_SIZE}, or 0 for {DEFAULT_SIZE}"))),
    }
}

/// Where a page begins: behind the last item of the page before.
pub(super) fn token<T: FromStr>(page: Option<&PageRequest>) -> Result<Option<T>, Refusal> {
    let token = page.and_then(|page| set(&page.token));
    let expected = "the token of the page before";
    token.map(|token| token.parse().map_err(|_| Refusal::field("page.token", expected))).transpose()
}

pub(super) fn filter(said: &ListRequestsRequest) -> Result<Filter, Refusal> {
    Ok(Filter {
        state: word(said.state)?,
        reasons: reasons("reasons", &said.reasons)?,
        except: reasons("except_reasons", &said.except_reasons)?,
        asset: set(&said.asset_id).map(|id| asset("asset_id", id)).transpose()?,
        uetr: set(&said.uetr).map(str::to_lowercase),
    })
}

/// The word of a state as rows have it.
fn word(value: i32) -> Result<Option<&'static str>, Refusal> {
    let wanted = RequestState::try_from(value).map_err(|_| Refusal::field("state", "a value of RequestState"))?;
    Ok(State::every().find(|known| state(*known) == wanted).map(State::as_str))
}

/// Reasons that there are.
fn reasons(field: &str, words: &[String]) -> Result<Vec<&'static str>, Refusal> {
    let known = |word: &String| State::every().map(State::reason).find(|known| !known.is_empty() && known == word);
    let found: Option<Vec<_>> = words.iter().take(MAX_REASONS.saturating_add(1)).map(known).collect();
    found
        .filter(|found| found.len() <= MAX_REASONS)
        .ok_or_else(|| Refusal::field(field, "reasons as requests have them, such as `awaits_approval`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tok_10_a_state_that_there_is_none_of_is_no_filter_that_finds_everything() {
        let filter = |state| filter(&ListRequestsRequest { state, ..ListRequestsRequest::default() });
        assert_eq!(filter(0).unwrap().state, None);
        assert_eq!(filter(RequestState::Held.into()).unwrap().state, Some("held"));
        assert_eq!(filter(99).unwrap_err().violations[0].field, "state");
    }

    #[test]
    fn tok_10_a_reason_that_there_is_none_of_is_refused_by_its_field() {
        let words = |word: &str| vec![word.to_owned()];
        let known = ListRequestsRequest { reasons: words("value_date"), ..ListRequestsRequest::default() };
        assert_eq!(filter(&known).unwrap().reasons, ["value_date"]);
        let many = ListRequestsRequest { reasons: vec!["value_date".to_owned(); 65], ..ListRequestsRequest::default() };
        assert_eq!(filter(&many).unwrap_err().violations[0].field, "reasons");
        for bad in ["", "no_such_reason", "held"] {
            let asked = ListRequestsRequest { except_reasons: words(bad), ..ListRequestsRequest::default() };
            assert_eq!(filter(&asked).unwrap_err().violations[0].field, "except_reasons", "{bad}");
        }
    }

    #[test]
    fn tok_10_every_field_of_an_instruction_is_refused_by_its_name() {
        let good = BridgeRequest {
            idempotency_key: "k".into(),
            asset_id: "eur".into(),
            amount: Some(Decimal { value: "1.5".into() }),
            from: "0x00000000000000000000000000000000000000a1".into(),
            to: "0x00000000000000000000000000000000000000b2".into(),
            destination_selector: 16_015_286_601_757_825_753,
            business_reference: "B-1".into(),
        };
        assert!(bridge(&good).is_ok());
        type Spoil = fn(&mut BridgeRequest);
        let cases: [(&str, Spoil); 5] = [
            ("asset_id", |said| said.asset_id = "E U R".into()),
            ("amount", |said| said.amount = None),
            ("amount", |said| said.amount = Some(Decimal { value: "1e3".into() })),
            ("from", |said| said.from = "0x1".into()),
            ("destination_selector", |said| said.destination_selector = 0),
        ];
        for (field, spoil) in cases {
            let mut bad = good.clone();
            spoil(&mut bad);
            assert_eq!(bridge(&bad).unwrap_err().violations[0].field, field);
        }
    }
}
