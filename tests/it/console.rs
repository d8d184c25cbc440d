//! The console's port as a browser of a careless visitor reaches it.

use crate::support::http::{Answer, call_with};
use crate::support::klamm::Klamm;

fn ask(klamm: &Klamm, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    let address = klamm.text("console").trim_start_matches("http://");
    call_with(address, method, path, headers, "").expect("klamm answers")
}

#[test]
fn a_name_that_was_rebound_to_this_machine_gets_nothing() {
    let klamm = Klamm::start();
    for path in ["/metrics", "/api/sink", "/healthz"] {
        let answer = ask(&klamm, "GET", path, &[("Host", "rebound.example:8080")]);
        assert_eq!(answer.status, 403, "{path}: {}", answer.body);
        assert_eq!(ask(&klamm, "GET", path, &[("Host", "localhost:8080")]).status, 200, "{path}");
    }
}

#[test]
fn a_page_of_another_site_changes_nothing() {
    let klamm = Klamm::start();
    let flush = |origin| {
        let headers = [("Host", "localhost:8080"), ("Origin", origin)];
        ask(&klamm, "POST", "/api/sink/flush", &headers).status
    };
    assert_eq!(flush("https://evil.example"), 403);
    assert_eq!(flush("http://localhost:3000"), 403);
    assert_eq!(flush("null"), 403);
    assert_eq!(flush("http://localhost:8080"), 200);
}
