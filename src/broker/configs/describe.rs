//! DescribeConfigs.

use std::collections::BTreeMap;

use super::ConfigTarget;
use crate::base::{ErrorCode, NodeId};
use crate::broker::metadata::State;
use crate::broker::{Broker, Refusal};
use crate::cluster::{
    ConfigResource, Described, DynamicConfig, describe_all_brokers, describe_broker,
    describe_topic, validate_topic_name,
};

impl Broker {
    /// The settings of a topic or broker, ordered by name, or those of them in `wanted`.
    ///
    /// # Errors
    /// A topic that does not exist, or a broker that this is not.
    pub fn describe_configs(
        &self,
        target: ConfigTarget<'_>,
        wanted: Option<&[&str]>,
    ) -> Result<Vec<Described>, Refusal> {
        let state = self.metadata().lock();
        let dynamic = dynamic(&state, self.node_id());
        let mut described = match target {
            ConfigTarget::Topic(name) => {
                validate_topic_name(name)
                    .map_err(|text| Refusal::new(ErrorCode::InvalidTopicException, text))?;
                if state.image().topic(name).is_none() {
                    return Err(Refusal::new(ErrorCode::UnknownTopicOrPartition, ""));
                }
                let resource = ConfigResource::Topic(name.into());
                describe_topic(state.image().config(&resource), self.config(), &dynamic)
            }
            ConfigTarget::Broker("") => describe_all_brokers(&dynamic),
            ConfigTarget::Broker(name) => {
                check_broker(name, self.node_id())?;
                describe_broker(self.config(), &dynamic)
            }
        };
        if let Some(wanted) = wanted {
            described.retain(|setting| wanted.contains(&setting.name.as_str()));
        }
        Ok(described)
    }

    /// The settings of a topic that has these of its own.
    #[must_use]
    pub fn describe_topic_overrides(&self, overrides: &BTreeMap<String, String>) -> Vec<Described> {
        let dynamic = dynamic(&self.metadata().lock(), self.node_id());
        describe_topic(overrides, self.config(), &dynamic)
    }
}

/// What was set while the broker runs.
fn dynamic(state: &State, node: NodeId) -> DynamicConfig {
    DynamicConfig {
        broker: state.image().config(&ConfigResource::Broker(node)).clone(),
        all_brokers: state.image().config(&ConfigResource::DefaultBroker).clone(),
    }
}

fn check_broker(name: &str, own: NodeId) -> Result<(), Refusal> {
    let text = match name.parse::<i32>() {
        Ok(number) if number == own.0 => return Ok(()),
        Ok(_) => {
            format!("Unexpected broker id, expected {own} or empty string, but received {name}")
        }
        Err(_) => format!("Broker id must be an integer, but it is: {name}"),
    };
    Err(Refusal::new(ErrorCode::InvalidRequest, text))
}
