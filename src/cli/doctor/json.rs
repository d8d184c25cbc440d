//! Everything, for programs.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::Report;
use crate::listener::Syntax;
use crate::listener::probe::{
    Answer, Attempt, Coordinator, Diagnosis, Door, Refusal, RoundTrip, Stage,
};

/// The whole report as one object.
pub(super) fn report(report: &Report) -> Value {
    let examination = &report.examination;
    let survey = &examination.survey;
    let told = survey.told.iter().map(|told| {
        let mut broker = door(&told.door);
        broker.insert("node".to_owned(), json!(told.node));
        broker
    });
    let steps =
        examination.steps.iter().map(|step| json!({ "step": step.name, "ms": ms(step.took) }));
    let views = report.views.iter().map(|view| {
        json!({
            "from": view.place.to_string(),
            "node": view.node,
            "address": view.endpoint.to_string(),
            "id": view.id,
            "what": view.what,
        })
    });
    let exit = report.exit();
    json!({
        "healthy": report.blocking().next().is_none(),
        "exit_code": exit.code(),
        "security_protocol": survey.asked.name(),
        "bootstrap": survey.bootstrap.iter().map(door).collect::<Vec<_>>(),
        "cluster_id": survey.cluster_id,
        "told": told.collect::<Vec<_>>(),
        "fenced": examination.fenced,
        "topics": examination.topics,
        "coordinator": coordinator(&survey.coordinator),
        "round_trip": round_trip(&survey.round_trip),
        "steps": steps.collect::<Vec<_>>(),
        "from": views.collect::<Vec<_>>(),
        "findings": report.diagnoses.iter().map(finding).collect::<Vec<_>>(),
        "ms": ms(examination.took),
    })
}

/// Milliseconds with three places.
fn ms(took: Duration) -> f64 {
    let micros = u32::try_from(took.as_micros()).unwrap_or(u32::MAX);
    f64::from(micros) / 1_000.0
}

fn door(door: &Door) -> Map<String, Value> {
    let mut object = Map::new();
    object.insert("address".to_owned(), json!(door.endpoint.to_string()));
    object.insert("reached".to_owned(), json!(door.is_open()));
    if let Some(why) = &door.unresolved {
        object.insert("unresolved".to_owned(), json!(why));
    }
    object.insert("attempts".to_owned(), door.attempts.iter().map(attempt).collect());
    object
}

fn attempt(attempt: &Attempt) -> Value {
    let (answer, detail) = match &attempt.answer {
        Answer::Kafka { cluster_id, node } => {
            ("kafka", json!({ "cluster_id": cluster_id, "node": node }))
        }
        Answer::Refused => ("refused", Value::Null),
        Answer::Unanswered => ("unanswered", Value::Null),
        Answer::Unreachable(why) => ("unreachable", json!(why)),
        Answer::Closed => ("closed", Value::Null),
        Answer::Silent => ("silent", Value::Null),
        Answer::Tls => ("tls", Value::Null),
        Answer::Plaintext => ("plaintext", Value::Null),
        Answer::Http(line) => ("http", json!(line)),
        Answer::Stranger(bytes) => ("stranger", json!(bytes)),
        Answer::Turned(refusal) => ("turned_away", turned(refusal)),
    };
    json!({
        "ip": attempt.address,
        "answer": answer,
        "detail": detail,
        "ms": ms(attempt.took),
    })
}

fn turned(refusal: &Refusal) -> Value {
    match refusal {
        Refusal::Certificate(why)
        | Refusal::CertificateName(why)
        | Refusal::Handshake(why)
        | Refusal::Credentials(why) => json!(why),
        Refusal::SaslWanted => json!("SASL is wanted"),
        Refusal::NoSasl => json!("there is no SASL"),
        Refusal::Mechanism { offered, .. } => json!({ "offered": offered }),
    }
}

fn coordinator(coordinator: &Coordinator) -> Value {
    match coordinator {
        Coordinator::Node(node) => json!({ "node": node }),
        Coordinator::Missing(error) => json!({ "error": error }),
        Coordinator::NotAsked(reason) => json!({ "not_asked": reason }),
    }
}

fn round_trip(round_trip: &RoundTrip) -> Value {
    match round_trip {
        RoundTrip::Done => json!({ "done": true }),
        RoundTrip::Failed { step, error } => json!({ "failed": step, "error": error }),
        RoundTrip::NotTried(reason) => json!({ "not_tried": reason }),
    }
}

fn finding(diagnosis: &Diagnosis) -> Value {
    let mut value = serde_json::to_value(diagnosis.finding.report(Syntax::Properties));
    if let Ok(Value::Object(finding)) = &mut value {
        finding.insert("stage".to_owned(), json!(stage(diagnosis.stage)));
        finding.insert("blocks".to_owned(), json!(diagnosis.blocks));
    }
    value.unwrap_or_default()
}

fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Bootstrap => "bootstrap",
        Stage::Told => "told",
        Stage::Stranger => "stranger",
        Stage::Refused => "refused",
        Stage::Cluster => "cluster",
    }
}
