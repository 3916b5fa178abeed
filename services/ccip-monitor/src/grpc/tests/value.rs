//! Value on its way is a whole sum or none.

use causeway_primitives::{B256, U256};
use causeway_proto::{
    ccip::v1::{GetInFlightValueRequest, GetInFlightValueResponse, ccip_service_server::CcipService as _},
    types::v1::ChainPosition,
};
use tonic::{Code, Request, Status};

use super::ccip;
use crate::ports::{InFlightCut, fake::FakeStore, samples::in_flight};

async fn ask(cut: InFlightCut, request: GetInFlightValueRequest) -> Result<GetInFlightValueResponse, Status> {
    let (service, _) = ccip(FakeStore { in_flight: cut, ..FakeStore::default() });
    service.get_in_flight_value(Request::new(request)).await.map(tonic::Response::into_inner)
}

fn at_least(chain_id: u64, block_number: u64, block_hash: &str) -> GetInFlightValueRequest {
    let position = ChainPosition { chain_id, block_number, block_hash: block_hash.to_owned() };
    GetInFlightValueRequest { at_least: vec![position], ..GetInFlightValueRequest::default() }
}

#[tokio::test]
async fn ccip_18_value_on_its_way_comes_with_the_positions_that_it_is_true_for() {
    let answer = ask(in_flight(), GetInFlightValueRequest::default()).await.unwrap();
    assert_eq!(answer.values[0].amount.as_ref().unwrap().value, U256::MAX.to_string());
    assert_eq!((answer.values[0].messages, answer.values[0].lane.as_str()), (3, "besu-to-sepolia"));
    assert_eq!(answer.positions.iter().map(|one| one.block_number).collect::<Vec<_>>(), [100, 200]);
}

#[tokio::test]
async fn ccip_18_a_chain_that_was_not_read_far_enough_gives_no_sum() {
    let hash = B256::repeat_byte(0xbb).to_string();
    let other = B256::repeat_byte(0xcc).to_string();
    assert!(ask(in_flight(), at_least(138, 100, "")).await.is_ok());
    assert!(ask(in_flight(), at_least(138, 100, &hash)).await.is_ok());
    for (chain, block, hash) in [(138, 101, ""), (138, 100, other.as_str()), (1, 1, "")] {
        let refused = ask(in_flight(), at_least(chain, block, hash)).await.unwrap_err();
        assert_eq!(refused.code(), Code::FailedPrecondition, "{chain} {block} {hash}");
        assert_eq!(causeway_grpc::Refusal::from(refused).reason, "NOT_CAUGHT_UP");
    }
}

#[tokio::test]
async fn ccip_18_what_could_not_be_read_makes_every_sum_incomplete_that_it_bears_on() {
    let mut cut = in_flight();
    cut.positions[1].open_holes = 2;
    let lane = |name: &str| GetInFlightValueRequest { lane: name.to_owned(), ..GetInFlightValueRequest::default() };
    for request in [GetInFlightValueRequest::default(), lane("besu-to-sepolia")] {
        let refused = ask(cut.clone(), request).await.unwrap_err();
        assert_eq!(refused.code(), Code::FailedPrecondition);
        assert_eq!(causeway_grpc::Refusal::from(refused).reason, "INCOMPLETE");
    }
    // A chain that the lane does not touch does not bear on it.
    cut.positions[1].chain = crate::ports::samples::chain(1);
    assert!(ask(cut, lane("besu-to-sepolia")).await.is_ok());
}

#[tokio::test]
async fn ccip_18_a_lane_that_is_none_has_no_value_and_not_zero() {
    let request = GetInFlightValueRequest { lane: "besu-to-spolia".to_owned(), ..GetInFlightValueRequest::default() };
    assert_eq!(ask(in_flight(), request).await.unwrap_err().code(), Code::NotFound);
    for token in ["0x12", "LINK"] {
        let request = GetInFlightValueRequest { token: token.to_owned(), ..GetInFlightValueRequest::default() };
        assert_eq!(ask(in_flight(), request).await.unwrap_err().code(), Code::InvalidArgument, "{token}");
    }
}
