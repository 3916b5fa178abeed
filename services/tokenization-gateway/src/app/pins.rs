//! Whether each asset's contract is what was pinned when the asset was taken on.

use std::{collections::BTreeMap, sync::Arc};

use causeway_primitives::AssetId;
use tokio::sync::watch;

/// What differs, by asset; an asset that is not here agrees.
pub type Differences = BTreeMap<AssetId, String>;

/// The newest look at the contracts. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Pins {
    seen: watch::Receiver<Differences>,
    /// Keeps a look open that nobody looks again for.
    _fixed: Option<Arc<watch::Sender<Differences>>>,
}

impl Pins {
    /// What somebody else finds out.
    pub const fn new(seen: watch::Receiver<Differences>) -> Self {
        Self { seen, _fixed: None }
    }

    /// These and no others, for good.
    pub fn fixed(differences: Differences) -> Self {
        let (fixed, seen) = watch::channel(differences);
        Self { seen, _fixed: Some(Arc::new(fixed)) }
    }

    /// Whether an asset's contract agreed when it was last read.
    pub fn agree(&self, asset: &AssetId) -> bool {
        !self.seen.borrow().contains_key(asset)
    }
}
