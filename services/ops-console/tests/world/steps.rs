//! Every step that people take of a change, by form, by gRPC and by the command line: one desk behind three doors.

use std::time::Duration;

use causeway_proto::ops::v1::{
    Alert, BeginChangeRequest, FinishChangeRequest, GetChangeResponse, RefuseChangeRequest, SettleChangeRequest,
    WithdrawChangeRequest,
};
use ops_console::{
    adapters::store::{Changes, Step},
    domain::change::{Change, State, Terms, catalogue::find, plan::Plan},
};
use reqwest::{Client, redirect::Policy};
use uuid::Uuid;

use super::controlled::Controlled;

const PASSWORD: &str = "correct horse battery";
/// What is given as a reason, and comes back in the outcome.
const WORDS: &str = "the lane is well";

#[derive(Debug, Clone, Copy)]
enum Way {
    Form,
    Wire,
    CommandLine,
}

/// A step from a state: who takes it, and what comes of it.
struct Taken {
    verb: &'static str,
    from: State,
    procedure: &'static str,
    who: &'static str,
    to: &'static str,
}

const STEPS: [Taken; 6] = [
    Taken { verb: "refuse", from: State::Checked, procedure: "lane.pause", who: "bert", to: "refused" },
    Taken { verb: "withdraw", from: State::Checked, procedure: "lane.pause", who: "anna", to: "withdrawn" },
    Taken { verb: "begin", from: State::Approved, procedure: "endpoint.switch_oracle", who: "anna", to: "executing" },
    Taken { verb: "finish", from: State::Approved, procedure: "endpoint.switch_oracle", who: "anna", to: "executed" },
    Taken { verb: "happened", from: State::Unknown, procedure: "lane.pause", who: "bert", to: "validated" },
    Taken { verb: "did-not-happen", from: State::Unknown, procedure: "lane.pause", who: "bert", to: "failed" },
];

/// A change by hand that anna proposed and bert agreed to.
fn filed(stand: &Controlled, taken: &Taken) -> Change {
    let procedure = find(taken.procedure).unwrap();
    let values = procedure.parameters.iter().map(|one| (one.name.to_owned(), "138 to 1".to_owned())).collect();
    Change {
        plan: Plan::of(procedure, values, "it looks cursed").unwrap(),
        proposer: "anna".to_owned(),
        proposed_at: stand.now(),
        terms: Terms {
            approvals: 1,
            expires_at: stand.now().after(Duration::from_secs(3_600)),
            validate_within: procedure.within,
        },
        approvals: if taken.from == State::Checked { Vec::new() } else { vec!["bert".to_owned()] },
        state: taken.from,
        look: None,
        doer: None,
        due_at: None,
        outcome: String::new(),
    }
}

async fn by_form(stand: &Controlled, taken: &Taken, id: &str) {
    let http = Client::builder().no_proxy().redirect(Policy::none()).build().unwrap();
    let form = |path: &str, cookie: &str, body: String| {
        let request = http.post(stand.url(path)).header("sec-fetch-site", "same-origin").header("cookie", cookie);
        request.header("content-type", "application/x-www-form-urlencoded").body(body).send()
    };
    let entered = form("/sign-in", "", format!("name={}&password=correct+horse+battery", taken.who)).await.unwrap();
    let cookie = entered.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let page = http.get(stand.url(&format!("/changes/{id}"))).header("cookie", &cookie).send().await.unwrap();
    let page = page.text().await.unwrap();
    assert!(page.contains(&format!("action=\"/changes/{id}/{}\"", taken.verb)), "no way to {}: {page}", taken.verb);
    let token = page.split("name=\"token\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let body = format!("token={token}&how={}", WORDS.replace(' ', "+"));
    let done = form(&format!("/changes/{id}/{}", taken.verb), &cookie, body).await.unwrap();
    assert_eq!(done.status(), 303, "{}", done.text().await.unwrap());
}

async fn by_wire(stand: &Controlled, taken: &Taken, change_id: String) {
    let mut desk = stand.desk(taken.who);
    let how = WORDS.to_owned();
    let done = match taken.verb {
        "refuse" => desk.refuse_change(RefuseChangeRequest { change_id, reason: how }).await.map(drop),
        "withdraw" => desk.withdraw_change(WithdrawChangeRequest { change_id }).await.map(drop),
        "begin" => desk.begin_change(BeginChangeRequest { change_id }).await.map(drop),
        "finish" => desk.finish_change(FinishChangeRequest { change_id, how }).await.map(drop),
        verb => {
            let happened = verb == "happened";
            desk.settle_change(SettleChangeRequest { change_id, happened, how }).await.map(drop)
        }
    };
    done.unwrap_or_else(|status| panic!("{}: {status}", taken.verb));
}

async fn by_command(stand: &Controlled, taken: &Taken, id: &str) {
    let words: &[&str] = match taken.verb {
        "refuse" => &["refuse", id, "--reason", WORDS],
        "withdraw" => &["withdraw", id],
        "begin" => &["begin", id],
        "finish" => &["finish", id, "--reason", WORDS],
        "happened" => &["settle", id, "--reason", WORDS],
        _ => &["settle", id, "--reason", WORDS, "--did-not-happen"],
    };
    let (done, told) = stand.causectl(taken.who, &[&["changes"], words].concat()).await;
    assert!(done, "{}: {told}", taken.verb);
}

#[tokio::test]
async fn ops_4_every_step_of_a_change_is_taken_by_form_by_grpc_and_by_the_command_line() {
    let stand = Controlled::new("console_steps", 1).await;
    stand.admit("anna", "operator", PASSWORD).await;
    stand.admit("bert", "approver", PASSWORD).await;
    let failing = Alert { name: "OracleRpcUnavailable".to_owned(), subject: "138 to 1".to_owned(), ..Alert::default() };
    stand.publisher.say(|words| words.alerts.push(failing));
    let changes = Changes::new(stand.store.clone(), Vec::new());
    for way in [Way::Form, Way::Wire, Way::CommandLine] {
        for taken in &STEPS {
            let (id, change) = (Uuid::new_v4(), filed(&stand, taken));
            let step = Step { kind: "proposed", actor: "anna", at: change.proposed_at };
            changes.insert_change(id, &change, step).await.unwrap();
            let id = id.to_string();
            if taken.verb == "finish" {
                stand.desk("anna").begin_change(BeginChangeRequest { change_id: id.clone() }).await.unwrap();
            }
            match way {
                Way::Form => by_form(&stand, taken, &id).await,
                Way::Wire => by_wire(&stand, taken, id.clone()).await,
                Way::CommandLine => by_command(&stand, taken, &id).await,
            }
            let GetChangeResponse { change, record } = stand.comes_to(&id, taken.to).await;
            let (change, last) = (change.unwrap(), record.last().unwrap());
            assert_eq!(last.actor, taken.who, "{way:?} {}: {last:?}", taken.verb);
            let says = !matches!(taken.verb, "withdraw" | "begin");
            assert_eq!(change.outcome.contains(WORDS), says, "{way:?} {}: {}", taken.verb, change.outcome);
        }
    }
}
