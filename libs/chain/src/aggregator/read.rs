//! Reads an aggregator or the proxy in front of it, each time at one block.

use alloy::{
    primitives::{Address, U256},
    sol_types::SolCall,
};
use causeway_primitives::{Answer, Decimals, RoundId, Timestamp};
use futures_util::try_join;

use super::{Abi, Bounds, Description, Error, OnChainRound, Snapshot};
use crate::{
    endpoints::{Block, BlockTag, CallRequest, Session},
    revert::Reason,
    rpc::RefusalKind,
};

/// How many proxies in a row are followed: one is usual, two exist.
const DEEPEST_PROXY: usize = 3;

/// How long a description may be: it becomes a log field.
const LONGEST_DESCRIPTION: usize = 128;

/// What does not change from round to round, at the last block.
///
/// # Errors
/// [`Error`]; a wrong address shows as [`Error::NoContract`] or [`Error::Refused`].
pub async fn describe(session: &Session, address: Address) -> Result<Description, Error> {
    let at = BlockTag::Latest;
    if session.code(address, at).await?.is_empty() {
        return Err(Error::NoContract(address));
    }
    let target = resolve(session, address, at).await?;
    let decimals = required(session, address, at, "decimals", Abi::decimalsCall {}).await?;
    let description: String = required(session, address, at, "description", Abi::descriptionCall {}).await?;
    Ok(Description {
        target,
        decimals: Decimals::new(decimals).map_err(|_| Error::OutOfRange { address, function: "decimals" })?,
        description: description.chars().take(LONGEST_DESCRIPTION).collect(),
        bounds: bounds(session, target, at).await?,
    })
}

/// The last round, the block, the publisher's nonce and the target of writes, all at the last block.
///
/// The target is resolved each time: a proxy that moved on to another aggregator would silently orphan a
/// publisher that resolved it once.
///
/// # Errors
/// [`Error`].
pub async fn snapshot(session: &Session, address: Address, publisher: Address) -> Result<Snapshot, Error> {
    let block = session.head().await?;
    snapshot_at(session, block, address, publisher).await
}

/// As [`snapshot`], at a block that the caller has pinned.
///
/// # Errors
/// [`Error`].
pub async fn snapshot_at(
    session: &Session,
    block: Block,
    address: Address,
    publisher: Address,
) -> Result<Snapshot, Error> {
    let at = BlockTag::Hash(block.hash);
    let nonce = async { session.nonce(publisher, at).await.map_err(Error::from) };
    let (target, latest, nonce) = try_join!(resolve(session, address, at), latest(session, address, at), nonce)?;
    Ok(Snapshot { block, target, latest, nonce })
}

async fn latest(session: &Session, address: Address, at: BlockTag) -> Result<Option<OnChainRound>, Error> {
    const FUNCTION: &str = "latestRoundData";
    let data = match ask(session, address, at, FUNCTION, Abi::latestRoundDataCall {}).await? {
        Ok(data) => data,
        // FluxAggregator's words for a feed without a round.
        Err(Reason::Text(text)) if text.eq_ignore_ascii_case("no data present") => return Ok(None),
        Err(reason) => return Err(Error::Refused { address, function: FUNCTION, reason }),
    };
    // OCR's way to say it: all zeros. Behind a proxy the id still holds the phase.
    if data.updatedAt.is_zero() {
        return Ok(None);
    }
    let time = |seconds: U256| {
        let seconds = u64::try_from(seconds).ok();
        let time = seconds.and_then(|seconds| Timestamp::from_secs(seconds).ok());
        time.ok_or(Error::OutOfRange { address, function: FUNCTION })
    };
    Ok(Some(OnChainRound {
        round: RoundId::new(data.roundId.to()),
        answer: Answer::new(data.answer),
        started_at: time(data.startedAt)?,
        updated_at: time(data.updatedAt)?,
        answered_in: RoundId::new(data.answeredInRound.to()),
    }))
}

/// Follows `aggregator()` to the contract that has none.
async fn resolve(session: &Session, address: Address, at: BlockTag) -> Result<Address, Error> {
    let mut current = address;
    for _ in 0..=DEEPEST_PROXY {
        match optional(session, current, at, Abi::aggregatorCall {}).await? {
            Some(next) if next != Address::ZERO && next != current => current = next,
            Some(_) | None => return Ok(current),
        }
    }
    Err(Error::ProxyLoop(address))
}

/// The bounds in either of the spellings that contracts use.
async fn bounds(session: &Session, target: Address, at: BlockTag) -> Result<Option<Bounds>, Error> {
    let (lowest, highest) = try_join!(
        optional(session, target, at, Abi::minAnswerCall {}),
        optional(session, target, at, Abi::maxAnswerCall {}),
    )?;
    if let (Some(lowest), Some(highest)) = (lowest, highest) {
        return Ok(Some(Bounds::new(lowest, highest)));
    }
    let (lowest, highest) = try_join!(
        optional(session, target, at, Abi::minSubmissionValueCall {}),
        optional(session, target, at, Abi::maxSubmissionValueCall {}),
    )?;
    Ok(lowest.zip(highest).map(|(lowest, highest)| Bounds::new(lowest, highest)))
}

/// A function that every aggregator has.
async fn required<C: SolCall>(
    session: &Session,
    address: Address,
    at: BlockTag,
    function: &'static str,
    call: C,
) -> Result<C::Return, Error> {
    let answer = ask(session, address, at, function, call).await?;
    answer.map_err(|reason| Error::Refused { address, function, reason })
}

/// A function that a contract may lack: a revert, no data and other data all mean that it does.
async fn optional<C: SolCall>(
    session: &Session,
    address: Address,
    at: BlockTag,
    call: C,
) -> Result<Option<C::Return>, Error> {
    match ask(session, address, at, "", call).await {
        Ok(Ok(value)) => Ok(Some(value)),
        Ok(Err(_)) | Err(Error::Shape { .. }) => Ok(None),
        Err(Error::Chain(error)) if error.is_empty_answer() => Ok(None),
        Err(
            other @ (Error::Chain(_)
            | Error::NoContract(_)
            | Error::Refused { .. }
            | Error::OutOfRange { .. }
            | Error::ProxyLoop(_)),
        ) => Err(other),
    }
}

/// One call: its value, or the reason that it reverted with.
async fn ask<C: SolCall>(
    session: &Session,
    address: Address,
    at: BlockTag,
    function: &'static str,
    call: C,
) -> Result<Result<C::Return, Reason>, Error> {
    let request = CallRequest::read(address, call.abi_encode().into());
    match session.eth_call(&request, at).await {
        Ok(data) => {
            let value = C::abi_decode_returns(&data).map_err(|source| Error::Shape { address, function, source })?;
            Ok(Ok(value))
        }
        Err(error) => match error.refusal() {
            Some(refusal) if refusal.kind() == RefusalKind::Reverted => {
                Ok(Err(refusal.data().map_or(Reason::Silent, Reason::decode)))
            }
            Some(_) | None => Err(Error::Chain(error)),
        },
    }
}
