//! One cut of books and chains, in the order that the domain relies on: mempools, snapshot, chains at its watermarks.

use std::{
    collections::{BTreeMap, BTreeSet},
    error::Error as StdError,
};

use causeway_primitives::ChainName;
use futures_util::future::join_all;

use super::{Guard, recount::Count};
use crate::{
    adapters::{
        chain::{At, Mempool},
        store::books::{Error as BooksError, Since},
    },
    domain::{
        checkpoint::Checkpoint,
        evidence::{Answer, Books, Evidence, Seen},
        finding::{Gap, Reason},
    },
};

impl Guard {
    /// The evidence of one sweep. What could not be had is in it as such.
    ///
    /// # Errors
    /// [`causeway_store::Error`] when our own memory cannot be read: there is nothing to judge against then.
    pub(super) async fn gather(&self, count: Count) -> Result<Evidence, causeway_store::Error> {
        let checkpoint = self.parts.store.find_checkpoint().await?;
        let ledger = self.parts.store.list_open_messages().await?;
        let adjustments = self.parts.store.sum_adjustments().await?;
        let mempools = self.mempools().await;
        let books = self.books(&since(checkpoint.as_ref()), count).await;
        let (books, chains) = match books {
            Ok(books) => {
                let chains = self.chains(&books, checkpoint.as_ref(), &mempools).await;
                (Seen::Known(books), chains)
            }
            Err(error) => (Seen::Missing(unreadable(&error)), BTreeMap::new()),
        };
        Ok(Evidence {
            taken_at: self.parts.clock.now(),
            books,
            chains,
            ledger,
            adjustments,
            checkpoint,
            approved: self.parts.approved.clone(),
        })
    }

    /// A recount that takes too long is not what a sweep waits for: it is said, and the sweep counts on.
    async fn books(&self, since: &Since, count: Count) -> Result<Books, BooksError> {
        match count {
            Count::On => self.parts.books.read(since).await,
            Count::Anew => match self.parts.books.recount(since).await {
                Err(BooksError::Late) => {
                    tracing::error!("recount takes too long");
                    self.parts.books.read(since).await
                }
                other => other,
            },
        }
    }

    async fn mempools(&self) -> BTreeMap<ChainName, Mempool> {
        let asked =
            self.parts.chains.iter().map(|(chain, reader)| async move { (chain.clone(), reader.mempool().await) });
        join_all(asked).await.into_iter().collect()
    }

    async fn chains(
        &self,
        books: &Books,
        checkpoint: Option<&Checkpoint>,
        mempools: &BTreeMap<ChainName, Mempool>,
    ) -> BTreeMap<ChainName, Vec<Answer>> {
        let asked = self.parts.chains.iter().filter_map(|(chain, reader)| {
            let checkpoint = checkpoint.and_then(|checkpoint| checkpoint.chains.get(chain)).copied();
            let here = books.batches.iter().filter(|batch| batch.chain.as_ref().is_none_or(|of| of == chain));
            let batches: BTreeSet<u64> = here.map(|batch| batch.number).collect();
            let at = At { watermark: *books.watermarks.get(chain)?, checkpoint, batches };
            let mempool = mempools.get(chain)?;
            Some(async move { (chain.clone(), reader.read(&at, mempool).await) })
        });
        join_all(asked).await.into_iter().collect()
    }
}

/// Where counting goes on: at the checkpoint.
fn since(checkpoint: Option<&Checkpoint>) -> Since {
    let Some(checkpoint) = checkpoint else { return Since::default() };
    Since {
        heights: checkpoint.chains.iter().map(|(chain, mark)| (chain.clone(), mark.height)).collect(),
        sums: checkpoint.sums.clone(),
        batch: checkpoint.last_batch.map_or(0, |(number, _)| number),
        proof_row: checkpoint.last_proof,
        counters: checkpoint.counters.clone(),
    }
}

fn unreadable(error: &BooksError) -> Gap {
    let reason = match error {
        BooksError::Database(_) | BooksError::Late => Reason::DatabaseUnreadable,
        BooksError::Garbage { .. } => Reason::Garbage,
    };
    let mut detail = error.to_string();
    if let Some(cause) = error.source() {
        detail = format!("{detail}: {cause}");
    }
    Gap::new(reason, "books", detail)
}
