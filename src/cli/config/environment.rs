//! Environment variables to settings, as the Kafka images do it.

/// Names that the images keep from the settings: they are for the JVM and its logging.
const JVM_NAMES: &[&str] = &[
    "KAFKA_VERSION",
    "KAFKA_HEAP_OPTS",
    "KAFKA_LOG4J_OPTS",
    "KAFKA_OPTS",
    "KAFKA_JMX_OPTS",
    "KAFKA_JVM_PERFORMANCE_OPTS",
    "KAFKA_GC_LOG_OPTS",
    "KAFKA_LOG4J_ROOT_LOGLEVEL",
    "KAFKA_LOG4J_LOGGERS",
    "KAFKA_TOOLS_LOG4J_LOGLEVEL",
    "KAFKA_JMX_HOSTNAME",
    "KAFKA_JMX_PORT",
    "KAFKA_HOME",
];

/// Names that stand for flags, of the client commands or of where the settings are.
const CLIENT_NAMES: &[&str] = &["KLAMM_BOOTSTRAP_SERVER", "KLAMM_CONFIG"];

/// What a variable is to klamm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Variable {
    /// A setting of this name.
    Setting(String),
    /// For the JVM or its logging, which klamm does not have.
    Jvm,
    /// For Confluent's reporters and licence checks, which klamm does not have.
    Confluent,
    /// None of klamm's business.
    Other,
}

/// What the variable of this name is. `is_known` tells which settings exist: the images agree on
/// all names but those with `KAFKA_` inside or with four underscores.
pub fn classify(name: &str, is_known: &dyn Fn(&str) -> bool) -> Variable {
    if JVM_NAMES.contains(&name) {
        return Variable::Jvm;
    }
    if let Some(rest) = name.strip_prefix("KAFKA_CFG_") {
        return Variable::Setting(apache(rest));
    }
    if let Some(rest) = name.strip_prefix("KAFKA_") {
        let setting = apache(name);
        let confluent = confluent(rest);
        let use_confluent = !is_known(&setting) && is_known(&confluent);
        return Variable::Setting(if use_confluent { confluent } else { setting });
    }
    if CLIENT_NAMES.contains(&name) {
        return Variable::Other;
    }
    if name.starts_with("KLAMM_") {
        return Variable::Setting(apache(name));
    }
    match name {
        "CLUSTER_ID" => Variable::Setting("klamm.cluster.id".to_owned()),
        _ if name.starts_with("CONFLUENT_") => Variable::Confluent,
        _ => Variable::Other,
    }
}

/// The mapping of `apache/kafka` (`KafkaDockerWrapper`): every `KAFKA_` goes, `_` is `.`,
/// `__` is `_`, `___` is `-`.
fn apache(name: &str) -> String {
    let name = name.replace("KAFKA_", "").to_lowercase();
    name.replace('_', ".").replace("...", "-").replace("..", "_")
}

/// The mapping of `cp-kafka`: the same three rules, but only the first `KAFKA_` goes and only an
/// underscore between two other characters is a dot.
fn confluent(rest: &str) -> String {
    let mut out = String::new();
    let lower = rest.to_lowercase();
    let mut chars = lower.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '_' {
            out.push(c);
            continue;
        }
        let mut run = 1;
        while chars.next_if_eq(&'_').is_some() {
            run += 1;
        }
        match run {
            1 => out.push('.'),
            2 => out.push('_'),
            3 => out.push('-'),
            _ => out.push_str(&"_".repeat(run)),
        }
    }
    out
}
