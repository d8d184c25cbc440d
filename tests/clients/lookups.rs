//! Offsets by time: exact to the record, also inside a compressed batch.

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::broker;
use crate::client::{CLIENTS, Client};
use crate::harness::Suite;
use crate::kafka;
use crate::record::{Record, now_ms};

/// A test for each client.
pub(crate) fn register(suite: &mut Suite) {
    for client in &CLIENTS {
        suite.add(format!("{}::finds_offsets_by_time", client.name), client.runtimes, move || {
            finds_offsets_by_time(client)
        });
    }
}

fn finds_offsets_by_time(client: &Client) -> Result<()> {
    let broker = broker::shared()?;
    let topic = format!("lookups-{}", client.name);
    kafka::create_topic(broker.bootstrap(), &topic, 1)?;
    let start = now_ms();
    // Not in the order of their timestamps: the first record at or after a time is the answer,
    // not the one with the nearest timestamp.
    let after = [0, 100, 300, 200, 400];
    let mut records: Vec<_> = after
        .iter()
        .map(|after| {
            let mut record = Record::plain(&topic, 0, start + after, &"x".repeat(200));
            record.codec = "gzip".to_owned();
            record
        })
        .collect();
    client.produce(broker.bootstrap(), &mut records)?;
    let expected: [(Value, Option<i64>); 9] = [
        (json!("earliest"), Some(0)),
        (json!("latest"), Some(5)),
        (json!(start - 1000), Some(0)),
        (json!(start), Some(0)),
        (json!(start + 1), Some(1)),
        (json!(start + 101), Some(2)),
        (json!(start + 250), Some(2)),
        (json!(start + 301), Some(4)),
        (json!(start + 401), client.none_is_end.then_some(5)),
    ];
    let lookups: Vec<_> = expected.iter().map(|(lookup, _)| lookup.clone()).collect();
    let found = client.offsets(broker.bootstrap(), &topic, &lookups)?;
    let wanted: Vec<_> = expected.iter().map(|(_, offset)| *offset).collect();
    ensure!(found == wanted, "found {found:?}, wanted {wanted:?}");
    Ok(())
}
