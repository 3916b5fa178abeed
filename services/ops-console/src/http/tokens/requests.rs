//! What waits for somebody, how books and chain agree, the assets, and the requests.

use askama::Template;
use axum::{
    Extension,
    extract::{RawQuery, State},
    response::Response,
};
use causeway_primitives::Timestamp;
use causeway_proto::{
    tokenization::v1::{
        Asset, GetReconciliationRequest, ListAssetsRequest, ListRequestsRequest, ListRequestsResponse, Reconciliation,
        ReconciliationOutcome, Request, RequestState, tokenization_service_client::TokenizationServiceClient,
    },
    types::v1::PageRequest,
};

use super::{
    super::{
        marks::{Code, When},
        page::Mark,
        params::{Params, Wrong},
        routes::Pages,
        show::{Page, nothing, part, show, written},
    },
    row::{APPROVAL, Decimals, Row, STATES, VALUE_DATE, waits_for_approval, waits_for_its_day},
};
use crate::{
    adapters::{
        siblings::{Sibling, Unanswered},
        wire::{integer, moment, name},
    },
    app::Person,
    domain::figures::grouped,
};

/// Requests of a page.
const SIZE: u32 = 50;
/// Rows of a table.
const MOST: usize = 500;
/// What can be asked for.
const NAMES: [&str; 4] = ["state", "asset", "uetr", "page"];

#[derive(Template)]
#[template(path = "tokens/requests.html")]
struct Requests {
    waiting: Result<Vec<Row>, String>,
    /// Requests that are held for another reason, and those of which it is not known what became; not those that wait for
    /// their day.
    stuck: Vec<Row>,
    /// Why some of them may be missing.
    no_stuck: Option<String>,
    /// There are more of them than are shown.
    has_more: bool,
    reconciliations: Result<Vec<Agreement>, String>,
    assets: Result<Vec<AssetRow>, String>,
    states: Vec<(&'static str, bool)>,
    asset: String,
    uetr: String,
    found: Result<Found, String>,
}

/// What was asked for.
struct Found {
    rows: Vec<Row>,
    next: Option<String>,
    first: Option<String>,
}

/// How books and chain agree about an asset.
struct Agreement {
    asset: String,
    mark: Mark,
    figures: [String; 6],
    supply: String,
    balances: String,
    block: String,
    at: When,
}

struct AssetRow {
    id: String,
    denomination: String,
    token: Code,
    limits: String,
    feed: String,
    active: bool,
}

pub(in super::super) async fn requests(
    State(pages): State<Pages>,
    Extension(person): Extension<Person>,
    RawQuery(query): RawQuery,
) -> Response {
    let parsed = Params::of(query.as_deref(), &NAMES).and_then(|params| Ok((question(&params)?, params)));
    let page = parsed.as_ref().map_err(Wrong::clone).map(|(_, params)| Page {
        title: "Tokens".to_owned(),
        service: pages.siblings.gateway.name(),
        key: params.key("/tokens"),
    });
    let content = async {
        // Without a question there is no page, and nobody comes here.
        let (question, params) = parsed.map_err(|wrong| Unanswered::Refused(wrong.to_string()))?;
        all(&pages.siblings.gateway, question, &params, pages.clock.now()).await
    };
    show((&pages, &person), page, content).await
}

fn question(params: &Params) -> Result<ListRequestsRequest, Wrong> {
    Ok(ListRequestsRequest {
        state: params.one_of("state", &STATES)?.unwrap_or_default().into(),
        asset_id: params.text("asset").to_owned(),
        uetr: params.text("uetr").to_owned(),
        page: Some(PageRequest { size: SIZE, token: params.text("page").to_owned() }),
        ..ListRequestsRequest::default()
    })
}

fn of(state: RequestState) -> ListRequestsRequest {
    ListRequestsRequest { state: state.into(), ..ListRequestsRequest::default() }
}

/// For a second person.
fn waiting() -> ListRequestsRequest {
    ListRequestsRequest { reasons: vec![APPROVAL.to_owned()], ..of(RequestState::Held) }
}

/// For something else that is not there, but for those whose day has not come.
fn stuck() -> ListRequestsRequest {
    let except_reasons = [APPROVAL, VALUE_DATE].map(str::to_owned).to_vec();
    ListRequestsRequest { except_reasons, ..of(RequestState::Held) }
}

async fn all(
    gateway: &Sibling,
    question: ListRequestsRequest,
    params: &Params,
    now: Timestamp,
) -> Result<String, Unanswered> {
    let list = |question| {
        gateway.ask(question, |client, request| async move {
            TokenizationServiceClient::new(client).list_requests(request).await
        })
    };
    // Each by itself: of what is many, nothing is in the way of what is few.
    let (found, waiting, held, unknown, assets, agreements) = tokio::join!(
        list(question),
        list(waiting()),
        list(stuck()),
        list(of(RequestState::Unknown)),
        gateway.ask(ListAssetsRequest {}, |client, request| async move {
            TokenizationServiceClient::new(client).list_assets(request).await
        }),
        gateway.ask(GetReconciliationRequest::default(), |client, request| async move {
            TokenizationServiceClient::new(client).get_reconciliation(request).await
        }),
    );
    // A page of the list that there is not was asked for, or an asset, or a reference.
    if let Err(why @ Unanswered::Refused(_)) = &found {
        return Err(why.clone());
    }
    let [found_not, waiting_not, held_not, unknown_not] =
        [&found, &waiting, &held, &unknown].map(|all| all.as_ref().err());
    if let Some(why) = nothing([found_not, waiting_not, held_not, unknown_not, assets.as_ref().err()]) {
        return Err(why);
    }
    let decimals = Decimals::of(assets.as_ref().map(|all| all.assets.as_slice()).unwrap_or_default());
    let row = |request: &Request| Row::of(request, &decimals, now);
    let rows = |all: &Result<ListRequestsResponse, _>, is_wanted: fn(&Request) -> bool| -> Vec<Row> {
        let all = all.as_ref().map(|all| all.requests.as_slice()).unwrap_or_default();
        all.iter().filter(|request| is_wanted(request)).map(row).collect()
    };
    let mut stuck = rows(&held, |request| !waits_for_approval(request) && !waits_for_its_day(request));
    stuck.extend(rows(&unknown, |_| true));
    let approvals = rows(&waiting, waits_for_approval);
    written(&Requests {
        stuck,
        has_more: is_cut(&waiting) || is_cut(&held) || is_cut(&unknown),
        no_stuck: held.err().or(unknown.err()).map(|why| why.to_string()),
        waiting: part(waiting, |_| approvals),
        reconciliations: part(agreements, |all| {
            all.reconciliations.iter().take(MOST).map(|one| agreement(one, &decimals, now)).collect()
        }),
        assets: part(assets, |all| all.assets.iter().take(MOST).map(|asset| asset_row(asset, &decimals)).collect()),
        states: STATES.iter().map(|(word, _)| (*word, params.text("state") == *word)).collect(),
        asset: params.text("asset").to_owned(),
        uetr: params.text("uetr").to_owned(),
        found: part(found, |all| list_of(&all, params, row)),
    })
}

fn list_of(all: &ListRequestsResponse, params: &Params, row: impl Fn(&Request) -> Row) -> Found {
    let token = all.page.as_ref().map(|page| page.next_token.as_str()).unwrap_or_default();
    Found {
        rows: all.requests.iter().map(row).collect(),
        next: (!token.is_empty()).then(|| params.page("/tokens", token)),
        first: (!params.text("page").is_empty()).then(|| params.page("/tokens", "")),
    }
}

/// Whether a list goes on where it was not asked for.
fn is_cut(answer: &Result<ListRequestsResponse, Unanswered>) -> bool {
    answer.as_ref().is_ok_and(|all| all.page.as_ref().is_some_and(|page| !page.next_token.is_empty()))
}

fn agreement(wire: &Reconciliation, decimals: &Decimals, now: Timestamp) -> Agreement {
    let totals = wire.totals.clone().unwrap_or_default();
    let tokens = |units| decimals.tokens(&wire.asset_id, units);
    Agreement {
        asset: name(&wire.asset_id),
        mark: match wire.outcome() {
            ReconciliationOutcome::Unspecified | ReconciliationOutcome::Unknown => Mark::unknown("not known"),
            ReconciliationOutcome::Balanced => Mark::ok("one number"),
            ReconciliationOutcome::InFlight => Mark::waits("what is on its way apart"),
            ReconciliationOutcome::Broken => Mark::wrong("they differ"),
        },
        figures: [
            tokens(totals.issued.as_ref()),
            tokens(totals.redeemed.as_ref()),
            tokens(totals.bridged_out.as_ref()),
            tokens(totals.held.as_ref()),
            tokens(totals.in_transfer.as_ref()),
            tokens(totals.uncertain.as_ref()),
        ],
        supply: tokens(wire.total_supply.as_ref()),
        balances: tokens(wire.balances.as_ref()),
        block: wire.position.as_ref().map_or_else(|| "–".to_owned(), |at| grouped(&at.block_number.to_string())),
        at: When::of(moment(wire.at.as_ref()), now, "never"),
    }
}

fn asset_row(wire: &Asset, decimals: &Decimals) -> AssetRow {
    let limit = |label: &str, units: Option<&_>| {
        integer(units).map(|_| format!("{label} {}", decimals.tokens(&wire.asset_id, units)))
    };
    let limits = [
        Some(
            limit("a second person above", wire.approval_above.as_ref())
                .unwrap_or_else(|| "a second person always".to_owned()),
        ),
        limit("a request", wire.max_per_request.as_ref()),
        limit("a day", wire.max_per_day.as_ref()),
        limit("at all", wire.max_supply.as_ref()),
    ];
    AssetRow {
        id: name(&wire.asset_id),
        denomination: name(&wire.denomination),
        token: Code::of(&wire.token),
        limits: limits.into_iter().flatten().collect::<Vec<_>>().join(" · "),
        feed: name(&wire.price_feed_id),
        active: wire.active,
    }
}
