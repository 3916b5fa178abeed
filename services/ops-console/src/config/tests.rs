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
