//! How to connect: the address for each place, and a few lines for each client.

use std::collections::BTreeSet;

use maud::{Markup, html};

use crate::http::console::words::{copyable, slug};
use crate::listener::seen::{ClientState, Report};

/// What each client's own users would write, with `{address}` for the address.
const CLIENTS: [(&str, &str); 6] = [
    (
        "klamm",
        "\
echo hello | klamm produce greetings --bootstrap-server {address}
klamm consume greetings --from-beginning --bootstrap-server {address}",
    ),
    (
        "kcat",
        "\
echo hello | kcat -b {address} -t greetings -P
kcat -b {address} -t greetings -C -o beginning",
    ),
    (
        "Python",
        "\
from confluent_kafka import Producer
producer = Producer({\"bootstrap.servers\": \"{address}\"})
producer.produce(\"greetings\", b\"hello\")
producer.flush()",
    ),
    (
        "Java",
        "\
var settings = new Properties();
settings.put(\"bootstrap.servers\", \"{address}\");
var text = new StringSerializer();
try (var producer = new KafkaProducer<>(settings, text, text)) {
    producer.send(new ProducerRecord<>(\"greetings\", \"hello\"));
}",
    ),
    (
        "Node.js",
        "\
const { Kafka } = require('kafkajs')
const producer = new Kafka({ brokers: ['{address}'] }).producer()
await producer.connect()
await producer.send({ topic: 'greetings', messages: [{ value: 'hello' }] })",
    ),
    (
        "Go",
        "\
client, err := kgo.NewClient(kgo.SeedBrokers(\"{address}\"))
if err != nil { log.Fatal(err) }
record := &kgo.Record{Topic: \"greetings\", Value: []byte(\"hello\")}
err = client.ProduceSync(ctx, record).FirstErr()",
    ),
];

pub(super) fn section(report: &Report) -> Markup {
    // Rather one that nobody was lost on.
    let mut told: Vec<_> =
        report.listeners.iter().filter(|listener| listener.advertised.is_some()).collect();
    told.sort_by_key(|listener| !lost(report, &listener.name).is_empty());
    let told = told.first().and_then(|listener| listener.advertised.as_deref());
    html! {
        section #connect aria-labelledby="how" {
            h2 #how { "Connect a client" }
            p {
                "A client asks at its bootstrap address for the brokers, and from then on uses the "
                "address that it is told. So it needs one that works from where it stands."
            }
            (addresses(report))
            @if let Some(address) = told { (snippets(address)) }
        }
    }
}

fn addresses(report: &Report) -> Markup {
    let told = report.listeners.iter();
    let told = told.filter_map(|listener| Some((listener, listener.advertised.as_deref()?)));
    html! {
        table #addresses data-live {
            thead {
                tr {
                    th scope="col" { "From where" }
                    th scope="col" { code { "bootstrap.servers" } }
                }
            }
            tbody {
                @for (listener, address) in told {
                    tr {
                        td { (listener.reachable_by) " " span.note { "by " (listener.name) } }
                        td {
                            code { (address) }
                            @for id in lost(report, &listener.name) { " " span.id { (id) } }
                        }
                    }
                }
            }
        }
    }
}

/// What clients of a listener ran into with its address.
fn lost(report: &Report, listener: &str) -> BTreeSet<&'static str> {
    let clients = report.clients.iter().filter(|client| client.listener == listener);
    let lost = clients.filter(|client| client.state == ClientState::Lost);
    lost.flat_map(|client| client.findings.iter().copied()).collect()
}

/// A tab for each client, made of radio buttons: they need no script.
fn snippets(address: &str) -> Markup {
    html! {
        fieldset.tabs {
            legend { "The same in" }
            @for (index, (client, text)) in CLIENTS.iter().enumerate() {
                @let id = format!("tab-{}", slug(client));
                input type="radio" name="client" id=(id) checked[index == 0];
                label for=(id) { (client) }
                div.panel { (copyable(&text.replace("{address}", address))) }
            }
        }
    }
}
