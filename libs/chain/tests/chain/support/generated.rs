//! Generated chains, their endpoints, and what a scan of them must find.

use std::{ops::RangeInclusive, time::Duration};

use alloy::primitives::{Address, B256, Bytes};
use causeway_chain::{
    endpoints::EndpointSet,
    logs::{Error, Position, ScanPolicy, ScannedLog, Scanner, Selection, Step, Window},
};
use causeway_testkit::blocks::{Behaviour, BlockServer, Chain, GeneratedLog, Generator};

use super::endpoints;

pub(crate) const CONTRACT: Address = Address::repeat_byte(0xc0);
pub(crate) const TOPIC: B256 = B256::repeat_byte(0x70);

/// Between none and three logs in a block, in stretches that are dense and stretches that are empty, with
/// look-alikes of another contract in between. Each fork has other ones.
pub(crate) struct Stretches;

impl Generator for Stretches {
    fn logs(&self, block: u64) -> Vec<GeneratedLog> {
        self.logs_on(block, 0)
    }

    fn logs_on(&self, block: u64, fork: u32) -> Vec<GeneratedLog> {
        let dense = (block / 40) % 3 == 1;
        let count = if dense || block.is_multiple_of(7) { (block + u64::from(fork)) % 4 } else { 0 };
        let log = |index: u64| GeneratedLog {
            address: if index == 1 && block.is_multiple_of(5) { Address::repeat_byte(0xbb) } else { CONTRACT },
            topics: vec![TOPIC],
            data: format!("{block}/{fork}/{index}").into_bytes().into(),
            tx_index: index / 2,
        };
        (0..count).map(log).collect()
    }
}

/// What identifies a log: block, place, hash of the block, time in seconds, data.
pub(crate) type Seen = (u64, u64, B256, u64, Bytes);

pub(crate) struct Generated {
    pub(crate) chain: Chain,
    pub(crate) servers: Vec<BlockServer>,
    pub(crate) endpoints: EndpointSet,
}

impl Generated {
    /// A chain of so many blocks with an endpoint for each behaviour.
    pub(crate) async fn new(height: u64, behaviours: impl IntoIterator<Item = Behaviour>) -> Self {
        let chain = Chain::builder().height(height).build(Stretches);
        let mut servers = Vec::new();
        for behaviour in behaviours {
            servers.push(BlockServer::start(&chain, behaviour).await.unwrap());
        }
        let urls: Vec<_> = servers.iter().map(BlockServer::url).collect();
        let endpoints = endpoints(&urls);
        Self { chain, servers, endpoints }
    }

    /// Windows of at most 50 blocks, and no patience.
    pub(crate) fn scanner(&self) -> Scanner {
        self.scanner_with(ScanPolicy { widest: 50, ..QUICK })
    }

    pub(crate) fn scanner_with(&self, policy: ScanPolicy) -> Scanner {
        let selection = Selection::new([CONTRACT], [TOPIC]);
        Scanner::new(self.endpoints.clone(), selection, None, 0, policy)
    }

    /// What is on the chain in these blocks.
    pub(crate) fn expected(&self, range: RangeInclusive<u64>) -> Vec<Seen> {
        let of_block = |block: u64| {
            let logs = self.chain.logs(block).into_iter().zip(0_u64..);
            let ours = logs.filter(|(log, _)| log.address == CONTRACT);
            ours.map(move |(log, index)| (block, index, self.chain.hash(block), self.chain.seconds(block), log.data))
        };
        range.flat_map(of_block).collect()
    }
}

/// Two rounds, and hardly a pause between them.
pub(crate) const QUICK: ScanPolicy = ScanPolicy {
    widest: 5_000,
    in_flight: 8,
    ahead_bytes: 32 * 1024 * 1024,
    answer_bytes: 2 * 1024 * 1024,
    headers_per_request: 20,
    rounds: 2,
    round_pause: Duration::from_millis(1),
};

pub(crate) fn seen(log: &ScannedLog) -> Seen {
    (log.block_number, log.log_index, log.block_hash, log.block_time.as_secs(), log.data.clone())
}

/// Windows as a service stores them: by position, undone by position.
#[derive(Debug, Default)]
pub(crate) struct Stored(pub(crate) Vec<Window>);

impl Stored {
    pub(crate) fn logs(&self) -> Vec<Seen> {
        self.0.iter().flat_map(|window| window.logs.iter().map(seen)).collect()
    }

    pub(crate) fn position(&self) -> Option<Position> {
        self.0.last().map(|window| window.position)
    }

    /// The positions, newest first.
    pub(crate) fn positions(&self) -> Vec<Position> {
        self.0.iter().rev().map(|window| window.position).collect()
    }

    /// Takes the next window, which must stand on the last one.
    pub(crate) fn push(&mut self, window: Window) {
        let next = self.position().map_or(0, |position| position.number + 1);
        assert_eq!(*window.range.start(), next, "a gap or an overlap");
        assert_eq!(*window.range.end(), window.position.number);
        self.0.push(window);
    }

    pub(crate) fn undo_above(&mut self, position: Option<Position>) {
        self.0.retain(|window| position.is_some_and(|position| window.position.number <= position.number));
    }

    /// Reads on until there is nothing more; an error or a reorganisation is the test's end.
    pub(crate) async fn read_all(&mut self, scanner: &mut Scanner) -> Result<(), Error> {
        loop {
            match scanner.next(u64::MAX).await? {
                Step::Window(window) => self.push(window),
                Step::CaughtUp { .. } => return Ok(()),
                Step::Reorganised => panic!("nothing was reorganised"),
            }
        }
    }
}
