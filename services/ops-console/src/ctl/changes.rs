//! Changes from a terminal: the same steps as on the pages.

use causeway_grpc::Client;
use causeway_proto::ops::v1::{
    ApproveChangeRequest, AuditEntry, BeginChangeRequest, Change, ChangeLook, CheckAuditRequest, CheckChangeRequest,
    ExplainChangeRequest, FinishChangeRequest, GetChangeRequest, ListChangesRequest, ListProceduresRequest, Procedure,
    ProposeChangeRequest, RefuseChangeRequest, SettleChangeRequest, WithdrawChangeRequest,
    change_service_client::ChangeServiceClient,
};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    error::Error,
    output::{Format, rows, time},
    system::told,
};

/// What can be done with changes.
#[derive(Debug, Subcommand)]
pub(super) enum Changes {
    /// Propose a change: `causectl changes propose source.exclude source_id=kraken-eur-usd --reason "looks frozen"`
    Propose(Propose),
    /// Make the pre-check of a change again
    Check(Id),
    /// Approve a change; what you approve is the plan that `show` shows
    Approve {
        #[command(flatten)]
        id: Id,
        /// The plan's hash as you read it; without it, the plan as it is now is shown and approved
        #[arg(long, value_name = "HASH")]
        plan: Option<String>,
    },
    /// Refuse a change, which ends it
    Refuse(Said),
    /// Take your own proposal back
    Withdraw(Id),
    /// Begin by hand what is approved and done by hand
    Begin(Id),
    /// Say that what you began is done
    Finish(Said),
    /// Say what came of a change whose outcome is unknown
    Settle {
        #[command(flatten)]
        said: Said,
        /// It did not happen; without it: it happened
        #[arg(long)]
        did_not_happen: bool,
    },
    /// Show a change with its record
    Show(Id),
    /// List changes, newest first
    List {
        /// Only those of which something can still come
        #[arg(long)]
        open: bool,
    },
}

/// What is proposed.
#[derive(Debug, Args)]
pub(super) struct Propose {
    /// Of `causectl actions`
    procedure: String,
    /// Parameters as name=value
    parameters: Vec<String>,
    /// Why, in one sentence
    #[arg(long)]
    reason: String,
    /// Show what would be called and what the pre-check shows, and file nothing
    #[arg(long)]
    dry_run: bool,
}

/// Which change.
#[derive(Debug, Args)]
pub(super) struct Id {
    /// The change's id
    id: String,
}

/// Which change, and what somebody says.
#[derive(Debug, Args)]
pub(super) struct Said {
    /// The change's id
    id: String,
    /// Why, what was done, or how you know
    #[arg(long)]
    reason: String,
}

type Desk = ChangeServiceClient<Client>;

/// Runs one of them.
pub(super) async fn run(command: Changes, client: Client, format: Format) -> Result<(), Error> {
    let mut desk = Desk::new(client);
    let change = match command {
        Changes::Propose(propose) if propose.dry_run => return dry_run(&mut desk, propose, format).await,
        Changes::Propose(Propose { procedure, parameters, reason, .. }) => {
            let change_id = Uuid::new_v4().to_string();
            let request = ProposeChangeRequest { change_id, procedure, parameters: pairs(&parameters)?, reason };
            desk.propose_change(request).await?.into_inner().change
        }
        Changes::Check(Id { id }) => desk.check_change(CheckChangeRequest { change_id: id }).await?.into_inner().change,
        Changes::Approve { id: Id { id }, plan } => approve(&mut desk, id, plan).await?,
        Changes::Refuse(Said { id, reason }) => {
            desk.refuse_change(RefuseChangeRequest { change_id: id, reason }).await?.into_inner().change
        }
        Changes::Withdraw(Id { id }) => {
            desk.withdraw_change(WithdrawChangeRequest { change_id: id }).await?.into_inner().change
        }
        Changes::Begin(Id { id }) => desk.begin_change(BeginChangeRequest { change_id: id }).await?.into_inner().change,
        Changes::Finish(Said { id, reason }) => {
            desk.finish_change(FinishChangeRequest { change_id: id, how: reason }).await?.into_inner().change
        }
        Changes::Settle { said: Said { id, reason }, did_not_happen } => {
            let request = SettleChangeRequest { change_id: id, happened: !did_not_happen, how: reason };
            desk.settle_change(request).await?.into_inner().change
        }
        Changes::Show(Id { id }) => {
            let found = desk.get_change(GetChangeRequest { change_id: id }).await?.into_inner();
            return show(&found.change.ok_or(Error::Empty)?, &found.record, format);
        }
        Changes::List { open } => return list(&mut desk, open, format).await,
    };
    show(&change.ok_or(Error::Empty)?, &[], format)
}

/// Binds to what was read: with no hash, to what the console shows at this moment.
async fn approve(desk: &mut Desk, id: String, plan: Option<String>) -> Result<Option<Change>, Error> {
    let plan_hash = match plan {
        Some(plan) => plan,
        None => {
            let found = desk.get_change(GetChangeRequest { change_id: id.clone() }).await?.into_inner().change;
            found.ok_or(Error::Empty)?.plan_hash
        }
    };
    Ok(desk.approve_change(ApproveChangeRequest { change_id: id, plan_hash }).await?.into_inner().change)
}

async fn dry_run(desk: &mut Desk, propose: Propose, format: Format) -> Result<(), Error> {
    let Propose { procedure, parameters, reason, .. } = propose;
    let request = ExplainChangeRequest { procedure, parameters: pairs(&parameters)?, reason };
    let would = desk.explain_change(request).await?.into_inner();
    let procedure = would.procedure.ok_or(Error::Empty)?;
    let look = would.look.ok_or(Error::Empty)?;
    let what = if procedure.action.is_empty() {
        format!("would be done by hand: {}", procedure.instructions)
    } else {
        format!("would call {} at {}", procedure.action, procedure.service)
    };
    let words = format!(
        "{what}\npre-check {}:\n{}\napprovals needed: {}\nnothing was changed",
        look.verdict, look.words, procedure.approvals
    );
    told(
        format,
        &words,
        &json!({
            "procedure": offer(&procedure), "look": looked(&look), "plan_hash": would.plan_hash, "changed": false,
        }),
    )
}

async fn list(desk: &mut Desk, open: bool, format: Format) -> Result<(), Error> {
    let changes = desk.list_changes(ListChangesRequest { open }).await?.into_inner().changes;
    let row = |one: &Change| {
        let approvals = format!("{}/{}", one.approvals.len(), one.approvals_needed);
        let moved = time(one.changed_at.as_ref());
        vec![
            one.change_id.clone(),
            one.procedure.clone(),
            with(one),
            one.state.clone(),
            one.proposer.clone(),
            approvals,
            moved,
        ]
    };
    let table: Vec<_> = changes.iter().map(row).collect();
    let list: Vec<Value> = changes.iter().map(document).collect();
    let head = ["ID", "PROCEDURE", "WITH", "STATE", "PROPOSED BY", "APPROVALS", "MOVED"];
    rows(format, &head, &table, &Value::Array(list))
}

fn show(change: &Change, record: &[AuditEntry], format: Format) -> Result<(), Error> {
    let mut lines = vec![
        format!("{} is {}", change.change_id, change.state),
        format!("  {} at {} with {}", change.procedure, change.service, with(change)),
        format!("  why: {}", change.reason),
        format!(
            "  proposed by {}, approvals {} of {} {}",
            change.proposer,
            change.approvals.len(),
            change.approvals_needed,
            change.approvals.join(", ")
        ),
        format!("  plan {}", change.plan_hash),
    ];
    if !change.instructions.is_empty() {
        lines.push(format!("  by hand: {}", change.instructions));
    }
    if !change.outcome.is_empty() {
        lines.push(format!("  outcome: {}", change.outcome));
    }
    if let Some(look) = &change.look {
        lines.push(format!("  looked at {}: {}", time(look.at.as_ref()), look.verdict));
        lines.extend(look.words.lines().map(|line| format!("    {line}")));
    }
    lines.extend(
        record.iter().map(|line| format!("  {} {} {} {}", line.index, time(line.at.as_ref()), line.kind, line.actor)),
    );
    let lines: Vec<String> = lines.iter().map(|line| crate::domain::text::inert(line, 400)).collect();
    let mut whole = document(change);
    if let (Value::Object(fields), false) = (&mut whole, record.is_empty()) {
        let record = record.iter().map(|line| {
            json!({ "index": line.index, "at": time(line.at.as_ref()), "kind": line.kind, "actor": line.actor, "link": line.link })
        });
        fields.insert("record".to_owned(), record.collect());
    }
    told(format, &lines.join("\n"), &whole)
}

fn with(change: &Change) -> String {
    let mut pairs: Vec<String> = change.parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.sort();
    pairs.join(" ")
}

fn document(one: &Change) -> Value {
    json!({
        "change_id": one.change_id, "procedure": one.procedure, "service": one.service, "action": one.action,
        "undo": one.undo, "instructions": one.instructions, "parameters": one.parameters, "reason": one.reason,
        "plan_hash": one.plan_hash, "state": one.state, "proposer": one.proposer,
        "proposed_at": time(one.proposed_at.as_ref()), "expires_at": time(one.expires_at.as_ref()),
        "approvals_needed": one.approvals_needed, "approvals": one.approvals, "look": one.look.as_ref().map(looked),
        "doer": one.doer, "outcome": one.outcome, "changed_at": time(one.changed_at.as_ref()),
    })
}

fn looked(look: &ChangeLook) -> Value {
    json!({ "verdict": look.verdict, "words": look.words, "at": time(look.at.as_ref()) })
}

fn pairs(given: &[String]) -> Result<std::collections::HashMap<String, String>, Error> {
    let pair = |text: &String| {
        let (name, value) = text.split_once('=').ok_or_else(|| Error::Parameter(text.clone()))?;
        Ok((name.to_owned(), value.to_owned()))
    };
    given.iter().map(pair).collect()
}

/// The catalogue.
pub(super) async fn actions(client: Client, format: Format) -> Result<(), Error> {
    let procedures = Desk::new(client).list_procedures(ListProceduresRequest {}).await?.into_inner().procedures;
    let row = |one: &Procedure| {
        let takes: Vec<&str> = one.parameters.iter().map(|parameter| parameter.name.as_str()).collect();
        let how = if one.action.is_empty() { "by hand" } else { "action" };
        vec![
            one.name.clone(),
            one.service.clone(),
            how.to_owned(),
            takes.join(" "),
            one.approvals.to_string(),
            one.description.clone(),
        ]
    };
    let table: Vec<_> = procedures.iter().map(row).collect();
    let list: Vec<Value> = procedures.iter().map(offer).collect();
    rows(format, &["PROCEDURE", "AT", "HOW", "TAKES", "APPROVALS", "WHAT"], &table, &Value::Array(list))
}

fn offer(one: &Procedure) -> Value {
    let parameters = one.parameters.iter().map(
        |parameter| json!({ "name": parameter.name, "expected": parameter.expected, "required": parameter.required }),
    );
    json!({
        "name": one.name, "service": one.service, "description": one.description, "action": one.action,
        "undo": one.undo, "instructions": one.instructions, "parameters": parameters.collect::<Vec<_>>(),
        "before": one.before, "after": one.after, "approvals": one.approvals,
    })
}

/// Computes the record's chain anew.
pub(super) async fn verify(client: Client, anchor: Option<String>, format: Format) -> Result<(), Error> {
    let request = CheckAuditRequest { anchor: anchor.unwrap_or_default() };
    let checked = Desk::new(client).check_audit(request).await?.into_inner();
    if !checked.holds {
        return Err(Error::Broken(checked.index));
    }
    let words = format!("the record holds: {} lines\nhead {}", checked.index, checked.head);
    told(format, &words, &json!({ "holds": true, "lines": checked.index, "head": checked.head }))
}
