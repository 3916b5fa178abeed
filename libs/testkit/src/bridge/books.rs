//! A second opinion on the bridge: every event of both chains, read straight from the nodes, added up and matched.
//!
//! It knows nothing of a relayer's tables, of a guard, or of batches. A test asks it whether what a guard says of the
//! chains is so.

use std::collections::BTreeMap;

use alloy::primitives::{Address, B256, U256};

use super::{At, Bridge, BridgedToken, Error, Lockbox};

/// Value that a log says has moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Movement {
    /// The message.
    pub id: B256,
    /// In base units.
    pub amount: U256,
    /// Who gets it in the end.
    pub recipient: Address,
}

/// What does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Discrepancy {
    /// The lockbox holds other than what was deposited less what was released.
    Custody {
        /// What the logs say.
        expected: U256,
        /// What it holds.
        found: U256,
    },
    /// There exists other than what was minted less what was burned.
    Supply {
        /// What the logs say.
        expected: U256,
        /// What exists.
        found: U256,
    },
    /// Minted without such a deposit.
    UnmatchedMint(Movement),
    /// Released without such a burn.
    UnmatchedRelease(Movement),
    /// One message, minted or released more than once.
    Repeated(B256),
}

/// Everything that ever happened on both chains, as far as the last blocks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Books {
    /// The lockbox's balance.
    pub custody: U256,
    /// What exists of the bridged token.
    pub supply: U256,
    /// Locked, oldest first.
    pub deposits: Vec<Movement>,
    /// Minted, oldest first.
    pub mints: Vec<Movement>,
    /// Burned, oldest first.
    pub burns: Vec<Movement>,
    /// Released, oldest first.
    pub releases: Vec<Movement>,
}

impl Books {
    /// Reads both chains. An effect is read before its cause, so that traffic that goes on makes no discrepancy: a mint
    /// that is read here has its deposit in what is read after it.
    ///
    /// # Errors
    /// [`Error::Chain`] or [`Error::Shape`].
    pub async fn read(bridge: &Bridge) -> Result<Self, Error> {
        let (there, here) = (&bridge.contracts.destination, &bridge.contracts.source);
        let first = bridge.source.head().await?.number;
        let releases = bridge.source.logs::<Lockbox::Released>(here.lockbox, 0, first).await?;
        let height = bridge.destination.head().await?.number;
        let supply = bridge.supply(At::Block(height)).await?;
        let mints = bridge.destination.logs::<BridgedToken::Minted>(there.token, 0, height).await?;
        let burns = bridge.destination.logs::<BridgedToken::Burned>(there.token, 0, height).await?;
        let last = bridge.source.head().await?.number;
        let deposits = bridge.source.logs::<Lockbox::Deposit>(here.lockbox, 0, last).await?;
        // Custody is that of the height to which releases were read; younger deposits are no part of it.
        let custody = bridge.custody(At::Block(first)).await?;
        let younger = deposits.iter().filter(|(log, _)| log.block_number.is_none_or(|number| number > first));
        let younger = sum(younger.map(|(_, event)| event.amount))?;
        Ok(Self {
            custody: custody.checked_add(younger).ok_or(Error::Overflow(custody, younger))?,
            supply,
            deposits: deposits.into_iter().map(|(_, e)| movement(e.id, e.amount, e.recipient)).collect(),
            mints: mints.into_iter().map(|(_, e)| movement(e.id, e.amount, e.recipient)).collect(),
            burns: burns.into_iter().map(|(_, e)| movement(e.id, e.amount, e.recipient)).collect(),
            releases: releases.into_iter().map(|(_, e)| movement(e.id, e.amount, e.recipient)).collect(),
        })
    }

    /// Deposits that are not minted yet.
    pub fn in_flight_in(&self) -> usize {
        self.deposits.iter().filter(|deposit| !self.mints.contains(deposit)).count()
    }

    /// Burns that are not released yet.
    pub fn in_flight_out(&self) -> usize {
        self.burns.iter().filter(|burn| !self.releases.contains(burn)).count()
    }

    /// Everything that does not fit; empty when the books balance.
    ///
    /// # Errors
    /// [`Error::Overflow`].
    pub fn discrepancies(&self) -> Result<Vec<Discrepancy>, Error> {
        let mut found = Vec::new();
        if self.custody_gap()? {
            let expected = self.deposited()?.saturating_sub(self.released()?);
            found.push(Discrepancy::Custody { expected, found: self.custody });
        }
        if self.supply_gap()? {
            let expected = self.minted()?.saturating_sub(self.burned()?);
            found.push(Discrepancy::Supply { expected, found: self.supply });
        }
        found.extend(unmatched(&self.mints, &self.deposits).map(Discrepancy::UnmatchedMint));
        found.extend(unmatched(&self.releases, &self.burns).map(Discrepancy::UnmatchedRelease));
        found.extend(repeated(&self.mints).chain(repeated(&self.releases)).map(Discrepancy::Repeated));
        Ok(found)
    }

    /// The sum of all deposits.
    ///
    /// # Errors
    /// [`Error::Overflow`], as of the other sums.
    pub fn deposited(&self) -> Result<U256, Error> {
        total(&self.deposits)
    }

    /// The sum of all mints.
    ///
    /// # Errors
    /// [`Error::Overflow`].
    pub fn minted(&self) -> Result<U256, Error> {
        total(&self.mints)
    }

    /// The sum of all burns.
    ///
    /// # Errors
    /// [`Error::Overflow`].
    pub fn burned(&self) -> Result<U256, Error> {
        total(&self.burns)
    }

    /// The sum of all releases.
    ///
    /// # Errors
    /// [`Error::Overflow`].
    pub fn released(&self) -> Result<U256, Error> {
        total(&self.releases)
    }

    /// Whether custody + released ≠ deposited: without a subtraction that could fall below zero.
    fn custody_gap(&self) -> Result<bool, Error> {
        Ok(add(self.custody, self.released()?)? != self.deposited()?)
    }

    fn supply_gap(&self) -> Result<bool, Error> {
        Ok(add(self.supply, self.burned()?)? != self.minted()?)
    }
}

const fn movement(id: B256, amount: U256, recipient: Address) -> Movement {
    Movement { id, amount, recipient }
}

fn add(one: U256, other: U256) -> Result<U256, Error> {
    one.checked_add(other).ok_or(Error::Overflow(one, other))
}

fn sum(amounts: impl Iterator<Item = U256>) -> Result<U256, Error> {
    amounts.into_iter().try_fold(U256::ZERO, add)
}

fn total(movements: &[Movement]) -> Result<U256, Error> {
    sum(movements.iter().map(|movement| movement.amount))
}

/// Effects that no cause of the same id, amount and recipient stands behind.
fn unmatched<'a>(effects: &'a [Movement], causes: &[Movement]) -> impl Iterator<Item = Movement> + 'a {
    let causes: BTreeMap<B256, Movement> = causes.iter().map(|cause| (cause.id, *cause)).collect();
    effects.iter().filter(move |effect| causes.get(&effect.id) != Some(effect)).copied()
}

fn repeated(effects: &[Movement]) -> impl Iterator<Item = B256> + use<> {
    let mut counts = BTreeMap::<B256, u32>::new();
    for effect in effects {
        let count = counts.entry(effect.id).or_default();
        *count = count.saturating_add(1);
    }
    counts.into_iter().filter(|(_, count)| *count > 1).map(|(id, _)| id)
}
