//! Messages whose execution failed.

use causeway_primitives::{B256, U256};
use causeway_testkit::ccip::{Behaviour, Family, Role, Send, Side};
use ccip_monitor::domain::{
    diagnose::{Found, StepName, Verdict, diagnosis::ManualCall},
    message::Status,
};
use serde_json::json;

use super::stand::Stand;

/// Anybody sends the ready-made call.
async fn execute(stand: &Stand, off_ramp: causeway_primitives::Address, call: &ManualCall) {
    let anvil = &stand.world.away.anvil;
    let from = stand.world.away.account(Role::Stranger);
    let request = json!({ "from": from, "to": off_ramp, "data": call.calldata, "gas": "0xb71b00" });
    let _: B256 = anvil.rpc().call("eth_sendTransaction", &(request,)).await.unwrap();
    anvil.mine(1).await.unwrap();
}

#[tokio::test]
async fn ccip_15_a_failing_receiver_is_diagnosed_with_its_words_and_healed_by_the_call_that_is_given() {
    let stand = Stand::new("diagnosis").await;
    for family in [Family::V1_5, Family::V1_6] {
        let reason = "the vault is closed".to_owned();
        stand.world.away.tell_receiver(&Behaviour::RevertWithReason(reason.clone())).await.unwrap();
        let (sent, _) = match family {
            Family::V1_5 => stand.world.v1_5(Side::Home).deliver(&stand.hello()).await.unwrap(),
            Family::Private | Family::V1_6 | Family::V2_0 => {
                stand.world.v1_6(Side::Home).deliver(&stand.hello()).await.unwrap()
            }
        };
        stand.read().await;
        let found = stand.diagnose(sent.message_id).await.diagnosis;
        assert!(matches!(found.verdict, Verdict::Executable { .. }), "{family:?}: {found:#?}");
        assert!(found.summary.contains(&reason), "{family:?}: {}", found.summary);
        assert!(found.action.starts_with("Mend the receiver first"), "{family:?}: {}", found.action);
        assert_eq!(found.find_step(StepName::Gas).unwrap().found, Found::Problem);

        stand.world.away.tell_receiver(&Behaviour::Accept).await.unwrap();
        stand.read().await;
        let found = stand.diagnose(sent.message_id).await.diagnosis;
        assert!(found.action.starts_with("The receiver takes the message now"), "{family:?}: {}", found.action);
        let manual = found.manual.unwrap();
        let call = manual.call.unwrap_or_else(|gap| panic!("{family:?}: {gap}"));
        execute(&stand, manual.off_ramp, &call).await;
        stand.read().await;
        let found = stand.diagnose(sent.message_id).await;
        assert_eq!(
            (found.message.status, found.diagnosis.verdict),
            (Status::Executed, Verdict::Executed),
            "{family:?}"
        );
    }
}

#[tokio::test]
async fn ccip_15_a_receiver_that_ran_out_of_gas_is_given_more() {
    let stand = Stand::new("diagnosis").await;
    stand.world.away.tell_receiver(&Behaviour::UseGas(500_000)).await.unwrap();
    let (sent, _) = stand.world.v1_6(Side::Home).deliver(&stand.hello()).await.unwrap();
    stand.read().await;
    let found = stand.diagnose(sent.message_id).await.diagnosis;
    let manual = found.manual.clone().unwrap();
    let more = manual.gas_override.expect("a suggestion");
    assert!(more > U256::from(500_000), "{more}");
    assert!(found.action.contains(&more.to_string()), "{}", found.action);
    execute(&stand, manual.off_ramp, &manual.call.unwrap()).await;
    stand.read().await;
    assert_eq!(stand.diagnose(sent.message_id).await.diagnosis.verdict, Verdict::Executed);
}

#[tokio::test]
async fn ccip_15_a_pool_that_is_too_small_for_ever_is_named_before_anybody_waits() {
    let stand = Stand::new("diagnosis").await;
    let lane = stand.world.v1_6(Side::Home);
    lane.limit_arrivals(10, 1).await.unwrap();
    let bridged = stand.world.home.tokens.bridged;
    let send = Send { tokens: vec![(bridged, U256::from(1_000))], ..stand.hello() };
    let sent = lane.send(&send).await.unwrap();
    lane.commit_all().await.unwrap();
    stand.read().await;
    let found = stand.diagnose(sent.message_id).await.diagnosis;
    assert_eq!(found.verdict, Verdict::Stuck { at: StepName::Execution }, "{found:#?}");
    assert!(found.action.contains("capacity"), "{}", found.action);
}
