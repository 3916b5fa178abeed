//! The port: one snapshot, its queries one after the other.

use async_trait::async_trait;
use causeway_primitives::Address;
use causeway_store::Error;

use super::{
    super::{Store, open_findings},
    costs, failures, fees, hours, in_flight, review, snapshot, volumes,
};
use crate::{
    domain::report::{Rows, Window},
    ports::{FindingView, InFlightCut, Reports},
};

#[async_trait]
impl Reports for Store {
    async fn read_in_flight(&self, lane: Option<&str>, token: Option<Address>) -> Result<InFlightCut, Error> {
        let mut tx = snapshot::begin(self).await?;
        let values = in_flight::list(&mut tx, lane, token).await?;
        let positions = snapshot::list_positions(&mut tx).await?;
        tx.rollback().await?;
        Ok(InFlightCut { values, positions })
    }

    async fn list_all_findings(&self, before: Option<u64>, limit: u32) -> Result<Vec<FindingView>, Error> {
        open_findings::list_all(self, before, limit).await
    }

    async fn read_report_rows(&self, window: Window) -> Result<Rows, Error> {
        let mut tx = snapshot::begin(self).await?;
        let positions = snapshot::list_positions(&mut tx).await?;
        let rows = Rows {
            open_holes: positions.iter().map(|position| position.open_holes).fold(0, u64::saturating_add),
            positions: positions.iter().map(snapshot::named).collect(),
            volumes: volumes::list(&mut tx, window).await?,
            slowest: volumes::list_slowest(&mut tx, window).await?,
            hours: hours::list(&mut tx, window).await?,
            peaks: hours::list_peaks(&mut tx, window).await?,
            fees: fees::list(&mut tx, window).await?,
            fees_before: fees::list(&mut tx, window.previous()).await?,
            failures: failures::list(&mut tx, window).await?,
            failed_attempts: failures::count(&mut tx, window).await?,
            parties: review::list_parties(&mut tx, window).await?,
            settings: review::list_settings(&mut tx, window).await?,
            findings: review::list_findings(&mut tx, window).await?,
            formats: review::list_formats(&mut tx, window).await?,
            repeats: costs::list_repeats(&mut tx, window).await?,
            cheapest: costs::list_cheapest(&mut tx, window).await?,
            samples: costs::list_samples(&mut tx, window).await?,
        };
        tx.rollback().await?;
        Ok(rows)
    }
}
