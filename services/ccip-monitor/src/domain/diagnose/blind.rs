//! Evidence of a chain that could not be asked at all: the same gap everywhere.

use causeway_primitives::Address;

use super::{
    evidence::{DestinationReads, Funds, RelayReads, SourceReads},
    read::{Gap, Read},
};

fn none<T>(gap: &Gap) -> Read<T> {
    Read::gap(gap.clone(), String::new())
}

impl SourceReads {
    /// Nothing is known of the source.
    pub fn blind(gap: &Gap) -> Self {
        Self {
            mined: none(gap),
            router: none(gap),
            supported: none(gap),
            current_on_ramp: none(gap),
            ramp_router: none(gap),
            expected_next: none(gap),
            funds: Funds {
                token: Address::ZERO,
                balance: none(gap),
                allowance: none(gap),
                is_contract: none(gap),
                fee: none(gap),
            },
            curses: none(gap),
        }
    }
}

impl DestinationReads {
    /// Nothing is known of the destination.
    pub fn blind(gap: &Gap) -> Self {
        Self {
            off_ramp: none(gap),
            listed: none(gap),
            state: none(gap),
            next_commit: none(gap),
            paused: none(gap),
            root_accepted: none(gap),
            blessed: none(gap),
            inbound_nonce: none(gap),
            execution: none(gap),
            threshold: none(gap),
            delivery: none(gap),
            buckets: Vec::new(),
            pending: none(gap),
            curses: none(gap),
            relay: RelayReads { last: none(gap), allowed: none(gap), balance: none(gap), gas_price: none(gap) },
        }
    }
}
