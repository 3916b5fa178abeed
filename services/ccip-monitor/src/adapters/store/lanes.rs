//! Lanes and ramps by their short numbers. There are few of them; a writer reads them all and adds what it meets.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use causeway_primitives::{Address, ChainId};
use causeway_store::{Error, Named as _, Transaction};

use super::{
    findings,
    values::{address, selector, signed},
};
use crate::{
    domain::{
        event::{LaneEvent, Located},
        finding::Finding,
        lane::{Dialect, LaneKey},
    },
    ports::LaneRow,
};

/// A lane, as far as a writer needs to know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lane {
    pub(super) lane: i32,
    source_chain: Option<i64>,
    destination_chain: Option<i64>,
    pub(super) widest_report: i64,
    listed: bool,
}

/// Lanes that nobody listed and that are followed all the same. Contracts of operators' own may let anybody name a
/// destination, and each lane is asked about in each round.
pub(super) const MOST_UNLISTED: usize = 1_000;

/// What became of the lanes that events name.
#[derive(Debug, Default)]
pub(super) struct Met {
    /// Those that were never seen before.
    pub(super) new: Vec<LaneKey>,
    /// Those beyond [`MOST_UNLISTED`].
    refused: BTreeSet<LaneKey>,
}

impl Met {
    /// The events without those of lanes that are too many.
    pub(super) fn take<'a>(&self, events: &'a [Located]) -> Cow<'a, [Located]> {
        if self.refused.is_empty() {
            return Cow::Borrowed(events);
        }
        events.iter().filter(|located| self.refused_lane(located).is_none()).cloned().collect()
    }

    /// What is to be said of the others.
    pub(super) fn finding(&self, events: &[Located]) -> Option<Finding> {
        events
            .iter()
            .find_map(|located| self.refused_lane(located).map(|lane| findings::lane_too_many(&located.place, lane)))
    }

    fn refused_lane<'a>(&self, located: &'a Located) -> Option<&'a LaneKey> {
        end_of(&located.event).map(|(lane, _)| lane).filter(|lane| self.refused.contains(*lane))
    }
}

/// Which end of a lane an event stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum End {
    Source,
    Destination,
}

/// All lanes and ramps.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    lanes: BTreeMap<LaneKey, Lane>,
    keys: BTreeMap<i32, LaneKey>,
    ramps: BTreeMap<(i32, Address), i32>,
}

impl Lanes {
    pub(super) async fn load(tx: &mut Transaction) -> Result<Self, Error> {
        let mut lanes = Self::default();
        let queries = tx.queries();
        let rows = sqlx::query!(
            r#"
            SELECT lane, dialect, source::TEXT AS "source!", destination::TEXT AS "destination!", source_chain,
                   destination_chain, widest_report, listed
            FROM lane
            "#
        )
        .fetch_all(&mut **tx)
        .named("list_lanes", &queries)
        .await?;
        for row in rows {
            let key = key(&row.dialect, &row.source, &row.destination)?;
            let lane = Lane {
                lane: row.lane,
                source_chain: row.source_chain,
                destination_chain: row.destination_chain,
                widest_report: row.widest_report,
                listed: row.listed,
            };
            lanes.put(key, lane);
        }
        let rows = sqlx::query!("SELECT ramp, lane, contract FROM ramp")
            .fetch_all(&mut **tx)
            .named("list_ramps", &queries)
            .await?;
        for row in rows {
            lanes.put_ramp(row.lane, address(&row.contract, "ramp.contract")?, row.ramp);
        }
        Ok(lanes)
    }

    fn put(&mut self, key: LaneKey, lane: Lane) {
        self.keys.insert(lane.lane, key.clone());
        self.lanes.insert(key, lane);
    }

    fn put_ramp(&mut self, lane: i32, contract: Address, ramp: i32) {
        self.ramps.insert((lane, contract), ramp);
    }

    /// The lane of this key. [`Lanes::meet`] has made it.
    pub(super) fn get(&self, key: &LaneKey) -> Result<Lane, Error> {
        self.lanes.get(key).copied().ok_or(Error::Unreadable { column: "lane.lane" })
    }

    pub(super) fn find(&self, key: &LaneKey) -> Option<i32> {
        self.lanes.get(key).map(|lane| lane.lane)
    }

    pub(super) fn key(&self, lane: i32) -> Result<&LaneKey, Error> {
        self.keys.get(&lane).ok_or(Error::Unreadable { column: "lane.lane" })
    }

    /// The ramp of this contract. [`Lanes::meet`] has made it.
    pub(super) fn ramp(&self, lane: i32, contract: Address) -> Result<i32, Error> {
        self.ramps.get(&(lane, contract)).copied().ok_or(Error::Unreadable { column: "ramp.ramp" })
    }

    /// The contract of this ramp of a lane.
    pub(super) fn contract(&self, lane: i32, ramp: i32) -> Option<Address> {
        let of_lane = self.ramps.range((lane, Address::ZERO)..).take_while(|((of, _), _)| *of == lane);
        of_lane.into_iter().find(|(_, number)| **number == ramp).map(|((_, contract), _)| *contract)
    }

    /// How many numbers the widest report of a lane covers beyond its first; 0: there is none.
    pub(super) fn widest_report(&self, lane: i32) -> i64 {
        let key = self.keys.get(&lane);
        key.and_then(|key| self.lanes.get(key)).map_or(0, |lane| lane.widest_report)
    }

    /// The ramps of a lane whose numbers a report covers: the one that it names, or all.
    pub(super) fn ramps_covered(&self, lane: i32, on_ramp: Option<Address>) -> impl Iterator<Item = i32> {
        let is_meant = move |contract: &Address| on_ramp.is_none_or(|named| named == *contract);
        self.ramps.iter().filter(move |((of, contract), _)| *of == lane && is_meant(contract)).map(|(_, ramp)| *ramp)
    }

    /// Makes the lanes and ramps that the events name and that are new, and learns chain ids from where they stand. Says
    /// which lanes are new, and leaves out those that are too many.
    pub(super) async fn meet(
        &mut self,
        tx: &mut Transaction,
        chain: ChainId,
        events: &[Located],
    ) -> Result<Met, Error> {
        let (mut ends, mut ramps) = (BTreeSet::new(), BTreeSet::new());
        for located in events {
            if let Some((lane, end)) = end_of(&located.event)
                && !self.lanes.get(lane).is_some_and(|known| known.knows(end))
            {
                ends.insert((lane, end));
            }
            if let LaneEvent::Sent(sent) = &located.event {
                ramps.insert((&sent.lane, located.place.contract));
            }
        }
        let mut met = Met::default();
        for (key, end) in ends {
            if self.is_too_many(key) {
                met.refused.insert(key.clone());
                continue;
            }
            if !self.lanes.contains_key(key) {
                met.new.push(key.clone());
            }
            self.upsert(tx, key, Some((signed(chain.get()), end))).await?;
        }
        for (key, contract) in ramps {
            let Some(lane) = self.find(key) else { continue };
            if !self.ramps.contains_key(&(lane, contract)) {
                let ramp = insert_ramp(tx, lane, contract).await?;
                self.put_ramp(lane, contract, ramp);
            }
        }
        Ok(met)
    }

    fn is_too_many(&self, key: &LaneKey) -> bool {
        !self.lanes.contains_key(key) && self.lanes.values().filter(|lane| !lane.listed).count() >= MOST_UNLISTED
    }

    /// The lane of this key, made if it is new; `None`: it is one too many.
    pub(super) async fn ensure(&mut self, tx: &mut Transaction, key: &LaneKey) -> Result<Option<Lane>, Error> {
        if self.is_too_many(key) {
            return Ok(None);
        }
        if !self.lanes.contains_key(key) {
            self.upsert(tx, key, None).await?;
        }
        self.get(key).map(Some)
    }

    async fn upsert(&mut self, tx: &mut Transaction, key: &LaneKey, seen: Option<(i64, End)>) -> Result<(), Error> {
        let (source, destination) = match seen {
            Some((chain, End::Source)) => (Some(chain), None),
            Some((chain, End::Destination)) => (None, Some(chain)),
            None => (None, None),
        };
        let queries = tx.queries();
        let lane = sqlx::query_as!(
            Lane,
            r#"
            INSERT INTO lane (dialect, source, destination, source_chain, destination_chain, name)
            VALUES ($1, $2::TEXT::NUMERIC, $3::TEXT::NUMERIC, $4, $5, $6)
            ON CONFLICT (dialect, source, destination) DO UPDATE
            SET source_chain = COALESCE(lane.source_chain, excluded.source_chain),
                destination_chain = COALESCE(lane.destination_chain, excluded.destination_chain)
            RETURNING lane, source_chain, destination_chain, widest_report, listed
            "#,
            key.dialect.as_str(),
            key.source.to_string(),
            key.destination.to_string(),
            source,
            destination,
            key.to_string(),
        )
        .fetch_one(&mut **tx)
        .named("upsert_lane", &queries)
        .await?;
        self.put(key.clone(), lane);
        Ok(())
    }

    /// Remembers how wide a lane's reports get.
    pub(super) async fn widen(&mut self, tx: &mut Transaction, key: &LaneKey, width: i64) -> Result<(), Error> {
        let lane = self.get(key)?;
        if width <= lane.widest_report {
            return Ok(());
        }
        let queries = tx.queries();
        sqlx::query!("UPDATE lane SET widest_report = $2 WHERE lane = $1", lane.lane, width)
            .execute(&mut **tx)
            .named("advance_widest_report", &queries)
            .await?;
        self.put(key.clone(), Lane { widest_report: width, ..lane });
        Ok(())
    }
}

impl Lane {
    const fn knows(self, end: End) -> bool {
        match end {
            End::Source => self.source_chain.is_some(),
            End::Destination => self.destination_chain.is_some(),
        }
    }
}

fn end_of(event: &LaneEvent) -> Option<(&LaneKey, End)> {
    match event {
        LaneEvent::Sent(sent) => Some((&sent.lane, End::Source)),
        LaneEvent::Committed(committed) => Some((&committed.lane, End::Destination)),
        LaneEvent::Delivered { lane, .. } => Some((lane, End::Destination)),
        LaneEvent::Attempted(attempted) => Some((&attempted.lane, End::Destination)),
        LaneEvent::Skipped(skipped) => Some((&skipped.lane, End::Destination)),
        LaneEvent::RootRemoved { .. } | LaneEvent::Changed(_) => None,
    }
}

pub(super) fn key(dialect: &str, source: &str, destination: &str) -> Result<LaneKey, Error> {
    Ok(LaneKey {
        dialect: Dialect::from_name(dialect),
        source: selector(source, "lane.source")?,
        destination: selector(destination, "lane.destination")?,
    })
}

async fn insert_ramp(tx: &mut Transaction, lane: i32, contract: Address) -> Result<i32, Error> {
    let queries = tx.queries();
    sqlx::query_scalar!("INSERT INTO ramp (lane, contract) VALUES ($1, $2) RETURNING ramp", lane, contract.as_slice())
        .fetch_one(&mut **tx)
        .named("insert_ramp", &queries)
        .await
}

/// Names the listed lanes, and unlists what is listed no longer.
pub(super) async fn list(tx: &mut Transaction, lanes: &[LaneRow]) -> Result<(), Error> {
    let queries = tx.queries();
    sqlx::query!("UPDATE lane SET listed = FALSE WHERE listed")
        .execute(&mut **tx)
        .named("unlist_lanes", &queries)
        .await?;
    for row in lanes {
        sqlx::query!(
            r#"
            INSERT INTO lane (dialect, source, destination, source_chain, destination_chain, name, listed)
            VALUES ($1, $2::TEXT::NUMERIC, $3::TEXT::NUMERIC, $4, $5, $6, TRUE)
            ON CONFLICT (dialect, source, destination) DO UPDATE
            SET source_chain = COALESCE(excluded.source_chain, lane.source_chain),
                destination_chain = COALESCE(excluded.destination_chain, lane.destination_chain),
                name = excluded.name, listed = TRUE
            "#,
            row.key.dialect.as_str(),
            row.key.source.to_string(),
            row.key.destination.to_string(),
            row.source_chain.map(|chain| signed(chain.get())),
            row.destination_chain.map(|chain| signed(chain.get())),
            row.name,
        )
        .execute(&mut **tx)
        .named("upsert_listed_lane", &queries)
        .await?;
    }
    Ok(())
}
