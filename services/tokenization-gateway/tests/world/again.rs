//! What comes again and what only looks like it: the first is known, the second is shown to a person, and neither is in the
//! way of anything else.

use tokenization_gateway::{
    app::{NotTaken, Taken},
    domain::{
        identity::Scheme,
        request::RequestId,
        saga::{Hold, State},
    },
};

use super::{
    messages::{mt103, uetr},
    stand::{IBAN, PAYER, Stand, actor},
};

/// A customer's order by a bank that names itself by no BIC: who pays, its own reference, the one from end to end.
struct Payment {
    payer: &'static str,
    transaction: &'static str,
    end_to_end: &'static str,
}

const ANNA: Payment = Payment { payer: PAYER, transaction: "T-1", end_to_end: "RENT" };
const CARL: Payment = Payment { payer: "GB82WEST12345698765432", transaction: "T-2", ..ANNA };

fn pacs008(message: &str, payments: &[Payment]) -> String {
    let transactions = payments.iter().map(|Payment { payer, transaction, end_to_end }| {
        format!(
            "<CdtTrfTxInf><PmtId><EndToEndId>{end_to_end}</EndToEndId><TxId>{transaction}</TxId></PmtId>\
             <IntrBkSttlmAmt Ccy=\"EUR\">50.00</IntrBkSttlmAmt><ChrgBr>SHAR</ChrgBr><Dbtr><Nm>Somebody</Nm></Dbtr>\
             <DbtrAcct><Id><IBAN>{payer}</IBAN></Id></DbtrAcct>\
             <DbtrAgt><FinInstnId><Nm>A bank</Nm></FinInstnId></DbtrAgt><CdtrAgt><FinInstnId><Nm>A bank</Nm></FinInstnId>\
             </CdtrAgt><Cdtr><Nm>Bert</Nm></Cdtr><CdtrAcct><Id><IBAN>{IBAN}</IBAN></Id></CdtrAcct></CdtTrfTxInf>"
        )
    });
    format!(
        "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pacs.008.001.08\"><FIToFICstmrCdtTrf><GrpHdr><MsgId>{message}</MsgId>\
         <CreDtTm>2026-07-22T09:15:00+02:00</CreDtTm><NbOfTxs>{}</NbOfTxs><IntrBkSttlmDt>2026-07-22</IntrBkSttlmDt>\
         <SttlmInf><SttlmMtd>INDA</SttlmMtd></SttlmInf></GrpHdr>{}</FIToFICstmrCdtTrf></Document>",
        payments.len(),
        transactions.collect::<String>()
    )
}

impl Stand {
    /// What became of each transaction of a message that this caller hands in.
    async fn taken(&self, maker: &str, message: &str) -> Vec<Result<Taken, NotTaken>> {
        let receipts = self.orders.submit(&actor(maker), "file", message.as_bytes()).await.unwrap().unwrap();
        receipts.into_iter().flat_map(|receipt| receipt.transactions).map(|one| one.outcome).collect()
    }

    async fn is_shown_to_a_person(&self, id: RequestId) -> bool {
        self.state(id).await == State::Held(Hold::Duplicate)
    }
}

#[tokio::test]
async fn tok_7_two_payments_of_one_reference_in_one_message_are_two_and_the_second_waits_for_a_person() {
    let stand = Stand::new("gateway_twins").await;
    let twins = [ANNA, Payment { ..ANNA }];
    for (message, of) in [("M-1", [ANNA, CARL]), ("M-2", twins.map(|one| Payment { end_to_end: "TWINS", ..one }))] {
        let text = pacs008(message, &of);
        let taken = stand.taken("bank", &text).await;
        let [Ok(Taken::New(first)), Ok(Taken::New(second))] = taken[..] else { panic!("{message}: {taken:?}") };
        assert_eq!(stand.state(first).await, State::Mapped);
        assert!(stand.is_shown_to_a_person(second).await);
        let both = vec![Ok(Taken::Known(first)), Ok(Taken::Known(second))];
        assert_eq!(stand.taken("bank", &text).await, both, "{message} again");
        assert_eq!(stand.taken("bank", &pacs008("M-9", &of)).await, both, "{message} made anew");
    }
    let one_uetr = pacs008("M-3", &[ANNA, CARL]).replace("</PmtId>", &format!("<UETR>{}</UETR></PmtId>", uetr(3)));
    let one_uetr = one_uetr.replace("RENT", "UETR");
    let taken = stand.taken("bank", &one_uetr).await;
    let [Ok(Taken::New(request)), refused] = taken[..] else { panic!("{taken:?}") };
    assert_eq!(refused, Err(NotTaken::Conflict { request, scheme: Scheme::Uetr }));
}

#[tokio::test]
async fn tok_7_a_message_without_sender_that_is_made_anew_is_known_by_who_hands_it_in() {
    let stand = Stand::new("gateway_senderless").await;
    let taken = stand.taken("bank", &pacs008("M-1", &[ANNA])).await;
    let [Ok(Taken::New(id))] = taken[..] else { panic!("{taken:?}") };
    assert_eq!(stand.taken("bank", &pacs008("M-2", &[ANNA])).await, [Ok(Taken::Known(id))]);
    let taken = stand.taken("bank", &pacs008("M-3", &[CARL])).await;
    let [Ok(Taken::New(other))] = taken[..] else { panic!("{taken:?}") };
    assert!(stand.is_shown_to_a_person(other).await, "another payer behind the same reference");
    let nameless = Payment { end_to_end: "NOTPROVIDED", ..ANNA };
    let text = pacs008("M-4", &[nameless]).replace("<TxId>T-1</TxId>", "");
    let taken = stand.taken("bank", &text).await;
    let [Ok(Taken::New(id))] = taken[..] else { panic!("{taken:?}") };
    assert!(stand.is_shown_to_a_person(id).await, "nothing but its content names it");
    assert_eq!(stand.taken("bank", &text).await, [Ok(Taken::Known(id))]);
}

#[tokio::test]
async fn tok_7_the_same_text_under_another_uetr_waits_for_a_person_and_is_known_when_it_comes_again() {
    let stand = Stand::new("gateway_texts").await;
    let text = |message: Vec<u8>| String::from_utf8(message).unwrap();
    let first = text(mt103(&uetr(1), "100,", ""));
    let id = stand.order(first.as_bytes()).await;
    let others = [first.replace(&uetr(1), &uetr(2)), first.replace(&format!("{{3:{{121:{}}}}}", uetr(1)), "")];
    for other in others {
        let held = stand.order(other.as_bytes()).await;
        assert!(stand.is_shown_to_a_person(held).await);
        assert_eq!(stand.hand_in(other.as_bytes()).await, Ok(Taken::Known(held)));
    }
    assert_eq!(stand.hand_in(first.as_bytes()).await, Ok(Taken::Known(id)));
}
