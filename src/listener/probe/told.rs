//! The addresses that brokers tell, and what is there instead of them.

use super::super::Fix;
use super::facts::{Answer, Door, Told};
use super::judge::{Diagnosis, Draft, Look, Stage, same_host};
use super::names::{Kind, is_random_port, kind};
use super::stranger::stranger;

pub(super) fn findings(it: &Look<'_>) -> Vec<Diagnosis> {
    let mut found = Vec::new();
    for told in &it.survey.told {
        let (stage, draft) = if kind(told.door.host()) == Kind::Wildcard {
            (Stage::Told, Some(wildcard(it, told)))
        } else if told.door.is_open() {
            let twofold =
                || (!it.is_bootstrap(&told.door.endpoint)).then(|| families(&told.door, "L19"));
            (Stage::Told, impostor(it, told).or_else(|| twofold().flatten()))
        } else {
            let asked = it.survey.asked;
            let attempts = &told.door.attempts;
            match attempts.iter().find_map(|attempt| stranger(&attempt.answer, asked)) {
                Some((stage, draft)) => (stage, Some(draft)),
                None => (Stage::Told, Some(unreached(it, told))),
            }
        };
        found.extend(draft.map(|draft| it.diagnosis(told, stage, draft)));
    }
    found
}

fn wildcard(it: &Look<'_>, told: &Told) -> Draft {
    let fix = it.tell(Fix::advice("Advertise an address:"), told, &it.entrance_address());
    let mut draft = Draft::new(
        "L11",
        "that is no address",
        "It means every interface where it is bound, and whoever asks where it is told: each \
         client connects to itself.",
        fix,
    );
    draft.blocks = !told.door.is_open();
    draft
}

/// Some broker answers, but not the one that was told.
fn impostor(it: &Look<'_>, told: &Told) -> Option<Draft> {
    let entrance = &it.entrance()?.endpoint;
    for attempt in &told.door.attempts {
        let Answer::Kafka { cluster_id, node } = &attempt.answer else { continue };
        if let (Some(other), Some(own)) = (cluster_id, &it.survey.cluster_id)
            && other != own
        {
            let evidence = format!(
                "at {} another cluster answers ({other}; {entrance} belongs to {own})",
                attempt.address
            );
            let local = kind(told.door.host()) == Kind::Loopback;
            if local || same_host(entrance, &told.door.endpoint) {
                let fix = Fix::advice("Advertise the port through which this broker is reached:");
                return Some(Draft::new(
                    "L07",
                    evidence,
                    "The port that is published or forwarded is not the one that is advertised: \
                     clients bootstrap here and send their data to a stranger.",
                    it.tell(fix, told, &it.entrance_address()),
                ));
            }
            return Some(Draft::new("L19", evidence, WRONG_NAME, wrong_name_fix(told)));
        }
        if let Some(other) = node.filter(|node| *node != told.node) {
            let evidence = format!("at {} broker {other} answers", attempt.address);
            return Some(Draft::new("L19", evidence, WRONG_NAME, wrong_name_fix(told)));
        }
    }
    None
}

const WRONG_NAME: &str = "The name leads to the wrong machine (swapped or left-over entries in a \
                          hosts file or in DNS): clients get NOT_LEADER_OR_FOLLOWER and \
                          NOT_COORDINATOR for no visible reason.";

fn wrong_name_fix(told: &Told) -> Fix {
    Fix::advice(format!(
        "Let {} lead to broker {} (`getent hosts {}` shows where it leads now), or advertise \
         another name.",
        told.door.host(),
        told.node,
        told.door.host()
    ))
}

/// Some addresses of a name work and others do not: clients try them in turn. `id` is for a
/// difference that is not one of IPv4 and IPv6.
pub(super) fn families(door: &Door, id: &'static str) -> Option<Draft> {
    if !door.is_open() {
        return None;
    }
    let dead = door.attempts.iter().find(|attempt| !attempt.answer.is_kafka())?;
    let alive = door.attempts.iter().find(|attempt| attempt.answer.is_kafka())?;
    let evidence = format!("{} answers, {} does not", alive.address, dead.address);
    let draft = if dead.address.is_ipv4() == alive.address.is_ipv4() {
        Draft::new(
            id,
            evidence,
            "The name has an address too many: clients try them in turn, and some of their \
             connections fail.",
            Fix::advice(format!("Take {} out of the hosts file or DNS.", dead.address)),
        )
    } else {
        let name = door.host();
        Draft::new(
            "L06",
            evidence,
            "The name has an IPv4 and an IPv6 address, and the broker listens on one of them: \
             clients that try the other one first log a refused connection before they succeed.",
            Fix::advice(format!(
                "Let the broker listen on both, name {} instead of {name}, or in librdkafka's \
                 clients set broker.address.family. The listener:",
                alive.address
            ))
            .and_set("listeners", format!("PLAINTEXT://:{}", door.endpoint.port)),
        )
    };
    Some(draft.harmless())
}

fn unreached(it: &Look<'_>, told: &Told) -> Draft {
    let host = told.door.host();
    let evidence = what_happens(&told.door);
    let kind = kind(host);
    let is_gone = |attempt: &super::facts::Attempt| {
        matches!(attempt.answer, Answer::Unanswered | Answer::Unreachable(_))
    };
    let no_way = told.door.attempts.iter().all(is_gone);
    let unresolved = told.door.unresolved.is_some();
    match kind {
        Kind::Loopback if !it.came_by_loopback() => itself(it, told, evidence),
        Kind::Loopback => another_port(it, told, evidence),
        Kind::ContainerId if unresolved => container_id(it, told, evidence),
        Kind::Cloud if unresolved || no_way => inside_of_a_cloud(it, told, evidence),
        Kind::Kubernetes if unresolved || no_way => past_the_tunnel(it, told, evidence),
        _ if unresolved => unknown_name(it, told, evidence),
        _ if !no_way => another_port(it, told, evidence),
        Kind::Private | Kind::Public if it.came_by_loopback() => {
            past_the_tunnel(it, told, evidence)
        }
        Kind::Private => inside_of_a_cloud(it, told, evidence),
        _ => Draft::new(
            "L09",
            evidence,
            "The broker tells an address that no connection from here gets through to: another \
             network, or a firewall or security group in between.",
            it.tell(
                Fix::advice("Open the port, or advertise what is reached from here:"),
                told,
                &it.entrance_address(),
            ),
        ),
    }
}

fn what_happens(door: &Door) -> String {
    if let Some(why) = &door.unresolved {
        return format!("the name does not resolve here ({why})");
    }
    let texts = door.attempts.iter().map(|attempt| {
        let what = match &attempt.answer {
            Answer::Refused => "refuses the connection".to_owned(),
            Answer::Unanswered => "does not answer".to_owned(),
            Answer::Unreachable(why) => format!("cannot be reached ({why})"),
            Answer::Closed => "accepts the connection and closes it at once".to_owned(),
            Answer::Silent => "accepts the connection and says nothing".to_owned(),
            other => format!("{other:?}"),
        };
        format!("{} {what}", attempt.address)
    });
    texts.collect::<Vec<_>>().join(", ")
}

/// `localhost`, told to somebody who came from elsewhere.
fn itself(it: &Look<'_>, told: &Told, evidence: String) -> Draft {
    let host = it.entrance().map_or("kafka", |door| door.host());
    let advice = "Add a listener for clients elsewhere, and let them bootstrap from it:";
    if !it.survey.inside_container {
        return Draft::new(
            "L18",
            evidence,
            "localhost is whoever asks: on another machine, or outside the broker's container, \
             the client bootstraps and then looks for the broker at home.",
            it.add_listener(advice, told, "EXTERNAL", host),
        );
    }
    if is_random_port(told.door.endpoint.port) {
        let advice = "With Testcontainers use the module's second listener (withListener) and the \
                      network alias. Otherwise add one for containers:";
        return Draft::new(
            "L08",
            evidence,
            "The port was given out at random on the host (Testcontainers, -P), and only the \
             host's address is advertised. In another container localhost is that container.",
            it.add_listener(advice, told, "DOCKER", host),
        );
    }
    Draft::new(
        "L03",
        evidence,
        "In a container localhost is that container. The client bootstraps and then looks for the \
         broker at home.",
        it.add_listener(advice, told, "DOCKER", host),
    )
}

fn another_port(it: &Look<'_>, told: &Told, evidence: String) -> Draft {
    let fix = Fix::advice("Advertise the port through which the broker is reached:");
    Draft::new(
        "L07",
        evidence,
        "The advertised port is not the one that is published, forwarded or listened on: clients \
         bootstrap, then knock at a port where this broker is not.",
        it.tell(fix, told, &it.entrance_address()),
    )
}

fn container_id(it: &Look<'_>, told: &Told, evidence: String) -> Draft {
    let fix = Fix::advice("Advertise the name that clients use:");
    Draft::new(
        "L05",
        evidence,
        "Nothing is advertised, so the broker tells its own name, and that is its container's id.",
        it.tell(fix, told, &it.entrance_address()),
    )
}

fn unknown_name(it: &Look<'_>, told: &Told, evidence: String) -> Draft {
    let (cause, advice) = if kind(told.door.host()) == Kind::Word {
        (
            "A name without a dot is mostly a service of a compose file: its containers know it, \
             this machine does not. The client bootstraps and then looks for that name.",
            "Keep it for containers, and add a listener for clients here (publish its port too):",
        )
    } else {
        (
            "The broker tells a name that is not known here. The client bootstraps and then looks \
             for that name.",
            "Advertise a name that resolves where clients are:",
        )
    };
    let fix = if kind(told.door.host()) == Kind::Word && it.came_by_loopback() {
        it.add_listener(advice, told, "HOST", "localhost")
    } else {
        it.tell(Fix::advice(advice), told, &it.entrance_address())
    };
    Draft::new("L04", evidence, cause, fix)
}

fn inside_of_a_cloud(it: &Look<'_>, told: &Told, evidence: String) -> Draft {
    let advice = "Add a listener for clients outside, advertised under the public name:";
    let host = it.entrance().map_or("broker.example.com", |door| door.host());
    Draft::new(
        "L09",
        evidence,
        "The broker tells an address of its own private network; clients outside of it have no \
         way there.",
        it.add_listener(advice, told, "EXTERNAL", host),
    )
}

fn past_the_tunnel(it: &Look<'_>, told: &Told, evidence: String) -> Draft {
    let fix = Fix::advice(
        "Advertise the near end of the tunnel on a listener of its own, or use a proxy that \
         rewrites metadata. If only this client uses the listener:",
    );
    Draft::new(
        "L10",
        evidence,
        "The client came through a tunnel or a forwarded port (kubectl port-forward, ssh, \
         Docker), and the broker tells an address on the far side of it.",
        it.tell(fix, told, &it.entrance_address()),
    )
}
