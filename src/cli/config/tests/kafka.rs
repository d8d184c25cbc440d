//! The same configurations through Kafka 4.3.1 and through klamm. `fixtures/config/outcomes.txt`
//! holds what Kafka made of each.

use crate::cli::config::tests::load;
use crate::cli::config::{Config, Problems};
use crate::listener::Listener;

const OUTCOMES: &str = include_str!("../../../../fixtures/config/outcomes.txt");

/// Where klamm answers otherwise on purpose.
const OTHERWISE: [(&str, &str); 7] = [
    ("no-roles", "a file without process.roles is one of the ZooKeeper times and is taken"),
    ("zk", "the same"),
    ("controller-role", "klamm is a broker; a controller's file has nothing for it"),
    ("controller-role-broker-listener", "the same"),
    ("port-negative", "Kafka fails later, when it binds"),
    ("port-70000", "the same"),
    ("map-no-colon", "the text names the entry, not a position in a string"),
];

struct Case<'a> {
    name: &'a str,
    text: String,
    outcome: Vec<&'a str>,
}

fn cases() -> Vec<Case<'static>> {
    let mut cases: Vec<Case<'static>> = Vec::new();
    for line in OUTCOMES.lines() {
        if let Some(name) = line.strip_prefix('[') {
            let name = name.trim_end_matches(']');
            cases.push(Case { name, text: String::new(), outcome: Vec::new() });
        } else if let (Some(outcome), Some(case)) = (line.strip_prefix("=> "), cases.last_mut()) {
            case.outcome.push(outcome);
        } else if let Some(case) = cases.last_mut() {
            case.text.push_str(line);
            case.text.push('\n');
        }
    }
    cases
}

fn list(label: &str, endpoints: impl Iterator<Item = (String, String, u16)>) -> String {
    let entry = |(name, host, port): (String, String, u16)| {
        format!(" {name} PLAINTEXT {} {port};", if host.is_empty() { "null" } else { &host })
    };
    format!("{label}{}", endpoints.map(entry).collect::<String>())
}

fn outcome(config: &Config) -> [String; 2] {
    let host = |host: &Option<String>| host.clone().unwrap_or_default();
    let bind = |it: &Listener| (it.name.to_string(), host(&it.bind.host), it.bind.port);
    let told = |it: &Listener| {
        let told = it.advertised.as_ref()?;
        Some((it.name.to_string(), host(&told.host), told.port))
    };
    let listeners = &config.listeners;
    [
        list("listeners", listeners.all.iter().chain(&listeners.controllers).map(bind)),
        list("advertised", listeners.all.iter().filter_map(told)),
    ]
}

/// `None` if klamm agrees with Kafka.
fn disagreement(case: &Case<'_>, ours: &Result<Config, Problems>) -> Option<String> {
    match (ours, case.outcome[0].strip_prefix("error ")) {
        (Ok(config), None) => {
            let ours = outcome(config);
            (ours[..] != case.outcome[..]).then(|| format!("{ours:?}, Kafka {:?}", case.outcome))
        }
        (Err(problems), Some(error)) => {
            let sentence = error.strip_prefix("requirement failed: ").unwrap_or(error);
            let is_said = problems.problems.iter().any(|it| it.reason.contains(sentence));
            (!is_said).then(|| format!("{problems}, Kafka: {error}"))
        }
        (Ok(_), Some(error)) => Some(format!("taken, Kafka: {error}")),
        (Err(problems), None) => Some(format!("{problems}, Kafka takes it")),
    }
}

#[test]
fn kafka_and_klamm_agree_on_every_configuration() {
    let mut disagreements = Vec::new();
    for case in cases() {
        let ours = load(&case.text, "KLAMM_PROFILE=kafka");
        let differs = disagreement(&case, &ours);
        let is_meant = OTHERWISE.iter().any(|(name, _)| *name == case.name);
        match differs {
            Some(text) if !is_meant => disagreements.push(format!("[{}] {text}", case.name)),
            None if is_meant => disagreements.push(format!("[{}] agrees after all", case.name)),
            _ => {}
        }
    }
    assert!(disagreements.is_empty(), "{}", disagreements.join("\n"));
}

#[test]
fn every_problem_has_a_way_out() {
    for case in cases() {
        let Err(problems) = load(&case.text, "KLAMM_PROFILE=kafka") else { continue };
        for problem in &problems.problems {
            let has_text = !problem.fix.is_empty() || !problem.allowed.is_empty();
            let is_about_several = problem.setting.is_empty();
            assert!(has_text || is_about_several, "[{}] {problem}", case.name);
        }
    }
}
