//! The guard's leave, by the library that relayers embed: leases, caps, and a halt that outlives the process.

use std::sync::Arc;

use causeway_chain::sender::{self, Gate};
use causeway_grpc::Group;
use causeway_primitives::{AssetId, Scope};
use causeway_proto::guard::v1::lease_service_client::LeaseServiceClient;
use causeway_relayer_client::{Amount, Guard as Replica, Guards, Relayer, Spend, Standing};

use crate::{
    domain::units::Units,
    ports::{Guard, Leave, NoLeave},
};

/// What leave is asked for. It is apart from the relayer's scopes, since of scopes that overlap one holder has leave at a time.
pub const SCOPE: Scope = Scope::Tokenization;

/// The guard's replicas as they are now, whatever its names stand for.
#[derive(Debug)]
pub struct Replicas(Group);

impl Replicas {
    /// Of this group.
    pub const fn new(group: Group) -> Self {
        Self(group)
    }
}

impl Guards for Replicas {
    fn now(&self) -> Vec<Arc<dyn Replica>> {
        let replica = |client| Arc::new(LeaseServiceClient::new(client)) as Arc<dyn Replica>;
        self.0.now().into_iter().map(|member| replica(member.client)).collect()
    }
}

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

/// What keeps a sender from signing and sending while there is no leave.
pub fn gate(guard: Arc<dyn Guard>) -> Gate {
    Gate::new(move || match guard.stands() {
        Ok(()) => sender::Leave::Given,
        Err(NoLeave { .. }) => sender::Leave::Withheld,
    })
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
        // The check before journaling. Before it signs and before it sends, the sender asks at the gate; and what is not
        // signed by the end of the lease, the intent's expiry keeps from being signed.
        let _signing = permit.check().map_err(|refused| NoLeave { reason: refused.reason() })?;
        match self.relayer.standing(SCOPE) {
            Standing::Granted { left, .. } => Ok(Leave { good_for: left }),
            Standing::Refused(refused) => Err(NoLeave { reason: refused.reason() }),
        }
    }
}
