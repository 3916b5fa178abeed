//! What a part of the tour ends with: the trace of it, and the page of it.

use anyhow::Context as _;
use causeway_testkit::traces::{Span, tree};

use super::play::SOON;
use crate::{screen::Screen, stage::Stage};

/// Waits until all of this, each named as `service: span`, is in a trace, and shows the trace without what databases were asked.
pub(super) async fn show(stage: &Stage<'_>, screen: &Screen, trace_id: &str, wanted: &[String]) -> anyhow::Result<()> {
    let in_trace = |span: &&Span| span.trace_id == trace_id;
    let is_there = |spans: &[Span], name: &str| {
        spans.iter().filter(in_trace).any(|span| format!("{}: {}", span.service, span.name) == name)
    };
    let whole = |spans: &[Span]| wanted.iter().all(|name| is_there(spans, name));
    let spans = stage.prices.traces.wait_for(whole, SOON).await;
    let spans = spans.with_context(|| format!("trace {trace_id} is not whole; it is to hold {wanted:?}"))?;
    let is_statement = |span: &Span| span.attributes.contains_key("db.query.summary");
    let (statements, others): (Vec<Span>, Vec<Span>) = spans.iter().filter(in_trace).cloned().partition(is_statement);
    screen.line(&format!("trace {trace_id}, with {} statements of databases besides", statements.len()));
    screen.block(&tree(&others));
    Ok(())
}

/// The trace in which a service did something for the first time, once it has.
pub(super) async fn find(stage: &Stage<'_>, service: &str, name: &str) -> anyhow::Result<String> {
    let is_it = |span: &&Span| span.service == service && span.name == name;
    let spans = stage.prices.traces.wait_for(|spans| spans.iter().any(|span| is_it(&span)), SOON).await?;
    let found = spans.iter().find(is_it).context("the span is gone")?;
    Ok(found.trace_id.clone())
}

/// Waits until a page of the console shows this, and says where it is.
pub(super) async fn page(stage: &Stage<'_>, screen: &Screen, path: &str, wanted: &str) -> anyhow::Result<()> {
    let console = stage.console.as_ref().context("the console is gone")?;
    console.shows(path, wanted, SOON).await?;
    screen.line(&format!("page http://{}{path}", console.address()));
    Ok(())
}
