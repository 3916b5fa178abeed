//! Questions of the REST interface over as many messages as are asked for: a thousand real ones, read from two generated
//! chains, and then the same again and again under other ids, numbers, accounts, lanes and times.

use std::{path::Path, time::Duration};

use anyhow::{Context as _, ensure};
use causeway_testkit::{
    blocks::Behaviour,
    ccip::v1_6::Traffic,
    monitor::many::{Example, Many},
    postgres::Cluster,
    service::Service,
};
use clap::Args;
use reqwest::{Client, StatusCode};
use tokio::time::{Instant, sleep};

use super::{
    fleet::now,
    generated::{CHAINS, Generated},
    page::Page,
    sample::Samples,
};
use crate::screen::Screen;

/// Messages that are read from the chains.
const REAL: u64 = 1_000;

/// For indexes over all rows, and for the first look at them.
const READY_WITHIN: Duration = Duration::from_secs(3_600);
const STOP_WITHIN: Duration = Duration::from_secs(30);
const LOOK_EVERY: Duration = Duration::from_millis(200);

const SETTINGS: [&str; 3] = ["shared_buffers=1GB", "max_wal_size=1GB", "maintenance_work_mem=512MB"];

#[derive(Debug, Args)]
pub(super) struct Options {
    /// Messages; 1.5 GB of disk for each million
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(i64).range(10_000..=100_000_000))]
    messages: i64,
    /// How often each question is asked
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(i64).range(1..=100_000))]
    asks: i64,
}

pub(super) async fn run(options: &Options, binary: &Path, screen: &Screen) -> anyhow::Result<()> {
    let step = screen.step("starting PostgreSQL and reading a thousand messages");
    let cluster = Cluster::start_with(&SETTINGS).await.context("PostgreSQL")?;
    let database = cluster.database("search").await?;
    let (source, destination) = CHAINS;
    let traffic = Traffic { source, destination, messages: REAL, per_block: 10, every: 1, delay: 5, data_bytes: 192 };
    let chains = Generated::start(&[traffic], &Behaviour { times_in_logs: true, ..Behaviour::default() }).await?;
    chains.migrate(binary, &database).await?;
    let service = chains.serve(binary, &database).await?;
    await_read(&service).await?;
    service.terminate(STOP_WITHIN).await?;
    step.done("");

    let step = screen.step(&format!("{} messages", options.messages));
    let mut many = Many::make(&database, options.messages).await?;
    step.done(&many.size().await?);

    let step = screen.step("building what the first back-fill lays aside");
    let service = chains.serve(binary, &database).await?;
    await_line(&service, "the first back-fill is over").await?;
    step.done("");
    screen.title(&format!("Questions over {} messages", options.messages));
    ask(options, &mut many, &service, screen).await?;
    let (status, _) = service.terminate(STOP_WITHIN).await?;
    screen.line(&format!("ended with {status}"));
    Ok(())
}

async fn await_read(service: &Service) -> anyhow::Result<()> {
    let began = now();
    while Page::read(service.listening().metrics).await?.sum("ccip_messages_received_total") < REAL {
        pass(service, began).await?;
    }
    Ok(())
}

async fn await_line(service: &Service, line: &str) -> anyhow::Result<()> {
    let began = now();
    while !service.log().lines().iter().any(|told| told.contains(line)) {
        pass(service, began).await?;
    }
    Ok(())
}

async fn pass(service: &Service, began: Instant) -> anyhow::Result<()> {
    ensure!(began.elapsed() < READY_WITHIN, "not in time:\n{}", service.log().tail(20));
    sleep(LOOK_EVERY).await;
    Ok(())
}

/// A question: its name, and its path for the message that one is about.
type Question = (&'static str, fn(&Example) -> String);

const QUESTIONS: [Question; 13] = [
    ("newest", |_| "messages".to_owned()),
    ("of a lane, executed", |it| format!("messages?lane={}&status=executed", it.lane)),
    ("of a lane up to a time", |it| format!("messages?lane={}&sent_before={}", it.lane, it.sent_at)),
    ("of a source chain", |_| format!("messages?source_chain_id={}", CHAINS.0)),
    ("between two chains, up to a time", |it| between(&it.sent_at)),
    ("the same, 500 of them", |it| format!("{}&limit=500", between(&it.sent_at))),
    ("failed, of which there are few", |_| "messages?status=failed".to_owned()),
    ("of a sender", |it| format!("messages?sender={}", it.sender)),
    ("of the busiest sender to one receiver", |it| format!("messages?sender={}&receiver={}", it.busiest, it.receiver)),
    ("of a receiver", |it| format!("messages?receiver={}&limit=500", it.receiver)),
    ("of a sender in a time, executed", |it| {
        format!("messages?sender={}&status=executed&sent_before={}", it.sender, it.sent_at)
    }),
    ("one message, whole", |it| format!("messages/{}", it.id)),
    ("of a transaction", |it| format!("transactions/{}/{}/messages", CHAINS.0, it.tx)),
];

fn between(sent_before: &str) -> String {
    let (source, destination) = CHAINS;
    format!("messages?source_chain_id={source}&destination_chain_id={destination}&sent_before={sent_before}")
}

async fn ask(options: &Options, many: &mut Many, service: &Service, screen: &Screen) -> anyhow::Result<()> {
    let client = Client::builder().no_proxy().build()?;
    let base = format!("http://{}/api/v1/ccip", service.listening().http);
    let mut examples = Vec::new();
    for nth in 0..options.asks {
        examples.push(many.example(nth).await?);
    }
    for (name, question) in QUESTIONS {
        let mut samples = Samples::default();
        for example in &examples {
            let url = format!("{base}/{}", question(example));
            let began = now();
            let answer = client.get(&url).send().await?;
            let status = answer.status();
            let body = answer.text().await?;
            samples.add(began.elapsed());
            ensure!(status == StatusCode::OK, "{url}: {status}: {body}");
        }
        screen.line(&format!("{name:38} {samples}; target p95 50 ms"));
    }
    Ok(())
}
