//! The log cursor on a real EVM: nothing left out, nothing twice, and a reorganisation is noticed.

use alloy::{primitives::I256, rpc::types::Filter};
use causeway_chain::{
    aggregator::AnswerUpdate,
    endpoints::{EndpointSet, Session},
    logs::{LogCursor, Position, Step, newest_on_chain},
};
use causeway_testkit::{
    anvil::Anvil,
    contracts::{Aggregator, Dialect, Spec},
};

use crate::support::endpoints;

async fn session(set: &EndpointSet) -> Session {
    set.liveness().run(|session| async move { Ok(session) }).await.unwrap()
}

struct Indexed {
    anvil: Anvil,
    aggregator: Aggregator,
    session: Session,
    filter: Filter,
}

impl Indexed {
    async fn new() -> Self {
        let anvil = Anvil::builder().start().await.unwrap();
        let publisher = anvil.accounts()[1].address;
        let spec = Spec::new(Dialect::UpdateAnswerInt256, "EUR / USD", publisher);
        let aggregator = Aggregator::deploy(&anvil, &spec).await.unwrap();
        let session = session(&endpoints(&[anvil.url()])).await;
        let filter = Filter::new().address(aggregator.address).event_signature(AnswerUpdate::TOPIC);
        Self { anvil, aggregator, session, filter }
    }

    async fn write(&self, number: i64) {
        let publisher = self.anvil.accounts()[1].address;
        self.aggregator.write(&self.anvil, publisher, I256::try_from(number).unwrap()).await.unwrap();
    }

    /// Steps until there is nothing more; the answers found, and each position passed.
    async fn read_all(&self, cursor: &mut LogCursor) -> (Vec<String>, Vec<Position>) {
        let (mut answers, mut positions) = (Vec::new(), Vec::new());
        loop {
            let head = self.anvil.block_number().await.unwrap();
            match cursor.step(&self.session, &self.filter, head).await.unwrap() {
                Step::Logs { position, logs } => {
                    answers.extend(logs.iter().map(|log| AnswerUpdate::decode(log).unwrap().answer.to_string()));
                    positions.push(position);
                }
                Step::CaughtUp => return (answers, positions),
                step @ (Step::Narrowed | Step::Reorganised) => panic!("{step:?}"),
            }
        }
    }
}

#[tokio::test]
async fn every_round_is_read_once_whatever_the_width_of_the_ranges() {
    let indexed = Indexed::new().await;
    for number in 1..=5 {
        indexed.write(number).await;
        indexed.anvil.mine(3).await.unwrap();
    }
    for width in [1, 2, 7, 5_000] {
        let mut cursor = LogCursor::new(None, 0, width);
        let (answers, positions) = indexed.read_all(&mut cursor).await;
        assert_eq!(answers, ["1", "2", "3", "4", "5"], "ranges of {width}");
        // A restart begins where the last one stored its position, and finds nothing twice.
        let mut restarted = LogCursor::new(positions.last().copied(), 0, width);
        assert_eq!(indexed.read_all(&mut restarted).await, (vec![], vec![]));
    }
}

#[tokio::test]
async fn a_reorganisation_is_noticed_and_read_anew_from_the_last_common_block() {
    let indexed = Indexed::new().await;
    indexed.write(1).await;
    let mut cursor = LogCursor::new(None, 0, 5_000);
    let (_, mut positions) = indexed.read_all(&mut cursor).await;
    indexed.write(2).await;
    let (answers, more) = indexed.read_all(&mut cursor).await;
    assert_eq!(answers, ["2"]);
    positions.extend(more);

    indexed.anvil.reorganise(1).await.unwrap();
    indexed.write(3).await;
    let head = indexed.anvil.block_number().await.unwrap();
    let noticed = cursor.step(&indexed.session, &indexed.filter, head).await.unwrap();
    assert_eq!(noticed, Step::Reorganised);
    positions.reverse();
    let common = newest_on_chain(&indexed.session, &positions).await.unwrap().unwrap();
    assert_eq!(common, *positions.last().unwrap());
    cursor.rewind(common);
    assert_eq!(indexed.read_all(&mut cursor).await.0, ["3"]);
}
