//! What leases may move: the bridge's own assets, and those that a gateway issues under the guard's leave.

use std::collections::BTreeSet;

use causeway_primitives::{AssetId, U256};
use causeway_runtime::config::Validator;

use super::{AssetSettings, raw};
use crate::app::CapSetting;

/// The caps of a lease, of all assets; their ids are different.
pub(super) fn caps(
    raw: &[raw::Issued],
    assets: &[AssetSettings],
    validator: &mut Validator<'_>,
) -> Option<Vec<CapSetting>> {
    let mut seen: BTreeSet<AssetId> = assets.iter().map(|asset| asset.cap.asset.clone()).collect();
    let mut caps: Vec<_> = assets.iter().map(|asset| Some(asset.cap.clone())).collect();
    for (index, one) in raw.iter().enumerate() {
        let at = |field: &str| format!("issued.{index}.{field}");
        let cap = cap(one, at, validator);
        if cap.as_ref().is_some_and(|cap| !seen.insert(cap.asset.clone())) {
            validator.refuse(&at("id"), "an id that no other asset has");
        }
        caps.push(cap);
    }
    caps.into_iter().collect()
}

fn cap(raw: &raw::Issued, at: impl Fn(&str) -> String, validator: &mut Validator<'_>) -> Option<CapSetting> {
    let expected = "1 to 64 characters of a-z, 0-9, '-', '_', '.' and ':'";
    let asset = validator.accept(&at("id"), expected, raw.id.parse::<AssetId>());
    let (one_at, total_at) = (at("max_per_operation_units"), at("max_total_units"));
    let one = find_units(&one_at, raw.max_per_operation_units.as_deref(), validator);
    let total = find_units(&total_at, raw.max_total_units.as_deref(), validator);
    let (per_operation, total) = (one?.unwrap_or(U256::MAX), total?.unwrap_or(U256::MAX));
    if raw.max_per_operation_units.is_some() && per_operation > total {
        validator.refuse(&one_at, "no more than max_total_units");
    }
    Some(CapSetting { asset: asset?, per_operation, total })
}

/// `Some(None)`: not set.
fn find_units(setting: &str, text: Option<&str>, validator: &mut Validator<'_>) -> Option<Option<U256>> {
    let Some(text) = text else { return Some(None) };
    // Digits only: the parser of integers would take `0x` and `_` as well.
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let units = digits.then(|| U256::from_str_radix(text, 10).ok()).flatten();
    validator.accept(setting, "base units in quotes: digits only", units.ok_or(())).map(Some)
}
