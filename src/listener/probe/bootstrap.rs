//! The address that the user named leads to nobody.

use super::super::Fix;
use super::facts::{Answer, Door};
use super::judge::{Diagnosis, Draft, Look, Stage};
use super::names::{Kind, kind};
use super::stranger::stranger;
use super::told::families;

pub(super) fn findings(it: &Look<'_>) -> Vec<Diagnosis> {
    // With one address that works, clients find their way past the others.
    let blocks = it.entrance().is_none();
    let mut found = Vec::new();
    for door in &it.survey.bootstrap {
        if door.is_open() {
            found.extend(families(door, "L01").map(|draft| of(door, Stage::Bootstrap, draft)));
            found.extend(another_cluster(it, door).map(|draft| of(door, Stage::Bootstrap, draft)));
            continue;
        }
        let (stage, mut draft) = closed(it, door);
        draft.blocks &= blocks;
        found.push(of(door, stage, draft));
    }
    found
}

fn of(door: &Door, stage: Stage, draft: Draft) -> Diagnosis {
    let evidence = format!("{}: {}", door.endpoint, draft.evidence);
    draft.into_diagnosis(None, evidence, stage)
}

fn closed(it: &Look<'_>, door: &Door) -> (Stage, Draft) {
    let asked = it.survey.asked;
    let somebody = door.attempts.iter().find_map(|attempt| stranger(&attempt.answer, asked));
    if let Some(somebody) = somebody {
        return somebody;
    }
    let draft = match &door.unresolved {
        Some(why) => unresolved(door, why),
        None => unanswered(door),
    };
    (Stage::Bootstrap, draft)
}

fn unresolved(door: &Door, why: &str) -> Draft {
    let evidence = format!("the name does not resolve ({why})");
    let port = door.endpoint.port;
    match kind(door.host()) {
        Kind::Word => Draft::new(
            "L04",
            evidence,
            "A name without a dot is mostly a service of a compose file: it exists on that \
             network, for its containers, and nowhere else.",
            Fix::advice("From the host, with the port published:")
                .and_set("bootstrap.servers", format!("localhost:{port}")),
        ),
        Kind::ContainerId => Draft::new(
            "L05",
            evidence,
            "It looks like a container's id, a name that changes with every start.",
            Fix::advice("From the host, with the port published:")
                .and_set("bootstrap.servers", format!("localhost:{port}")),
        ),
        Kind::Cloud => Draft::new(
            "L09",
            evidence,
            "It is a private name of the cloud and resolves inside the provider's network only.",
            Fix::advice("Bootstrap from a public name, to a listener that advertises one."),
        ),
        Kind::Kubernetes => Draft::new(
            "L10",
            evidence,
            "It is a service of Kubernetes and resolves inside the cluster only.",
            Fix::advice(
                "Bootstrap from an external listener, or forward a port to a listener that \
                 advertises localhost and that port.",
            ),
        ),
        _ => Draft::new(
            "L01",
            evidence,
            "The name is misspelt, or this machine's DNS does not know it.",
            Fix::advice("Check bootstrap.servers; `getent hosts` asks the same resolver."),
        ),
    }
}

fn unanswered(door: &Door) -> Draft {
    let answers = || door.attempts.iter().map(|attempt| &attempt.answer);
    let port = door.endpoint.port;
    let any = |wanted: Answer| answers().any(|answer| *answer == wanted);
    if any(Answer::Closed) {
        Draft::new(
            "L01",
            "the connection is accepted and closed at once",
            "Something forwards this port (Docker's published ports, kubectl, ssh) to where \
             nobody listens: the broker is not up yet, has ended, listens on another port, or on \
             localhost inside its container (L02).",
            Fix::advice(
                "Wait until the broker is ready and look at its log; in a container let it listen \
                 on every interface:",
            )
            .and_set("listeners", format!("PLAINTEXT://0.0.0.0:{port}")),
        )
    } else if any(Answer::Silent) {
        Draft::new(
            "L01",
            "the connection is accepted, and not a byte comes back",
            "The process behind it is stopped or hangs, or it is no Kafka and waits for something \
             else.",
            Fix::advice("Look at the process that has the port: is it the broker, and is it well?"),
        )
    } else if any(Answer::Refused) {
        let cause = match kind(door.host()) {
            Kind::Loopback => {
                "Nothing listens on this port here: the broker is not started, still starting, \
                 ended, on another port, or in a container without a published port."
            }
            _ => {
                "The machine is there and nothing listens on this port: the broker is not \
                 started, on another port, or bound to localhost only (L02)."
            }
        };
        Draft::new(
            "L01",
            "every connection is refused",
            cause,
            Fix::advice(format!(
                "Start the broker, wait until it is ready, publish the port (docker run -p \
                 {port}:{port}), or name the port that it listens on."
            )),
        )
    } else {
        let way = answers().find_map(|answer| match answer {
            Answer::Unreachable(why) => Some(format!("no way there ({why})")),
            _ => None,
        });
        Draft::new(
            "L01",
            way.unwrap_or_else(|| "no connection attempt is answered".to_owned()),
            "The address is not used, or a firewall or security group drops what goes there.",
            Fix::advice("Check the address, the route to it, and what firewalls let through."),
        )
    }
}

/// Bootstrap addresses of two clusters: clients end up in either.
fn another_cluster(it: &Look<'_>, door: &Door) -> Option<Draft> {
    let expected = it.survey.cluster_id.as_ref()?;
    let other = door.attempts.iter().find_map(|attempt| match &attempt.answer {
        Answer::Kafka { cluster_id: Some(id), .. } if id != expected => Some(id),
        _ => None,
    })?;
    Some(Draft::new(
        "L19",
        format!("cluster {other} answers, elsewhere in bootstrap.servers it is {expected}"),
        "Each client ends up in one of two clusters, by chance.",
        Fix::advice("Name the brokers of one cluster."),
    ))
}
