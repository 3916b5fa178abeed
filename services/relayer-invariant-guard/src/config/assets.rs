//! The assets: where each lives, what must be true of it, and how fast it may leave.

use std::collections::BTreeSet;

use causeway_primitives::{Address, AssetId, ChainName, Ppm, U256};
use causeway_runtime::config::Validator;

use super::{
    amounts::{NAME, address, find_address, find_units, tokens},
    chains::ChainSettings,
    equations, raw,
    terms::{Further, further},
};
use crate::{
    app::CapSetting,
    domain::{
        equation::Equation,
        finding::Mode,
        preset::{self, Bridge, Preset},
        quantity::TokenDecimals,
        velocity::Cap,
    },
};

/// An asset.
#[derive(Debug, Clone)]
pub struct AssetSettings {
    /// Its place in the configuration: `assets.0`.
    pub setting: String,
    /// The bridge of it.
    pub bridge: Bridge,
    /// The kind of bridge; `None`: only the equations that are written down.
    pub preset: Option<Preset>,
    /// To show base units as tokens.
    pub decimals: TokenDecimals,
    /// What must be true.
    pub equations: Vec<Equation>,
    /// The locked token.
    pub home_token: Address,
    /// Who holds it and emits the home chain's events.
    pub lockbox: Address,
    /// The bridged token, which emits the remote chain's events.
    pub remote_token: Address,
    /// How events and rows of the home chain name the asset.
    pub home_asset: Address,
    /// The same for the remote chain.
    pub remote_asset: Address,
    /// The number of the first message, where the contracts count them.
    pub first_message: Option<u64>,
    /// What one lease may move.
    pub cap: CapSetting,
    /// How fast value may leave.
    pub windows: Vec<(u64, Cap)>,
    /// Further readings.
    pub further: Further,
}

/// What an asset's fields are read with.
struct Reader<'a, 'v> {
    setting: String,
    raw: &'a raw::Asset,
    chains: &'a [ChainSettings],
    validator: &'a mut Validator<'v>,
}

/// All assets; ids are different.
pub(super) fn assets(
    raw: &[raw::Asset],
    chains: &[ChainSettings],
    validator: &mut Validator<'_>,
) -> Option<Vec<AssetSettings>> {
    if raw.is_empty() {
        validator.refuse("assets", "at least one [[assets]]: a guard of nothing is none");
    }
    let mut seen = BTreeSet::new();
    let mut read = Vec::new();
    for (index, one) in raw.iter().enumerate() {
        let setting = format!("assets.{index}");
        if !seen.insert(&one.id) {
            validator.refuse(&format!("{setting}.id"), "an id that no other asset has");
        }
        read.push(Reader { setting, raw: one, chains, validator }.asset());
    }
    read.into_iter().collect()
}

impl Reader<'_, '_> {
    fn at(&self, field: &str) -> String {
        format!("{}.{field}", self.setting)
    }

    fn asset(mut self) -> Option<AssetSettings> {
        let raw = self.raw;
        let expected = "1 to 64 characters of a-z, 0-9, '-', '_', '.' and ':'";
        let id = self.validator.accept(&self.at("id"), expected, raw.id.parse::<AssetId>());
        let home = self.chain("home", &raw.home);
        let remote = self.chain("remote", &raw.remote);
        if home.is_some() && home == remote {
            self.validator.refuse(&self.at("remote"), "another chain than home");
        }
        let decimals = TokenDecimals::new(raw.decimals);
        let decimals = self.validator.accept(&self.at("decimals"), "3 to 77", decimals);
        let mode = equations::mode(&self.at("mode"), &raw.mode, self.validator);
        let preset = self.preset();
        let home_token = address(&self.at("home_token"), &raw.home_token, self.validator);
        let lockbox = address(&self.at("lockbox"), &raw.lockbox, self.validator);
        let remote_token = address(&self.at("remote_token"), &raw.remote_token, self.validator);
        let home_asset = find_address(&self.at("home_asset"), raw.home_asset.as_ref(), self.validator);
        let remote_asset = find_address(&self.at("remote_asset"), raw.remote_asset.as_ref(), self.validator);
        let (decimals, id) = (decimals?, id?);
        let further = further(&self.setting, &raw.terms, (&id, self.chains), self.validator);
        let tolerance = tokens(&self.at("tolerance_tokens"), &raw.tolerance_tokens, decimals, self.validator);
        let cap = self.cap(&id, decimals);
        let windows = self.windows(&id, decimals);
        let bridge = Bridge { asset: id, home: home?, remote: remote?, tolerance: tolerance? };
        let equations = self.equations(preset?, &bridge, decimals, mode?)?;
        let (home_token, remote_token) = (home_token?, remote_token?);
        Some(AssetSettings {
            bridge,
            preset: preset?,
            decimals,
            equations,
            home_token,
            lockbox: lockbox?,
            remote_token,
            home_asset: home_asset?.unwrap_or(home_token),
            remote_asset: remote_asset?.unwrap_or(remote_token),
            first_message: raw.first_message,
            cap: cap?,
            windows: windows?,
            further: further?,
            setting: self.setting,
        })
    }

    fn chain(&mut self, field: &str, name: &str) -> Option<ChainName> {
        let known = self.chains.iter().find(|chain| chain.name.as_str() == name).map(|chain| chain.name.clone());
        self.validator.accept(&self.at(field), "the name of one of the [[chains]]", known.ok_or(()))
    }

    /// `Some(None)`: none.
    fn preset(&mut self) -> Option<Option<Preset>> {
        if self.raw.preset == "none" {
            if self.raw.equations.is_empty() {
                self.validator.refuse(&self.at("equations"), "at least one, because the preset is `none`");
            }
            return Some(None);
        }
        let found = Preset::EVERY.into_iter().find(|preset| preset.as_str() == self.raw.preset);
        let expected = "`lock_mint`, `burn_mint`, `split_inventory` or `none`";
        self.validator.accept(&self.at("preset"), expected, found.map(Some).ok_or(()))
    }

    fn equations(
        &mut self,
        preset: Option<Preset>,
        bridge: &Bridge,
        decimals: TokenDecimals,
        mode: Mode,
    ) -> Option<Vec<Equation>> {
        let mut all = preset.map(|preset| preset::equations(preset, bridge)).unwrap_or_default();
        for (index, raw) in self.raw.equations.iter().enumerate() {
            let setting = self.at(&format!("equations.{index}"));
            let facts = equations::Facts { bridge, decimals, chains: self.chains };
            let equation = equations::equation(&setting, raw, &facts, self.validator)?;
            if all.iter().any(|other| other.name == equation.name) {
                self.validator.refuse(&format!("{setting}.name"), "a name that no other equation of the asset has");
            }
            all.push(equation);
        }
        if mode == Mode::Shadow {
            for side in all.iter_mut().flat_map(|equation| [&mut equation.above, &mut equation.below]) {
                side.consequence.mode = Mode::Shadow;
            }
        }
        Some(all)
    }

    fn cap(&mut self, id: &AssetId, decimals: TokenDecimals) -> Option<CapSetting> {
        let raw = self.raw;
        let at = self.at("max_per_operation_tokens");
        let one = find_units(&at, raw.max_per_operation_tokens.as_ref(), decimals, self.validator);
        let total = find_units(&self.at("max_total_tokens"), raw.max_total_tokens.as_ref(), decimals, self.validator);
        let (one, total) = (one?.unwrap_or(U256::MAX), total?.unwrap_or(U256::MAX));
        if raw.max_per_operation_tokens.is_some() && one > total {
            self.validator.refuse(&at, "no more than max_total_tokens");
        }
        Some(CapSetting { asset: id.clone(), per_operation: one, total })
    }

    fn windows(&mut self, id: &AssetId, decimals: TokenDecimals) -> Option<Vec<(u64, Cap)>> {
        let mut read = Vec::new();
        for (index, raw) in self.raw.windows.iter().enumerate() {
            let at = |field: &str| format!("{}.windows.{index}.{field}", self.setting);
            let name = self.validator.accept(&at("name"), NAME, raw.name.parse());
            let blocks = self.validator.within(&at("blocks"), raw.blocks, 1..=100_000_000);
            let amount = find_units(&at("max_tokens"), raw.max_tokens.as_ref(), decimals, self.validator);
            let share = match &raw.max_share_percent {
                None => Some(None),
                Some(text) => {
                    let expected = "a percentage between 0 and 100 in quotes, for example \"10\"";
                    let ppm = Ppm::from_percent(text)
                        .ok()
                        .filter(|share| *share <= Ppm::WHOLE)
                        .and_then(|share| u32::try_from(share.get()).ok());
                    self.validator.accept(&at("max_share_percent"), expected, ppm.map(Some).ok_or(()))
                }
            };
            if raw.max_tokens.is_none() && raw.max_share_percent.is_none() {
                self.validator.refuse(&at("max_tokens"), "max_tokens or max_share_percent: a window without is no cap");
            }
            read.push((|| {
                let cap = Cap { asset: id.clone(), window: name?, amount: amount?, share_ppm: share? };
                Some((blocks, cap))
            })());
        }
        read.into_iter().collect()
    }
}
