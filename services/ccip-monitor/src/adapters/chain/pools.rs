//! Rate limits of the token pools that a message's tokens go through.

use causeway_primitives::{Address, Timestamp, U256};

use super::{
    abi::{pool, registry, v1_5},
    reader::At,
};
use crate::{
    domain::{
        diagnose::{Gap, Read, evidence::Bucket},
        lane::Dialect,
    },
    ports::{OriginalToken, Parcel},
};

/// The buckets of all tokens that the message brings.
pub(super) async fn buckets(at: At<'_>, parcel: &Parcel, off_ramp: Address) -> Vec<Read<Bucket>> {
    if parcel.tokens.is_empty() {
        return Vec::new();
    }
    let registry = registry_of(at, &parcel.lane.dialect, off_ramp).await;
    let reads = parcel.tokens.iter().map(|token| bucket(at, parcel, &registry, *token));
    futures_util::future::join_all(reads).await
}

async fn registry_of(at: At<'_>, dialect: &Dialect, off_ramp: Address) -> Read<Address> {
    const WHAT: &str = "getStaticConfig()";
    match dialect {
        Dialect::V1_5 => {
            let call = v1_5::off_ramp_registry::getStaticConfigCall {};
            at.ask_as(off_ramp, WHAT, call, |config| config.tokenAdminRegistry, ToString::to_string).await
        }
        Dialect::V1_6 | Dialect::V2_0 => {
            let call = registry::getStaticConfigCall {};
            at.ask_as(off_ramp, WHAT, call, |config| config.tokenAdminRegistry, ToString::to_string).await
        }
        Dialect::Private(_) => Read::needs("a registry of tokens, which a private dialect does not have"),
    }
}

async fn bucket(at: At<'_>, parcel: &Parcel, registry: &Read<Address>, token: OriginalToken) -> Read<Bucket> {
    let registry = match &registry.value {
        Ok(registry) => *registry,
        Err(gap) => return Read::gap(gap.clone(), registry.proof.clone()),
    };
    let Some(destination) = token.destination else { return Read::needs("the token's address at the destination") };
    let pool = at.ask(registry, &format!("getPool({destination})"), pool::getPoolCall { token: destination }).await;
    let pool = match pool.value {
        Ok(Address::ZERO) => return Read::gap(Gap::NotConfigured { missing: "a pool for the token" }, pool.proof),
        Ok(pool) => pool,
        Err(gap) => return Read::gap(gap, pool.proof),
    };
    let state = state(at, pool, parcel.lane.source.get()).await;
    let value = state.value.and_then(|state| filled(&state, destination, token.amount));
    Read { value, proof: state.proof }
}

/// The limit on what comes in; 2.0 gives both directions at once.
async fn state(at: At<'_>, pool: Address, source: u64) -> Read<pool::Bucket> {
    let words = |state: &pool::Bucket| {
        format!("{} of {}, {} a second, on {}", state.tokens, state.capacity, state.rate, state.isEnabled)
    };
    let what = format!("getCurrentInboundRateLimiterState({source})");
    let call = pool::getCurrentInboundRateLimiterStateCall { source };
    let read = at.ask_as(pool, &what, call, |state| state, words).await;
    match read.value {
        Err(Gap::Refused { .. }) => {
            let call = pool::getCurrentRateLimiterStateCall { source, fast: false };
            let what = format!("getCurrentRateLimiterState({source}, false)");
            at.ask_as(pool, &what, call, |both| both.inbound, words).await
        }
        Ok(_) | Err(_) => read,
    }
}

fn filled(state: &pool::Bucket, token: Address, wanted: U256) -> Result<Bucket, Gap> {
    let updated_at = Timestamp::from_secs(u64::from(state.lastUpdated))
        .map_err(|_| Gap::Nonsense { why: format!("a time of {} s", state.lastUpdated) })?;
    Ok(Bucket {
        token,
        wanted,
        enabled: state.isEnabled,
        tokens: U256::from(state.tokens),
        updated_at,
        capacity: U256::from(state.capacity),
        rate: U256::from(state.rate),
    })
}
