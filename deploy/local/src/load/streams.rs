//! ops-console: the overview over five services of which one tells a thousand alerts, and pages that are kept open meanwhile.
//!
//! The services are the driver's own, the real contract on real ports; the console, its database and the wire are real. Each
//! open page does what a browser's does: when it hears of something new it asks for itself again.

use std::{
    net::SocketAddr,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Context as _, ensure};
use causeway_testkit::postgres::Cluster;
use clap::Args;
use reqwest::Client;
use tokio::{
    task::JoinSet,
    time::{Instant, interval, sleep_until, timeout},
};

use super::{fleet::now, page::client, sample::Samples, tellers::Teller, usage::Usage};
use crate::{
    console::{Console, Watched},
    screen::Screen,
};

/// Who is looked at; the last tells the alerts and the events.
const SERVICES: [&str; 5] =
    ["oracle-publisher", "ccip-monitor", "relayer-invariant-guard", "cacti-bridge", "tokenization-gateway"];
/// Requests of the quiet overview.
const LOOKS: u32 = 201;
/// For what must come before anything is measured, and for the drain.
const SOON: Duration = Duration::from_secs(60);
/// Nobody waits longer for a page.
const PAGE_WITHIN: Duration = Duration::from_secs(10);

#[derive(Debug, Args)]
pub(super) struct Options {
    /// Pages that are kept open
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u16).range(1..=500))]
    streams: u16,
    /// Alerts that fire
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    alerts: u32,
    /// From one event to the next
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(50..=60_000))]
    every_ms: u32,
    /// For how long the pages are open
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(5..=600))]
    seconds: u32,
    /// Pages only listen, and never ask for themselves again
    #[arg(long)]
    listen_only: bool,
}

pub(super) async fn run(options: &Options, binary: &Path, screen: &Screen) -> anyhow::Result<()> {
    let step = screen.step(&format!("starting five services that tell {} alerts, and the console", options.alerts));
    let cluster = Cluster::start().await.context("PostgreSQL")?;
    let mut serving = JoinSet::new();
    let mut watched = Vec::new();
    let mut last = None;
    for name in SERVICES {
        let teller = Teller::new(name, if name == SERVICES[4] { options.alerts } else { 0 });
        watched.push(Watched::plain(name, teller.open(&mut serving).await?));
        last = Some(teller);
    }
    let teller = last.context("no service")?;
    let console = Console::start(&cluster, binary.to_owned(), watched).await?;
    console.shows("/", &format!("{} alert", options.alerts), SOON).await?;
    step.done("");
    let pid = console.pid().context("the console has ended")?;
    let looks = overview(console.address()).await?;
    let quiet = Usage::of(pid)?;
    let open = open(options, console.address(), &teller, screen).await?;
    let busy = Usage::of(pid)?;
    screen.title("The console over five services");
    screen.line(&format!("overview       {}; target p50 50 ms", looks.took));
    screen.line(&format!(
        "first load     {} kB: page {}, sheet, script and icon {}; target 100 kB",
        kilo(looks.whole()),
        looks.page,
        looks.assets
    ));
    screen.line(&format!("quiet          {} MiB resident", quiet.resident_kib / 1_024));
    let processor = busy.processor().saturating_sub(quiet.processor());
    screen.line(&format!(
        "{:<4} pages     {} MiB resident, {} MiB at most; target 100 MiB",
        options.streams,
        busy.resident_kib / 1_024,
        busy.peak_kib / 1_024
    ));
    screen.line(&format!(
        "processor      {:.2} of a core; target 1",
        processor.as_secs_f64() / open.lasted.as_secs_f64().max(f64::MIN_POSITIVE)
    ));
    screen.line(&format!("news           {} on all pages, of {} events", open.news, open.events));
    screen.line(&format!("event to {}  {}", if options.listen_only { "news" } else { "page" }, open.followed));
    console.stop(SOON).await
}

/// What one person sees who opens the first page.
struct Looks {
    took: Samples,
    page: usize,
    assets: usize,
}

impl Looks {
    const fn whole(&self) -> usize {
        self.page.saturating_add(self.assets)
    }
}

async fn overview(console: SocketAddr) -> anyhow::Result<Looks> {
    let client = client()?;
    let get = async |path: &str| -> anyhow::Result<usize> {
        let answer = client.get(format!("http://{console}{path}")).send().await?.error_for_status()?;
        Ok(answer.bytes().await?.len())
    };
    let (mut took, mut page) = (Samples::default(), 0);
    for _ in 0..LOOKS {
        let began = now();
        page = get("/").await?;
        took.add(began.elapsed());
    }
    let mut assets = 0_usize;
    for asset in ["/assets/console.css", "/assets/console.js", "/assets/icon.svg"] {
        assets = assets.saturating_add(get(asset).await?);
    }
    Ok(Looks { took, page, assets })
}

/// What the open pages saw.
struct Open {
    followed: Samples,
    news: u64,
    events: u64,
    lasted: Duration,
}

/// What they share.
#[derive(Debug)]
struct Shared {
    told: Mutex<Instant>,
    seen: Mutex<(Samples, u64)>,
    listen_only: bool,
}

async fn open(options: &Options, console: SocketAddr, teller: &Teller, screen: &Screen) -> anyhow::Result<Open> {
    let shared = Arc::new(Shared { told: Mutex::new(now()), seen: Mutex::default(), listen_only: options.listen_only });
    let began = now();
    let end = began + Duration::from_secs(options.seconds.into());
    let step = screen.step(&format!("{} pages are open", options.streams));
    // A browser has connections of its own, and so has each of these.
    let mut pages = JoinSet::new();
    for _ in 0..options.streams {
        pages.spawn(follow(console, Arc::clone(&shared), end));
    }
    let mut events = 0_u64;
    let mut ticks = interval(Duration::from_millis(options.every_ms.into()));
    while now() < end {
        ticks.tick().await;
        events = events.saturating_add(1);
        *shared.told.lock().unwrap_or_else(PoisonError::into_inner) = now();
        teller.tell(events);
    }
    while let Some(page) = pages.join_next().await {
        page??;
    }
    step.done("");
    let (followed, news) = std::mem::take(&mut *shared.seen.lock().unwrap_or_else(PoisonError::into_inner));
    ensure!(news > 0, "no page heard of anything");
    Ok(Open { followed, news, events, lasted: began.elapsed() })
}

/// A page that is open until the end.
async fn follow(console: SocketAddr, shared: Arc<Shared>, end: Instant) -> anyhow::Result<()> {
    // The stream lasts for as long as the page is open.
    let client = Client::builder().no_proxy().build()?;
    let mut stream = client.get(format!("http://{console}/live?of=/")).send().await?.error_for_status()?;
    loop {
        let chunk = tokio::select! {
            () = sleep_until(end) => return Ok(()),
            chunk = stream.chunk() => chunk?.context("the stream has ended")?,
        };
        let news = chunk.windows(11).filter(|part| part == b"event: news").count();
        if news == 0 {
            continue;
        }
        let told = *shared.told.lock().unwrap_or_else(PoisonError::into_inner);
        if !shared.listen_only {
            let answer = timeout(PAGE_WITHIN, client.get(format!("http://{console}/")).send()).await??;
            answer.error_for_status()?.bytes().await?;
        }
        let mut seen = shared.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.0.add(told.elapsed());
        seen.1 = seen.1.saturating_add(u64::try_from(news).unwrap_or(u64::MAX));
    }
}

fn kilo(bytes: usize) -> String {
    format!("{}.{}", bytes / 1_000, bytes % 1_000 / 100)
}
