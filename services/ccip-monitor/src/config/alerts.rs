//! The thresholds of alerts: text → exact numbers.

use std::time::Duration;

use causeway_primitives::{Decimal, Ppm, U256};
use causeway_runtime::config::Validator;

use super::raw;

/// Juels of one LINK: 10¹⁸.
const LINK_DECIMALS: u32 = 18;

/// When to speak up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AlertLimits {
    /// Rates and latencies are taken over so long.
    pub window: Duration,
    /// No rate is judged over fewer messages.
    pub minimum_sample: u64,
    /// Failed of all that ended: above, it is an alert.
    pub error_rate: Ppm,
    /// Executed of all that ended: below, it is an alert.
    pub success_rate: Ppm,
    /// A rate must be better by so much before its alert is over.
    pub hysteresis: Ppm,
    /// The 95th percentile above is an alert.
    pub latency: Duration,
    /// Juels: below is a warning.
    pub link_warning: U256,
    /// Juels: below is critical.
    pub link_critical: U256,
    /// Logs are read so far behind the head.
    pub behind: Duration,
}

pub(super) fn alerts(raw: &raw::Alerts, validator: &mut Validator<'_>) -> Option<AlertLimits> {
    let percent = |setting: &str, text: &str, validator: &mut Validator<'_>| {
        let expected = "a percentage between 0 and 100 in quotes, for example \"5\"";
        validator.accept(setting, expected, Ppm::from_percent(text).map_err(|_| ()).and_then(below_whole))
    };
    let error_rate = percent("alerts.error_rate_percent", &raw.error_rate_percent, validator);
    let success_rate = percent("alerts.success_rate_percent", &raw.success_rate_percent, validator);
    let hysteresis = percent("alerts.hysteresis_percent", &raw.hysteresis_percent, validator);
    let link = |setting: &str, text: &str, validator: &mut Validator<'_>| {
        let expected = "an amount of LINK in quotes, for example \"10\" or \"2.5\"";
        validator.accept(setting, expected, juels(text).ok_or(()))
    };
    let link_warning = link("alerts.link_warning", &raw.link_warning, validator);
    let link_critical = link("alerts.link_critical", &raw.link_critical, validator);
    if link_warning.zip(link_critical).is_some_and(|(warning, critical)| critical > warning) {
        validator.refuse("alerts.link_critical", "no more than alerts.link_warning");
    }
    Some(AlertLimits {
        window: validator.positive_seconds("alerts.window_seconds", raw.window_seconds),
        minimum_sample: validator.within("alerts.minimum_sample", raw.minimum_sample, 1..=1_000_000),
        error_rate: error_rate?,
        success_rate: success_rate?,
        hysteresis: hysteresis?,
        latency: validator.positive_seconds("alerts.latency_seconds", raw.latency_seconds),
        link_warning: link_warning?,
        link_critical: link_critical?,
        behind: validator.positive_seconds("alerts.behind_seconds", raw.behind_seconds),
    })
}

fn below_whole(rate: Ppm) -> Result<Ppm, ()> {
    if rate <= Ppm::WHOLE { Ok(rate) } else { Err(()) }
}

/// LINK in decimal text → juels, exactly; `None` for a sign, an exponent, or more than 18 decimals.
fn juels(text: &str) -> Option<U256> {
    let amount: Decimal = text.parse().ok()?;
    if amount.is_sign_negative() || amount.scale() > LINK_DECIMALS {
        return None;
    }
    let missing = LINK_DECIMALS.checked_sub(amount.scale())?;
    let digits = U256::from(u128::try_from(amount.mantissa()).ok()?);
    digits.checked_mul(U256::from(10).checked_pow(U256::from(missing))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ccip_10_link_thresholds_are_exact() {
        assert_eq!(juels("10"), Some(U256::from(10_000_000_000_000_000_000_u128)));
        assert_eq!(juels("0.000000000000000001"), Some(U256::from(1)));
        for bad in ["-1", "ten", "", "0.0000000000000000001"] {
            assert_eq!(juels(bad), None, "{bad:?}");
        }
    }
}
