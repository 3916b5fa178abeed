//! Who comes in, and who does not.

use super::stand::Stand;

const ACCOUNTS: &str = "[people]\nsign_in = \"accounts\"\nhttps = false\n";
const RIGHT: &str = "name=anna&password=correct+horse+battery&next=/events";
const WRONG: &str = "name=anna&password=wrong+horse+battery";

/// Signs in, and gives the cookie.
async fn sign_in(stand: &Stand) -> String {
    let answer = stand.post("/sign-in", "", RIGHT, "same-origin").await;
    assert_eq!((answer.status().as_u16(), &answer.headers()["location"]), (303, &"/events".parse().unwrap()));
    let cookie = answer.headers()["set-cookie"].to_str().unwrap().to_owned();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    cookie.split(';').next().unwrap().to_owned()
}

#[tokio::test]
async fn ops_9_nobody_sees_a_page_before_he_has_signed_in_and_nobody_after_he_has_left() {
    let stand = Stand::with("console_people", ACCOUNTS).await;
    let turned_away = stand.get("/services/ccip-monitor").await;
    assert_eq!(turned_away.headers()["location"], "/sign-in?next=%2Fservices%2Fccip-monitor");
    assert_eq!(stand.get("/live").await.status(), 401);
    stand.ready().await; // Probes need no account.
    assert!(stand.page("/sign-in").await.contains("Sign in"));

    let (done, told) =
        stand.command(&["account", "put", "anna", "--role", "operator"], "correct horse battery\n").await;
    assert!(done, "{told}");
    assert_eq!(
        stand.command(&["account", "list"], "").await.1.split_whitespace().collect::<Vec<_>>(),
        ["anna", "operator"]
    );
    let cookie = sign_in(&stand).await;
    let page = stand.look("/", &cookie).await.text().await.unwrap();
    let token = page.split("name=\"token\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert!(page.contains("anna"));

    let leaving = format!("token={token}");
    assert_eq!(stand.post("/sign-out", &cookie, &leaving, "cross-site").await.status(), 403);
    assert_eq!(stand.post("/sign-out", &cookie, "token=0", "same-origin").await.status(), 403);
    assert_eq!(stand.look("/", &cookie).await.status(), 200, "a form of another site ended nothing");
    assert_eq!(stand.post("/sign-out", &cookie, &leaving, "same-origin").await.status(), 303);
    assert_eq!(stand.look("/", &cookie).await.status(), 303);

    let cookie = sign_in(&stand).await;
    assert!(stand.command(&["account", "close", "anna"], "").await.0);
    assert_eq!(stand.look("/", &cookie).await.status(), 303, "a closed account is out at once");
    assert_eq!(stand.post("/sign-in", "", RIGHT, "same-origin").await.status(), 401);
    assert!(!stand.console.log().lines().join("\n").contains("battery"), "no password in the log");
}

#[tokio::test]
async fn ops_9_guessing_is_slowed_down_also_for_names_that_are_none() {
    let stand = Stand::with("console_guess", ACCOUNTS).await;
    for name in ["anna", "nobody"] {
        let form = WRONG.replace("anna", name);
        let mut answers = Vec::new();
        // The wait doubles with each wrong answer, so that it outlasts the look at a password on any machine.
        while answers.len() < 12 && answers.last() != Some(&429) {
            answers.push(stand.post("/sign-in", "", &form, "same-origin").await.status().as_u16());
        }
        assert!(answers.len() > 5, "the first five are not slowed down: {answers:?}");
        assert_eq!(answers.pop(), Some(429));
        assert!(answers.iter().all(|answer| *answer == 401), "{answers:?}");
    }
    let (done, told) = stand.command(&["account", "put", "anna", "--role", "observer"], "short").await;
    assert!(!done && told.contains("12 to 256"), "{told}");
}

#[tokio::test]
async fn ops_9_a_form_that_comes_after_its_sign_in_has_ended_does_nothing_and_loses_nothing() {
    let stand = Stand::with("console_ended", ACCOUNTS).await;
    assert!(stand.command(&["account", "put", "anna", "--role", "operator"], "correct horse battery\n").await.0);
    let cookie = sign_in(&stand).await;
    let form = stand.look("/changes/new?action=source.exclude&source_id=kraken", &cookie).await.text().await.unwrap();
    let token = form.split("name=\"token\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let sent =
        format!("token={token}&procedure=source.exclude&p.source_id=kraken&reason=it+is+%3Cb%3Efrozen&do=propose");
    assert!(stand.command(&["account", "close", "anna"], "").await.0);
    let ended = stand.post("/changes/new", &cookie, &sent, "same-origin").await;
    assert_eq!(ended.status(), 401);
    let page = ended.text().await.unwrap();
    let next = "value=\"/changes/new?action=source.exclude&#38;source_id=kraken&#38;reason=it+is+%3Cb%3Efrozen\"";
    for shown in ["Your sign-in has ended, so nothing was done", "it is &#60;b&#62;frozen", next] {
        assert!(page.contains(shown), "no {shown}: {page}");
    }
    assert!(!page.contains(token), "{page}");

    assert!(stand.command(&["account", "put", "anna", "--role", "operator"], "correct horse battery\n").await.0);
    let cookie = sign_in(&stand).await;
    let stale = stand.post("/changes/new", &cookie, &sent, "same-origin").await;
    assert_eq!(stale.status(), 403);
    let page = stale.text().await.unwrap();
    assert!(page.contains("not of this sign-in") && page.contains("it is &#60;b&#62;frozen"), "{page}");
    let list = stand.look("/changes", &cookie).await.text().await.unwrap();
    assert!(list.contains("Nothing is open"), "{list}");
    for (path, status) in [("/changes/none", 404), ("/nowhere", 404)] {
        let page = stand.look(path, &cookie).await;
        assert_eq!(page.status(), status);
        assert!(page.text().await.unwrap().contains("There is nothing here"), "{path}");
    }
}

#[tokio::test]
async fn ops_9_without_sign_in_nothing_is_shown_or_done_under_the_name_of_another_host() {
    let stand = Stand::new("console_rebound").await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    for path in ["/", "/changes", "/assets/console.js", "/sign-in"] {
        let asked = client.get(stand.url(path)).header("host", "evil.example").send().await.unwrap();
        assert_eq!(asked.status(), 421, "{path}");
    }
    let form = client.post(stand.url("/changes/new")).header("host", "evil.example:8080");
    let form = form.header("origin", "http://evil.example:8080").body("procedure=relayer.halt");
    assert_eq!(form.send().await.unwrap().status(), 421);
    assert!(stand.console.log().tail(99).contains("nobody signs in: whoever is on this host"));
    assert!(stand.page("/").await.contains("Nobody signs in: whoever is on this host may do everything."));
}

#[tokio::test]
async fn ops_9_whoever_guesses_from_elsewhere_keeps_nobody_out() {
    let stand = Stand::with("console_guess_elsewhere", ACCOUNTS).await;
    assert!(stand.command(&["account", "put", "anna", "--role", "operator"], "correct horse battery\n").await.0);
    let elsewhere = reqwest::Client::builder().no_proxy().local_address(std::net::IpAddr::from([127, 0, 0, 2]));
    let elsewhere = elsewhere.build().unwrap();
    let mut last = 0;
    for _ in 0..12 {
        let form = elsewhere.post(stand.url("/sign-in")).header("content-type", "application/x-www-form-urlencoded");
        last = form.body(WRONG).send().await.unwrap().status().as_u16();
        if last == 429 {
            break;
        }
    }
    assert_eq!(last, 429);
    sign_in(&stand).await;
}

#[tokio::test]
async fn ops_1_a_sign_in_form_without_a_field_comes_back_as_a_page() {
    let stand = Stand::with("console_half_form", ACCOUNTS).await;
    for form in ["name=anna", "password=x", "", "%ff"] {
        let answer = stand.post("/sign-in", "", form, "same-origin").await;
        assert_eq!(answer.status(), 422, "{form}");
        assert!(answer.text().await.unwrap().contains("It takes a name and a password."), "{form}");
    }
    let twice = stand.get("/sign-in?next=/events&next=/audit&more=x").await;
    assert_eq!(twice.status(), 200);
    assert!(twice.text().await.unwrap().contains("value=\"/events\""));
}

#[tokio::test]
async fn ops_1_what_somebody_wrote_is_shown_when_nobody_can_say_who_he_is() {
    let stand = Stand::with("console_nobody_knows", ACCOUNTS).await;
    assert!(stand.command(&["account", "put", "anna", "--role", "operator"], "correct horse battery\n").await.0);
    let cookie = sign_in(&stand).await;
    stand.line.down();
    let form = "procedure=source.exclude&p.source_id=kraken&reason=it+is+%3Cb%3Efrozen&do=propose";
    let answer = stand.post("/changes/new", &cookie, form, "same-origin").await;
    assert_eq!(answer.status(), 503);
    let page = answer.text().await.unwrap();
    for shown in
        ["does not answer", "it is &#60;b&#62;frozen", "href=\"/changes/new?action=source.exclude&#38;source_id=kraken"]
    {
        assert!(page.contains(shown), "no {shown}: {page}");
    }
    assert!(!page.contains("id=\"main\""), "no open page takes it for its own: {page}");
}
