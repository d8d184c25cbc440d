use std::collections::BTreeMap;
use std::fmt::Write;

use expect_test::expect_file;

use super::*;
use crate::base::NodeId;

const CASES: &str = include_str!("../../fixtures/listeners/findings.txt");

/// What a case says: settings and facts.
fn read(case: &str) -> (ListenerSettings, Facts) {
    let mut settings = ListenerSettings::default();
    let mut facts = Facts::default();
    for line in case.lines().filter(|line| !line.starts_with(['[', '='])) {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        if let Some((name, value)) = line.split_once('=') {
            let value = Some(value.to_owned());
            match name {
                "listeners" => settings.listeners = value,
                "advertised.listeners" => settings.advertised_listeners = value,
                "listener.security.protocol.map" => settings.listener_security_protocol_map = value,
                "inter.broker.listener.name" => settings.inter_broker_listener_name = value,
                other => panic!("{other}"),
            }
        } else if word == "hostname" {
            facts.hostname = rest.to_owned();
        } else if word == "container" {
            facts.inside_container = true;
        } else if word == "resolves" {
            let (name, addresses) = rest.split_once(" to").unwrap();
            let addresses = addresses.trim().split(',').filter_map(|it| it.parse().ok());
            facts.resolved.insert(name.to_owned(), addresses.collect());
        }
    }
    (settings, facts)
}

fn bound(listeners: &Listeners) -> Vec<u16> {
    let port = |bind: &Bind| if bind.endpoint.port == 0 { 41_234 } else { bind.endpoint.port };
    plan(listeners).iter().map(port).collect()
}

fn said(settings: &ListenerSettings, facts: &Facts) -> String {
    let listeners = settings.listeners().unwrap();
    let ports = bound(&listeners);
    let told = advertised(&listeners, &ports, &facts.hostname);
    let mut text = String::new();
    for line in table(&listeners, &ports, &told, facts) {
        writeln!(text, "=> {line}").unwrap();
    }
    for finding in advise(&listeners, facts) {
        writeln!(text, "=> {finding}").unwrap();
        for line in finding.fix.lines(Syntax::Properties) {
            writeln!(text, "=>      {line}").unwrap();
        }
    }
    text
}

#[test]
fn what_is_said_before_any_client_comes() {
    let mut text = String::new();
    for case in CASES.split("\n\n") {
        let (settings, facts) = read(case);
        let input = case.lines().filter(|line| !line.starts_with("=>"));
        let input: String = input.map(|line| format!("{line}\n")).collect();
        writeln!(text, "{input}{}", said(&settings, &facts)).unwrap();
    }
    text.pop();
    expect_file!["../../fixtures/listeners/findings.txt"].assert_eq(&text);
}

fn settings(listeners: &str, advertised: &str) -> ListenerSettings {
    ListenerSettings {
        listeners: Some(listeners.to_owned()),
        advertised_listeners: Some(advertised.to_owned()),
        ..ListenerSettings::default()
    }
}

#[test]
fn each_listener_tells_its_own_address() {
    let mut two = settings("A://:0,B://:9093", "A://:0,B://[::1]:1");
    two.listener_security_protocol_map = Some("A:PLAINTEXT,B:PLAINTEXT".to_owned());
    two.inter_broker_listener_name = Some("A".to_owned());
    let listeners = two.listeners().unwrap();
    let told = advertised(&listeners, &[5, 9093], "box");
    let texts: Vec<String> = told.endpoints().flatten().map(ToString::to_string).collect();
    assert_eq!(texts, ["box:5", "[::1]:1"]);
    assert_eq!(told.endpoint(NodeId(1), 1).unwrap().host, "::1");
    assert_eq!(told.endpoint(NodeId(1), 2), None);
}

#[test]
fn settings_of_one_listener_alone_are_its_own() {
    let mut one = settings("Inner://:9092", "INNER://h:1");
    one.listener_security_protocol_map = Some("inner:plaintext".to_owned());
    one.inter_broker_listener_name = Some("inner".to_owned());
    one.overrides = BTreeMap::from([
        ("listener.name.inner.max.connections".to_owned(), "5".to_owned()),
        ("listener.name.other.max.connections".to_owned(), "6".to_owned()),
    ]);
    let listeners = one.listeners().unwrap();
    let overrides = &listeners.find(&ListenerName::normalised("inner")).unwrap().overrides;
    assert_eq!(*overrides, BTreeMap::from([("max.connections".to_owned(), "5".to_owned())]));
}

#[test]
fn secured_listeners_are_refused_by_name_and_never_served_in_plain_text() {
    for protocol in ["SSL", "SASL_PLAINTEXT", "SASL_SSL"] {
        let mut one = settings("SAFE://:9092", "SAFE://h:9092");
        one.listener_security_protocol_map = Some(format!("SAFE:{protocol}"));
        one.inter_broker_listener_name = Some("SAFE".to_owned());
        let problems = one.listeners().unwrap_err();
        assert_eq!(problems.len(), 1);
        assert!(
            problems[0]
                .reason
                .starts_with(&format!("Listener SAFE has the security protocol {protocol};"))
        );
    }
}

#[test]
fn a_fix_is_spelt_as_the_user_spells() {
    let fix = Fix::advice("Do:").and_set("advertised.listeners", "A://h:1").and_set("a_b-c.d", "1");
    let spelt = |syntax| fix.lines(syntax).join("\n");
    assert_eq!(spelt(Syntax::Properties), "Do:\nadvertised.listeners=A://h:1\na_b-c.d=1");
    assert_eq!(
        spelt(Syntax::Environment),
        "Do:\nKAFKA_ADVERTISED_LISTENERS=A://h:1\nKAFKA_A__B___C_D=1"
    );
    assert_eq!(spelt(Syntax::Flags), "Do:\n--advertised-listeners A://h:1\n--set a_b-c.d=1");
}

#[test]
fn the_images_derive_what_to_bind_from_what_is_told() {
    let derived = listeners_bound_everywhere("plaintext://kafka:29092, HOST://[::1]:9092,");
    assert_eq!(derived.as_deref(), Some("PLAINTEXT://0.0.0.0:29092,HOST://0.0.0.0:9092"));
    assert_eq!(listeners_bound_everywhere("kafka:29092"), None);
}

#[test]
fn the_catalogue_and_its_document_agree() {
    let document = include_str!("../../docs/LISTENERS.md");
    let headings: Vec<&str> =
        document.lines().filter_map(|line| line.strip_prefix("## L")).collect();
    let titles: Vec<String> = CATALOGUE
        .iter()
        .map(|mistake| format!("{} {}", mistake.id.trim_start_matches('L'), mistake.title))
        .collect();
    assert_eq!(headings, titles);
    for mistake in CATALOGUE {
        let anchor = format!("<a id=\"{}\"></a>", mistake.id.to_lowercase());
        assert!(document.contains(&anchor) && mistake.more().ends_with(&mistake.id.to_lowercase()));
    }
}
