//! Two listeners, one for the host and one for containers: through each, a client is told that
//! listener's address in every response, and never connects to the other one.

use anyhow::{Context, Result, ensure};

use crate::broker::{Broker, Settings};
use crate::client::{CLIENTS, Client};
use crate::harness::Suite;
use crate::kafka;
use crate::record::{Record, now_ms};
use crate::tripwire::Tripwire;

/// A test for each client.
pub(crate) fn register(suite: &mut Suite) {
    for client in &CLIENTS {
        suite.add(format!("{}::stays_on_its_listener", client.name), client.runtimes, || {
            stays_on_its_listener(client)
        });
    }
}

fn stays_on_its_listener(client: &Client) -> Result<()> {
    let (host, container) = (Tripwire::bind("127.0.0.1")?, Tripwire::bind("127.0.0.2")?);
    let broker = two_listeners(&host, &container)?;
    through(client, &host, &container).context("through the host's listener")?;
    through(client, &container, &host).context("through the containers' listener")?;
    drop(broker);
    Ok(())
}

/// A broker whose listeners are advertised as the two tripwires.
fn two_listeners(host: &Tripwire, container: &Tripwire) -> Result<Broker> {
    let advertised = format!("HOST://{},CONTAINER://{}", host.address(), container.address());
    let property = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    let broker = Broker::start(Settings {
        properties: vec![
            property("listeners", "HOST://127.0.0.1:0,CONTAINER://127.0.0.2:0"),
            property("listener.security.protocol.map", "HOST:PLAINTEXT,CONTAINER:PLAINTEXT"),
            property("inter.broker.listener.name", "HOST"),
            property("advertised.listeners", &advertised),
        ],
        ..Settings::default()
    })?;
    for (name, tripwire) in [("HOST", host), ("CONTAINER", container)] {
        let listeners = &broker.report().listeners;
        let listener = listeners.iter().find(|each| each.name == name).context(name)?;
        let told = Some(tripwire.address());
        ensure!(listener.advertised == told, "{listener:?}");
        tripwire.point_at(&listener.bound)?;
    }
    Ok(broker)
}

/// Everything a client does with the listener behind `mine`, without a visit to `other`.
fn through(client: &Client, mine: &Tripwire, other: &Tripwire) -> Result<()> {
    let (address, others) = (mine.address(), other.connections());
    let topic = format!("listeners-{}", address.replace(':', "-"));
    kafka::create_topic(&address, &topic, 1)?;
    let mut records = vec![Record::plain(&topic, 0, now_ms(), "hello")];
    client.produce(&address, &mut records)?;
    let read = client.consume(&address, &topic, &topic, 1)?;
    ensure!(read[0].content() == records[0].content(), "{read:?}");
    let told = client.metadata(&address, &topic, &topic)?;
    ensure!(told.contains_key("metadata") && told.contains_key("coordinator"), "{told:?}");
    for (request, addresses) in told {
        let expected = serde_json::json!([address]);
        ensure!(addresses == expected, "{request} names {addresses} instead of {expected}");
    }
    ensure!(mine.connections() > 0, "nobody came to {address}");
    let visits = other.connections() - others;
    ensure!(visits == 0, "{visits} connections to {} instead of {address}", other.address());
    Ok(())
}
