//! People whom a provider vouches for, and everybody whom it does not.

use causeway_testkit::{
    oidc::{CLIENT, Misdeed, Person, Provider, SECRET},
    wait::eventually,
};
use reqwest::Response;
use url::Url;

use super::stand::Stand;

/// Where people come back to, as a proxy in front of the console has it.
const HOME: &str = "http://127.0.0.1:1/sign-in/callback";

pub(super) fn anna() -> Person {
    Person::new("2480", "Anna@house.example", &["everybody", "on-call"])
}

pub(super) fn settings(provider: &Provider, home: &str) -> String {
    format!(
        r#"
        [people]
        sign_in = "oidc"
        https = false
        [people.oidc]
        issuer = "{}"
        label = "the house"
        client_id = "{CLIENT}"
        client_secret = "{SECRET}"
        redirect_uri = "{home}"
        observers = ["everybody"]
        operators = ["on-call"]
        approvers = ["leads"]
        timeout_ms = 1000
        "#,
        provider.issuer()
    )
}

async fn stand(label: &str, person: Person) -> (Stand, Provider) {
    let provider = Provider::start(person).await.unwrap();
    provider.register(HOME);
    let stand = Stand::with(label, &settings(&provider, HOME)).await;
    (stand, provider)
}

fn location(answer: &Response) -> Url {
    answer.headers()["location"].to_str().unwrap().parse().unwrap()
}

/// The cookie of this name, if the answer sets one that is not empty.
fn cookie(answer: &Response, name: &str) -> Option<String> {
    let set = answer.headers().get_all("set-cookie").iter().map(|value| value.to_str().unwrap());
    let pair = set.map(|cookie| cookie.split(';').next().unwrap()).find(|pair| pair.starts_with(name));
    pair.filter(|pair| !pair.ends_with('=')).map(str::to_owned)
}

/// Goes to the provider and back; gives the browser's cookie and the way back, as a path of the console.
async fn to_the_provider(stand: &Stand) -> Option<(String, String)> {
    let begun = stand.get("/sign-in/provider?next=/events").await;
    if begun.status() != 303 {
        return None;
    }
    let (kept, way) = (cookie(&begun, "causeway_sign_in").unwrap(), location(&begun));
    let asked = stand.elsewhere(way.as_str()).await;
    if asked.status() != 200 {
        return None;
    }
    assert!(asked.text().await.unwrap().contains("Continue as"));
    let back = stand.elsewhere(&way.as_str().replacen("/authorize?", "/continue?", 1)).await;
    let back = location(&back);
    assert!(back.as_str().starts_with(HOME), "{back}");
    Some((kept, format!("{}?{}", back.path(), back.query().unwrap())))
}

/// Signs in: the answer of the console to whoever comes back.
async fn sign_in(stand: &Stand) -> Option<Response> {
    let (kept, back) = to_the_provider(stand).await?;
    Some(stand.look(&back, &kept).await)
}

/// Signs in until that works.
async fn comes_in(stand: &Stand) -> String {
    eventually("somebody comes in", async || {
        let answer = sign_in(stand).await?;
        let session = cookie(&answer, "causeway_console")?;
        assert_eq!(answer.headers()["location"], "/events");
        Some(session)
    })
    .await
}

async fn words(answer: Option<Response>) -> (u16, String) {
    let answer = answer.unwrap();
    assert_eq!(cookie(&answer, "causeway_console"), None);
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[tokio::test]
async fn ops_9_somebody_comes_in_whom_the_provider_vouches_for_and_leaves_both() {
    let (stand, _provider) = stand("console_oidc", anna()).await;
    assert_eq!(stand.get("/events").await.headers()["location"], "/sign-in?next=%2Fevents");
    let page = stand.page("/sign-in?next=/events").await;
    assert!(page.contains("/sign-in/provider?next=%2Fevents") && page.contains("Sign in with the house"), "{page}");
    let begun = stand.get("/sign-in/provider?next=//evil.example").await;
    let way = location(&begun);
    let asked: std::collections::HashMap<_, _> = way.query_pairs().into_owned().collect();
    assert_eq!((asked["redirect_uri"].as_str(), asked["code_challenge_method"].as_str()), (HOME, "S256"));

    let (kept, back) = to_the_provider(&stand).await.unwrap();
    let (status, page) = words(Some(stand.get(&back).await)).await;
    assert!(status == 400 && page.contains("not begun in this browser"), "{page}");
    let (other, _) = to_the_provider(&stand).await.unwrap();
    assert_eq!(words(Some(stand.look(&back, &other).await)).await.0, 400, "of another sign-in");
    let came = stand.look(&back, &kept).await;
    let session = cookie(&came, "causeway_console").unwrap();
    assert_eq!(came.headers()["location"], "/events");
    let (status, page) = words(Some(stand.look(&back, &kept).await)).await;
    assert!(status == 403 && page.contains("says no: invalid_grant"), "a code is good once: {page}");

    let page = stand.look("/", &session).await.text().await.unwrap();
    assert!(page.contains("<span>anna</span>"), "{page}");
    assert!(stand.command(&["account", "list"], "").await.1.contains("operator"));
    let token = page.split("name=\"token\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let left = stand.post("/sign-out", &session, &format!("token={token}"), "same-origin").await;
    assert_eq!(left.headers()["location"], "/signed-out");
    assert_eq!(stand.look("/", &session).await.status(), 303, "the sign-in is over");
    let out = stand.page("/signed-out").await;
    let farewell = out.split("class=\"button\" href=\"").nth(1).unwrap().split('"').next().unwrap();
    let home = stand.elsewhere(&farewell.replace("&#38;", "&")).await;
    assert_eq!(location(&home).as_str(), "http://127.0.0.1:1/sign-in");
    let told = stand.console.log().lines().join("\n");
    assert!(!told.contains(SECRET) && !told.contains("code-"), "no secret and no code in the log");
}

/// Why nobody is let in.
const fn reason(misdeed: Misdeed) -> &'static str {
    match misdeed {
        Misdeed::OtherNonce => "nonce",
        Misdeed::OtherAudience | Misdeed::TwoAudiences => "audience",
        Misdeed::OtherIssuer => "issuer",
        Misdeed::Expired => "old",
        Misdeed::Early => "future",
        Misdeed::Unsigned | Misdeed::Stripped | Misdeed::Forged => "token",
        Misdeed::PublicKeyAsSecret => "algorithm",
        Misdeed::HiddenKey | Misdeed::OtherKey => "key",
        Misdeed::Slow => "unreachable",
        Misdeed::Broken => "failed",
        Misdeed::Impostor | Misdeed::MixedUp => "strange",
    }
}

#[tokio::test]
async fn ops_9_whatever_a_provider_does_wrong_lets_nobody_in() {
    let (stand, provider) = stand("console_oidc_wrong", anna()).await;
    let session = comes_in(&stand).await;
    for misdeed in Misdeed::ALL.into_iter().filter(|misdeed| *misdeed != Misdeed::Impostor) {
        provider.misbehave(Some(misdeed));
        if let Some(answer) = sign_in(&stand).await {
            assert_eq!(cookie(&answer, "causeway_console"), None, "{misdeed:?}");
            assert!(answer.status().is_client_error() || answer.status().is_server_error(), "{misdeed:?}");
            stand.counts(&format!("console_provider_sign_ins_total{{outcome=\"{}\"}}", reason(misdeed))).await;
        } else {
            assert_eq!(misdeed, Misdeed::Broken, "the provider's own page fails and nothing else");
        }
        assert_eq!(stand.look("/", &session).await.status(), 200, "whoever is in stays so: {misdeed:?}");
    }
    provider.misbehave(None);
    let before = provider.asked("jwks");
    provider.rotate("ec-2").unwrap();
    comes_in(&stand).await;
    let asked = provider.asked("jwks") - before;
    assert!((1..=3).contains(&asked), "new keys are asked for, and not for each token: {asked}");
}

#[tokio::test]
async fn ops_9_a_provider_that_is_silent_or_another_one_is_said_so_and_found_when_it_is_back() {
    let provider = Provider::start(anna()).await.unwrap();
    provider.register(HOME);
    provider.misbehave(Some(Misdeed::Impostor));
    let stand = Stand::with("console_oidc_silent", &settings(&provider, HOME)).await;
    let page = stand.page("/sign-in").await;
    assert!(page.contains("the house does not answer as it should"), "{page}");
    assert_eq!(stand.get("/sign-in/provider").await.status(), 503);
    provider.misbehave(None);
    comes_in(&stand).await;
}

#[tokio::test]
async fn ops_4_groups_make_roles_names_stay_whose_they_are_and_who_leaves_is_out() {
    let (stand, provider) = stand("console_oidc_roles", Person::new("2480", "anna", &["everybody"])).await;
    let session = comes_in(&stand).await;
    let form = stand.look("/changes/new?action=source.exclude", &session).await.text().await.unwrap();
    assert!(form.contains("takes the role operator"), "{form}");
    provider.admit(Person::new("2480", "anna-b", &["on-call"]));
    comes_in(&stand).await;
    let (_, accounts) = stand.command(&["account", "list"], "").await;
    assert_eq!(accounts.split_whitespace().collect::<Vec<_>>(), ["anna", "operator"], "her name here stays");

    provider.admit(Person::new("666", "anna", &["on-call"]));
    let (status, page) = words(sign_in(&stand).await).await;
    assert!(status == 403 && page.contains("already another account"), "{page}");
    stand.command(&["account", "put", "bert", "--role", "observer"], "correct horse battery\n").await;
    provider.admit(Person::new("777", "bert", &["leads"]));
    assert_eq!(words(sign_in(&stand).await).await.0, 403, "a local account is nobody's at the provider");
    let form = "name=bert&password=correct+horse+battery";
    assert_eq!(stand.post("/sign-in", "", form, "same-origin").await.status(), 403, "nor does its password open");
    let link = ["account", "link", "bert", "--issuer", provider.issuer(), "--subject", "777"];
    assert!(stand.command(&link, "").await.0);
    comes_in(&stand).await;
    assert!(stand.command(&["account", "close", "bert"], "").await.0);
    let (status, page) = words(sign_in(&stand).await).await;
    assert!(status == 403 && page.contains("was closed here"), "{page}");

    provider.admit(Person::new("2480", "anna", &["no group of ours"]));
    let (status, page) = words(sign_in(&stand).await).await;
    assert!(status == 403 && page.contains("in none of the groups"), "{page}");
    assert_eq!(stand.look("/", &session).await.status(), 303, "who has left the groups is out at once");
}
