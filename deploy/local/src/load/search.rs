//! Questions of the REST interface over as many messages as are asked for: a thousand real ones, read from two generated
//! chains, and then the same again and again under other ids, numbers, accounts, lanes and times.

use std::{path::Path, time::Duration};

use anyhow::{Context as _, ensure};
use causeway_primitives::keccak256;
use causeway_testkit::{blocks::Behaviour, ccip::v1_6::Traffic, postgres::Cluster, service::Service};
use clap::Args;
use reqwest::{Client, StatusCode};
use sqlx::{Connection as _, PgConnection, Row as _};
use tokio::time::{Instant, sleep};

use super::{
    fleet::now,
    generated::{CHAINS, Generated},
    page::Page,
    sample::Samples,
};
use crate::screen::Screen;

/// Messages that are read from the chains.
const REAL: i64 = 1_000;
/// Accounts that send and receive; the first of them sends 8 % of all.
const ACCOUNTS: i64 = 50_000;
const LANES: i64 = 20;
/// Rows of one statement.
const CHUNK: i64 = 250_000;

/// For indexes over all rows, and for the first look at them.
const READY_WITHIN: Duration = Duration::from_secs(3_600);
const STOP_WITHIN: Duration = Duration::from_secs(30);
const LOOK_EVERY: Duration = Duration::from_millis(200);

const SETTINGS: [&str; 3] = ["shared_buffers=1GB", "max_wal_size=1GB", "maintenance_work_mem=512MB"];

#[derive(Debug, Args)]
pub(super) struct Options {
    /// Messages; 1.6 GB of disk for each million
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
    let messages = REAL.unsigned_abs();
    let traffic = Traffic { source, destination, messages, per_block: 10, every: 1, delay: 5, data_bytes: 192 };
    let chains = Generated::start(&traffic, &Behaviour { times_in_logs: true, ..Behaviour::default() }).await?;
    chains.migrate(binary, &database).await?;
    let service = chains.serve(binary, &database).await?;
    await_read(&service).await?;
    service.terminate(STOP_WITHIN).await?;
    step.done("");

    let mut connection = PgConnection::connect(database.url()).await?;
    let step = screen.step(&format!("{} messages", options.messages));
    fill(&mut connection, options.messages).await?;
    step.done(&size(&mut connection).await?);

    let step = screen.step("building what the first back-fill lays aside");
    let service = chains.serve(binary, &database).await?;
    await_line(&service, "the first back-fill is over").await?;
    step.done("");
    screen.title(&format!("Questions over {} messages", options.messages));
    ask(options, &mut connection, &service, screen).await?;
    let (status, _) = service.terminate(STOP_WITHIN).await?;
    screen.line(&format!("ended with {status}"));
    Ok(())
}

async fn await_read(service: &Service) -> anyhow::Result<()> {
    let began = now();
    while Page::read(service.listening().metrics).await?.sum("ccip_messages_received_total") < REAL.unsigned_abs() {
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

/// The real messages again and again. The indexes that a first back-fill lays aside are laid aside here too: the service
/// builds them when it starts.
async fn fill(connection: &mut PgConnection, messages: i64) -> anyhow::Result<()> {
    sqlx::raw_sql(include_str!("search/prepare.sql")).execute(&mut *connection).await?;
    let width: i32 =
        sqlx::query_scalar("SELECT octet_length(receiver) FROM sent LIMIT 1").fetch_one(&mut *connection).await?;
    for (number, address) in (0..ACCOUNTS).map(|number| (number, account(number))) {
        let padded = [vec![0; usize::try_from(width)?.saturating_sub(address.len())], address.clone()].concat();
        sqlx::query("INSERT INTO load_account VALUES ($1, $2, $3, $4, $5)")
            .bind(number)
            .bind(&address)
            .bind(tag(&address))
            .bind(&padded)
            .bind(tag(&padded))
            .execute(&mut *connection)
            .await?;
    }
    for first in (0..messages).step_by(usize::try_from(CHUNK)?) {
        let last = first.saturating_add(CHUNK).min(messages).saturating_sub(1);
        for statement in
            [include_str!("search/sent.sql"), include_str!("search/attempt.sql"), include_str!("search/message.sql")]
        {
            sqlx::query(statement)
                .bind(first)
                .bind(last)
                .bind(messages)
                .bind(ACCOUNTS)
                .bind(LANES)
                .bind(REAL)
                .execute(&mut *connection)
                .await?;
        }
    }
    sqlx::raw_sql(include_str!("search/finish.sql")).execute(&mut *connection).await?;
    sqlx::raw_sql("VACUUM (ANALYZE) sent, attempt, message").execute(connection).await?;
    Ok(())
}

fn account(number: i64) -> Vec<u8> {
    keccak256(number.to_be_bytes()).iter().copied().take(20).collect()
}

/// As the service's tables have it: the first eight bytes of the hash.
fn tag(bytes: &[u8]) -> i64 {
    keccak256(bytes).first_chunk().copied().map(i64::from_be_bytes).unwrap_or_default()
}

async fn size(connection: &mut PgConnection) -> anyhow::Result<String> {
    let size = "SELECT pg_size_pretty(pg_database_size(current_database()))";
    Ok(sqlx::query_scalar(size).fetch_one(connection).await?)
}

/// A question: its name, and its path for the message that one is about.
type Question = (&'static str, fn(&Example) -> String);

/// A message that is there.
struct Example {
    id: String,
    tx: String,
    sender: String,
    receiver: String,
    lane: String,
    sent_at: String,
}

const QUESTIONS: [Question; 9] = [
    ("newest", |_| "messages".to_owned()),
    ("of a lane, executed", |it| format!("messages?lane={}&status=executed", it.lane)),
    ("of a lane up to a time", |it| format!("messages?lane={}&sent_before={}", it.lane, it.sent_at)),
    ("of a sender", |it| format!("messages?sender={}", it.sender)),
    ("of the busiest sender to one receiver", |it| {
        format!("messages?sender=0x{}&receiver={}", hex(&account(0)), it.receiver)
    }),
    ("of a receiver", |it| format!("messages?receiver={}&limit=500", it.receiver)),
    ("of a sender in a time, executed", |it| {
        format!("messages?sender={}&status=executed&sent_before={}", it.sender, it.sent_at)
    }),
    ("one message, whole", |it| format!("messages/{}", it.id)),
    ("of a transaction", |it| format!("transactions/{}/{}/messages", CHAINS.0, it.tx)),
];

async fn ask(
    options: &Options,
    connection: &mut PgConnection,
    service: &Service,
    screen: &Screen,
) -> anyhow::Result<()> {
    let client = Client::builder().no_proxy().build()?;
    let base = format!("http://{}/api/v1/ccip", service.listening().http);
    let mut examples = Vec::new();
    for nth in 0..options.asks {
        examples.push(example(connection, nth, options.messages).await?);
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

/// Spread over all messages.
async fn example(connection: &mut PgConnection, nth: i64, messages: i64) -> anyhow::Result<Example> {
    let place = nth.wrapping_mul(2_654_435_761).rem_euclid(messages);
    let row = sqlx::query(include_str!("search/example.sql")).bind(place).fetch_one(connection).await?;
    Ok(Example {
        id: row.try_get("id")?,
        tx: row.try_get("tx")?,
        sender: row.try_get("sender")?,
        receiver: row.try_get("receiver")?,
        lane: row.try_get("lane")?,
        sent_at: row.try_get("sent_at")?,
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
