//! Messages as values, over several versions.

use std::{sync::mpsc, thread, time::Duration};

use causeway_iso20022::view::{
    Cancellations, Direction, Error, Payment, Reports, Returns, Settlement, Side, StatusReport, Transfers,
};

use crate::samples::{self, with};

#[test]
fn tok_4_customer_transfers_are_told_as_values() {
    with(&samples::pacs008(), |message| {
        let all = Transfers::read(message).unwrap();
        assert_eq!((all.message, all.method, all.transfers.len()), ("M-1", Some("INDA"), 2));
        let second = &all.transfers[1];
        assert_eq!((second.instruction, second.end_to_end), (Some("I-2"), Some("E-2")));
        assert_eq!(second.amount.to_string(), "EUR 50.25");
        assert_eq!(second.date.unwrap().to_string(), "2026-07-22");
        let debtor = second.debtor.as_ref().unwrap();
        assert_eq!((debtor.name, debtor.iban().unwrap().as_str()), (Some("Anna & Sons"), "BE71096123456769"));
        assert_eq!(
            (debtor.country.unwrap().as_str(), debtor.address.as_slice()),
            ("BE", ["Main Street", "Brussels"].as_slice())
        );
        assert_eq!(debtor.lei.as_ref().unwrap().to_string(), "529900T8BM49AURSDO55");
        assert_eq!(second.creditor.as_ref().unwrap().account, Some("4711"));
        assert_eq!(second.creditor_agent.as_ref().unwrap().clearing, Some(("USABA", "021000089")));
        assert_eq!(second.remittance, ["Invoice", "2"]);
    });
    // Version 2 called the BIC of a bank BIC.
    let old = samples::pacs008().replace("pacs.008.001.08", "pacs.008.001.02").replace("BICFI", "BIC");
    with(&old, |message| {
        let all = Transfers::read(message).unwrap();
        assert_eq!(all.transfers[0].debtor_agent.as_ref().unwrap().bic.unwrap().as_str(), "BANKBEBB");
    });
}

#[test]
fn tok_4_a_cover_and_orders_are_told_as_values() {
    with(&samples::pacs009_cover(), |message| {
        let transfer = &Transfers::read(message).unwrap().transfers[0];
        assert_eq!(transfer.end_to_end, None, "NOTPROVIDED identifies nothing");
        assert_eq!(transfer.creditor.as_ref().unwrap().bic.unwrap().as_str(), "BANKUS33XXX");
        assert_eq!(transfer.covered.as_ref().unwrap().debtor.as_ref().unwrap().name, Some("Anna"));
    });
    with(&samples::pain001(), |message| {
        let all = Transfers::read(message).unwrap();
        let told: Vec<_> =
            all.transfers.iter().map(|one| (one.amount.to_string(), one.date.unwrap().to_string())).collect();
        assert_eq!(told, [("EUR 1".into(), "2026-07-23".into()), ("USD 2".into(), "2026-07-23".into())]);
        assert_eq!(all.transfers[1].debtor.as_ref().unwrap().name, Some("Anna"));
    });
}

#[test]
fn tok_4_status_returns_and_cancellations_are_told_as_values() {
    with(&samples::pacs002(), |message| {
        let report = StatusReport::read(message).unwrap();
        assert_eq!((report.original, report.group), (Some(("M-1", "pacs.008.001.08")), Some("PART")));
        assert_eq!(report.transactions[0].status, Some("ACSC"));
        let refused = &report.transactions[1];
        assert_eq!((refused.end_to_end, refused.reasons[0].code), (Some("E-2"), Some("AC04")));
        assert_eq!(refused.reasons[0].details, ["closed"]);
    });
    with(&samples::pacs004(), |message| {
        let one = &Returns::read(message).unwrap().returns[0];
        assert_eq!((one.returned.to_string(), one.original.unwrap().to_string()), ("EUR 95".into(), "EUR 100".into()));
    });
    with(&samples::camt056(), |message| {
        let all = Cancellations::read(message).unwrap();
        assert_eq!((all.case, all.cancellations[0].reasons[0].code), (Some("C-1"), Some("DUPL")));
    });
}

#[test]
fn tok_4_statements_are_told_as_values_and_balance_or_do_not() {
    with(&samples::camt053(), |message| {
        let report = &Reports::read(message).unwrap().reports[0];
        assert_eq!((report.account, report.entries.len()), ("BE71096123456769", 2));
        let entry = &report.entries[0];
        assert_eq!((entry.side, entry.status, entry.bank_reference), (Side::Debit, Some("BOOK"), Some("B-1")));
        assert_eq!(entry.value_date.unwrap().to_string(), "2026-07-22");
        assert_eq!(entry.details[0].creditor.as_ref().unwrap().name, Some("Bert"));
        assert_eq!(report.is_balanced(), Some(true), "the pending entry does not count");
    });
    let wrong = samples::camt053().replace(">59.50<", ">59.51<");
    with(&wrong, |message| assert_eq!(Reports::read(message).unwrap().reports[0].is_balanced(), Some(false)));
    with(&samples::camt054_old(), |message| {
        let report = &Reports::read(message).unwrap().reports[0];
        let entry = &report.entries[0];
        assert_eq!((report.account, entry.status, entry.is_reversal), ("4711", Some("BOOK"), true));
        assert_eq!(report.is_balanced(), None);
    });
}

#[test]
fn tok_4_settlements_are_told_as_values() {
    with(&samples::sese023(), |message| {
        let one = Settlement::read(message).unwrap();
        assert_eq!(
            (one.reference, one.direction, one.payment),
            ("T-1", Some(Direction::Deliver), Some(Payment::Against))
        );
        assert_eq!(one.trade_date.unwrap().to_string(), "2026-07-20");
        assert_eq!(one.settlement_date.unwrap().to_string(), "2026-07-22");
        assert_eq!(one.isin.unwrap().as_str(), "US0378331005");
        assert_eq!(one.quantity.map(|(kind, value)| (kind, value.to_string())), Some(("Unit", "1000".into())));
        assert_eq!((one.account, one.amount.unwrap().to_string()), (Some("ACCOUNT-1"), "EUR 101250".into()));
        let parties: Vec<_> =
            one.parties.iter().map(|party| (party.role, party.bic.unwrap().to_string(), party.account)).collect();
        assert_eq!(parties, [("Dpstry", "CEDELULL".into(), None), ("Pty1", "BANKDEFF".into(), Some("ACCOUNT-2"))]);
    });
    with(&samples::sese024(), |message| {
        let one = Settlement::read(message).unwrap();
        assert_eq!((one.reference, one.statuses.as_slice()), ("T-1", [("Pdg", "LACK")].as_slice()));
    });
    with(&samples::sese025(), |message| {
        let one = Settlement::read(message).unwrap();
        assert_eq!((one.direction, one.quantity.unwrap().0), (Some(Direction::Deliver), "FaceAmt"));
        assert_eq!(one.settlement_date.unwrap().to_string(), "2026-07-22");
    });
}

#[test]
fn tok_10_a_view_says_what_it_could_not_do_without() {
    with(&samples::pacs002(), |message| assert_eq!(Transfers::read(message), Err(Error::Kind)));
    let without = samples::pacs008().replace("<IntrBkSttlmAmt Ccy=\"EUR\">50.25</IntrBkSttlmAmt>", "");
    with(&without, |message| {
        let path = "/Document/FIToFICstmrCdtTrf/CdtTrfTxInf[2]/IntrBkSttlmAmt".to_owned();
        assert_eq!(Transfers::read(message), Err(Error::Value { path }));
    });
}

#[test]
fn tok_10_what_a_payment_says_for_all_of_its_orders_is_not_looked_for_by_each_of_them() {
    let order = "<CdtTrfTxInf><PmtId><EndToEndId>E-1</EndToEndId></PmtId><Amt><InstdAmt Ccy=\"EUR\">1</InstdAmt></Amt>\
                 <Cdtr><Nm>Bert</Nm></Cdtr></CdtTrfTxInf>";
    let text = samples::pain001().replace(order, &order.repeat(20_000));
    let (done, told) = mpsc::channel();
    thread::spawn(move || {
        let found = with(&text, |message| Transfers::read(message).unwrap().transfers.len());
        done.send(found).unwrap();
    });
    // A moment; where each passes by all the others it is minutes.
    assert_eq!(told.recv_timeout(Duration::from_secs(20)), Ok(20_001));
}
