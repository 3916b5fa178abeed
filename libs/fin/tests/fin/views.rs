//! Messages as values.

use causeway_fin::{
    Message, parse, validate,
    view::{
        Advice, Charges, Direction, Error, Holdings, Identity, Payment, Settlement, Side, Statement, StatusAdvice,
        Transfer, TransferRequest,
    },
};

use crate::samples;

fn read(text: &str) -> Message<'_> {
    parse(text.as_bytes()).unwrap()
}

#[test]
fn tok_5_a_customer_transfer_is_told_as_values() {
    let text = samples::mt103();
    let message = read(&text);
    let transfer = Transfer::read(&validate(&message)).unwrap();
    assert_eq!(transfer.reference, "PAY-2026-0001");
    assert_eq!(transfer.settled.to_string(), "EUR 1234567.89");
    assert_eq!(transfer.value_date.to_string(), "2026-07-22");
    assert_eq!(transfer.charges, Some(Charges::Shared));
    let ordering = transfer.ordering.unwrap();
    assert_eq!(ordering.iban().unwrap().as_str(), "BE71096123456769");
    assert_eq!(ordering.name(), Some("ANNA EXAMPLE"));
    assert!(matches!(&ordering.identity, Identity::Numbered(lines) if lines[2] == (3, "BE/BRUSSELS")));
    assert_eq!(transfer.beneficiary.name(), Some("BERT EXAMPLE"));
    assert_eq!(transfer.banks.account_with.unwrap().bic().unwrap().as_str(), "BANKDEFF");
    let correspondent = transfer.banks.senders_correspondent.unwrap();
    assert_eq!((correspondent.account, correspondent.identity), (Some("123456"), Identity::AccountOnly));
    assert_eq!(transfer.remittance, Some("/RFB/INVOICE 4711"));
}

#[test]
fn tok_5_a_cover_tells_what_it_covers() {
    let text = samples::mt202_cover();
    let message = read(&text);
    let transfer = Transfer::read(&validate(&message)).unwrap();
    assert_eq!(transfer.related, Some("PAY-2026-0001"));
    assert_eq!(transfer.beneficiary.bic().unwrap().as_str(), "BANKITMM");
    let covered = transfer.covered.unwrap();
    assert_eq!(covered.ordering.name(), Some("ANNA EXAMPLE"));
    assert_eq!(covered.instructed.unwrap().to_string(), "EUR 1234567.89");
}

#[test]
fn tok_5_a_request_for_transfer_tells_each_transaction_with_whose_account_it_debits() {
    let text = samples::mt101();
    let message = read(&text);
    let request = TransferRequest::read(&validate(&message)).unwrap();
    assert_eq!((request.reference, request.batch), ("ORDERS-1", None));
    assert_eq!(request.execution.to_string(), "2026-07-22");
    let [one, two] = &request.instructions[..] else { panic!("{request:?}") };
    assert_eq!((one.reference, one.amount.to_string()), ("ONE", "EUR 100".to_owned()));
    assert_eq!(one.beneficiary.iban().unwrap().as_str(), "DE89370400440532013000");
    assert_eq!((two.reference, two.codes.as_slice(), two.charges), ("TWO", ["URGP"].as_slice(), Some(Charges::Ours)));
    assert_eq!(two.account_with.as_ref().unwrap().bic().unwrap().as_str(), "BANKUS33");
    assert_eq!((two.beneficiary.account, two.beneficiary.name()), (Some("123"), Some("CARL")));
    for each in [one, two] {
        assert_eq!(each.ordering.as_ref().unwrap().account, Some("BE71096123456769"), "named once for all of them");
    }
}

#[test]
fn tok_5_a_return_is_no_new_payment() {
    let is_return = |text: &str| Transfer::read(&validate(&read(text))).unwrap().is_return();
    assert!(!is_return(&samples::mt103()));
    for code in ["/RETN/99", "/REJT/99"] {
        assert!(is_return(&samples::mt103().replace(":72:/INS/BANKFRPP", &format!(":72:{code}\r\n/AC04/"))));
    }
}

#[test]
fn tok_5_a_view_needs_a_valid_message_of_its_type() {
    let (valid, broken) = (samples::mt103(), samples::mt103().replace("SHA", "ALL"));
    assert_eq!(Statement::read(&validate(&read(&valid))), Err(Error::Type));
    assert_eq!(Transfer::read(&validate(&read(&broken))), Err(Error::Invalid));
}

#[test]
fn tok_5_a_statement_balances_or_does_not() {
    let text = samples::mt940();
    let message = read(&text);
    let statement = Statement::read(&validate(&message)).unwrap();
    let sides: Vec<_> = statement.entries.iter().map(|entry| (entry.side, entry.is_reversal)).collect();
    assert_eq!(sides, [(Side::Debit, false), (Side::Credit, false), (Side::Credit, true)]);
    let first = &statement.entries[0];
    assert_eq!((first.code, first.reference, first.bank_reference), (("N", "TRF"), "PAY-1", Some("BANK-1")));
    assert_eq!((first.details, first.narrative), (Some("FIRST"), Some("BERT EXAMPLE\r\nINVOICE 4711")));
    assert_eq!(first.entry_date.unwrap().to_string(), "2026-07-22");
    assert_eq!(statement.is_balanced(), Some(true));
    let wrong = text.replace("C260722EUR70,5", "C260722EUR70,51");
    let message = read(&wrong);
    assert_eq!(Statement::read(&validate(&message)).unwrap().is_balanced(), Some(false));
}

#[test]
fn tok_5_an_entry_date_is_in_the_year_closest_to_its_value_date() {
    let text = samples::mt940().replace("2607220722D", "2612310102D");
    let message = read(&text);
    let statement = Statement::read(&validate(&message)).unwrap();
    assert_eq!(statement.entries[0].entry_date.unwrap().to_string(), "2027-01-02");
}

#[test]
fn tok_5_advices_are_told_as_values() {
    for (name, text) in samples::all() {
        let message = read(&text);
        let advice = Advice::read(&validate(&message));
        match name {
            "900" => {
                let advice = advice.unwrap();
                assert_eq!((advice.side, advice.amount.to_string()), (Side::Debit, "JPY 100".to_owned()));
            }
            "910" => {
                let advice = advice.unwrap();
                assert_eq!((advice.side, advice.account), (Side::Credit, "123"));
                assert_eq!(advice.amount.to_string(), "KWD 1.234");
            }
            _ => assert_eq!(advice, Err(Error::Type), "{name}"),
        }
    }
}

#[test]
fn tok_5_a_settlement_is_told_as_values() {
    let text = samples::mt542();
    let message = read(&text);
    let settlement = Settlement::read(&validate(&message)).unwrap();
    assert_eq!((settlement.direction, settlement.payment), (Direction::Deliver, Payment::Free));
    assert_eq!(settlement.isin.unwrap().as_str(), "US0378331005");
    assert_eq!(settlement.description, Some("EXAMPLE SHARES"));
    let (account, quantity) = settlement.accounts[0];
    assert_eq!((account, quantity.kind, quantity.value.to_string()), (Some("ACCOUNT-1"), "UNIT", "1000".to_owned()));
    let roles: Vec<_> = settlement.parties.iter().map(|party| (party.role, party.bic.unwrap().to_string())).collect();
    assert_eq!(roles, [("REAG", "BANKDEFF".into()), ("BUYR", "BANKFRPP".into()), ("PSET", "CEDELULL".into())]);
    assert_eq!(settlement.parties[0].account, Some("ACCOUNT-2"));
    assert_eq!(settlement.amount.unwrap().to_string(), "EUR 101250");
    let text = samples::mt547_sample();
    let message = read(&text);
    let confirmed = Settlement::read(&validate(&message)).unwrap();
    assert!(confirmed.is_confirmation && confirmed.payment == Payment::Against);
    assert_eq!(confirmed.links, [("RELA", "INSTR-1")]);
}

#[test]
fn tok_5_a_status_and_holdings_are_told_as_values() {
    let text = samples::mt548();
    let message = read(&text);
    let advice = StatusAdvice::read(&validate(&message)).unwrap();
    let status = &advice.statuses[0];
    assert_eq!((status.kind, status.code), ("SETT", "PEND"));
    assert_eq!((status.reasons[0].code, status.reasons[0].narrative), ("LACK", Some("NOT ENOUGH\r\nSHARES")));
    let text = samples::mt535();
    let message = read(&text);
    let page = Holdings::read(&validate(&message)).unwrap();
    assert_eq!((page.account, page.has_more), ("ACCOUNT-1", false));
    assert_eq!(page.holdings[0].total.unwrap().value.to_string(), "-1000");
}
