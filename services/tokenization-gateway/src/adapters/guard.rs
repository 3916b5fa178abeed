//! The guard's leave, by the library that relayers embed: leases, caps, and a halt that outlives the process.

use causeway_primitives::{AssetId, Scope};
use causeway_relayer_client::{Amount, Relayer, Spend, Standing};

use crate::{
    domain::units::Units,
    ports::{Guard, Leave, NoLeave},
};

/// What leave is asked for. It is apart from the relayer's scopes, since of scopes that overlap one holder has leave at a time.
pub const SCOPE: Scope = Scope::Tokenization;

/// The guard behind its leases. Somebody else runs the worker that renews them.
#[derive(Debug, Clone)]
pub struct Leased {
    relayer: Relayer,
}

impl Leased {
    /// Over these leases.
    pub const fn new(relayer: Relayer) -> Self {
        Self { relayer }
    }
}

impl Guard for Leased {
    fn stands(&self) -> Result<(), NoLeave> {
        match self.relayer.standing(SCOPE) {
            Standing::Granted { .. } => Ok(()),
            Standing::Refused(refused) => Err(NoLeave { reason: refused.reason() }),
        }
    }

    fn take(&self, asset: &AssetId, units: Units) -> Result<Leave, NoLeave> {
        let spend = Spend::Of(Amount { asset: asset.clone(), units: units.get() });
        let permit = self.relayer.permit(SCOPE, spend).map_err(|refused| NoLeave { reason: refused.reason() })?;
        // The check before signing. What is signed later than the lease allows, the intent's expiry keeps from being
        // signed: the sender has no leave of its own to look at.
        let _signing = permit.check().map_err(|refused| NoLeave { reason: refused.reason() })?;
        match self.relayer.standing(SCOPE) {
            Standing::Granted { left, .. } => Ok(Leave { good_for: left }),
            Standing::Refused(refused) => Err(NoLeave { reason: refused.reason() }),
        }
    }
}
