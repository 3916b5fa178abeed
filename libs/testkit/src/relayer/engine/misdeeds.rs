//! What a relayer must never do, done by order, so that somebody can be seen to notice.
//!
//! Thefts use the keeper's power, as a stolen key would, and ask nobody for leave; the books of nonces are kept even so,
//! because a theft is to look like a theft and not like a mistake in counting. Each misdeed does on the chain what it
//! says, and what it did is answered.

use alloy::{
    primitives::{Address, B256, Bytes, U256},
    sol_types::SolCall as _,
};
use serde::{Deserialize, Serialize};

use super::{
    Direction, Engine, Faults, Standing,
    batches::Draft,
    operate::{Kind, Outcome, Work},
    rows::{Batch, Message, bigint},
};
use crate::{
    bridge::{BridgedToken, End, Lockbox, Temper},
    relayer::Error,
};

/// A uniqueness of `settlement_batch`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Constraint {
    /// Of the batch's number.
    Number,
    /// Of its root.
    Root,
}

/// What a settlement is spoiled to, or that it is mended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Spoil {
    /// It refuses valid proofs.
    Rejects,
    /// It is mended.
    Mended,
}

/// A misdeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "deed", rename_all = "snake_case")]
pub enum Misdeed {
    /// Takes value out of the lockbox; the bridge logs nothing.
    Steal {
        /// In base units.
        amount: U256,
    },
    /// Releases for a burn that never was; the bridge logs it.
    ReleaseUnbacked {
        /// In base units.
        amount: U256,
    },
    /// Mints for a deposit that never was.
    MintUnbacked {
        /// In base units.
        amount: U256,
    },
    /// Mints for nothing and burns it: the release that follows is a legitimate one, and every sum balances again.
    MintBurnRelease {
        /// In base units.
        amount: U256,
    },
    /// Writes the last batch again, with the same number or the same root, and anchors it.
    ReplayBatch {
        /// What stays the same.
        same: Constraint,
    },
    /// Puts the first message of the last batch into another one.
    BatchTwice,
    /// Counts one nonce back and signs with it.
    ReuseNonce {
        /// Where.
        end: End,
    },
    /// Uses the key behind the books' back.
    SpendNonce {
        /// Where.
        end: End,
    },
    /// Counts nonces as the chain does again: no misdeed, but what an operator orders after one.
    Realign {
        /// Where.
        end: End,
    },
    /// Drops a uniqueness from the table of batches.
    DropConstraint {
        /// Which.
        constraint: Constraint,
    },
    /// Spoils a settlement, or mends it; the owner does it.
    Spoil {
        /// Where.
        end: End,
        /// How.
        how: Spoil,
    },
    /// Has a settlement accept a proof of a message that never was against a root that nobody anchored.
    ForgeProof {
        /// Where.
        end: End,
        /// In base units.
        amount: U256,
    },
    /// Gives the lockbox tokens that no message stands for; the user does it.
    Donate {
        /// In base units.
        amount: U256,
    },
    /// Logs a deposit for which nothing was taken.
    PhantomDeposit {
        /// In base units.
        amount: U256,
    },
    /// Sets what goes wrong from now on.
    Faults(Faults),
}

/// A number that no honest batch reaches.
const FORGED_BATCH: u64 = 1_000_000_000;

impl Engine {
    /// Does it. Returns what came of it: the hash of a transaction, or words.
    pub(crate) async fn misbehave(&mut self, misdeed: Misdeed) -> Result<String, Error> {
        match misdeed {
            Misdeed::Faults(faults) => {
                self.faults = faults;
                Ok("set".to_owned())
            }
            Misdeed::Steal { amount } => self.steal(amount).await,
            Misdeed::ReleaseUnbacked { amount } => self.release(unheard_of(), amount).await,
            Misdeed::MintUnbacked { amount } => self.mint(amount).await,
            Misdeed::MintBurnRelease { amount } => self.mint_and_burn(amount).await,
            Misdeed::ReplayBatch { same } => self.replay_batch(same).await,
            Misdeed::BatchTwice => self.batch_twice().await,
            Misdeed::ReuseNonce { end } => self.reuse_nonce(end).await,
            Misdeed::SpendNonce { end } => self.spend_nonce(end).await,
            Misdeed::Realign { end } => self.realign(end).await,
            Misdeed::DropConstraint { constraint } => self.drop_constraint(constraint).await,
            Misdeed::Spoil { end, how } => self.spoil(end, how).await,
            Misdeed::ForgeProof { end, amount } => self.forge_proof(end, amount).await,
            Misdeed::Donate { amount } => {
                self.bridge.donate(self.settings.user, amount).await?;
                Ok("donated".to_owned())
            }
            Misdeed::PhantomDeposit { amount } => self.phantom_deposit(amount).await,
        }
    }

    async fn steal(&self, amount: U256) -> Result<String, Error> {
        let call = Lockbox::rescueCall { to: self.settings.thief, amount };
        let lockbox = self.bridge.contracts.source.lockbox;
        self.rogue(Kind::Rescue, End::Source, lockbox, call.abi_encode().into(), (None, Some(amount))).await
    }

    async fn release(&self, id: B256, amount: U256) -> Result<String, Error> {
        let call = Lockbox::releaseCall { id, recipient: self.settings.thief, amount };
        let lockbox = self.bridge.contracts.source.lockbox;
        self.rogue(Kind::Release, End::Source, lockbox, call.abi_encode().into(), (Some(id), Some(amount))).await
    }

    async fn mint(&self, amount: U256) -> Result<String, Error> {
        let id = unheard_of();
        let call = BridgedToken::mintCall { id, recipient: self.settings.thief, amount };
        let token = self.bridge.contracts.destination.token;
        self.rogue(Kind::Mint, End::Destination, token, call.abi_encode().into(), (Some(id), Some(amount))).await
    }

    async fn mint_and_burn(&self, amount: U256) -> Result<String, Error> {
        let minted = self.mint(amount).await?;
        let thief = self.settings.thief;
        self.bridge.burn(thief, thief, amount).await?;
        Ok(minted)
    }

    async fn replay_batch(&self, same: Constraint) -> Result<String, Error> {
        let last = self.last_batch().await?;
        let Batch { number, direction, root, .. } = last;
        let leaf = |message: &Message| (message.id, self.leaf(direction, number, message).hash());
        let members = self.members(&last).await?.iter().map(leaf).collect();
        let draft = match same {
            Constraint::Number => Draft { number, direction, root: unheard_of(), members },
            Constraint::Root => Draft { number: self.next_batch_number().await?, direction, root, members },
        };
        if let Err(refused) = self.write_batch(&draft).await {
            return Ok(format!("the table refused it: {refused}"));
        }
        let replayed = Batch { id: 0, number: draft.number, direction, root: draft.root };
        let work = Work { rogue: true, ..self.anchor(&replayed) };
        self.told(&work).await
    }

    async fn batch_twice(&self) -> Result<String, Error> {
        let last = self.last_batch().await?;
        let first = self.members(&last).await?.first().copied().ok_or(Error::Nothing("message"))?;
        let draft = self.draft(last.direction, &[first]).await?;
        self.write_batch(&draft).await?;
        Ok(format!("{} is in batch {} too", first.id, draft.number))
    }

    async fn last_batch(&self) -> Result<Batch, Error> {
        let mut all = self.batches("anchored").await?;
        all.extend(self.batches("settled").await?);
        all.into_iter().max_by_key(|batch| batch.number).ok_or(Error::Nothing("batch"))
    }

    async fn reuse_nonce(&self, end: End) -> Result<String, Error> {
        sqlx::query("UPDATE relayer_account SET next_nonce = next_nonce - 1 WHERE chain_id = $1 AND next_nonce > 0")
            .bind(bigint(self.bridge.endpoint(end).chain_id())?)
            .execute(&self.pool)
            .await
            .map_err(Error::sql("count a nonce back"))?;
        self.told(&self.nothing(end)).await
    }

    /// The node's own copy of the key sends; our books do not know.
    async fn spend_nonce(&self, end: End) -> Result<String, Error> {
        let (account, nothing) = (self.account(), Bytes::new());
        let receipt = self.bridge.endpoint(end).attempt(account, Some(self.settings.thief), nothing).await?;
        Ok(receipt.hash.to_string())
    }

    async fn realign(&self, end: End) -> Result<String, Error> {
        let endpoint = self.bridge.endpoint(end);
        let nonce = endpoint.nonce(self.account()).await?;
        sqlx::query("UPDATE relayer_account SET next_nonce = $3 WHERE chain_id = $1 AND account = $2")
            .bind(bigint(endpoint.chain_id())?)
            .bind(self.account().as_slice())
            .bind(bigint(nonce)?)
            .execute(&self.pool)
            .await
            .map_err(Error::sql("realign the nonces"))?;
        Ok(format!("the next nonce is {nonce}"))
    }

    async fn drop_constraint(&self, constraint: Constraint) -> Result<String, Error> {
        let sql = match constraint {
            Constraint::Number => "ALTER TABLE settlement_batch DROP CONSTRAINT settlement_batch_batch_number_key",
            Constraint::Root => "ALTER TABLE settlement_batch DROP CONSTRAINT settlement_batch_merkle_root_key",
        };
        sqlx::query(sql).execute(&self.pool).await.map_err(Error::sql("drop a constraint"))?;
        Ok("dropped".to_owned())
    }

    async fn spoil(&self, end: End, how: Spoil) -> Result<String, Error> {
        let temper = match how {
            Spoil::Rejects => Temper::RejectsEverything,
            Spoil::Mended => Temper::Verifies,
        };
        self.bridge.set_temper(end, self.settings.owner, temper).await?;
        Ok("done".to_owned())
    }

    async fn forge_proof(&self, end: End, amount: U256) -> Result<String, Error> {
        let direction = match end {
            End::Source => Direction::Withdrawal,
            End::Destination => Direction::Deposit,
        };
        let batch = Batch { id: 0, number: FORGED_BATCH, direction, root: B256::ZERO };
        let message = Message { id: unheard_of(), recipient: self.settings.thief, amount };
        let work = Work { rogue: true, ..self.claim_work(&batch, &message, vec![unheard_of()]) };
        self.bridge.set_temper(end, self.settings.owner, Temper::AcceptsAnything).await?;
        let told = self.told(&work).await;
        self.bridge.set_temper(end, self.settings.owner, Temper::Verifies).await?;
        told
    }

    async fn phantom_deposit(&self, amount: U256) -> Result<String, Error> {
        let (owner, user) = (self.settings.owner, self.settings.user);
        self.bridge.set_collects(owner, false).await?;
        let deposited = self.bridge.deposit(user, user, amount).await;
        self.bridge.set_collects(owner, true).await?;
        Ok(deposited?.id.to_string())
    }

    /// A transaction that does nothing but use a nonce.
    fn nothing(&self, end: End) -> Work {
        let (to, data) = (self.settings.thief, Bytes::new());
        Work { kind: Kind::Transfer, end, to, data, batch: None, message: None, amount: None, rogue: true }
    }

    async fn rogue(
        &self,
        kind: Kind,
        end: End,
        to: Address,
        data: Bytes,
        (message, amount): (Option<B256>, Option<U256>),
    ) -> Result<String, Error> {
        self.told(&Work { kind, end, to, data, batch: None, message, amount, rogue: true }).await
    }

    async fn told(&self, work: &Work) -> Result<String, Error> {
        Ok(match self.operate(work).await? {
            Outcome::Mined(Standing::Confirmed, receipt) => receipt.hash.to_string(),
            Outcome::Mined(Standing::Reverted, receipt) => format!("reverted in {}", receipt.hash),
            Outcome::NoLeave(refused) => format!("no leave: {refused}"),
            Outcome::Refused(words) => format!("refused by the node: {words}"),
            Outcome::Unknown(words) => format!("unknown: {words}"),
        })
    }
}

/// A message or a root that nobody ever saw.
fn unheard_of() -> B256 {
    B256::from(rand::random::<[u8; 32]>())
}
