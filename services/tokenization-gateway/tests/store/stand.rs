//! What every test of the store stands on: a migrated database, a leader, and requests to write.

use std::{sync::Arc, time::Duration};

use causeway_primitives::{Address, B256, Timestamp};
use causeway_store::{
    Metrics, Pool, Settings,
    lease::{Leadership, release, try_acquire},
    schema,
};
use causeway_testkit::postgres::shared;
use tokenization_gateway::{
    adapters::store::{BY_FOLDER, BY_WEBHOOK, MIGRATIONS, NewRequest, Step, Store, Way, Written},
    domain::{
        actor::Actor,
        identity::{BusinessKey, Said},
        instruction::{Instruction, Kind, Movement},
        order::Basis,
        reference::{Reference, Salt},
        request::{Request, RequestId},
        saga::{Event, Saga, next},
    },
};

/// Longer than any test.
const TTL: Duration = Duration::from_secs(3_600);

pub(super) const ANNA: Address = Address::repeat_byte(0xa1);
pub(super) const BERT: Address = Address::repeat_byte(0xb2);

/// The steps from the intake to the journal.
pub(super) const TO_GUARDED: [Event; 3] = [Event::Valued, Event::Authorised, Event::Cleared];
/// The steps from the journal to the end.
pub(super) const TO_THE_END: [Event; 5] =
    [Event::Journaled, Event::Signed, Event::Mined, Event::Reconciled, Event::Reported];

/// A migrated database whose lease a first leader holds.
pub(super) struct Stand {
    pub(super) store: Store,
    pub(super) pool: Pool,
    pub(super) leader: Leadership,
    pub(super) gateway: Actor,
}

impl Stand {
    pub(super) async fn new(label: &str) -> Self {
        let database = shared().await.unwrap().database(label).await.unwrap();
        let pool = Pool::open(&Settings::new(database.url().into(), "gateway-test"), Metrics::default()).unwrap();
        schema::migrate(&pool, &MIGRATIONS).await.unwrap();
        let leader = acquire(&pool, "first").await;
        Self { store: Store::new(pool.clone(), [BY_WEBHOOK, BY_FOLDER]), pool, leader, gateway: Actor::gateway() }
    }

    /// Another replica takes over.
    pub(super) async fn depose(&self) -> Leadership {
        release(&self.pool, &self.leader).await.unwrap();
        acquire(&self.pool, "second").await
    }

    /// Something that a person with the database's password might try.
    pub(super) async fn tamper(&self, sql: &'static str) -> Result<u64, sqlx::Error> {
        sqlx::raw_sql(sql).execute(self.pool.executor()).await.map(|done| done.rows_affected())
    }

    /// Stores a request, as the intake leaves it.
    pub(super) async fn take(&self, new: NewRequest) -> Request {
        let request = new.request.clone();
        let taken = self.store.insert_requests(None, &[new], &request.maker, at(0)).await.unwrap();
        assert_eq!(taken, tokenization_gateway::adapters::store::Taken::Stored);
        request
    }

    /// Writes steps, each from where the last one led.
    pub(super) async fn play(&self, mut request: Request, events: &[Event]) -> Request {
        for event in events {
            let way = way(&request, Step::of(*event, &self.gateway, at(1)));
            let written = self.store.advance(&self.leader, std::slice::from_ref(&way)).await.unwrap();
            assert_eq!(written, Written::Done, "{event:?}");
            request.saga = way.steps[0].0.saga;
        }
        request
    }

    /// One request at its end: so many units for anna.
    pub(super) async fn minted(&self, mark: u8, units: u64) -> Request {
        let request = self.take(new_request(mark, Kind::Mint, units)).await;
        let request = self.play(request, &TO_GUARDED).await;
        self.play(request, &TO_THE_END).await
    }
}

/// One step from where a request stands.
pub(super) fn way(request: &Request, step: Step) -> Way {
    let transition = next(request.saga, step.event).unwrap();
    Way { request: request.clone(), steps: vec![(transition, step)] }
}

async fn acquire(pool: &Pool, holder: &str) -> Leadership {
    try_acquire(pool, &Arc::from("gateway"), &Arc::from(holder), TTL).await.unwrap().unwrap()
}

pub(super) fn at(seconds: u64) -> Timestamp {
    Timestamp::from_secs(1_780_000_000 + seconds).unwrap()
}

pub(super) fn actor(name: &str) -> Actor {
    name.parse().unwrap()
}

/// A request that anna's bank asked for, named by its mark alone.
pub(super) fn new_request(mark: u8, kind: Kind, units: u64) -> NewRequest {
    let maker = actor("anna");
    let key = BusinessKey::caller(&maker, &format!("B-{mark}"));
    let asset = "eur".parse().unwrap();
    let movement = match kind {
        Kind::Mint => Movement::Mint { to: ANNA },
        Kind::Transfer => Movement::Transfer { from: ANNA, to: BERT },
        Kind::Redeem => Movement::Redeem { from: ANNA },
        Kind::Bridge => {
            let destination = "16015286601757825753".parse().unwrap();
            Movement::Bridge { from: ANNA, to: BERT, destination }
        }
    };
    let reference = Reference::of(&Salt::new(B256::repeat_byte(1)), &asset, kind, &key);
    let instruction = Instruction { asset, movement, units: units.to_string().parse().unwrap(), reference };
    let (mut saga, mut path) = (Saga::START, Vec::new());
    for event in [Event::Parsed, Event::Validated, Event::Mapped] {
        saga = next(saga, event).unwrap().saga;
        path.push((event, saga.state));
    }
    let said = Said::plain(instruction.digest());
    let request = Request {
        id: RequestId::new(u128::from(mark)),
        saga,
        instruction,
        amount: units.to_string(),
        basis: Basis::Confirmed,
        maker,
        approvals: Vec::new(),
        valuation: None,
        on_chain: None,
        origin: None,
        not_before: None,
        traceparent: None,
        created_at: at(0),
        updated_at: at(0),
    };
    NewRequest { request, keys: vec![key], said, path }
}
