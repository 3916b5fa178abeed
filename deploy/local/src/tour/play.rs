//! The order of the tour.

use std::time::Duration;

use super::{messages, prices, theft};
use crate::{screen::Screen, stage::Stage};

/// Nothing of the tour takes longer than this.
pub(super) const SOON: Duration = Duration::from_secs(60);

pub(crate) async fn play(stage: &mut Stage<'_>, screen: &Screen) -> anyhow::Result<()> {
    prices::play(stage, screen).await?;
    messages::play(stage, screen).await?;
    theft::play(stage, screen).await
}
