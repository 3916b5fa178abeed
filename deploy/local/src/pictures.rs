//! Pictures of the operators' pages as they are behind the tour, for README and for whoever wants to see them first.

use std::path::Path;

use anyhow::Context as _;
use causeway_testkit::browser::{Browser, Tab};

use crate::{console::Console, screen::Screen};

/// File and page. What is on a page is waited for by its word.
const PAGES: [(&str, &str, &str); 5] = [
    ("overview", "/", "Deployments"),
    ("oracle", "/oracle/eur-usd", "Sources"),
    ("messages", "/messages/lanes", "Lanes"),
    ("bridge", "/bridge", "Equations"),
    ("tokens", "/tokens", "Requests"),
];

/// Takes them all, and the first page on a phone by night.
pub(crate) async fn take(console: &Console, folder: &Path, screen: &Screen) -> anyhow::Result<()> {
    let step = screen.step("taking pictures of the operators' pages");
    let binary = Browser::find().context("there is no Chromium on this machine: apt-get install chromium")?;
    std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    let browser = Browser::start(&binary).await?;
    let desk = browser.desk().await?;
    for (name, path, word) in PAGES {
        picture(&desk, console, (path, word), &folder.join(format!("{name}.png"))).await?;
    }
    let message = message(console).await?;
    picture(&desk, console, (&message, "History"), &folder.join("message.png")).await?;
    picture(&browser.phone().await?, console, ("/", "Deployments"), &folder.join("phone.png")).await?;
    step.done(&folder.display().to_string());
    Ok(())
}

async fn picture(tab: &Tab, console: &Console, (path, word): (&str, &str), file: &Path) -> anyhow::Result<()> {
    tab.open(&format!("http://{}{path}", console.address())).await?;
    tab.see(word).await.with_context(|| format!("{path} does not show {word}"))?;
    Ok(tab.picture(file).await?)
}

/// The page of the newest message.
async fn message(console: &Console) -> anyhow::Result<String> {
    let list = reqwest::get(format!("http://{}/messages", console.address())).await?.text().await?;
    let id = list.split("href=\"/messages/0x").nth(1).and_then(|rest| rest.split('"').next());
    Ok(format!("/messages/0x{}", id.context("no message is on the page")?))
}
