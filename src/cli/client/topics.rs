//! `klamm topics`.

use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use kafka_protocol::messages::create_partitions_request::CreatePartitionsTopic;
use kafka_protocol::messages::create_topics_request::{CreatableTopic, CreatableTopicConfig};
use kafka_protocol::messages::describe_configs_request::DescribeConfigsResource;
use kafka_protocol::messages::metadata_response::MetadataResponseTopic;
use kafka_protocol::messages::{
    CreatePartitionsRequest, CreateTopicsRequest, DeleteTopicsRequest, DescribeConfigsRequest,
};
use serde_json::{Value, json};

use super::cluster::{error_code, text, topic_name};
use super::{Client, Common, offsets, output};
use crate::base::ErrorCode;
use crate::cli::exit::Exit;

/// Newest DeleteTopics version with names only.
const DELETE_TOPICS_VERSION: i16 = 5;
/// DescribeConfigs: a topic; a value set on the topic itself.
const RESOURCE_TOPIC: i8 = 2;
const SOURCE_TOPIC: i8 = 1;
/// How long the cluster may take to carry a change out.
const TIMEOUT_MS: i32 = 30_000;

/// `klamm topics ...`
#[derive(Debug, Clone, Args)]
pub struct TopicsArgs {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, Clone, Subcommand)]
enum Action {
    /// All topics (what `klamm topics` alone does)
    List {
        /// Kafka's own topics too
        #[arg(long)]
        internal: bool,
    },
    /// Make a topic
    Create {
        /// Its name
        topic: String,
        /// How many partitions; the cluster's default if not given
        #[arg(long, short, default_value_t = -1, hide_default_value = true)]
        partitions: i32,
        /// How many copies; the cluster's default if not given
        #[arg(long, default_value_t = -1, hide_default_value = true)]
        replication_factor: i16,
        /// A setting of the topic; repeatable
        #[arg(long, value_name = "KEY=VALUE")]
        config: Vec<String>,
        /// Do not mind if it exists
        #[arg(long)]
        if_not_exists: bool,
    },
    /// Partitions, leaders, offsets and settings
    Describe {
        /// Which topics; all if none is given
        topics: Vec<String>,
    },
    /// Raise the number of partitions
    AddPartitions {
        /// Its name
        topic: String,
        /// The number there shall be
        total: i32,
    },
    /// Delete topics with everything in them
    Delete {
        /// Their names
        #[arg(required = true)]
        topics: Vec<String>,
    },
}

pub(super) async fn run(args: TopicsArgs) -> Result<ExitCode> {
    let mut client = Client::connect(&args.common.bootstrap_server).await?;
    let json = args.common.json;
    match args.action.unwrap_or(Action::List { internal: false }) {
        Action::List { internal } => list(&mut client, internal, json).await?,
        Action::Create { topic, partitions, replication_factor, config, if_not_exists } => {
            let configs =
                config.iter().map(|pair| parse_config(pair)).collect::<Result<Vec<_>>>()?;
            let wanted = CreatableTopic::default()
                .with_name(topic_name(&topic))
                .with_num_partitions(partitions)
                .with_replication_factor(replication_factor)
                .with_configs(configs);
            create(&mut client, wanted, if_not_exists, json).await?;
        }
        Action::Describe { topics } => describe(&mut client, &topics, json).await?,
        Action::AddPartitions { topic, total } => {
            add_partitions(&mut client, &topic, total).await?
        }
        Action::Delete { topics } => delete(&mut client, &topics).await?,
    }
    Ok(Exit::Success.into())
}

async fn list(client: &mut Client, internal: bool, json: bool) -> Result<()> {
    let mut topics = client.metadata(None, false).await?.topics;
    topics.retain(|topic| internal || !topic.is_internal);
    topics.sort_by(|a, b| a.name.cmp(&b.name));
    if json {
        for topic in &topics {
            output::json(&json!({
                "topic": name(topic),
                "partitions": topic.partitions.len(),
                "internal": topic.is_internal,
            }))?;
        }
        return Ok(());
    }
    if topics.is_empty() {
        output::note(
            "no topics yet; `klamm topics create NAME` makes one, so does the first record",
        );
        return Ok(());
    }
    let rows: Vec<_> = topics
        .iter()
        .map(|topic| vec![name(topic), topic.partitions.len().to_string(), replicas(topic)])
        .collect();
    Ok(output::table(&["TOPIC", "PARTITIONS", "REPLICAS"], &rows)?)
}

async fn create(
    client: &mut Client,
    wanted: CreatableTopic,
    if_not_exists: bool,
    json: bool,
) -> Result<()> {
    let topic = wanted.name.to_string();
    let answer = client
        .any()
        .call(7, |_| {
            CreateTopicsRequest::default().with_topics(vec![wanted]).with_timeout_ms(TIMEOUT_MS)
        })
        .await?;
    let result = answer.topics.first().context("no answer for the topic")?;
    let created = match error_code(result.error_code) {
        ErrorCode::None => true,
        ErrorCode::TopicAlreadyExists if if_not_exists => false,
        code => bail!("{code}{}", reason(result.error_message.as_deref())),
    };
    if json {
        output::json(&json!({
            "topic": topic,
            "created": created,
            "partitions": result.num_partitions,
        }))?;
    } else if created {
        output::line(&format!("created {topic}"))?;
    } else {
        output::line(&format!("{topic} exists"))?;
    }
    Ok(())
}

async fn describe(client: &mut Client, names: &[String], json: bool) -> Result<()> {
    let wanted = (!names.is_empty()).then_some(names);
    let mut topics = client.metadata(wanted, false).await?.topics;
    topics.sort_by(|a, b| a.name.cmp(&b.name));
    for topic in &topics {
        let name = name(topic);
        match error_code(topic.error_code) {
            ErrorCode::None => {}
            ErrorCode::UnknownTopicOrPartition => bail!("there is no topic `{name}`"),
            code => bail!("topic `{name}`: {code}"),
        }
        let settings = settings(client, &name).await?;
        let earliest = offsets::list(client, &name, offsets::EARLIEST).await?;
        let latest = offsets::list(client, &name, offsets::LATEST).await?;
        let mut partitions: Vec<_> = topic.partitions.iter().collect();
        partitions.sort_by_key(|partition| partition.partition_index);
        let ids = |nodes: &[kafka_protocol::messages::BrokerId]| -> Vec<i32> {
            nodes.iter().map(|node| node.0).collect()
        };
        if json {
            let partitions: Vec<Value> = partitions
                .iter()
                .map(|p| {
                    json!({
                        "partition": p.partition_index,
                        "leader": p.leader_id.0,
                        "replicas": ids(&p.replica_nodes),
                        "isr": ids(&p.isr_nodes),
                        "earliest": earliest.get(&p.partition_index),
                        "latest": latest.get(&p.partition_index),
                    })
                })
                .collect();
            let id = crate::base::Uuid(*topic.topic_id.as_bytes()).to_string();
            output::json(&json!({
                "topic": name, "id": id, "settings": settings, "partitions": partitions,
            }))?;
            continue;
        }
        output::line(&output::Style::of_stdout().bold(&name))?;
        for (key, value) in &settings {
            output::line(&format!("  {key}={}", value.as_str().unwrap_or_default()))?;
        }
        let number = |offset: Option<&i64>| offset.map_or_else(|| "?".to_owned(), i64::to_string);
        let rows: Vec<_> = partitions
            .iter()
            .map(|p| {
                vec![
                    format!("  {}", p.partition_index),
                    p.leader_id.0.to_string(),
                    format!("{:?}", ids(&p.replica_nodes)),
                    format!("{:?}", ids(&p.isr_nodes)),
                    number(earliest.get(&p.partition_index)),
                    number(latest.get(&p.partition_index)),
                ]
            })
            .collect();
        output::table(&["  PARTITION", "LEADER", "REPLICAS", "ISR", "EARLIEST", "LATEST"], &rows)?;
    }
    Ok(())
}

/// The settings that were made on the topic itself.
async fn settings(client: &mut Client, topic: &str) -> Result<serde_json::Map<String, Value>> {
    let resource = DescribeConfigsResource::default()
        .with_resource_type(RESOURCE_TOPIC)
        .with_resource_name(text(topic))
        .with_configuration_keys(None);
    let answer = client
        .any()
        .call(4, |_| DescribeConfigsRequest::default().with_resources(vec![resource]))
        .await?;
    let Some(result) = answer.results.first() else { bail!("no answer for {topic}") };
    let code = error_code(result.error_code);
    if code.is_error() {
        bail!("settings of {topic}: {code}{}", reason(result.error_message.as_deref()));
    }
    Ok(result
        .configs
        .iter()
        .filter(|config| config.config_source == SOURCE_TOPIC)
        .map(|config| {
            let value = config.value.as_deref().unwrap_or_default();
            (config.name.to_string(), Value::from(value))
        })
        .collect())
}

async fn add_partitions(client: &mut Client, topic: &str, total: i32) -> Result<()> {
    let wanted = CreatePartitionsTopic::default()
        .with_name(topic_name(topic))
        .with_count(total)
        .with_assignments(None);
    let answer = client
        .any()
        .call(3, |_| {
            CreatePartitionsRequest::default().with_topics(vec![wanted]).with_timeout_ms(TIMEOUT_MS)
        })
        .await?;
    let Some(result) = answer.results.first() else { bail!("no answer for {topic}") };
    match error_code(result.error_code) {
        ErrorCode::None => Ok(output::line(&format!("{topic} has {total} partitions"))?),
        code => bail!("{code}{}", reason(result.error_message.as_deref())),
    }
}

async fn delete(client: &mut Client, topics: &[String]) -> Result<()> {
    let answer = client
        .any()
        .call(DELETE_TOPICS_VERSION, |_| {
            DeleteTopicsRequest::default()
                .with_topic_names(topics.iter().map(|name| topic_name(name)).collect())
                .with_timeout_ms(TIMEOUT_MS)
        })
        .await?;
    let mut failed = Vec::new();
    for result in &answer.responses {
        let name = result.name.as_ref().map_or_else(String::new, |name| name.to_string());
        match error_code(result.error_code) {
            ErrorCode::None => output::line(&format!("deleted {name}"))?,
            code => {
                failed.push(format!("{name}: {code}{}", reason(result.error_message.as_deref())))
            }
        }
    }
    if failed.is_empty() { Ok(()) } else { bail!("{}", failed.join("; ")) }
}

fn parse_config(pair: &str) -> Result<CreatableTopicConfig> {
    let (key, value) =
        pair.split_once('=').with_context(|| format!("`{pair}` is not KEY=VALUE"))?;
    Ok(CreatableTopicConfig::default()
        .with_name(text(key.trim()))
        .with_value(Some(text(value.trim()))))
}

fn name(topic: &MetadataResponseTopic) -> String {
    topic.name.as_ref().map_or_else(String::new, |name| name.to_string())
}

fn replicas(topic: &MetadataResponseTopic) -> String {
    let first = topic.partitions.first();
    first.map_or(0, |partition| partition.replica_nodes.len()).to_string()
}

/// A broker's message as the end of a sentence.
pub(super) fn reason(message: Option<&str>) -> String {
    message.map_or_else(String::new, |message| format!(": {message}"))
}
