//! The configuration as those take it who ask the chains: where contracts are, who asks, what is asked.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use causeway_chain::endpoints::{EndpointSet, Session};
use causeway_primitives::ChainId;
use causeway_runtime::{
    clock::{Clock, SystemClock},
    process::Failure,
};
use causeway_service::database::open_pool;
use causeway_telemetry::metrics::Registry;

use super::{chains, contracts};
use crate::{
    adapters::{
        chain::{ChainReader, explain},
        store::Store,
    },
    app::{
        diagnose::{Diagnoser, Parts},
        lanes::LaneBook,
        probe::Probed,
        sites::{ChainSite, LaneSite, RampSite, Sites},
        tries::Tried,
        verify::Verifier,
        view::Views,
    },
    config::{ChainSettings, Config, LaneSettings, Ramp, SERVICE},
    domain::lane::{Dialect, LaneKey},
    ports::{ChainReads, IncomingAsk, OffRampAsk, OutgoingAsk, ProbeAsk, Upkeep},
};

/// For one read of an explanation: a person waits.
const READ_WITHIN: Duration = Duration::from_secs(5);

/// Who asks each chain.
pub(crate) type Readers = BTreeMap<ChainId, Arc<dyn ChainReads>>;

pub(crate) fn readers(endpoints: &BTreeMap<ChainId, EndpointSet>) -> Readers {
    let reader = |set: &EndpointSet| -> Arc<dyn ChainReads> { Arc::new(ChainReader::new(set.clone(), READ_WITHIN)) };
    endpoints.iter().map(|(id, set)| (*id, reader(set))).collect()
}

/// Where the contracts of each lane are.
pub(crate) fn sites(config: &Config) -> Sites {
    let chain = |chain: &ChainSettings| ChainSite {
        id: chain.id,
        selector: chain.selector,
        start_block: chain.start_block,
        router: chain.router,
        rmn: chain.rmn,
    };
    let ramps = |ramps: &[Ramp]| {
        let site = |ramp: &Ramp| RampSite {
            address: ramp.address,
            from_block: ramp.from_block,
            until_block: ramp.until_block,
        };
        ramps.iter().map(site).collect()
    };
    let lane = |lane: &LaneSettings| LaneSite { on_ramps: ramps(&lane.on_ramps), off_ramps: ramps(&lane.off_ramps) };
    Sites {
        chains: config.chains.iter().map(|one| (one.selector, chain(one))).collect(),
        lanes: config.lanes.iter().map(|one| (one.key.clone(), lane(one))).collect(),
    }
}

/// The on-ramps of a chain that count their messages.
pub(crate) fn counting_ramps(config: &Config, chain: &ChainSettings) -> Vec<(LaneKey, RampSite)> {
    let sites = sites(config);
    let leaving = sites.lanes.into_iter().filter(|(lane, _)| lane.source == chain.selector);
    let counting = leaving.filter(|(lane, _)| lane.dialect.capabilities().sequences);
    counting.flat_map(|(lane, site)| site.on_ramps.into_iter().map(move |ramp| (lane.clone(), ramp))).collect()
}

/// The off-ramps on which executions are tried, by chain; each once, whatever it serves.
pub(crate) fn tried(config: &Config, readers: &Readers) -> Vec<Tried> {
    let tried = |chain: &ChainSettings| {
        let mut off_ramps: Vec<OffRampAsk> = Vec::new();
        for lane in config.lanes.iter().filter(|lane| lane.key.destination == chain.selector) {
            for ramp in &lane.off_ramps {
                // Before 1.6 each lane has an off-ramp of its own, and its calls do not name the source.
                let source = matches!(lane.key.dialect, Dialect::V1_5).then_some(lane.key.source);
                let ask = OffRampAsk { dialect: lane.key.dialect.clone(), address: ramp.address, source };
                if !off_ramps.contains(&ask) {
                    off_ramps.push(ask);
                }
            }
        }
        let reads = Arc::clone(readers.get(&chain.id)?);
        Some(Tried { name: chain.name.clone(), id: chain.id, selector: chain.selector, reads, off_ramps })
    };
    config.chains.iter().filter_map(tried).collect()
}

/// What each chain is asked on each round.
pub(crate) fn probed(config: &Config, sites: &Sites, readers: &Readers) -> Vec<Probed> {
    let probed = |chain: &ChainSettings| {
        let leaving = config.lanes.iter().filter(|lane| lane.key.source == chain.selector);
        let arriving = config.lanes.iter().filter(|lane| lane.key.destination == chain.selector);
        let outgoing =
            |lane: &LaneSettings| Some(OutgoingAsk { lane: lane.key.clone(), on_ramp: sites.on_ramp(&lane.key)? });
        let incoming =
            |lane: &LaneSettings| Some(IncomingAsk { lane: lane.key.clone(), off_ramp: sites.off_ramp(&lane.key)? });
        Some(Probed {
            name: chain.name.clone(),
            id: chain.id,
            reads: Arc::clone(readers.get(&chain.id)?),
            ask: ProbeAsk {
                own: chain.selector,
                router: chain.router,
                rmn: chain.rmn,
                outgoing: leaving.filter_map(outgoing).collect(),
                incoming: arriving.filter_map(incoming).collect(),
                link_token: chain.link_token,
                link_accounts: chain.link_accounts.clone(),
            },
        })
    };
    config.chains.iter().filter_map(probed).collect()
}

/// Who says why a message is where it is.
pub(crate) fn diagnoser(
    config: &Config,
    store: &Arc<Store>,
    readers: &Readers,
    (lanes, views): (&Arc<LaneBook>, &Views),
    clock: &Arc<dyn Clock>,
) -> Diagnoser {
    Diagnoser::new(Parts {
        records: store.clone(),
        dossier: store.clone(),
        chains: readers.clone(),
        sites: Arc::new(sites(config)),
        lanes: Arc::clone(lanes),
        views: views.clone(),
        clock: Arc::clone(clock),
        behind: config.alerts.behind,
        explain,
    })
}

/// Who compares what is stored with what the chains have counted.
pub(crate) fn verifier(config: &Config, store: &Arc<Store>, readers: &Readers) -> Verifier {
    Verifier::new(store.clone(), readers.clone(), Arc::new(sites(config)))
}

/// What the commands work with that look into a running deployment.
pub(crate) struct Commands {
    pub(crate) lanes: Arc<LaneBook>,
    pub(crate) upkeep: Arc<dyn Upkeep>,
    pub(crate) diagnoser: Diagnoser,
    pub(crate) verifier: Verifier,
}

/// Connects as the service does, and starts nothing.
///
/// # Errors
/// [`Failure`]: an address that cannot be read, or another chain than the configured one.
pub(crate) async fn commands(config: &Config, registry: &mut Registry) -> Result<Commands, Failure> {
    let pool = open_pool(&config.base.store, SERVICE, causeway_store::Metrics::default())?;
    let endpoints = chains::connect(config, registry).await?;
    let readers = readers(&endpoints);
    let store = Arc::new(Store::new(pool));
    let lanes = Arc::new(contracts::lane_book(config));
    let views = contracts::views(config);
    let heads = config.chains.iter().filter_map(|chain| Some(learn_head(&views, chain, endpoints.get(&chain.id)?)));
    futures_util::future::join_all(heads).await;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    Ok(Commands {
        diagnoser: diagnoser(config, &store, &readers, (&lanes, &views), &clock),
        verifier: verifier(config, &store, &readers),
        upkeep: store,
        lanes,
    })
}

/// What a running service learns while it follows a chain. A chain that does not answer is not known, and what rests on
/// it says so.
async fn learn_head(views: &Views, chain: &ChainSettings, endpoints: &EndpointSet) {
    let Ok(head) = endpoints.liveness().head().await else { return };
    let finality = chain.finality;
    let read = |session: Session| async move { finality.read(&session, head.number).await };
    let final_head = endpoints.liveness().run(read).await.ok().flatten();
    views.change_chain(chain.id, |chain| {
        chain.head = Some(head.number);
        chain.head_time = Some(head.time);
        chain.final_head = final_head;
    });
}
