//! Prices from an oracle-publisher, over its own contract.

use std::time::Duration;

use async_trait::async_trait;
use causeway_primitives::{FeedId, RoundId};
use causeway_proto::oracle::v1::{FeedPrice, GetPriceRequest, PriceStatus, oracle_service_client::OracleServiceClient};
use tonic::{
    body::Body,
    client::GrpcService,
    codegen::{Body as HttpBody, Bytes, StdError},
};

use crate::{
    domain::valuation::{Quote, Valuation},
    ports::Oracle,
};

/// An oracle at the other end of a connection. The connection bounds each call.
#[derive(Debug, Clone)]
pub struct Remote<T> {
    client: OracleServiceClient<T>,
}

impl<T> Remote<T> {
    /// Over this client.
    pub const fn new(client: OracleServiceClient<T>) -> Self {
        Self { client }
    }
}

/// No oracle: nothing has a price.
#[derive(Debug, Clone, Copy)]
pub struct Silent;

#[async_trait]
impl Oracle for Silent {
    async fn quote(&self, _feed: &FeedId) -> Quote {
        Quote::Unreachable
    }
}

#[async_trait]
impl<T> Oracle for Remote<T>
where
    T: GrpcService<Body> + Clone + Send + Sync + std::fmt::Debug + 'static,
    T::Error: Into<StdError>,
    T::Future: Send,
    T::ResponseBody: HttpBody<Data = Bytes> + Send + 'static,
    <T::ResponseBody as HttpBody>::Error: Into<StdError> + Send,
{
    async fn quote(&self, feed: &FeedId) -> Quote {
        let request = GetPriceRequest { feed_id: feed.to_string() };
        match self.client.clone().get_price(request).await {
            Ok(answer) => answer.into_inner().price.map_or(Quote::Missing, |price| read(feed, price)),
            Err(status) => {
                tracing::debug!(feed_id = %feed, code = ?status.code(), "oracle gave no price");
                Quote::Unreachable
            }
        }
    }
}

/// What a price on the wire is worth. Whatever is not as the contract says is no price: an oracle that cannot be understood
/// has said nothing.
fn read(feed: &FeedId, told: FeedPrice) -> Quote {
    match told.status() {
        PriceStatus::Fresh => fresh(feed, &told).map_or(Quote::Missing, Quote::Fresh),
        PriceStatus::Stale => Quote::Stale,
        PriceStatus::Halted => Quote::Halted,
        PriceStatus::Unavailable | PriceStatus::Unspecified => Quote::Missing,
    }
}

fn fresh(feed: &FeedId, told: &FeedPrice) -> Option<Valuation> {
    if told.feed_id != feed.as_str() {
        return None;
    }
    let age = told.age?;
    Some(Valuation {
        feed: feed.clone(),
        round: RoundId::new(told.round_id.as_ref()?.value.parse().ok()?),
        price: told.price.as_ref()?.value.parse().ok()?,
        age: Duration::new(u64::try_from(age.seconds).ok()?, u32::try_from(age.nanos).ok()?),
        venues: told.venues_counted,
    })
}

#[cfg(test)]
mod tests {
    use causeway_proto::types::v1::{BigInteger, Decimal};

    use super::*;

    fn told(change: impl FnOnce(&mut FeedPrice)) -> Quote {
        let feed = "eur-usd".parse().unwrap();
        let mut price = FeedPrice {
            feed_id: "eur-usd".into(),
            status: PriceStatus::Fresh.into(),
            price: Some(Decimal { value: "1.0716".into() }),
            round_id: Some(BigInteger { value: "18446744073709551617".into() }),
            age: Some(prost_types::Duration { seconds: 12, nanos: 500_000_000 }),
            venues_counted: 3,
            ..FeedPrice::default()
        };
        change(&mut price);
        read(&feed, price)
    }

    #[test]
    fn tok_8_a_price_comes_with_its_round_age_and_sources_or_not_at_all() {
        let Quote::Fresh(valuation) = told(|_| {}) else { panic!("no price") };
        assert_eq!(valuation.round.get(), (1 << 64) + 1);
        assert_eq!((valuation.age, valuation.venues), (Duration::from_millis(12_500), 3));
        assert_eq!(told(|price| price.price = None), Quote::Missing);
        assert_eq!(told(|price| price.round_id = None), Quote::Missing);
        assert_eq!(told(|price| price.age = None), Quote::Missing);
        assert_eq!(told(|price| price.feed_id = "usd-eur".into()), Quote::Missing, "another feed's price");
        assert_eq!(told(|price| price.price = Some(Decimal { value: "NaN".into() })), Quote::Missing);
        let negative = prost_types::Duration { seconds: -1, nanos: 0 };
        assert_eq!(told(|price| price.age = Some(negative)), Quote::Missing);
        assert_eq!(told(|price| price.status = PriceStatus::Stale.into()), Quote::Stale);
        assert_eq!(told(|price| price.status = PriceStatus::Halted.into()), Quote::Halted);
        assert_eq!(told(|price| price.status = 99), Quote::Missing);
    }
}
