//! Idempotency keys: the same call is answered and not carried out again.

use std::time::Duration;

use causeway_primitives::B256;
use tokenization_gateway::adapters::store::{Call, Stored};

use super::stand::{Stand, actor, at};

const RUNNING: Duration = Duration::from_secs(30);

#[tokio::test]
async fn tok_7_a_key_answers_the_same_call_and_refuses_another() {
    let stand = Stand::new("gateway_calls").await;
    let (anna, bert) = (actor("anna"), actor("bert"));
    let call = Call { caller: &anna, key: "k-1", body: B256::repeat_byte(1) };
    let begin = |call, seconds| stand.store.begin_call(call, at(seconds), RUNNING);
    assert_eq!(begin(&call, 0).await.unwrap(), Stored::New);
    assert_eq!(begin(&call, 1).await.unwrap(), Stored::Running);
    let other_body = Call { body: B256::repeat_byte(2), ..call };
    assert_eq!(begin(&other_body, 1).await.unwrap(), Stored::OtherBody);
    let other_caller = Call { caller: &bert, ..other_body };
    assert_eq!(begin(&other_caller, 1).await.unwrap(), Stored::New, "one caller's keys are no other's");
    stand.store.end_call(&call, 202, "{}").await.unwrap();
    let answered = Stored::Answered { status: 202, answer: "{}".to_owned() };
    assert_eq!(begin(&call, 90).await.unwrap(), answered);
    assert_eq!(begin(&other_body, 90).await.unwrap(), Stored::OtherBody);
    assert_eq!(stand.store.forget_calls(at(1), 10).await.unwrap(), 1, "the older of the two");
    assert_eq!(begin(&call, 91).await.unwrap(), Stored::New);
}

#[tokio::test]
async fn tok_7_a_call_that_died_gives_its_key_back_to_the_same_call_alone() {
    let stand = Stand::new("gateway_calls_dead").await;
    let anna = actor("anna");
    let call = Call { caller: &anna, key: "k-1", body: B256::repeat_byte(1) };
    let begin = |call, seconds| stand.store.begin_call(call, at(seconds), RUNNING);
    assert_eq!(begin(&call, 0).await.unwrap(), Stored::New);
    let other = Call { body: B256::repeat_byte(2), ..call };
    assert_eq!(begin(&other, 31).await.unwrap(), Stored::OtherBody);
    assert_eq!(begin(&call, 29).await.unwrap(), Stored::Running);
    assert_eq!(begin(&call, 31).await.unwrap(), Stored::New);
    assert_eq!(begin(&call, 32).await.unwrap(), Stored::Running, "and it runs again");
    stand.store.abandon_call(&call).await.unwrap();
    assert_eq!(begin(&other, 33).await.unwrap(), Stored::New, "what was given up is free");
}
