//! A relayer's database with a year of business in it, and a reader with no right to write.

use std::collections::BTreeMap;

use causeway_primitives::{Address, AssetId, ChainName, U256};
use causeway_store::{Metrics, Pool, Settings};
use causeway_testkit::{
    postgres::shared,
    relayer::{self, Totals, Volume},
};
use relayer_invariant_guard::{
    adapters::store::books::{Asset, BooksReader, Counter, Mapping, Scope, Side, Since, SqlTerm},
    domain::{evidence::Books, name::Name, preset::terms},
};

pub(super) const LOCKBOX: Address = Address::repeat_byte(0x10);

pub(super) struct Stand {
    pub(super) reader: BooksReader,
    /// As the reader's role.
    pub(super) pool: Pool,
    /// As the relayer itself.
    pub(super) relayer: sqlx::PgPool,
    pub(super) totals: Totals,
    scope: Scope,
}

impl Stand {
    pub(super) async fn new(label: &str, deposits: u64) -> Self {
        let database = shared().await.unwrap().database(label).await.unwrap();
        relayer::prepare(database.url()).await.unwrap();
        let owner = relayer::open(database.url()).await.unwrap();
        let volume = Volume::of(deposits);
        let totals = relayer::generate(&owner, &volume).await.unwrap();
        let url = relayer::reader(database.url()).await.unwrap();
        let pool = Pool::open(&Settings::new(url.into(), "guard-test"), Metrics::default()).unwrap();
        let mapping = Mapping::with([]).unwrap();
        let scope = scope(&volume);
        Self { reader: BooksReader::new(pool.clone(), &mapping, scope.clone()), pool, relayer: owner, totals, scope }
    }

    /// A reader with one further figure, of the home chain.
    pub(super) fn with_term(&self, select: &str) -> BooksReader {
        let term = SqlTerm::new(asset(), name("further"), home(), select).unwrap();
        let scope = Scope { terms: vec![term], ..self.scope.clone() };
        BooksReader::new(self.pool.clone(), &Mapping::with([]).unwrap(), scope)
    }

    pub(super) async fn read(&self) -> Books {
        self.reader.read(&Since::default()).await.unwrap()
    }

    pub(super) async fn execute(&self, sql: &'static str) {
        sqlx::raw_sql(sql).execute(&self.relayer).await.expect(sql);
    }
}

fn scope(volume: &Volume) -> Scope {
    let (home, remote) = (home(), remote());
    let asset = Asset {
        id: asset(),
        home: home.clone(),
        remote: remote.clone(),
        home_token: volume.asset,
        remote_token: volume.asset,
    };
    let chains = BTreeMap::from([(home.clone(), volume.source.chain_id), (remote, volume.destination.chain_id)]);
    let counters = vec![Counter { chain: home, contract: LOCKBOX, first: 1, side: Side::Home }];
    Scope { chains, assets: vec![asset], counters, windows: vec![(name("day"), 20)], terms: Vec::new() }
}

pub(super) fn asset() -> AssetId {
    "sigil".parse().unwrap()
}

pub(super) fn name(text: &str) -> Name {
    text.parse().unwrap()
}

pub(super) fn home() -> ChainName {
    "home".parse().unwrap()
}

pub(super) fn remote() -> ChainName {
    "remote".parse().unwrap()
}

/// Deposits less withdrawals.
pub(super) fn locked(books: &Books) -> U256 {
    sum(books, terms::DEPOSITS) - sum(books, terms::WITHDRAWALS)
}

pub(super) fn sum(books: &Books, term: &str) -> U256 {
    books.sums[&(asset(), name(term))]
}
