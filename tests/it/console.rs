//! The console's port as a browser of a careless visitor reaches it.

use crate::support::http::{Answer, call_with};
use crate::support::klamm::Klamm;

fn ask(klamm: &Klamm, method: &str, path: &str, headers: &[&str]) -> Answer {
    let address = klamm.text("console").trim_start_matches("http://");
    call_with(address, method, path, headers, "").expect("klamm answers")
}

#[test]
fn a_name_that_was_rebound_to_this_machine_gets_nothing() {
    let klamm = Klamm::start();
    for path in ["/listeners", "/metrics", "/api/listeners", "/api/sink", "/healthz"] {
        let answer = ask(&klamm, "GET", path, &["Host: rebound.example:8080"]);
        assert_eq!(answer.status, 403, "{path}: {}", answer.body);
        assert_eq!(ask(&klamm, "GET", path, &["Host: localhost:8080"]).status, 200, "{path}");
    }
}

#[test]
fn a_page_of_another_site_changes_nothing() {
    let klamm = Klamm::start();
    let flush = |origin| {
        let headers = ["Host: localhost:8080", &format!("Origin: {origin}")];
        ask(&klamm, "POST", "/api/sink/flush", &headers).status
    };
    assert_eq!(flush("https://evil.example"), 403);
    assert_eq!(flush("http://localhost:3000"), 403);
    assert_eq!(flush("null"), 403);
    assert_eq!(flush("http://localhost:8080"), 200);
}

#[test]
fn the_first_page_is_at_hand_and_keeps_to_itself() {
    let klamm = Klamm::start();
    let first = ask(&klamm, "GET", "/", &[]);
    assert_eq!((first.status, first.header("location")), (307, Some("/listeners")));
    for (path, content_type) in [
        ("/listeners", "text/html; charset=utf-8"),
        ("/assets/console.css", "text/css; charset=utf-8"),
        ("/assets/console.js", "text/javascript; charset=utf-8"),
        ("/assets/icon.svg", "image/svg+xml"),
    ] {
        let answer = ask(&klamm, "GET", path, &[]);
        assert_eq!((answer.status, answer.header("content-type")), (200, Some(content_type)));
        let policy = answer.header("content-security-policy").expect("a policy");
        assert!(policy.starts_with("default-src 'none';"), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
    }
    assert_eq!(ask(&klamm, "GET", "/nothing", &[]).status, 404);
    assert_eq!(ask(&klamm, "POST", "/listeners", &[]).status, 405);
}

#[test]
fn what_changes_something_is_no_get() {
    let klamm = Klamm::start();
    for path in ["/api/sink/flush", "/api/sink/restart"] {
        assert_eq!(ask(&klamm, "GET", path, &[]).status, 405, "{path}");
    }
}
