//! The pages of the bridge.

use causeway_proto::{
    guard::v1::{
        AcknowledgeIncidentRequest, AcknowledgeIncidentResponse, AddIncidentNoteRequest, AddIncidentNoteResponse,
        AlertBoard, Approval, AssetBalance, DecideIncidentRequest, DecideIncidentResponse, Dependency, Equation,
        GetAlertBoardResponse, GetIncidentReportResponse, GetIncidentResponse, GetPerformanceResponse,
        GetStatusResponse, GetSystemHealthResponse, GuardEvent, Halt, Incident, IncidentDecision, Investigation,
        ListEquationsResponse, ListHaltsRequest, ListHaltsResponse, ListIncidentsResponse, ListResumesResponse,
        Measure, Performance, Resume, SeverityCount, SystemHealth, Term, TimelineEntry,
    },
    types::v1::{BigInteger, Decimal},
};
use prost_types::{Duration, Timestamp};

use super::{canned::Canned, stand::Stand};

pub(super) const INCIDENT: &str = "018f0000-0000-7000-8000-000000000001";

fn number(text: &str) -> Option<BigInteger> {
    Some(BigInteger { value: text.to_owned() })
}

fn at(seconds: i64) -> Option<Timestamp> {
    Some(Timestamp { seconds: 1_790_000_000 + seconds, nanos: 0 })
}

fn halt() -> Halt {
    Halt {
        halt_id: "018f0000-0000-7000-8000-000000000002".to_owned(),
        scope: 3,
        code: "SUPPLY_MISMATCH".to_owned(),
        reason: "50 tokens were minted without a deposit".to_owned(),
        caused_by: "verdict:7".to_owned(),
        halted_at: at(0),
        incident_id: INCIDENT.to_owned(),
        ..Halt::default()
    }
}

pub(super) fn incident() -> Incident {
    let entry = |kind: &str, text: &str| TimelineEntry {
        kind: kind.to_owned(),
        text: text.to_owned(),
        actor: "guard".to_owned(),
        at: at(1),
    };
    Incident {
        incident_id: INCIDENT.to_owned(),
        halt: Some(halt()),
        state: 1,
        timeline: vec![entry("fired", "the relayer is <b>halted</b>")],
        investigations: vec![Investigation {
            name: "suspect_transactions".to_owned(),
            summary: "one mint has no deposit".to_owned(),
            rows_json: r#"[{"tx_hash":"0xfeed","amount":"50"}]"#.to_owned(),
        }],
        ..Incident::default()
    }
}

pub(super) fn resume() -> Resume {
    let approval = Approval { operator: "berta".to_owned(), at: at(9), comment: "read the report".to_owned() };
    Resume {
        resume_id: "018f0000-0000-7000-8000-000000000003".to_owned(),
        kind: 1,
        state: 1,
        plan: "burn what was minted".to_owned(),
        proposer: "anna".to_owned(),
        approvals: vec![approval],
        approvals_needed: 2,
        ..Resume::default()
    }
}

/// What came in, against what exists.
fn custody() -> Equation {
    let term = |name: &str, coefficient, value: &str| Term {
        name: name.to_owned(),
        coefficient,
        value: number(value),
        source: "database".to_owned(),
        position: None,
    };
    Equation {
        name: "custody".to_owned(),
        asset: "usdx".to_owned(),
        left: vec![term("deposits", 1, "1000000000"), term("withdrawals", -1, "0")],
        relation: "=".to_owned(),
        right: vec![term("supply", 1, "1050000000")],
        delta: number("-50000000"),
        tolerance: number("0"),
        decimals: 6,
        standing: "broken".to_owned(),
        tier: 1,
        mode: 1,
        explanation: "what came in is what exists".to_owned(),
    }
}

/// A bridge of which 50 tokens were stolen.
pub(super) fn stolen(guard: &Canned) {
    let status = GetStatusResponse { state: "HALTED".to_owned(), role: "leader".to_owned(), ..Default::default() };
    guard.answer("GetStatus", &status);
    let balance = AssetBalance {
        asset: "usdx".to_owned(),
        decimals: 6,
        database_total: number("1000000000"),
        chain_total: number("1050000000"),
        delta: number("-50000000"),
        status: "INVALID".to_owned(),
    };
    let dependency =
        Dependency { name: "chain:besu".to_owned(), state: "degraded".to_owned(), detail: "2 of 3 agree".to_owned() };
    let health = SystemHealth {
        balances: vec![balance],
        relayer_status: "HALTED".to_owned(),
        relayer_uptime: Some(Duration { seconds: 3_700, nanos: 0 }),
        cycles: 12_345,
        success_ppm: Some(987_654),
        dependencies: vec![dependency],
        ..SystemHealth::default()
    };
    guard.answer("GetSystemHealth", &GetSystemHealthResponse { health: Some(health) });
    let measure = Measure {
        name: "index_cycle".to_owned(),
        value: Some(Decimal { value: "142.5".to_owned() }),
        unit: "ms".to_owned(),
        target: "< 100".to_owned(),
        standing: "missed".to_owned(),
    };
    let performance = Performance { measures: vec![measure], updated_at: None };
    guard.answer("GetPerformance", &GetPerformanceResponse { performance: Some(performance) });
    let event = GuardEvent { summary: "halted everything".to_owned(), kind: "halt".to_owned(), ..Default::default() };
    let severity = SeverityCount { severity: "critical".to_owned(), firing: 2 };
    let board = AlertBoard { severities: vec![severity], recent: vec![event], updated_at: None };
    guard.answer("GetAlertBoard", &GetAlertBoardResponse { board: Some(board) });
    guard.answer("ListEquations", &ListEquationsResponse { equations: vec![custody()], verdict_id: String::new() });
    guard.answer("ListHalts", &ListHaltsResponse { halts: vec![halt()], page: None });
    guard.answer("ListIncidents", &ListIncidentsResponse { incidents: vec![incident()], page: None });
    guard.answer("ListResumes", &ListResumesResponse { resumes: vec![resume()], page: None });
}

#[tokio::test]
async fn grd_11_the_three_dashboards_are_on_one_page_with_equations_halts_and_who_approved() {
    let stand = Stand::whole("console_bridge").await;
    stolen(&stand.guard.calls);
    let page = stand.page("/bridge").await;
    for shown in [
        "■</span> halted",
        "1,000",
        "1,050",
        "−50",
        "invalid",
        "1 h 1 min",
        "12,345",
        "98.765 %",
        "2 of 3 agree",
        "142.5 ms",
        "&#60; 100 ms",
        "missed",
        "halted everything",
        "what came in is what exists",
        "withdrawals",
        "1 of 2 approvals",
        "berta",
        "action=relayer.resume&#38;scope=all",
    ] {
        assert!(page.contains(shown), "no {shown}: {page}");
    }
    assert!(stand.guard.calls.last::<ListHaltsRequest>("ListHalts").only_active);
    stand.guard.calls.hang("GetSystemHealth");
    stand
        .shows("/bridge", &["This could not be asked now: no answer", "what came in is what exists", "142.5 ms"])
        .await;
    stand.guard.calls.hang("ListHalts");
    stand.shows("/bridge", &["no answer", "What follows is of"]).await;
}

#[tokio::test]
async fn grd_11_an_incident_has_its_timeline_what_was_found_out_and_the_ways_out() {
    let stand = Stand::whole("console_incident").await;
    let guard = &stand.guard.calls;
    guard.answer("GetIncident", &GetIncidentResponse { incident: Some(incident()) });
    guard.answer("ListResumes", &ListResumesResponse { resumes: vec![resume()], page: None });
    guard.answer("GetIncidentReport", &GetIncidentReportResponse { markdown: "# Theft\n- 50 usdx".to_owned() });
    let page = stand.page(&format!("/bridge/incidents/{INCIDENT}")).await;
    for shown in [
        "nobody has taken it",
        "&#60;b&#62;halted&#60;/b&#62;",
        "suspect transactions",
        "one mint has no deposit",
        "tx hash",
        "0xfeed",
        "burn what was minted",
        "- 50 usdx",
    ] {
        assert!(page.contains(shown), "no {shown}: {page}");
    }
    assert!(page.contains("relayer-invariant-guard resume approve 018f0000-0000-7000-8000-000000000003"), "{page}");
    assert_eq!(stand.get("/bridge/incidents/latest").await.status(), 404);
    guard.hang("GetIncidentReport");
    stand
        .shows(
            &format!("/bridge/incidents/{INCIDENT}"),
            &["This could not be asked now: no answer", "one mint has no deposit", "burn what was minted"],
        )
        .await;
}

/// A guard that tells of one incident, and takes what is done about it.
pub(super) fn room(guard: &Canned) {
    guard.answer("GetIncident", &GetIncidentResponse { incident: Some(incident()) });
    guard.answer("ListResumes", &ListResumesResponse::default());
    guard.answer("GetIncidentReport", &GetIncidentReportResponse::default());
    guard.answer("AcknowledgeIncident", &AcknowledgeIncidentResponse { incident: Some(incident()) });
    guard.answer("AddIncidentNote", &AddIncidentNoteResponse { incident: Some(incident()) });
    guard.answer("DecideIncident", &DecideIncidentResponse { incident: Some(incident()) });
}

#[tokio::test]
async fn grd_8_an_incident_is_taken_on_its_page_and_the_guard_is_told_by_whom() {
    let stand = Stand::whole("console_take").await;
    let guard = &stand.guard.calls;
    room(guard);
    let (path, room) = (format!("/bridge/incidents/{INCIDENT}/take"), format!("/bridge/incidents/{INCIDENT}"));
    let page = stand.page(&room).await;
    let token = page.split("name=\"token\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(stand.post(&path, "", "token=x&comment=", "same-origin").await.status(), 403, "a form of nobody's");
    let form = format!("token={token}&comment=it+was+the+oracle");
    assert_eq!(stand.post(&path, "", &form, "cross-site").await.status(), 403, "a form of another site");
    assert!(!guard.asked().iter().any(|one| one.call == "AcknowledgeIncident"));
    let taken = stand.post(&path, "", &form, "same-origin").await;
    assert_eq!((taken.status().as_u16(), taken.headers()["location"].to_str().unwrap()), (303, room.as_str()));
    let asked = guard.last::<AcknowledgeIncidentRequest>("AcknowledgeIncident");
    assert_eq!((asked.incident_id.as_str(), asked.comment.as_str()), (INCIDENT, "it was the oracle"));
    let call = guard.asked().into_iter().rfind(|one| one.call == "AcknowledgeIncident").unwrap();
    assert_eq!(call.headers["x-causeway-person"], "local");
    guard.refuse("AcknowledgeIncident", tonic::Code::PermissionDenied, "ops-console may not call this method");
    let refused = stand.post(&path, "", &form, "same-origin").await;
    assert_eq!(refused.status(), 409);
    assert!(refused.text().await.unwrap().contains("may not call this method"));
}

#[tokio::test]
async fn grd_9_an_incident_is_noted_decided_and_closed_on_its_page_each_once_and_in_its_own_words() {
    let stand = Stand::whole("console_act").await;
    let guard = &stand.guard.calls;
    room(guard);
    let page = format!("/bridge/incidents/{INCIDENT}");
    let shown = stand.page(&page).await;
    let token = shown.split("name=\"token\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let send = async |verb: &str, form: &str| {
        stand.post(&format!("{page}/{verb}"), "", &format!("token={token}&{form}"), "same-origin").await
    };
    let calls = |call: &str| guard.asked().iter().filter(|one| one.call == call).count();
    assert_eq!(send("note", "note=first%0D%0A%E2%80%AEsecond+%3Cb%3E").await.status(), 303);
    let noted: AddIncidentNoteRequest = guard.last("AddIncidentNote");
    assert_eq!((noted.text.as_str(), noted.post_mortem), ("first\n\u{fffd}second <b>", false));
    let long = send("note", &format!("note={}", "x".repeat(4_001))).await;
    assert_eq!(long.status(), 422);
    let told = long.text().await.unwrap();
    assert!(
        told.contains("1 to 4,000 characters, and this one has 4,001") && told.contains(&"x".repeat(4_000)),
        "{told}"
    );
    assert_eq!(send("note", "note=+").await.status(), 422);
    assert_eq!(send("note", &format!("note={}", "x".repeat(1 << 16))).await.status(), 413);
    assert_eq!(calls("AddIncidentNote"), 1, "what is refused here is not sent");

    let why = "root_cause=the+feed+was+stale&decision=";
    assert_eq!(send("decide", &format!("{why}fix_forward")).await.status(), 422, "nobody is sure");
    assert_eq!(send("decide", &format!("{why}shrug&sure=yes")).await.status(), 422);
    assert_eq!(send("decide", &format!("{why}false_alarm&sure=yes")).await.status(), 303);
    let decided: DecideIncidentRequest = guard.last("DecideIncident");
    assert_eq!((decided.root_cause.as_str(), decided.decision()), ("the feed was stale", IncidentDecision::FalseAlarm));
    assert_eq!(send("close", "learned=watch+the+feed").await.status(), 422, "nobody is sure");
    assert_eq!(send("close", "learned=watch+the+feed&sure=yes").await.status(), 303);
    assert!(guard.last::<AddIncidentNoteRequest>("AddIncidentNote").post_mortem);
    assert!(
        guard
            .asked()
            .iter()
            .filter(|one| one.call == "DecideIncident")
            .all(|one| one.headers["x-causeway-person"] == "local")
    );

    guard.refuse("AddIncidentNote", tonic::Code::FailedPrecondition, "the incident is not mitigated");
    let refused = send("close", "learned=too+early&sure=yes").await;
    assert_eq!(refused.status(), 409);
    let told = refused.text().await.unwrap();
    assert!(
        told.contains("the incident is not mitigated") && told.contains("too early") && told.contains(&page),
        "{told}"
    );
    let before = calls("AddIncidentNote");
    guard.refuse("AddIncidentNote", tonic::Code::Unavailable, "gone");
    let lost = send("note", "note=was+it+written").await.text().await.unwrap();
    assert!(lost.contains("It is not known whether") && lost.contains("was it written"), "{lost}");
    assert_eq!(calls("AddIncidentNote"), before + 1, "it is not said twice");
    assert_eq!(send("resume", "").await.status(), 404);
    let back = stand.get(&format!("{page}/note")).await;
    assert_eq!((back.status().as_u16(), back.headers()["location"].to_str().unwrap()), (303, page.as_str()));
}

#[tokio::test]
async fn ops_1_the_first_page_says_which_incidents_are_open_and_stands_when_the_guard_does_not_say() {
    let stand = Stand::whole("console_incidents").await;
    let calls = &stand.guard.calls;
    calls.answer("ListIncidents", &ListIncidentsResponse::default());
    stand.shows("/", &["No incident is open."]).await;
    calls.answer("ListIncidents", &ListIncidentsResponse { incidents: vec![incident()], page: None });
    let address = format!("href=\"/bridge/incidents/{INCIDENT}\"");
    let told = ["50 tokens were minted without a deposit", address.as_str(), "and take it: nobody has"];
    stand.shows("/", &told).await;
    calls.hang("ListIncidents");
    stand.shows("/", &[&told[..], &["nothing within 1 second", "As the guard told them"]].concat()).await;
    let page = Stand::new("console_no_guard").await.page("/").await;
    assert!(!page.contains("id=\"incidents\""), "nobody is asked who is not looked at: {page}");
}
