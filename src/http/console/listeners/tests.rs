//! Reports as pages.

use super::content;
use crate::listener::seen::{
    BrokerReport, ClientReport, ClientState, ListenerReport, Place, RaisedReport, Report, StoryLine,
};
use crate::listener::{FindingReport, FixReport, SettingReport};

fn report() -> Report {
    let listener = ListenerReport {
        name: "HOST".to_owned(),
        protocol: "PLAINTEXT",
        bound: "*:9092".to_owned(),
        advertised: Some("localhost:9092".to_owned()),
        reachable_by: "clients on this machine".to_owned(),
        clients: 0,
        connections_open: 0,
        advice: Vec::new(),
    };
    let broker = BrokerReport {
        node_id: 1,
        cluster_id: "dev".to_owned(),
        hostname: "box".to_owned(),
        inside_container: false,
    };
    Report { now_ms: 0, broker, listeners: vec![listener], clients: vec![], findings: vec![] }
}

fn client(id: u32, state: ClientState) -> ClientReport {
    ClientReport {
        id,
        address: [172, 18, 0, 5].into(),
        place: Place::Container,
        place_text: "another container",
        client_id: Some(format!("<b>orders-{id}</b>")),
        software: Some("librdkafka 2.12.1".to_owned()),
        listener: "HOST".to_owned(),
        state,
        told: Some("localhost:9092".to_owned()),
        metadata_requests: 4,
        connections_opened: 1,
        connections_open: 1,
        first_seen_ms: 0,
        last_seen_ms: 0,
        story: vec![StoryLine { at_ms: 0, text: "connected to HOST".to_owned() }],
        findings: if state == ClientState::Lost { vec!["L03"] } else { vec![] },
    }
}

fn finding() -> RaisedReport {
    let setting = SettingReport {
        name: "advertised.listeners".to_owned(),
        value: "HOST://localhost:9092".to_owned(),
        line: "KAFKA_ADVERTISED_LISTENERS=HOST://localhost:9092".to_owned(),
    };
    let finding = FindingReport {
        id: "L03",
        title: "A client in a container is told localhost",
        listener: Some("HOST".to_owned()),
        evidence: "client \"orders\" never came".to_owned(),
        cause: "kafka is unknown to `orders`.".to_owned(),
        fix: FixReport { advice: "Add a listener:".to_owned(), settings: vec![setting] },
        more: "docs/LISTENERS.md#l03".to_owned(),
    };
    RaisedReport {
        finding,
        address: [172, 18, 0, 5].into(),
        clients: vec![1],
        raised_at_ms: 0,
        withdrawn_at_ms: None,
    }
}

fn has(page: &str, texts: &[&str]) {
    for text in texts {
        assert!(page.contains(text), "no {text} in\n{page}");
    }
}

#[test]
fn the_empty_page_teaches_how_to_connect() {
    let page = content(&report()).into_string();
    has(&page, &["Nobody has come yet", "localhost:9092", "clients on this machine", "kcat -b"]);
    assert!(!page.contains("What clients ran into"));
}

#[test]
fn clients_that_work_are_no_finding() {
    let clients = vec![client(2, ClientState::Works), client(1, ClientState::Works)];
    let page = content(&Report { clients, ..report() }).into_string();
    has(&page, &["All is well: 2 clients work.", "came back"]);
    assert!(!page.contains("What clients ran into"));
}

#[test]
fn a_finding_is_told_with_its_fix_in_the_users_spelling() {
    let clients = vec![client(1, ClientState::Lost)];
    let page = content(&Report { clients, findings: vec![finding()], ..report() }).into_string();
    has(
        &page,
        &["1 finding; no client works yet", "never came", "L03", "Client &quot;orders&quot;"],
    );
    // A host's name is not made a word.
    has(&page, &["<dd>kafka is unknown to <code>orders</code>.</dd>"]);
    has(&page, &["KAFKA_ADVERTISED_LISTENERS=HOST://localhost:9092", "docs/LISTENERS.md#l03"]);
}

#[test]
fn what_somebody_ran_into_is_not_foretold() {
    let mut report = Report { findings: vec![finding()], ..report() };
    report.listeners[0].advice = vec![finding().finding];
    assert!(!content(&report).into_string().contains("What the settings make likely"));
    report.findings.clear();
    has(&content(&report).into_string(), &["What the settings make likely"]);
}

#[test]
fn an_address_that_somebody_was_lost_on_is_marked() {
    let clients = vec![client(1, ClientState::Lost)];
    let page = content(&Report { clients, ..report() }).into_string();
    let row = page.split("<tbody>").nth(1).expect("the table of addresses");
    has(row, &["localhost:9092", "L03"]);
}

#[test]
fn snippets_have_an_address_that_nobody_was_lost_on() {
    let mut report = Report { clients: vec![client(1, ClientState::Lost)], ..report() };
    let other = ListenerReport {
        name: "DOCKER".to_owned(),
        advertised: Some("kafka:29092".to_owned()),
        ..report.listeners[0].clone()
    };
    report.listeners.push(other);
    has(&content(&report).into_string(), &["kcat -b kafka:29092 -t greetings"]);
}

#[test]
fn a_finding_that_came_right_is_put_aside() {
    let mut over = finding();
    over.withdrawn_at_ms = Some(0);
    let clients = vec![client(1, ClientState::Works)];
    let page = content(&Report { clients, findings: vec![over], ..report() }).into_string();
    has(&page, &["All is well: 1 client works.", "1 finding that came right"]);
    assert!(!page.contains("What clients ran into"));
}

#[test]
fn what_clients_say_of_themselves_is_text() {
    let clients = vec![client(1, ClientState::Asked)];
    let page = content(&Report { clients, ..report() }).into_string();
    has(&page, &["&lt;b&gt;orders-1&lt;/b&gt;"]);
    assert!(!page.contains("<b>"));
}

#[test]
fn of_many_clients_those_in_trouble_are_shown_and_the_rest_is_folded() {
    let mut clients: Vec<_> = (1..=20).map(|id| client(id, ClientState::Works)).collect();
    clients.push(client(21, ClientState::Lost));
    let page = content(&Report { clients, ..report() }).into_string();
    has(&page, &["and 13 more clients"]);
    let lost = page.find("orders-21").expect("the lost one");
    assert!(lost < page.find("orders-1&").expect("one that works"));
}
