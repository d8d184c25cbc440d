//! `/metrics`: the text is Prometheus's, and the numbers are those of the broker.

use std::collections::{BTreeMap, BTreeSet};

use kafka_protocol::messages::offset_commit_request::{
    OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};
use kafka_protocol::messages::{GroupId, OffsetCommitRequest};
use kafka_protocol::protocol::StrBytes;

use crate::requests::{batch, name, produce, with_topic};
use crate::support::client::Client;
use crate::support::http::call;
use crate::support::klamm::Klamm;

/// Values by series, as written: `name{label="value"}`.
type Series = BTreeMap<String, f64>;

fn scrape(klamm: &Klamm) -> Series {
    let address = klamm.text("console").trim_start_matches("http://");
    let answer = call(address, "GET", "/metrics", "").expect("klamm answers");
    assert_eq!(answer.status, 200);
    let content_type = answer.header("content-type");
    assert_eq!(content_type, Some("text/plain; version=0.0.4; charset=utf-8"));
    parse(&answer.body)
}

/// Reads the text format as strictly as it is specified: every sample belongs to the family that
/// was begun last, no family is begun twice, no series occurs twice.
fn parse(text: &str) -> Series {
    assert!(text.ends_with('\n'), "the last line ends");
    let (mut families, mut series) = (BTreeSet::new(), Series::new());
    let mut family = "";
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            family = rest.split_once(' ').expect("a name and a help").0;
            assert!(is_name(family), "{line}");
            assert!(families.insert(family), "{family} is begun twice");
            let kind = lines.next().and_then(|line| line.strip_prefix("# TYPE "));
            let kind = kind.and_then(|rest| rest.strip_prefix(family)).expect("the type follows");
            assert!([" gauge", " counter"].contains(&kind), "{family} {kind}");
            assert_eq!(kind == " counter", family.ends_with("_total"), "{family}");
            continue;
        }
        let (name, value) = line.rsplit_once(' ').expect("a series and a value");
        let rest = name.strip_prefix(family).unwrap_or_else(|| panic!("{line} is no {family}"));
        assert!(rest.is_empty() || are_labels(rest), "{line}");
        let value = value.parse().unwrap_or_else(|_| panic!("{line}"));
        assert!(series.insert(name.to_owned(), value).is_none(), "{name} occurs twice");
    }
    series
}

fn is_name(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_lowercase() || c == '_')
}

/// `{name="value",...}`; no value in these tests has a quote or a backslash.
fn are_labels(text: &str) -> bool {
    let inside = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    inside.is_some_and(|inside| {
        inside.split("\",").all(|label| {
            let label = label.strip_suffix('"').unwrap_or(label);
            label.split_once("=\"").is_some_and(|(name, _)| is_name(name))
        })
    })
}

fn commit(client: &mut Client, group: &str, topic: &str, offset: i64) {
    let partition = OffsetCommitRequestPartition::default()
        .with_partition_index(0)
        .with_committed_offset(offset)
        .with_committed_metadata(Some(StrBytes::default()));
    let topic =
        OffsetCommitRequestTopic::default().with_name(name(topic)).with_partitions(vec![partition]);
    let request = OffsetCommitRequest::default()
        .with_group_id(GroupId(StrBytes::from_string(group.to_owned())))
        .with_generation_id_or_member_epoch(-1)
        .with_topics(vec![topic]);
    let response = client.call(8, &request);
    assert_eq!(response.topics[0].partitions[0].error_code, 0);
}

#[test]
fn offsets_lag_and_the_process_are_measured() {
    let (klamm, mut client) = with_topic();
    assert_eq!(produce(&mut client, "t", batch(&["1", "2", "3"], None)).error_code, 0);
    commit(&mut client, "readers", "t", 1);

    let series = scrape(&klamm);

    for (name, expected) in [
        ("kafka_brokers", 1.0),
        ("kafka_topic_partitions{topic=\"t\"}", 1.0),
        ("kafka_topic_partition_current_offset{topic=\"t\",partition=\"0\"}", 3.0),
        ("kafka_topic_partition_oldest_offset{topic=\"t\",partition=\"0\"}", 0.0),
        ("kafka_topic_partition_leader_is_preferred{topic=\"t\",partition=\"0\"}", 1.0),
        ("kafka_consumergroup_members{consumergroup=\"readers\"}", 0.0),
        (
            "kafka_consumergroup_current_offset{consumergroup=\"readers\",topic=\"t\",partition=\"0\"}",
            1.0,
        ),
        ("kafka_consumergroup_lag{consumergroup=\"readers\",topic=\"t\",partition=\"0\"}", 2.0),
        ("kafka_consumergroup_lag_sum{consumergroup=\"readers\",topic=\"t\"}", 2.0),
        ("klamm_listener_clients{listener=\"PLAINTEXT\",state=\"works\"}", 1.0),
        ("klamm_listener_connections{listener=\"PLAINTEXT\"}", 1.0),
        ("klamm_listener_findings{id=\"L03\"}", 0.0),
    ] {
        assert_eq!(series.get(name), Some(&expected), "{name}\n{series:#?}");
    }
    let size = series["kafka_log_log_size{topic=\"t\",partition=\"0\"}"];
    assert!(size > 61.0, "a batch has a head of 61 bytes: {size}");
    assert!(series["process_start_time_seconds"] > 1.6e9);
    assert!(series["process_cpu_seconds_total"] > 0.0);
}

#[test]
fn a_topic_that_nobody_touched_since_the_start_has_its_offsets() {
    let (mut klamm, mut client) = with_topic();
    assert_eq!(produce(&mut client, "t", batch(&["1", "2"], None)).error_code, 0);
    klamm.crash_and_restart();
    let end = scrape(&klamm)["kafka_topic_partition_current_offset{topic=\"t\",partition=\"0\"}"];
    assert_eq!(end, 2.0);
}
