//! A message is answered as a whole, with the last of its requests.

use causeway_primitives::B256;
use tokenization_gateway::{
    adapters::store::{NewMessage, NewRequest, Step, Taken, TransactionEnd, Written},
    app::report,
    domain::{
        authorise::Refusal,
        identity::Role,
        instruction::Kind,
        request::{MessageId, Origin, Request},
        saga::{Event, Rejection},
    },
};

use super::stand::{Stand, TO_GUARDED, TO_THE_END, at, new_request, way};

fn part(mark: u8, position: u32) -> NewRequest {
    let mut new = new_request(mark, Kind::Mint, 100);
    new.request.origin = Some(Origin {
        message: MessageId::new(9),
        message_type: "pacs.008.001.08".into(),
        message_reference: "M-9".into(),
        position,
        role: Role::CustomerTransfer,
        sender: "BANKBEBBXXX".into(),
        reference: format!("I-{position}"),
        end_to_end: None,
        uetr: None,
        accounts: [None, None],
    });
    new
}

impl Stand {
    /// Writes steps as the gateway does, which answers a message with its last one.
    async fn end(&self, mut request: Request, events: &[Event]) {
        for event in events {
            let way = way(&request, Step { report: Some(report), ..Step::of(*event, &self.gateway, at(1)) });
            let written = self.store.advance(&self.leader, std::slice::from_ref(&way)).await.unwrap();
            assert_eq!(written, Written::Done, "{event:?}");
            request.saga = way.steps[0].0.saga;
        }
    }
}

#[tokio::test]
async fn tok_4_of_a_message_in_three_parts_one_answer_tells_each_when_the_last_has_ended() {
    let stand = Stand::new("gateway_report").await;
    let refused = TransactionEnd {
        position: 2,
        reference: "I-2".into(),
        end_to_end: None,
        uetr: None,
        outcome: Err("account_unknown".into()),
    };
    let message = NewMessage {
        id: MessageId::new(9),
        message_type: "pacs.008.001.08",
        digest: B256::repeat_byte(9),
        sender: "BANKBEBBXXX",
        reference: "M-9",
        file_name: "",
        content: b"<Document/>",
        refused: vec![refused],
    };
    let parts = [part(1, 1), part(3, 3)];
    let [first, last] = [parts[0].request.clone(), parts[1].request.clone()];
    let taken = stand.store.insert_requests(Some(&message), &parts, &first.maker, at(0)).await.unwrap();
    assert_eq!(taken, Taken::Stored);
    stand.end(first.clone(), &[Event::Rejected(Rejection::Rule(Refusal::Zero))]).await;
    assert_eq!(stand.store.list_answers(first.id).await.unwrap(), [], "one is still open");
    let to_the_end: Vec<_> = TO_GUARDED.into_iter().chain(TO_THE_END).collect();
    stand.end(last.clone(), &to_the_end).await;
    let told = stand.store.list_answers(first.id).await.unwrap();
    assert_eq!(told.len(), 1);
    assert_eq!(told, stand.store.list_answers(last.id).await.unwrap(), "it belongs to both");
    let content = &told[0].content;
    assert!(content.contains("<GrpSts>PART</GrpSts>"), "{content}");
    let codes: Vec<_> = content.split("<TxSts>").skip(1).map(|rest| &rest[..4]).collect();
    assert_eq!(codes, ["RJCT", "RJCT", "ACSC"]);
    assert!(content.contains("<Cd>AC01</Cd>"), "the one that never became a request: {content}");
}
