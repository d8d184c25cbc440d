//! The dead letter queue on the cluster that records come from.

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::error::RDKafkaErrorCode;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{FutureProducer, FutureRecord};

use super::{PATIENCE, of_kafka};
use crate::connect::config::DeadLetterSettings;
use crate::connect::source::DeadLetter;

/// Made with the first letter.
pub(super) struct DeadLetterQueue {
    config: ClientConfig,
    producer: Option<FutureProducer>,
}

impl DeadLetterQueue {
    pub(super) fn new(config: ClientConfig) -> DeadLetterQueue {
        DeadLetterQueue { config, producer: None }
    }

    /// Appends letters; returns when the cluster has them.
    pub(super) async fn append(
        &mut self,
        settings: &DeadLetterSettings,
        letters: &[DeadLetter],
    ) -> Result<(), String> {
        if self.producer.is_none() {
            self.make_topic(settings).await?;
            self.producer = Some(self.config.create().map_err(of_kafka)?);
        }
        let Some(producer) = &self.producer else { return Ok(()) };
        for letter in letters {
            let mut headers = OwnedHeaders::new();
            for (key, value) in &letter.headers {
                headers = headers.insert(Header { key, value: value.as_deref() });
            }
            let mut record = FutureRecord::to(&settings.topic).headers(headers);
            record.key = letter.key.as_deref();
            record.payload = letter.value.as_deref();
            record.timestamp = (letter.timestamp_ms >= 0).then_some(letter.timestamp_ms);
            let sent: Result<_, _> = producer.send::<[u8], [u8], _>(record, PATIENCE).await;
            sent.map_err(|(error, _)| format!("dead letter queue: {error}"))?;
        }
        Ok(())
    }

    async fn make_topic(&self, settings: &DeadLetterSettings) -> Result<(), String> {
        let admin: AdminClient<DefaultClientContext> = self.config.create().map_err(of_kafka)?;
        let replication = TopicReplication::Fixed(i32::from(settings.replication_factor));
        let topic = NewTopic::new(&settings.topic, 1, replication);
        let options = AdminOptions::new().operation_timeout(Some(PATIENCE));
        for made in admin.create_topics(&[topic], &options).await.map_err(of_kafka)? {
            match made {
                Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
                Err((topic, error)) => return Err(format!("cannot make {topic}: {error}")),
            }
        }
        Ok(())
    }
}
