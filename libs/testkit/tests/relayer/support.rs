//! A world with a simulated relayer on it.

use std::path::Path;

use alloy::primitives::U256;
use causeway_testkit::{
    bridge::{Discrepancy, World},
    postgres,
    relayer::{self, Cycle, Pace, Running, Settings},
    wait::eventually,
};
use sqlx::PgPool;

pub(crate) struct Stand {
    pub(crate) world: World,
    pub(crate) settings: Settings,
    pub(crate) pool: PgPool,
    _folder: tempfile::TempDir,
}

pub(crate) fn binary() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_simulated-relayer"))
}

impl Stand {
    pub(crate) async fn new() -> Self {
        let world = World::start().await.unwrap();
        let database = postgres::shared().await.unwrap().database("relayer").await.unwrap();
        relayer::prepare(database.url()).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings::of(&world, database.url(), folder.path().join("journal.jsonl")).unwrap();
        let pool = relayer::open(database.url()).await.unwrap();
        Self { world, settings, pool, _folder: folder }
    }

    /// Starts the relayer, paused: a test says when a cycle runs.
    pub(crate) async fn start(&self) -> Running {
        let settings = Settings { pace: Pace::Paused, ..self.settings.clone() };
        Running::start(binary(), &settings).await.unwrap()
    }

    /// Blocks and cycles in turn until nothing is left to do; returns what was done.
    pub(crate) async fn settle(&self, running: &Running) -> Cycle {
        let mut done = Vec::new();
        eventually("nothing is left to do", async || {
            self.world.mine(3).await.unwrap();
            let cycle = running.step().await.unwrap();
            let is_idle = cycle.was_idle();
            done.push(cycle);
            is_idle
        })
        .await;
        let sum = |of: fn(&Cycle) -> u64| done.iter().map(of).sum();
        Cycle {
            indexed: sum(|cycle| cycle.indexed),
            batches: sum(|cycle| cycle.batches),
            anchored: sum(|cycle| cycle.anchored),
            claimed: sum(|cycle| cycle.claimed),
            recovered: sum(|cycle| cycle.recovered),
            held_up: None,
        }
    }

    /// Blocks and one cycle.
    pub(crate) async fn step(&self, running: &Running) -> Cycle {
        self.world.mine(3).await.unwrap();
        running.step().await.unwrap()
    }

    pub(crate) async fn discrepancies(&self) -> Vec<Discrepancy> {
        self.world.books().await.unwrap().discrepancies().unwrap()
    }

    pub(crate) async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(&self.pool).await.unwrap()
    }

    pub(crate) async fn sum(&self, sql: &'static str) -> U256 {
        let text: String = sqlx::query_scalar(sql).fetch_one(&self.pool).await.unwrap();
        text.parse().unwrap()
    }

    /// The tables' own books against those of the chains: what each of the four kinds of movement adds up to.
    pub(crate) async fn tables_agree_with_the_chains(&self) {
        let books = self.world.books().await.unwrap();
        let sums = [
            ("SELECT COALESCE(SUM(amount), 0)::text FROM deposit_confirmed", books.deposited()),
            ("SELECT COALESCE(SUM(amount), 0)::text FROM mint_confirmed", books.minted()),
            ("SELECT COALESCE(SUM(amount), 0)::text FROM burn_confirmed", books.burned()),
            ("SELECT COALESCE(SUM(amount), 0)::text FROM withdrawal_confirmed", books.released()),
        ];
        for (sql, read) in sums {
            assert_eq!(self.sum(sql).await, read.unwrap(), "{sql}");
        }
    }
}

#[test]
fn the_program_is_found_beside_the_tests() {
    // In a build of everything another package's example of that name may be there as well: the same program.
    let found = relayer::binary().unwrap();
    assert_eq!((found.is_file(), found.file_name()), (true, binary().file_name()));
}

/// So many whole tokens.
pub(crate) fn whole(tokens: u64) -> U256 {
    U256::from(tokens) * U256::from(10).pow(U256::from(18))
}
