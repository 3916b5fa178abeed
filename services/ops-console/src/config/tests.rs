//! What is refused at start, by name.

use causeway_runtime::config::Environment;

use super::load;

const WHOLE: &str = r#"
    [store]
    url = "postgres://user:password@localhost/console"
    [[services]]
    name = "oracle-publisher"
    replicas = ["http://127.0.0.1:50051"]
    [[services]]
    name = "tokenization-gateway"
    replicas = ["http://127.0.0.1:50052", "http://127.0.0.1:50053"]
    needs = ["oracle-publisher"]
"#;

/// The complaints about a file; empty when it is taken.
fn complaints(text: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("console.toml");
    std::fs::write(&file, text).unwrap();
    match load(Some(&file), &Environment::from_iter([]), None) {
        Ok(_) => String::new(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn ops_1_a_whole_configuration_is_taken() {
    assert_eq!(complaints(WHOLE), "");
}

#[test]
fn ops_9_pages_without_sign_in_are_for_this_host_alone() {
    let told = complaints(&format!("[listen]\nhttp = \"0.0.0.0:8080\"\n{WHOLE}"));
    assert!(told.contains("listen.http") && told.contains("people.sign_in"), "{told}");
}

#[test]
fn ops_9_calls_without_sign_in_are_for_this_host_alone() {
    let told = complaints(&format!("[listen]\ngrpc = \"0.0.0.0:50051\"\n[grpc]\nplaintext = true\n{WHOLE}"));
    assert!(told.contains("listen.grpc") && told.contains("people.sign_in"), "{told}");
}

#[test]
fn ops_9_calls_without_certificates_beyond_this_host_are_wanted_or_refused() {
    let people = "[people]\nsign_in = \"accounts\"\n";
    let told = complaints(&format!("[listen]\ngrpc = \"0.0.0.0:50051\"\n{people}{WHOLE}"));
    assert!(told.contains("grpc.plaintext") && told.contains("tls_certificate_file"), "{told}");
    let wanted = "[listen]\ngrpc = \"0.0.0.0:50051\"\n[grpc]\nplaintext = true\n";
    assert_eq!(complaints(&format!("{wanted}{people}{WHOLE}")), "");
    let shown = "[listen]\ngrpc = \"[::]:50051\"\n[grpc]\ntls_certificate_file = \"/c\"\ntls_key_file = \"/k\"\n\
                 tls_client_ca_file = \"/a\"\n";
    assert_eq!(complaints(&format!("{shown}{people}{WHOLE}")), "");
    assert_eq!(complaints(&format!("[listen]\ngrpc = \"[::1]:50051\"\n{people}{WHOLE}")), "");
}

#[test]
fn each_wrong_setting_is_named() {
    for (was, is, named) in [
        ("needs = [\"oracle-publisher\"]", "needs = [\"oracle\"]", "services.*.needs"),
        ("http://127.0.0.1:50051", "127.0.0.1:50051", "services.*.replicas"),
        ("oracle-publisher\"\n", "Oracle\"\n", "services.*.name"),
    ] {
        let told = complaints(&WHOLE.replace(was, is));
        assert!(told.contains(named), "{named}: {told}");
    }
    assert!(complaints("[store]\nurl = \"postgres://u:p@h/d\"").contains("services"));
    let told = complaints(&format!(
        "[links]\ntraces = \"http://jaeger/{{id}}\"\nmetrics = \"http://{{service}}/\"\n[looks]\nevery_ms = 0\n{WHOLE}"
    ));
    assert!(
        told.contains("links.traces") && told.contains("links.metrics") && told.contains("looks.every_ms"),
        "{told}"
    );
}

#[test]
fn ops_9_a_provider_is_named_whole_and_over_https_and_nobody_has_a_role_by_default() {
    let oidc = |more: &str| {
        let whole = "issuer = \"https://id.example\"\nclient_id = \"c\"\noperators = [\"on-call\"]\n\
                     redirect_uri = \"https://console.example/sign-in/callback\"\nclient_secret = \"s3cr3t\"\n";
        let mut lines: Vec<&str> = whole.lines().collect();
        lines.retain(|line| !more.lines().any(|other| other.split(' ').next() == line.split(' ').next()));
        let people = format!("[people]\nsign_in = \"oidc\"\n[people.oidc]\n{}\n{more}\n", lines.join("\n"));
        let told = complaints(&format!("{people}{WHOLE}"));
        assert!(!told.contains("s3cr3t"), "{told}");
        told
    };
    assert_eq!(oidc(""), "");
    for (setting, named) in [
        ("issuer = \"http://id.example\"", "people.oidc.issuer"),
        ("issuer = \"https://id.example/?a=b\"", "people.oidc.issuer"),
        ("redirect_uri = \"https://console.example/elsewhere\"", "people.oidc.redirect_uri"),
        ("redirect_uri = \"http://console.example/sign-in/callback\"", "people.oidc.redirect_uri"),
        ("client_id = \"\"", "people.oidc.client_id"),
        ("scopes = [\"profile\"]", "people.oidc.scopes"),
        ("operators = []", "people.oidc.observers"),
        ("clock_skew_seconds = 301", "people.oidc.clock_skew_seconds"),
        ("ca_file = \"/no/such/file\"", "people.oidc.ca_file"),
    ] {
        let told = oidc(setting);
        assert!(told.contains(named), "{setting}: {told}");
    }
}
