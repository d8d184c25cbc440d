//! What a compose file shows to be wrong beside addresses: copies that there are no brokers for,
//! health checks that speak HTTP to Kafka.

use super::Compose;
use super::edit::HEALTH_CHECK;
use super::images::{BrokerSettings, Dialect};
use super::project::Project;
use super::service::Service;
use crate::cli::explain::reading::{Diagnosis, set_edits};
use crate::listener::reach::World;
use crate::listener::{Finding, Fix};

const OFFSETS: &str = "offsets.topic.replication.factor";
const TRANSACTIONS: &str = "transaction.state.log.replication.factor";
const TRANSACTIONS_MIN: &str = "transaction.state.log.min.isr";

pub(super) fn find(compose: &Compose, project: &mut Project) -> Vec<Diagnosis> {
    let mut found: Vec<Diagnosis> =
        (0..compose.brokers.len()).filter_map(|broker| copies(compose, broker)).collect();
    found.extend((0..compose.brokers.len()).filter_map(|broker| http(compose, broker, project)));
    found
}

fn copies(compose: &Compose, broker: usize) -> Option<Diagnosis> {
    too_many_copies(&compose.world, broker, &compose.brokers[broker].settings)
}

/// L20: a group's first member makes the topic of committed offsets, and that wants three brokers
/// unless somebody says otherwise.
pub(in crate::cli::explain) fn too_many_copies(
    world: &World,
    broker: usize,
    own: &BrokerSettings,
) -> Option<Diagnosis> {
    let cluster = world.brokers[broker].cluster;
    let brokers = world.brokers.iter().filter(|it| it.cluster == cluster).count();
    let default = own.dialect.offsets_copies(own.has_own)?;
    let copies = own.get(OFFSETS).map_or(Some(default), |text| text.parse().ok())?;
    if copies as usize <= brokers {
        return None;
    }
    let wanted = brokers.to_string();
    let mut fix =
        Fix::advice("As many copies as there are brokers:").and_set(OFFSETS, wanted.as_str());
    let is_above = |setting: &str| {
        own.get(setting).is_some_and(|text| text.parse().is_ok_and(|it: usize| it > brokers))
    };
    if own.get(TRANSACTIONS).is_none() || is_above(TRANSACTIONS) {
        fix = fix.and_set(TRANSACTIONS, wanted.as_str());
    }
    if is_above(TRANSACTIONS_MIN) || (own.get(TRANSACTIONS_MIN).is_none() && brokers < 2) {
        fix = fix.and_set(TRANSACTIONS_MIN, wanted.as_str());
    }
    let name = &world.brokers[broker].name;
    let said = match own.get(OFFSETS) {
        Some(_) => format!("{OFFSETS} is {copies}"),
        None => format!("{OFFSETS} is not set, which means {copies}"),
    };
    let noun = if brokers == 1 { "broker" } else { "brokers" };
    Some(Diagnosis {
        edits: set_edits(broker, &fix),
        finding: Finding {
            id: "L20",
            listener: None,
            evidence: format!("{name}: {said}, with {brokers} {noun}"),
            cause: "Producers work, but __consumer_offsets cannot be made: every consumer group \
                    waits for a coordinator for ever."
                .to_owned(),
            fix,
        },
    })
}

/// L21 to come: the broker's data is kept and ZooKeeper's is not, so that the next cluster has
/// another id than the data. No mistake as long as nothing is taken down.
pub(super) fn half_kept(compose: &Compose, project: &mut Project) -> Option<String> {
    let mut kept = |service: &Service| -> Vec<String> {
        let Some((_, node)) = service.get("volumes") else { return Vec::new() };
        let texts = node.items().iter().filter_map(|item| {
            item.text().or_else(|| item.text_at(&["target"])).map(str::to_owned)
        });
        let texts: Vec<String> = texts.collect();
        texts.iter().map(|text| project.replaced(text)).collect()
    };
    let is_data = |volume: &String| {
        ["/var/lib/kafka", "/bitnami", ":/kafka"].iter().any(|path| volume.contains(path))
    };
    let broker = compose.brokers.iter().find(|it| {
        it.settings.get("zookeeper.connect").is_some()
            && kept(&compose.services[it.service]).iter().any(is_data)
    })?;
    let keeper = compose.services.iter().find(|service| {
        let image = service.get("image").and_then(|(_, node)| node.text());
        image.is_some_and(|image| image.contains("zookeeper"))
    })?;
    kept(keeper).is_empty().then(|| {
        format!(
            "{} keeps its data and {} does not: after docker compose down the cluster has another \
             id than the data, and {} does not start again (L21)",
            compose.services[broker.service].name,
            keeper.name,
            compose.services[broker.service].name
        )
    })
}

/// L17: a health check that asks a Kafka port for a page.
fn http(compose: &Compose, broker: usize, project: &mut Project) -> Option<Diagnosis> {
    let service = &compose.services[compose.brokers[broker].service];
    let (_, check) = service.get("healthcheck")?;
    let test = check.get("test")?;
    let mut words: Vec<String> = test.text().map(str::to_owned).into_iter().collect();
    words.extend(test.items().iter().filter_map(|item| Some(item.text()?.to_owned())));
    let text = project.replaced(&words.join(" "));
    let asks = text.contains("http://") || text.contains("curl ") || text.contains("wget ");
    let door = compose.world.brokers[broker].doors().iter().find(|door| {
        let port = format!(":{}", door.bind.port);
        text.match_indices(&port)
            .any(|(at, _)| !text[at + port.len()..].starts_with(|c: char| c.is_ascii_digit()))
    });
    let door = door.filter(|_| asks)?;
    let port = door.bind.port;
    let tool = match compose.brokers[broker].settings.dialect {
        Dialect::Confluent | Dialect::ConfluentLocal => "kafka-topics",
        Dialect::Apache => "/opt/kafka/bin/kafka-topics.sh",
        Dialect::Redpanda => "rpk cluster info --brokers",
        _ => "kafka-topics.sh",
    };
    let asks = match compose.brokers[broker].settings.dialect {
        Dialect::Redpanda => format!("{tool} localhost:{port}"),
        _ => format!("{tool} --bootstrap-server localhost:{port} --list"),
    };
    let fix = Fix::advice("Ask in Kafka's own words:")
        .and_set(HEALTH_CHECK, format!("[\"CMD-SHELL\", \"{asks}\"]"));
    Some(Diagnosis {
        edits: set_edits(broker, &fix),
        finding: Finding {
            id: "L17",
            listener: Some(door.name.clone()),
            evidence: format!(
                "the health check of {} speaks HTTP to the port {}",
                service.name, door.bind.port
            ),
            cause: "Kafka takes \"GET \" for the length of a request, hangs up, and the container \
                    is never healthy."
                .to_owned(),
            fix,
        },
    })
}
