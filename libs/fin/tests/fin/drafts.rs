//! New messages are valid or are not given out.

use causeway_fin::{Draft, DraftError, parse, view::Advice, write_amount, write_date, write_number};
use time::macros::date;

fn debit(narrative: &str) -> Result<String, DraftError> {
    let amount = causeway_fin::amount("EUR".parse().unwrap(), "1234,5").unwrap();
    Draft::new("900", "BANKBEBBAXXX", "BANKUS33XXXX")?
        .uetr("174c245f-2682-4291-ad67-2a41e530cd27".parse().unwrap())
        .field("20", "ADVICE-1")
        .field("21", "PAY-1")
        .field("25", "BE71096123456769")
        .field("32A", &format!("{}{}", write_date(date!(2026 - 07 - 22)), write_amount(amount)))
        .maybe("52A", Some("BANKBEBB"))
        .maybe("72", (!narrative.is_empty()).then_some(narrative))
        .finish()
}

#[test]
fn tok_5_an_advice_is_written_and_read_again() {
    let text = debit("/INS/BANKFRPP\n//SECOND LINE").unwrap();
    let message = parse(text.as_bytes()).unwrap();
    let advice = Advice::read(&causeway_fin::validate(&message)).unwrap();
    assert_eq!(advice.amount.to_string(), "EUR 1234.5");
    assert_eq!(advice.to_receiver, Some("/INS/BANKFRPP\r\n//SECOND LINE"));
}

#[test]
fn tok_10_a_value_cannot_smuggle_in_a_field() {
    assert!(matches!(debit("HELLO\n:32A:260722EUR9,"), Err(DraftError::Structure(_))));
    assert!(matches!(debit("HELLO\n-}{5:{TNG:}}"), Err(DraftError::Structure(_))));
    assert!(matches!(debit("BRACES {}"), Err(DraftError::Rules(_))));
    assert_eq!(Draft::new("900", "BANK", "BANKUS33XXXX").unwrap_err(), DraftError::Terminal);
}

#[test]
fn tok_5_numbers_are_written_with_their_comma() {
    for (value, text) in [("100", "100,"), ("0.5", "0,5"), ("-7.50", "7,50")] {
        assert_eq!(write_number(value.parse().unwrap()), text);
    }
}
