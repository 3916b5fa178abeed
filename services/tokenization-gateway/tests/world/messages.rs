//! From a message to a token and back to an answer.

use causeway_fin::{
    parse, validate,
    view::{Advice, Side},
};
use causeway_iso20022::{Limits, Message, Tree, view::StatusReport};
use causeway_primitives::{Decimal, U256};
use tokenization_gateway::{
    app::{Asked, NotTaken, Taken},
    domain::{identity::Scheme, instruction::Movement, request::RequestId, saga::State},
    intake::{Refusal, Unwanted},
};

use super::stand::{IBAN, PAYER, Stand, actor};

const UETR: &str = "174c245f-2682-4291-ad67-2a41e530cd27";

pub(super) fn uetr(number: u32) -> String {
    format!("{number:08x}-2682-4291-ad67-2a41e530cd27")
}

pub(super) fn mt103(uetr: &str, amount: &str, trailer: &str) -> Vec<u8> {
    mt103_for("260722", uetr, amount, trailer)
}

/// For this day, as year, month and day in two digits each.
pub(super) fn mt103_for(day: &str, uetr: &str, amount: &str, trailer: &str) -> Vec<u8> {
    let text = format!(
        ":20:PAY-{}\r\n:23B:CRED\r\n:32A:{day}EUR{amount}\r\n:33B:EUR{amount}\r\n:50K:/{PAYER}\r\nANNA EXAMPLE\r\n\
         :59:/{IBAN}\r\nBERT EXAMPLE\r\n:71A:SHA",
        &uetr[..8]
    );
    format!("{{1:F01BANKBEBBAXXX0001000001}}{{2:I103BANKUS33XXXXN}}{{3:{{121:{uetr}}}}}{{4:\r\n{text}\r\n-}}{trailer}")
        .into_bytes()
}

fn pacs008(uetr: &str, amount: &str) -> Vec<u8> {
    format!(
        "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pacs.008.001.08\"><FIToFICstmrCdtTrf><GrpHdr><MsgId>M-1</MsgId>\
         <CreDtTm>2026-07-22T09:15:00+02:00</CreDtTm><NbOfTxs>1</NbOfTxs><IntrBkSttlmDt>2026-07-22</IntrBkSttlmDt>\
         <SttlmInf><SttlmMtd>INDA</SttlmMtd></SttlmInf></GrpHdr><CdtTrfTxInf><PmtId><InstrId>I-1</InstrId>\
         <EndToEndId>E-{}</EndToEndId><UETR>{uetr}</UETR></PmtId><IntrBkSttlmAmt Ccy=\"EUR\">{amount}</IntrBkSttlmAmt>\
         <ChrgBr>SHAR</ChrgBr><InstgAgt><FinInstnId><BICFI>BANKBEBBXXX</BICFI></FinInstnId></InstgAgt>\
         <Dbtr><Nm>Anna</Nm></Dbtr><DbtrAcct><Id><IBAN>{PAYER}</IBAN></Id></DbtrAcct>\
         <DbtrAgt><FinInstnId><BICFI>BANKBEBB</BICFI></FinInstnId></DbtrAgt>\
         <CdtrAgt><FinInstnId><BICFI>BANKUS33</BICFI></FinInstnId></CdtrAgt>\
         <Cdtr><Nm>Bert</Nm></Cdtr><CdtrAcct><Id><IBAN>{IBAN}</IBAN></Id></CdtrAcct></CdtTrfTxInf></FIToFICstmrCdtTrf>\
         </Document>",
        &uetr[..8]
    )
    .into_bytes()
}

impl Stand {
    /// Hands a message in; the outcome of its one transaction.
    pub(super) async fn hand_in(&self, bytes: &[u8]) -> Result<Taken, NotTaken> {
        let receipts = self.orders.submit(&actor("bank"), "file", bytes).await.unwrap().unwrap();
        assert_eq!((receipts.len(), receipts[0].transactions.len()), (1, 1));
        receipts[0].transactions[0].outcome
    }

    /// As [`Self::hand_in`], for one that must be new.
    pub(super) async fn order(&self, bytes: &[u8]) -> RequestId {
        match self.hand_in(bytes).await {
            Ok(Taken::New(id)) => id,
            other => panic!("{other:?}"),
        }
    }

    /// The statuses of payments that were answered so far, oldest first.
    async fn statuses(&self, id: RequestId) -> Vec<(String, Option<String>, Option<String>)> {
        let answers = self.store.list_answers(id).await.unwrap();
        let statuses = answers.iter().filter(|answer| answer.message_type.starts_with("pacs.002"));
        let read = statuses.map(|answer| {
            let tree = Tree::parse(answer.content.as_bytes(), Limits::default()).unwrap();
            let message = Message::find(&tree).unwrap();
            let report = StatusReport::read(&message).unwrap();
            let transaction = &report.transactions[0];
            let reason = transaction.reasons.first().and_then(|reason| reason.code.map(str::to_owned));
            let uetr = transaction.uetr.map(|uetr| uetr.to_string());
            (transaction.status.unwrap_or_default().to_owned(), reason, uetr)
        });
        read.collect()
    }
}

#[tokio::test]
async fn tok_1_tok_4_tok_5_an_mt103_and_a_pacs_008_become_tokens_and_are_answered() {
    let stand = Stand::new("gateway_payments").await;
    let gateway = stand.start();
    let by_fin = stand.order(&mt103(&uetr(1), "1234,5", "")).await;
    let by_xml = stand.order(&pacs008(&uetr(2), "65.50")).await;
    for id in [by_fin, by_xml] {
        let request = stand.reaches(id, "reported").await;
        assert_eq!(request.valuation.unwrap().round.get(), 42, "the price is attached with its round");
        assert!(request.on_chain.unwrap().block_number > 0);
        assert_eq!(request.saga.attempt, 1);
    }
    assert_eq!(stand.token.balance_of(stand.holder).await.unwrap(), U256::from(1_300_000_000_u64));
    assert_eq!(stand.statuses(by_fin).await, [("ACSC".to_owned(), None, Some(uetr(1)))]);
    assert_eq!(stand.statuses(by_xml).await, [("ACSC".to_owned(), None, Some(uetr(2)))]);
    let answers = stand.store.list_answers(by_xml).await.unwrap();
    assert!(answers.iter().any(|answer| answer.message_type.starts_with("camt.054")));
    stand.is_reconciled(&gateway).await;
}

#[tokio::test]
async fn tok_5_an_mt101_moves_tokens_and_is_answered_by_an_mt900_for_the_debit_and_an_mt910_for_the_credit() {
    let stand = Stand::new("gateway_mt101").await;
    let gateway = stand.start();
    let minted = stand.order(&mt103(UETR, "100,", "")).await;
    stand.reaches(minted, "reported").await;
    let text = format!(
        ":20:ORDERS-1\r\n:28D:1/1\r\n:50H:/{IBAN}\r\nBERT EXAMPLE\r\n:30:260722\r\n:21:ONE\r\n:32B:EUR25,5\r\n\
         :59:/{PAYER}\r\nANNA EXAMPLE\r\n:71A:SHA"
    );
    let message = format!("{{1:F01BANKBEBBAXXX0001000002}}{{2:I101BANKUS33XXXXN}}{{4:\r\n{text}\r\n-}}");
    let id = stand.order(message.as_bytes()).await;
    stand.reaches(id, "reported").await;
    assert_eq!(stand.token.balance_of(stand.payer).await.unwrap(), U256::from(25_500_000));
    let answers = stand.store.list_answers(id).await.unwrap();
    let told = |kind: &str| answers.iter().find(|answer| answer.message_type == kind).unwrap().content.clone();
    for (kind, account, side) in [("MT900", IBAN, Side::Debit), ("MT910", PAYER, Side::Credit)] {
        let text = told(kind);
        let message = parse(text.as_bytes()).unwrap();
        let advice = Advice::read(&validate(&message)).unwrap();
        assert_eq!((advice.side, advice.related, advice.account), (side, "ONE", account));
        assert_eq!(advice.amount.to_string(), "EUR 25.5");
    }
    assert_eq!(stand.statuses(id).await.len(), 1, "and the status of the whole message");
    stand.is_reconciled(&gateway).await;
}

#[tokio::test]
async fn tok_7_one_payment_mints_once_in_whichever_form_and_as_often_as_it_comes() {
    let stand = Stand::new("gateway_again").await;
    let gateway = stand.start();
    let id = stand.order(&mt103(UETR, "100,", "")).await;
    let again = [
        mt103(UETR, "100,", ""),
        mt103(UETR, "100,00", "{5:{CHK:123456789ABC}{PDE:}}"),
        pacs008(UETR, "100"),
        pacs008(UETR, "100.00"),
    ];
    for message in &again {
        assert_eq!(stand.hand_in(message).await, Ok(Taken::Known(id)));
    }
    let other = stand.hand_in(&mt103(UETR, "100,01", "")).await;
    assert_eq!(other, Err(NotTaken::Conflict { request: id, scheme: Scheme::Uetr }));
    stand.reaches(id, "reported").await;
    assert_eq!(stand.hand_in(&again[0]).await, Ok(Taken::Known(id)), "also when it is over");
    assert_eq!(stand.token.total_supply().await.unwrap(), U256::from(100_000_000));
    assert_eq!(stand.token.performed().await.unwrap().len(), 1);
    stand.is_reconciled(&gateway).await;
}

#[tokio::test]
async fn tok_7_tok_10_what_is_refused_leaves_nothing_behind() {
    let stand = Stand::new("gateway_refused").await;
    let maker = actor("bank");
    let training = mt103(UETR, "100,", "{5:{CHK:123456789ABC}{TNG:}}");
    let refused = stand.orders.submit(&maker, "file", &training).await.unwrap().unwrap_err();
    assert!(matches!(refused, Refusal::Unwanted { why: Unwanted::Training, .. }), "{refused:?}");
    let wrong = mt103(UETR, "100.00", "");
    assert!(matches!(stand.orders.submit(&maker, "file", &wrong).await.unwrap(), Err(Refusal::Invalid { .. })));
    let stranger = String::from_utf8(mt103(UETR, "100,", "")).unwrap().replace(IBAN, "GB82WEST12345698765432");
    let outcome = stand.hand_in(stranger.as_bytes()).await;
    assert_eq!(outcome.unwrap_err().reason(), "account_unknown");
    assert_eq!(stand.store.list_requests(&Default::default(), None, 10).await.unwrap(), []);
    assert_eq!(stand.store.audit_head().await.unwrap().index, 0);
}

#[tokio::test]
async fn tok_1_tokens_are_transferred_and_redeemed_by_instruction() {
    let stand = Stand::new("gateway_direct").await;
    let gateway = stand.start();
    let minted = stand.order(&mt103(UETR, "100,", "")).await;
    stand.reaches(minted, "reported").await;
    let (from, to) = (stand.holder, stand.payer);
    let ask = |movement, amount: i64, name: &str| Asked {
        asset: "eur".parse().unwrap(),
        amount: Decimal::new(amount, 2),
        movement,
        business_reference: name.to_owned(),
    };
    let maker = actor("anna");
    for asked in [ask(Movement::Transfer { from, to }, 2_550, "T-1"), ask(Movement::Redeem { from }, 1_000, "R-1")] {
        let Ok(Taken::New(id)) = stand.orders.ask(&maker, &asked).await.unwrap() else { panic!("{asked:?}") };
        assert_eq!(stand.orders.ask(&maker, &asked).await.unwrap(), Ok(Taken::Known(id)), "asked again");
        stand.reaches(id, "reported").await;
    }
    assert_eq!(stand.token.balance_of(from).await.unwrap(), U256::from(64_500_000));
    assert_eq!(stand.token.balance_of(to).await.unwrap(), U256::from(25_500_000));
    let too_much = ask(Movement::Redeem { from: to }, 2_551, "R-2");
    let Ok(Taken::New(id)) = stand.orders.ask(&maker, &too_much).await.unwrap() else { panic!() };
    let held = stand.reaches(id, "held").await;
    assert_eq!(held.saga.state.reason(), "books");
    let too_fine = Asked { amount: Decimal::new(1, 7), ..ask(Movement::Mint { to }, 0, "M-9") };
    let refused = stand.orders.ask(&maker, &too_fine).await.unwrap().unwrap_err();
    assert_eq!(refused.reason(), "amount_not_in_units");
    let elsewhere = ask(Movement::Mint { to: stand.token.address }, 100, "M-10");
    let Ok(Taken::New(id)) = stand.orders.ask(&maker, &elsewhere).await.unwrap() else { panic!() };
    stand.reaches(id, "rejected").await;
    assert!(matches!(stand.state(id).await, State::Rejected(_)));
    stand.is_reconciled(&gateway).await;
}
