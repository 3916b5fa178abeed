//! The routes that order something: messages as they come, and direct instructions. Each call names itself by an
//! `Idempotency-Key`: repeated, it is answered and not carried out again.

use axum::{
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use causeway_primitives::Address;
use serde::de::DeserializeOwned;

use super::{
    dto::{Accepted, Instruction, Messages, Tokenize},
    problem::Problem,
};
use crate::{
    app::{Api, Asked, Kept, digest_of},
    config::Right,
    domain::{
        actor::Actor,
        instruction::{Kind, Movement},
    },
};

/// Takes a message as it came: FIN or ISO 20022 XML.
#[utoipa::path(
    post,
    path = "/api/v1/messages",
    params(("Idempotency-Key" = String, Header), ("X-File-Name" = Option<String>, Header)),
    request_body(content = String, content_type = "text/plain"),
    responses(
        (status = 202, body = Messages),
        (status = 409, body = Problem, description = "the first call with this key still runs"),
        (status = 422, body = Problem, description = "refused, or the key had another body")
    )
)]
pub(super) async fn submit(State(api): State<Api>, headers: HeaderMap, body: Bytes) -> Result<Response, Problem> {
    let caller = api.admit(&headers, Right::Order)?;
    let name = headers.get("x-file-name").and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    once(&api, (&headers, &caller), ("messages", body.as_ref()), async {
        let receipts = api.orders.submit(&caller, &name, &body).await??;
        json(StatusCode::ACCEPTED, &Messages::from(receipts))
    })
    .await
}

/// The operators' older path for ISO 20022. Without a key, the message's own content is the key.
#[utoipa::path(
    post,
    path = "/api/v1/tokenize/iso20022",
    request_body = Tokenize,
    responses((status = 202, body = Messages), (status = 422, body = Problem))
)]
pub(super) async fn tokenize(State(api): State<Api>, headers: HeaderMap, body: Bytes) -> Result<Response, Problem> {
    let caller = api.admit(&headers, Right::Order)?;
    let asked: Tokenize = read(&body, "an object with xml_content and file_name")?;
    let receipts = api.orders.submit(&caller, &asked.file_name, asked.xml_content.as_bytes()).await??;
    let (status, answer) = json(StatusCode::ACCEPTED, &Messages::from(receipts))?;
    Ok(respond(status, answer))
}

/// New tokens.
#[utoipa::path(
    post,
    path = "/api/v1/tokens/mint",
    params(("Idempotency-Key" = String, Header)),
    request_body = Instruction,
    responses((status = 202, body = Accepted), (status = 409, body = Problem), (status = 422, body = Problem))
)]
pub(super) async fn mint(State(api): State<Api>, headers: HeaderMap, body: Bytes) -> Result<Response, Problem> {
    instruct(&api, &headers, &body, Kind::Mint).await
}

/// Tokens from one holder to another.
#[utoipa::path(
    post,
    path = "/api/v1/tokens/transfer",
    params(("Idempotency-Key" = String, Header)),
    request_body = Instruction,
    responses((status = 202, body = Accepted), (status = 409, body = Problem), (status = 422, body = Problem))
)]
pub(super) async fn transfer(State(api): State<Api>, headers: HeaderMap, body: Bytes) -> Result<Response, Problem> {
    instruct(&api, &headers, &body, Kind::Transfer).await
}

/// Burns tokens for the asset.
#[utoipa::path(
    post,
    path = "/api/v1/tokens/redeem",
    params(("Idempotency-Key" = String, Header)),
    request_body = Instruction,
    responses((status = 202, body = Accepted), (status = 409, body = Problem), (status = 422, body = Problem))
)]
pub(super) async fn redeem(State(api): State<Api>, headers: HeaderMap, body: Bytes) -> Result<Response, Problem> {
    instruct(&api, &headers, &body, Kind::Redeem).await
}

/// Tokens to another chain.
#[utoipa::path(
    post,
    path = "/api/v1/tokens/bridge",
    params(("Idempotency-Key" = String, Header)),
    request_body = Instruction,
    responses((status = 202, body = Accepted), (status = 409, body = Problem), (status = 422, body = Problem))
)]
pub(super) async fn bridge(State(api): State<Api>, headers: HeaderMap, body: Bytes) -> Result<Response, Problem> {
    instruct(&api, &headers, &body, Kind::Bridge).await
}

async fn instruct(api: &Api, headers: &HeaderMap, body: &Bytes, kind: Kind) -> Result<Response, Problem> {
    let caller = api.admit(headers, Right::Order)?;
    once(api, (headers, &caller), (kind.as_str(), body.as_ref()), async {
        let told: Instruction = read(body, "an instruction, as the document says")?;
        let taken = api.orders.ask(&caller, &asked(told, kind)?).await??;
        json(StatusCode::ACCEPTED, &Accepted::from(taken))
    })
    .await
}

/// Carries a call out, or answers it as before.
async fn once(
    api: &Api,
    (headers, caller): (&HeaderMap, &Actor),
    (method, body): (&str, &[u8]),
    carry_out: impl Future<Output = Result<(StatusCode, String), Problem>> + Send,
) -> Result<Response, Problem> {
    let key = headers.get("idempotency-key").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let carry_out = async {
        let (status, answer) = match carry_out.await {
            Ok(answered) => answered,
            Err(problem) if problem.status.is_server_error() => return Err(problem),
            Err(problem) => json(problem.status, &problem)?,
        };
        Ok(Kept { status: status.as_u16(), answer })
    };
    let kept = api.calls.once(caller, key, digest_of(method, body), carry_out).await?;
    Ok(respond(StatusCode::from_u16(kept.status).unwrap_or(StatusCode::OK), kept.answer))
}

fn asked(told: Instruction, kind: Kind) -> Result<Asked, Problem> {
    let address = |field: &str, text: &Option<String>| {
        let text = text.as_deref().unwrap_or_default();
        text.parse::<Address>().map_err(|_| Problem::invalid(field, "an address: 0x and 40 hexadecimal digits"))
    };
    let movement = match kind {
        Kind::Mint => Movement::Mint { to: address("to", &told.to)? },
        Kind::Transfer => Movement::Transfer { from: address("from", &told.from)?, to: address("to", &told.to)? },
        Kind::Redeem => Movement::Redeem { from: address("from", &told.from)? },
        Kind::Bridge => {
            let selector = told.destination_selector.as_deref().unwrap_or_default().parse();
            let expected = "a CCIP chain selector, as text";
            Movement::Bridge {
                from: address("from", &told.from)?,
                to: address("to", &told.to)?,
                destination: selector.map_err(|_| Problem::invalid("destination_selector", expected))?,
            }
        }
    };
    let amount = causeway_identifiers::plain_decimal(&told.amount);
    Ok(Asked {
        asset: told.asset.parse().map_err(|_| Problem::invalid("asset", "an asset's id"))?,
        amount: amount.map_err(|_| Problem::invalid("amount", "digits with at most one point, at most 18"))?,
        movement,
        business_reference: told.business_reference,
    })
}

pub(super) fn read<T: DeserializeOwned>(body: &[u8], expected: &str) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|_| Problem::invalid("body", expected))
}

fn json<T: serde::Serialize>(status: StatusCode, value: &T) -> Result<(StatusCode, String), Problem> {
    let text = serde_json::to_string(value);
    text.map(|text| (status, text))
        .map_err(|error| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "unwritable", error))
}

fn respond(status: StatusCode, answer: String) -> Response {
    (status, [(CONTENT_TYPE, "application/json")], answer).into_response()
}
