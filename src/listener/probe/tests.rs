use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use expect_test::expect_file;

use super::super::{Endpoint, SecurityProtocol, Syntax};
use super::*;

const CASES: &str = include_str!("../../../fixtures/listeners/doctor.txt");

/// What a case says: what was seen, and where else clients stand.
fn read(case: &str) -> (Survey, Vec<Place>) {
    let mut survey = Survey {
        asked: SecurityProtocol::Plaintext,
        bootstrap: Vec::new(),
        cluster_id: Some("c1".to_owned()),
        told: Vec::new(),
        settings: BTreeMap::new(),
        unserved: Vec::new(),
        coordinator: Coordinator::Node(1),
        round_trip: RoundTrip::Done,
        inside_container: false,
    };
    let mut places = Vec::new();
    for line in case.lines().filter(|line| !line.starts_with(['[', '='])) {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "" => {}
            "asked" => survey.asked = SecurityProtocol::named(rest).unwrap(),
            "container" => survey.inside_container = true,
            "from" => places = rest.split(' ').map(place).collect(),
            "bootstrap" => survey.bootstrap.push(door(rest)),
            "told" => {
                let (node, rest) = rest.split_once(' ').unwrap();
                survey.told.push(Told { node: node.parse().unwrap(), door: door(rest) });
            }
            "settings" => {
                let (node, rest) = rest.split_once(' ').unwrap();
                survey.settings.insert(node.parse().unwrap(), settings(rest));
            }
            "unserved" => survey.unserved.push(rest.to_owned()),
            "coordinator" => survey.coordinator = Coordinator::Missing(rest.to_owned()),
            "failed" => {
                let (step, error) = rest.split_once(' ').unwrap();
                let (step, error) = (step.to_owned(), error.to_owned());
                survey.round_trip = RoundTrip::Failed { step, error };
            }
            other => panic!("{other}"),
        }
    }
    (survey, places)
}

fn place(word: &str) -> Place {
    match word {
        "host" => Place::Host,
        "container" => Place::Container,
        "other-machine" => Place::OtherMachine,
        other => panic!("{other}"),
    }
}

/// `host:port ADDRESS ANSWER, ADDRESS ANSWER` or `host:port unresolved`.
fn door(text: &str) -> Door {
    let (endpoint, rest) = text.split_once(' ').unwrap();
    let (host, port) = endpoint.rsplit_once(':').unwrap();
    let endpoint = Endpoint { host: Some(host.to_owned()), port: port.parse().unwrap() };
    let unresolved = (rest == "unresolved").then(|| "name or service not known".to_owned());
    let attempts = match unresolved {
        Some(_) => Vec::new(),
        None => rest.split(", ").map(attempt).collect(),
    };
    Door { endpoint, unresolved, attempts, resolving: Duration::ZERO }
}

fn attempt(text: &str) -> Attempt {
    let (address, answer) = text.split_once(' ').unwrap();
    let answer = answer_of(answer);
    Attempt { address: address.parse().unwrap(), answer, took: Duration::ZERO }
}

fn answer_of(text: &str) -> Answer {
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    let said = rest.to_owned();
    match word {
        "kafka" => {
            let (cluster, node) = rest.split_once(' ').unwrap_or((rest, ""));
            Answer::Kafka { cluster_id: Some(cluster.to_owned()), node: node.parse().ok() }
        }
        "refused" => Answer::Refused,
        "unanswered" => Answer::Unanswered,
        "closed" => Answer::Closed,
        "silent" => Answer::Silent,
        "tls" => Answer::Tls,
        "plaintext" => Answer::Plaintext,
        "http" => Answer::Http(said),
        "stranger" => Answer::Stranger(said),
        "untrusted" => Answer::Turned(Refusal::Certificate(said)),
        "misnamed" => Answer::Turned(Refusal::CertificateName(said)),
        "alert" => Answer::Turned(Refusal::Handshake(said)),
        "login" => Answer::Turned(Refusal::Credentials(said)),
        "sasl" => Answer::Turned(Refusal::SaslWanted),
        "nosasl" => Answer::Turned(Refusal::NoSasl),
        "mechanism" => {
            let (asked, offered) = rest.split_once(' ').unwrap();
            let (asked, offered) = (asked.to_owned(), vec![offered.to_owned()]);
            Answer::Turned(Refusal::Mechanism { asked, offered })
        }
        other => panic!("{other}"),
    }
}

fn settings(text: &str) -> BrokerSettings {
    let value = |name: &str| {
        let found = text.split(' ').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        found.unwrap_or_default().to_owned()
    };
    BrokerSettings {
        listeners: value("listeners"),
        advertised: value("advertised"),
        protocol_map: value("map"),
        offsets_replication_factor: value("offsets").parse().ok(),
    }
}

fn said(survey: &Survey, places: &[Place]) -> String {
    let mut text = String::new();
    for view in views(survey, places) {
        let id = view.id.unwrap_or("fine");
        writeln!(text, "=> from {}: {} {id}: {}", view.place, view.endpoint, view.what).unwrap();
    }
    let diagnoses = judge(survey, places);
    if diagnoses.is_empty() {
        writeln!(text, "=> healthy").unwrap();
    }
    for Diagnosis { finding, stage, blocks } in diagnoses {
        let blocks = if blocks { "" } else { ", harmless" };
        writeln!(text, "=> {finding} ({stage:?}{blocks})").unwrap();
        for line in finding.fix.lines(Syntax::Properties) {
            writeln!(text, "=>      {line}").unwrap();
        }
    }
    text
}

#[test]
fn every_sight_has_its_name() {
    let mut text = String::new();
    for case in CASES.split("\n\n") {
        let (survey, places) = read(case);
        let input = case.lines().filter(|line| !line.starts_with("=>"));
        let input: String = input.map(|line| format!("{line}\n")).collect();
        writeln!(text, "{input}{}", said(&survey, &places)).unwrap();
    }
    text.pop();
    expect_file!["../../../fixtures/listeners/doctor.txt"].assert_eq(&text);
}

#[test]
fn the_doctor_can_name_whatever_one_look_can_show() {
    // L02 cannot be told from L01 from outside; with L12, L13 and L21 there is no broker to ask.
    let unseen = ["L02", "L12", "L13", "L21"];
    for mistake in super::super::CATALOGUE {
        let is_named = CASES.contains(&format!("\n=> {} ", mistake.id));
        assert_eq!(is_named, !unseen.contains(&mistake.id), "{}", mistake.id);
    }
}
