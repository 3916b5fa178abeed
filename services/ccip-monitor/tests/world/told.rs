//! What the chains themselves say of their messages, read from their logs without the service's code: the second opinion
//! that every test ends with.

use std::collections::{BTreeMap, BTreeSet};

use alloy::primitives::{Address, B256, Bytes, U64, U256, b256, keccak256};
use causeway_testkit::{
    anvil::Anvil,
    ccip::{Family, LanePlan},
    monitor::lane_name,
};
use serde::Deserialize;

use super::stage::Stage;

/// First topics from the tables of each version's events; the private family's are those of its source.
mod topic {
    use super::{B256, b256};

    pub(super) const SENT_1_5: B256 = b256!("d0c3c799bf9e2639de44391e7f524d229b2b55f5b1ea94b2bf7da42f7243dddd");
    pub(super) const SENT_1_6: B256 = b256!("192442a2b2adb6a7948f097023cb6b57d29d3a7a5dd33e6666d33c39cc456f32");
    pub(super) const SENT_2_0: B256 = b256!("371bc2ff0a006f4ef863b1d27a065d4e9f938b6d883eb154572b4aea593b32cc");
    pub(super) const EXECUTED_1_5: B256 = b256!("d4f851956a5d67c3997d1c9205045fef79bae2947fdee7e9e2641abc7391ef65");
    pub(super) const EXECUTED_1_6: B256 = b256!("05665fe9ad095383d018353f4cbcba77e84db27dd215081bbf7cdf9ae6fbe48b");
    pub(super) const EXECUTED_2_0: B256 = b256!("8c324ce1367b83031769f6a813e3bb4c117aba2185789d66b98b791405be6df2");
}

const SENT_PRIVATE: &str = "MessageSent(address,uint64,bytes,bytes,address,uint256)";
const EXECUTED_PRIVATE: &str = "MessageExecuted(bytes32,uint64,bytes,bytes)";

/// `ExecutionStateChanged`'s number of success.
const SUCCESS: u64 = 2;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Log {
    topics: Vec<B256>,
    data: Bytes,
    transaction_hash: B256,
    log_index: U64,
}

impl Log {
    /// The word of the data at this place, from 0.
    fn word(&self, place: usize) -> B256 {
        B256::from_slice(&self.data[place * 32..place * 32 + 32])
    }
}

fn number(word: B256) -> u64 {
    U256::from_be_bytes(word.0).to()
}

/// A message that is on its source chain.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) family: Family,
    pub(super) lane: String,
    /// Whether its last execution succeeded; `None` without one.
    pub(super) succeeded: Option<bool>,
    /// Whether a report covers it; `None` where there are no reports.
    pub(super) is_delivered: Option<bool>,
}

/// All listed lanes of the world.
#[derive(Debug, Default)]
pub(super) struct Chains {
    /// By id, as text.
    pub(super) messages: BTreeMap<String, Told>,
    /// Ids that were executed on a private lane, whether or not a message has them.
    pub(super) private_executions: BTreeMap<String, BTreeSet<String>>,
}

pub(super) async fn ask(stage: &Stage) -> Chains {
    let mut chains = Chains::default();
    for lane in stage.world.ccip.plan().lanes {
        if stage.world.plan.families.contains(&lane.family) {
            lane_messages(stage, &lane, &mut chains).await;
        }
    }
    chains
}

async fn lane_messages(stage: &Stage, lane: &LanePlan, chains: &mut Chains) {
    let (source, destination) = (stage.world.ccip.chain(lane.source), stage.world.ccip.chain(lane.source.other()));
    let name = lane_name(lane.family, lane.source);
    let executions = executions(&destination.anvil, lane).await;
    let next = match lane.family {
        Family::V1_5 => Some(stage.world.ccip.v1_5(lane.source).next_to_commit().await.expect("a number")),
        Family::V1_6 => Some(stage.world.ccip.v1_6(lane.source).next_to_commit().await.expect("a number")),
        Family::Private | Family::V2_0 => None,
    };
    for log in logs(&source.anvil, lane.on_ramp, sent_topic(lane.family)).await {
        let (id, sequence) = sent(lane.family, &log);
        let told = Told {
            family: lane.family,
            lane: name.clone(),
            succeeded: executions.get(&id).copied(),
            is_delivered: next.map(|next| sequence < next),
        };
        assert!(chains.messages.insert(id, told).is_none(), "two messages with one id");
    }
    if lane.family == Family::Private {
        chains.private_executions.insert(name, executions.into_keys().collect());
    }
}

/// The last outcome of each id.
async fn executions(anvil: &Anvil, lane: &LanePlan) -> BTreeMap<String, bool> {
    let topic = match lane.family {
        Family::Private => keccak256(EXECUTED_PRIVATE),
        Family::V1_5 => topic::EXECUTED_1_5,
        Family::V1_6 => topic::EXECUTED_1_6,
        Family::V2_0 => topic::EXECUTED_2_0,
    };
    let outcome = |log: &Log| match lane.family {
        Family::Private => (log.topics[1], true),
        Family::V1_5 => (log.topics[2], number(log.word(0)) == SUCCESS),
        Family::V1_6 => (log.topics[3], number(log.word(1)) == SUCCESS),
        Family::V2_0 => (log.topics[3], number(log.word(0)) == SUCCESS),
    };
    let all = logs(anvil, lane.off_ramp, topic).await;
    all.iter().map(outcome).map(|(id, succeeded)| (id.to_string(), succeeded)).collect()
}

fn sent_topic(family: Family) -> B256 {
    match family {
        Family::Private => keccak256(SENT_PRIVATE),
        Family::V1_5 => topic::SENT_1_5,
        Family::V1_6 => topic::SENT_1_6,
        Family::V2_0 => topic::SENT_2_0,
    }
}

/// Id and number of a send; 0 where it is not counted in a way that matters here.
fn sent(family: Family, log: &Log) -> (String, u64) {
    let (id, sequence) = match family {
        Family::Private => {
            let place = B256::from(U256::from(log.log_index.to::<u64>()));
            (keccak256([log.transaction_hash.0, place.0].concat()), 0)
        }
        // One struct: its id is the last of thirteen words, its number the fourth.
        Family::V1_5 => (log.word(13), number(log.word(4))),
        // One struct, which begins with the id.
        Family::V1_6 => (log.word(1), number(log.topics[2])),
        Family::V2_0 => (log.topics[3], 0),
    };
    (id.to_string(), sequence)
}

async fn logs(anvil: &Anvil, address: Address, topic: B256) -> Vec<Log> {
    let filter = serde_json::json!({ "address": address, "fromBlock": "0x0", "topics": [topic] });
    anvil.rpc().call("eth_getLogs", &(filter,)).await.expect("logs")
}
