//! The log scanner on a real EVM: nothing left out, nothing twice, and a reorganisation is noticed.

use alloy::{
    primitives::{Address, B256, I256},
    rpc::types::{Filter, Log},
};
use causeway_chain::{
    aggregator::AnswerUpdate,
    endpoints::EndpointSet,
    logs::{Position, ScanPolicy, ScannedLog, Scanner, Selection, Step, newest_on_chain},
};
use causeway_testkit::{
    anvil::Anvil,
    contracts::{Aggregator, Dialect, Spec},
};

use crate::support::endpoints;

struct Indexed {
    anvil: Anvil,
    aggregator: Aggregator,
    endpoints: EndpointSet,
}

impl Indexed {
    async fn new() -> Self {
        let anvil = Anvil::builder().start().await.unwrap();
        let publisher = anvil.accounts()[1].address;
        let spec = Spec::new(Dialect::UpdateAnswerInt256, "EUR / USD", publisher);
        let aggregator = Aggregator::deploy(&anvil, &spec).await.unwrap();
        let endpoints = endpoints(&[anvil.url()]);
        Self { anvil, aggregator, endpoints }
    }

    fn selection(&self) -> Selection {
        Selection::new([self.aggregator.address], [AnswerUpdate::TOPIC])
    }

    fn scanner(&self, position: Option<Position>, widest: u64) -> Scanner {
        let policy = ScanPolicy { widest, ..ScanPolicy::default() };
        Scanner::new(self.endpoints.clone(), self.selection(), position, 0, policy)
    }

    async fn write(&self, number: i64) {
        let publisher = self.anvil.accounts()[1].address;
        self.aggregator.write(&self.anvil, publisher, I256::try_from(number).unwrap()).await.unwrap();
    }
}

/// The answer in an `AnswerUpdated`: its first indexed parameter.
fn answer(log: &ScannedLog) -> String {
    I256::from_raw(log.topics[1].into()).to_string()
}

/// Steps until there is nothing more; the answers found, and each position passed.
async fn read_all(scanner: &mut Scanner) -> (Vec<String>, Vec<Position>) {
    let (mut answers, mut positions) = (Vec::new(), Vec::new());
    loop {
        match scanner.next(u64::MAX).await.unwrap() {
            Step::Window(window) => {
                answers.extend(window.logs.iter().map(answer));
                positions.push(window.position);
            }
            Step::CaughtUp { .. } => return (answers, positions),
            Step::Reorganised => panic!("nothing was reorganised"),
        }
    }
}

#[tokio::test]
async fn ccip_17_every_log_is_read_once_whatever_the_width_of_the_windows() {
    let indexed = Indexed::new().await;
    for number in 1..=5 {
        indexed.write(number).await;
        indexed.anvil.mine(3).await.unwrap();
    }
    for width in [1, 2, 7, 5_000] {
        let (answers, positions) = read_all(&mut indexed.scanner(None, width)).await;
        assert_eq!(answers, ["1", "2", "3", "4", "5"], "windows of {width}");
        // A restart begins where the last one stored its position, and finds nothing twice.
        let mut restarted = indexed.scanner(positions.last().copied(), width);
        assert_eq!(read_all(&mut restarted).await, (vec![], vec![]));
    }
}

#[tokio::test]
async fn ccip_17_a_log_says_where_and_when_it_was_written() {
    let indexed = Indexed::new().await;
    indexed.write(7).await;
    indexed.anvil.mine(2).await.unwrap();
    let Step::Window(window) = indexed.scanner(None, 5_000).next(u64::MAX).await.unwrap() else { panic!() };
    // The same through another client's types.
    let session = indexed.endpoints.liveness().run(|session| async move { Ok(session) }).await.unwrap();
    let filter = Filter::new().address(indexed.aggregator.address).event_signature(AnswerUpdate::TOPIC).from_block(0);
    let expected: Vec<Log> = session.logs(&filter).await.unwrap();
    assert_eq!((window.logs.len(), expected.len()), (1, 1));
    let (found, expected) = (&window.logs[0], &expected[0]);
    let block = session.find_block(found.block_number).await.unwrap().unwrap();
    assert_eq!((found.block_time, found.block_hash), (block.time, block.hash));
    assert_eq!(found.address, expected.address());
    assert_eq!((found.topics.as_slice(), &found.data), (expected.topics(), &expected.data().data));
    assert_eq!(Some(found.tx_hash), expected.transaction_hash);
    assert_eq!((Some(found.tx_index), Some(found.log_index)), (expected.transaction_index, expected.log_index));
}

#[tokio::test]
async fn ccip_16_a_reorganisation_is_noticed_and_read_anew_from_the_last_common_block() {
    let indexed = Indexed::new().await;
    indexed.write(1).await;
    let mut scanner = indexed.scanner(None, 5_000);
    let (_, mut positions) = read_all(&mut scanner).await;
    indexed.write(2).await;
    let (answers, more) = read_all(&mut scanner).await;
    assert_eq!(answers, ["2"]);
    positions.extend(more);

    indexed.anvil.reorganise(1).await.unwrap();
    // At the same height already, before there is a block on top of it.
    assert_eq!(scanner.next(u64::MAX).await.unwrap(), Step::Reorganised);
    indexed.write(3).await;
    assert_eq!(scanner.next(u64::MAX).await.unwrap(), Step::Reorganised);
    let session = indexed.endpoints.liveness().run(|session| async move { Ok(session) }).await.unwrap();
    positions.reverse();
    let common = newest_on_chain(&session, &positions).await.unwrap().unwrap();
    assert_eq!(common, *positions.last().unwrap());
    scanner.rewind(Some(common));
    assert_eq!(read_all(&mut scanner).await.0, ["3"]);
}

#[tokio::test]
async fn ccip_17_contracts_that_are_added_later_are_read_from_there_on() {
    let indexed = Indexed::new().await;
    let nobody = Selection::new([Address::repeat_byte(9)], [B256::ZERO]);
    let mut scanner = Scanner::new(indexed.endpoints.clone(), nobody, None, 0, ScanPolicy::default());
    indexed.write(1).await;
    assert!(read_all(&mut scanner).await.0.is_empty());
    scanner.select(indexed.selection());
    indexed.write(2).await;
    assert_eq!(read_all(&mut scanner).await.0, ["2"]);
    scanner.select(Selection::default());
    indexed.write(3).await;
    let (answers, positions) = read_all(&mut scanner).await;
    assert!(answers.is_empty() && !positions.is_empty(), "blocks go on without a contract to look at");
}
