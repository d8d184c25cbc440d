//! Everything is reached, and it still does not work.

use super::super::Fix;
use super::facts::{Coordinator, RoundTrip};
use super::judge::{Diagnosis, Draft, Look, Stage};

pub(super) fn findings(it: &Look<'_>) -> Vec<Diagnosis> {
    if it.entrance().is_none() {
        return Vec::new();
    }
    let rules = [no_broker, unserved, coordinator, round_trip];
    let found = rules.iter().filter_map(|rule| rule(it));
    found
        .map(|draft| {
            let evidence = draft.evidence.clone();
            draft.into_diagnosis(None, evidence, Stage::Cluster)
        })
        .collect()
}

fn same_listeners() -> Fix {
    Fix::advice(
        "Give every broker a listener of this name, in listeners and in advertised.listeners, or \
         bootstrap from a listener that all of them have.",
    )
}

/// The listener is not advertised by anybody.
fn no_broker(it: &Look<'_>) -> Option<Draft> {
    it.survey.told.is_empty().then(|| {
        Draft::new(
            "L14",
            format!("{} answers and tells no broker at all", it.entrance_address()),
            "A client is told the brokers that advertise a listener of the same name, and none \
             does.",
            same_listeners(),
        )
    })
}

fn unserved(it: &Look<'_>) -> Option<Draft> {
    // Without any broker all partitions are, for a reason that is told already.
    let first = it.survey.unserved.first().filter(|_| !it.survey.told.is_empty())?;
    let others = match it.survey.unserved.len() - 1 {
        0 => String::new(),
        others => format!(" and {others} more"),
    };
    Some(Draft::new(
        "L14",
        format!("LISTENER_NOT_FOUND for {first}{others}"),
        "The leader has no listener with the name of the one that this client came in on: to it \
         these partitions have no leader.",
        same_listeners(),
    ))
}

fn coordinator(it: &Look<'_>) -> Option<Draft> {
    let Coordinator::Missing(error) = &it.survey.coordinator else { return None };
    let brokers = it.survey.told.len();
    let wanted = it.survey.settings.values().find_map(|it| it.offsets_replication_factor);
    let is_too_much = wanted
        .map_or(brokers < 3, |wanted| usize::try_from(wanted).is_ok_and(|wanted| wanted > brokers));
    if !is_too_much {
        return Some(Draft::new(
            "KAFKA",
            format!("no group coordinator: {error}"),
            "Partitions of __consumer_offsets have no leader: brokers are down or still starting.",
            Fix::advice(
                "Look at the brokers' logs; kafka-topics --describe --topic \
                         __consumer_offsets shows which replicas are missing.",
            ),
        ));
    }
    let wanted = wanted.map_or_else(|| "3 by default".to_owned(), |wanted| wanted.to_string());
    Some(Draft::new(
        "L20",
        format!(
            "no group coordinator ({error}); brokers: {brokers}, \
             offsets.topic.replication.factor: {wanted}"
        ),
        "The topic __consumer_offsets cannot be made with fewer brokers than replicas: producers \
         work, consumers in groups wait for ever.",
        Fix::advice("On a cluster of so few brokers:")
            .and_set("offsets.topic.replication.factor", brokers.to_string())
            .and_set("transaction.state.log.replication.factor", brokers.to_string())
            .and_set("transaction.state.log.min.isr", "1"),
    ))
}

fn round_trip(it: &Look<'_>) -> Option<Draft> {
    let RoundTrip::Failed { step, error } = &it.survey.round_trip else { return None };
    Some(Draft::new(
        "KAFKA",
        format!("{step} failed: {error}"),
        "Every broker is reached and answers; the addresses are not the reason.",
        Fix::advice("The error is Kafka's own; the brokers' logs say more."),
    ))
}
