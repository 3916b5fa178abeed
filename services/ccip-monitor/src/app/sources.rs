//! The order of chains in a back-fill: an execution that finds its message stored is one row, and one that does not is
//! written twice. So a chain lets those that send to it go first, as long as that costs nothing to speak of.

use std::{collections::BTreeSet, time::Duration};

use causeway_primitives::{ChainId, Timestamp};

use super::view::Views;

/// A chain that needs longer to be ahead is slow, and is waited for no more until it is: it holds up no other.
const MAY_TAKE: Duration = Duration::from_secs(1);

/// The chains that send to one.
#[derive(Debug)]
pub(super) struct Sources {
    chain: ChainId,
    from: Vec<ChainId>,
    views: Views,
    /// Those that were waited for in vain.
    slow: BTreeSet<ChainId>,
}

impl Sources {
    /// Of `chain`.
    pub(super) const fn new(chain: ChainId, from: Vec<ChainId>, views: Views) -> Self {
        Self { chain, from, views, slow: BTreeSet::new() }
    }

    /// Waits, not for long, until they are read up to `time`. Of chains that wait for each other, the one with the earliest
    /// blocks goes first.
    pub(super) async fn pass(&mut self, time: Timestamp) {
        let mut moved = self.views.watch();
        self.views.wait(self.chain, Some(time));
        let pass = async {
            loop {
                let behind = self.behind(time);
                self.slow.retain(|source| behind.contains(source));
                if behind.is_subset(&self.slow) || moved.changed().await.is_err() {
                    return;
                }
            }
        };
        if tokio::time::timeout(MAY_TAKE, pass).await.is_err() {
            self.slow.extend(self.behind(time));
        }
        self.views.wait(self.chain, None);
    }

    fn behind(&self, time: Timestamp) -> BTreeSet<ChainId> {
        self.from.iter().copied().filter(|source| self.views.is_behind(*source, time)).collect()
    }
}

#[cfg(test)]
mod tests {
    use causeway_chain::logs::Position;
    use causeway_primitives::{B256, ChainSelector};
    use tokio::time::Instant;

    use super::*;
    use crate::app::view::{ChainView, Known};

    const HEAD: u64 = 1_000;

    fn id(chain: u64) -> ChainId {
        ChainId::new(chain).unwrap()
    }

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_secs(seconds).unwrap()
    }

    fn views() -> Views {
        let chain = |number: u64| ChainView {
            name: format!("chain-{number}").parse().unwrap(),
            id: id(number),
            selector: ChainSelector::new(number).unwrap(),
            position: None,
            position_time: None,
            head: Some(HEAD),
            head_time: None,
            final_head: None,
            router: Known::NotAsked,
            cursed: Known::NotAsked,
            balances: Vec::new(),
            looked_at: None,
        };
        Views::new([chain(1), chain(2), chain(3)], [])
    }

    /// A chain is read up to a block, whose number is its time.
    fn read(views: &Views, chain: u64, block: u64) {
        views.change_chain(id(chain), |view| {
            view.position = Some(Position { number: block, hash: B256::ZERO });
            view.position_time = Some(at(block));
        });
    }

    #[tokio::test(start_paused = true)]
    async fn ccip_17_a_back_fill_lets_the_chains_that_send_to_it_go_first() {
        let views = views();
        let mut sources = Sources::new(id(1), vec![id(2)], views.clone());
        let began = Instant::now();
        let (other, pause) = (views.clone(), Duration::from_millis(100));
        let reader = async {
            tokio::time::advance(pause).await;
            read(&other, 2, 40);
            tokio::time::advance(pause).await;
            read(&other, 2, 60);
        };
        tokio::join!(reader, sources.pass(at(50)));
        assert_eq!(began.elapsed(), pause * 2);
    }

    #[tokio::test(start_paused = true)]
    async fn ccip_17_a_slow_chain_is_waited_for_once_and_then_when_it_is_ahead_again() {
        let views = views();
        let mut sources = Sources::new(id(1), vec![id(2)], views.clone());
        let began = Instant::now();
        sources.pass(at(50)).await;
        assert_eq!(began.elapsed(), MAY_TAKE);
        sources.pass(at(60)).await;
        assert_eq!(began.elapsed(), MAY_TAKE, "it is slow");
        read(&views, 2, 70);
        sources.pass(at(70)).await;
        sources.pass(at(80)).await;
        assert_eq!(began.elapsed(), MAY_TAKE * 2, "it was ahead and is waited for again");
        read(&views, 2, HEAD);
        sources.pass(at(5_000)).await;
        assert_eq!(began.elapsed(), MAY_TAKE * 2, "what is read to its head has nothing that could come first");
    }

    #[tokio::test(start_paused = true)]
    async fn ccip_17_of_chains_that_wait_for_each_other_the_one_with_the_earliest_blocks_goes_first() {
        let views = views();
        let mut first = Sources::new(id(1), vec![id(2), id(3)], views.clone());
        let mut second = Sources::new(id(2), vec![id(1), id(3)], views.clone());
        let mut third = Sources::new(id(3), vec![id(1), id(2)], views.clone());
        let began = Instant::now();
        let (one, two) = (views.clone(), views.clone());
        let third = async {
            third.pass(at(50)).await;
        };
        let first = async {
            first.pass(at(10)).await;
            read(&one, 1, HEAD);
        };
        let second = async {
            second.pass(at(20)).await;
            read(&two, 2, HEAD);
        };
        tokio::join!(third, first, second);
        assert_eq!(began.elapsed(), Duration::ZERO);
    }
}
