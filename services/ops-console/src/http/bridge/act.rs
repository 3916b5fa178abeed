//! What people do about an incident, by forms: take it, note something, say why it happened and what is done, and close it with
//! what was learned. The guard is told who does it, and what may follow what is the guard's to say.

use askama::Template;
use axum::{
    Extension,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use causeway_proto::guard::v1::{
    AcknowledgeIncidentRequest, AddIncidentNoteRequest, DecideIncidentRequest, IncidentDecision,
    guard_service_client::GuardServiceClient,
};
use causeway_service::wire::PERSON;
use tonic::Request;

use super::super::{
    error::{Error, problem},
    params::is_id,
    posted::Posted,
    refusal::told,
    routes::Pages,
};
use crate::{
    adapters::siblings::Unanswered,
    app::Person,
    domain::{figures::grouped, people::Role, text::inert},
};

/// Characters of a comment, and of a longer text, as the guard takes them at most.
const COMMENT: usize = 1_000;
const TEXT: usize = 4_000;

/// What can be decided, by the word of the form, and for people.
const DECISIONS: [(&str, &str, IncidentDecision); 3] = [
    ("fix_forward", "repair, and go on from there", IncidentDecision::FixForward),
    ("roll_back", "go back to the last checkpoint", IncidentDecision::RollBack),
    ("false_alarm", "false alarm: nothing was wrong", IncidentDecision::FalseAlarm),
];

#[derive(Template)]
#[template(path = "bridge/act.html")]
struct Act<'a> {
    id: &'a str,
    token: &'a str,
    may: bool,
    decisions: [(&'static str, &'static str, IncidentDecision); 3],
}

/// Why nothing was done, or is not known to be.
#[derive(Debug, thiserror::Error)]
enum Refused {
    /// The form says something that cannot be.
    #[error("{0}. Nothing was done.")]
    Wrong(String),
    /// The guard did not do what may be done twice.
    #[error("The guard did not take it: {0}. Nothing is known to be changed; look at the page.")]
    Untaken(Unanswered),
    /// The guard did not do what must not be done twice.
    #[error("The guard did not write it down: {0}.")]
    Unwritten(Unanswered),
    /// It may have, and did not say so.
    #[error(
        "It is not known whether the guard wrote it down: {0}. Look for it on the timeline before you send it again."
    )]
    Lost(Unanswered),
}

impl Refused {
    /// Of what must not be done twice.
    fn once(why: Unanswered) -> Self {
        if why.is_of_the_service() { Self::Lost(why) } else { Self::Unwritten(why) }
    }

    const fn status(&self) -> StatusCode {
        match self {
            Self::Wrong(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Untaken(_) | Self::Unwritten(_) | Self::Lost(_) => StatusCode::CONFLICT,
        }
    }
}

/// What this person can do about an incident. The page that it stands on is everybody's; this is his.
pub(super) fn forms(person: &Person, id: &str) -> String {
    let form = Act { id, token: &person.form_token, may: person.role >= Role::Operator, decisions: DECISIONS };
    form.render().unwrap_or_else(|error| {
        tracing::error!(error = %error, "a form could not be written");
        String::new()
    })
}

pub(in super::super) async fn act(
    State(pages): State<Pages>,
    Extension(person): Extension<Person>,
    Path((id, verb)): Path<(String, String)>,
    posted: Posted,
) -> Response {
    if !is_id(&id) {
        return problem(&pages, &person, &Error::NotFound);
    }
    if person.role < Role::Operator {
        let words =
            format!("You are {}; what is done about an incident takes the role operator.", person.role.as_str());
        return told(&pages, &person, (StatusCode::FORBIDDEN, words), posted.sent());
    }
    let who = (&pages, &person);
    let done = match verb.as_str() {
        "take" => take(who, &id, &posted).await,
        "note" => note(who, &id, &posted).await,
        "decide" => decide(who, &id, &posted).await,
        "close" => close(who, &id, &posted).await,
        _ => return problem(&pages, &person, &Error::NotFound),
    };
    match done {
        Ok(()) => {
            tracing::info!(incident_id = id, verb, name = person.name, "incident dealt with");
            pages.board.ring();
            Redirect::to(&format!("/bridge/incidents/{id}")).into_response()
        }
        Err(refused) => told(&pages, &person, (refused.status(), refused.to_string()), posted.sent()),
    }
}

/// Taken twice it is taken once: another replica may be asked when one is silent.
async fn take((pages, person): (&Pages, &Person), id: &str, posted: &Posted) -> Result<(), Refused> {
    let comment = text(posted, "comment", (0, COMMENT))?;
    let wish = AcknowledgeIncidentRequest { incident_id: id.to_owned(), comment };
    let taken = pages.siblings.guard.ask(wish, |client, request| async move {
        GuardServiceClient::new(client).acknowledge_incident(of(person, request)).await
    });
    taken.await.map(drop).map_err(Refused::Untaken)
}

async fn note(who: (&Pages, &Person), id: &str, posted: &Posted) -> Result<(), Refused> {
    write(who, id, text(posted, "note", (1, TEXT))?, false).await
}

/// The post-mortem, which ends a mitigated incident.
async fn close(who: (&Pages, &Person), id: &str, posted: &Posted) -> Result<(), Refused> {
    let learned = text(posted, "learned", (1, TEXT))?;
    sure(posted)?;
    write(who, id, learned, true).await
}

/// A note that is sent twice stands twice on the timeline, so one replica is asked, once.
async fn write((pages, person): (&Pages, &Person), id: &str, text: String, post_mortem: bool) -> Result<(), Refused> {
    let wish = AddIncidentNoteRequest { incident_id: id.to_owned(), text, post_mortem };
    let written = pages.siblings.guard.ask_once(wish, |client, request| async move {
        GuardServiceClient::new(client).add_incident_note(of(person, request)).await
    });
    written.await.map(drop).map_err(Refused::once)
}

async fn decide((pages, person): (&Pages, &Person), id: &str, posted: &Posted) -> Result<(), Refused> {
    let root_cause = text(posted, "root_cause", (1, TEXT))?;
    let decision = DECISIONS.iter().find(|(word, ..)| *word == posted.field("decision"));
    let (.., decision) = decision.ok_or_else(|| Refused::Wrong("The form names no decision".to_owned()))?;
    sure(posted)?;
    let wish = DecideIncidentRequest { incident_id: id.to_owned(), root_cause, decision: (*decision).into() };
    let decided = pages.siblings.guard.ask_once(wish, |client, request| async move {
        GuardServiceClient::new(client).decide_incident(of(person, request)).await
    });
    decided.await.map(drop).map_err(Refused::once)
}

/// With the name of who does it.
fn of<T>(person: &Person, mut request: Request<T>) -> Request<T> {
    if let Ok(name) = person.name.parse() {
        // For the guard's record: it knows the console by its certificate, and people behind it by this.
        request.metadata_mut().insert(PERSON, name);
    }
    request
}

/// What cannot be taken back is said twice.
fn sure(posted: &Posted) -> Result<(), Refused> {
    let is_sure = posted.field("sure") == "yes";
    is_sure.then_some(()).ok_or_else(|| Refused::Wrong("Tick that you are sure: it cannot be taken back".to_owned()))
}

/// People's words, over several lines: so many characters, of which none turns or hides the others.
fn text(posted: &Posted, name: &str, (least, most): (usize, usize)) -> Result<String, Refused> {
    let text = posted.field(name).trim().replace("\r\n", "\n");
    let count = text.chars().count();
    if !(least..=most).contains(&count) {
        let (most, count) = (grouped(&most.to_string()), grouped(&count.to_string()));
        return Err(Refused::Wrong(format!("A text has {least} to {most} characters, and this one has {count}")));
    }
    Ok(text.split('\n').map(|line| inert(line, most)).collect::<Vec<_>>().join("\n"))
}
