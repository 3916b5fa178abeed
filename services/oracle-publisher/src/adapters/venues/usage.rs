//! Asks a venue how much of the monthly plan is used, where the venue answers that (CoinGecko, with a key).
//!
//! Its failures say nothing about prices, so they are logged and not signalled: a key without the right to
//! ask must not take the source down.

use std::{convert::Infallible, sync::Arc, time::Duration};

use causeway_runtime::CancellationToken;
use reqwest::Client;

use super::{
    dialects::coingecko::{self, MonthlyUse},
    http,
    line::{Line, Trouble},
    settings::Rest,
};
use crate::ports::{Fault, QuotaReading};

/// The vendor counts by calendar month; the mean one will do for a projection of days.
const MONTH: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Asks every `interval` until it is told to stop.
pub(crate) async fn run(
    line: Arc<Line>,
    client: Client,
    rest: Rest,
    interval: Duration,
    token: CancellationToken,
) -> Result<(), Infallible> {
    let everybody: Vec<usize> = (0..line.len()).collect();
    let asking = async {
        let mut last_fault = None;
        loop {
            let fault = match ask(&line, &client, &rest).await {
                Ok(reading) => {
                    line.quota(&everybody, reading);
                    None
                }
                Err(trouble) => Some(trouble.fault),
            };
            if let Some(fault) = fault.filter(|fault| last_fault != Some(*fault)) {
                tracing::warn!(fault = fault.as_str(), "the plan's use is unknown");
            }
            last_fault = fault;
            tokio::time::sleep(interval).await;
        }
    };
    token.run_until_cancelled(asking).await;
    Ok(())
}

async fn ask(line: &Line, client: &Client, rest: &Rest) -> Result<QuotaReading, Trouble> {
    let outcome = http::get(client, rest, rest.base_urls.nth(0), coingecko::USE_PATH, line.now()).await;
    let MonthlyUse { allowed, used } =
        coingecko::read_use(&outcome.body?).map_err(|error| Trouble::new(Fault::Payload, error))?;
    Ok(QuotaReading { used, limit: allowed, window: MONTH })
}
