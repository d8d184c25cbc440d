//! One setting as Kafka defines it: name, type, default, and which values it takes
//! (`org.apache.kafka.common.config.ConfigDef`).

use std::fmt;

/// The type of a setting, with the number that DescribeConfigs carries for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "Kafka's own names")]
pub enum ConfigType {
    Boolean,
    String,
    Int,
    Short,
    Long,
    Double,
    List,
    Class,
    Password,
}

impl ConfigType {
    /// The number of this type in a DescribeConfigs answer.
    #[must_use]
    pub fn code(self) -> i8 {
        match self {
            ConfigType::Boolean => 1,
            ConfigType::String => 2,
            ConfigType::Int => 3,
            ConfigType::Short => 4,
            ConfigType::Long => 5,
            ConfigType::Double => 6,
            ConfigType::List => 7,
            ConfigType::Class => 8,
            ConfigType::Password => 9,
        }
    }

    /// Kafka's name of the type: `INT`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            ConfigType::Boolean => "BOOLEAN",
            ConfigType::String => "STRING",
            ConfigType::Int => "INT",
            ConfigType::Short => "SHORT",
            ConfigType::Long => "LONG",
            ConfigType::Double => "DOUBLE",
            ConfigType::List => "LIST",
            ConfigType::Class => "CLASS",
            ConfigType::Password => "PASSWORD",
        }
    }
}

/// Which values a setting takes, beyond what its type allows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Check {
    /// Anything of the type.
    Any,
    /// At least this.
    AtLeast(i64),
    /// From the first to the second, both included.
    Between(i64, i64),
    /// A fraction from the first to the second, both included.
    Fraction(f64, f64),
    /// One of these words; for a list, each entry.
    OneOf(&'static [&'static str]),
    /// One of these words in any case.
    OneOfAnyCase(&'static [&'static str]),
    /// Some text or list that is not empty.
    NotEmpty,
    /// A gzip level: 1 to 9, or -1.
    GzipLevel,
    /// `partition:broker,partition:broker` or `*`.
    ThrottledReplicas,
    /// A TCP port from 0 (any free one) to 65535, or `off`.
    Port,
}

/// A setting's value after parsing.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "named after the types")]
pub enum Value {
    Boolean(bool),
    Text(String),
    Int(i32),
    Short(i16),
    Long(i64),
    Double(f64),
    List(Vec<String>),
}

/// Why a value was refused. Its text is the one of Kafka's `ConfigException`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError {
    /// The setting.
    pub name: String,
    /// What was given.
    pub value: String,
    /// Kafka's sentence about it.
    pub reason: String,
    /// Whether the sentence is the whole message, or what follows `Invalid value ...: `.
    pub is_whole_message: bool,
}

impl ConfigError {
    /// `Invalid value VALUE for configuration NAME: REASON`.
    pub fn invalid(name: &str, value: &str, reason: impl Into<String>) -> Self {
        ConfigError {
            name: name.to_owned(),
            value: value.to_owned(),
            reason: reason.into(),
            is_whole_message: false,
        }
    }

    /// A message that is about more than one setting.
    pub fn message(reason: impl Into<String>) -> Self {
        ConfigError { is_whole_message: true, ..ConfigError::invalid("", "", reason) }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_whole_message {
            return f.write_str(&self.reason);
        }
        write!(f, "Invalid value {} for configuration {}: {}", self.value, self.name, self.reason)
    }
}

/// A setting: what it is called, what it takes, what it is without being set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ConfigKey {
    /// The name in a `.properties` file.
    pub name: &'static str,
    /// Its type.
    pub kind: ConfigType,
    /// Apache Kafka's default as text; `None` where Kafka has none.
    pub default: Option<&'static str>,
    /// Which values it takes.
    pub check: Check,
}

impl ConfigKey {
    /// Reads a value and checks it, with Kafka's words if it is refused.
    pub fn parse(&self, text: &str) -> Result<Value, ConfigError> {
        let refuse = |reason: String| ConfigError::invalid(self.name, text, reason);
        let trimmed = text.trim();
        let not_a_number = || refuse(format!("Not a number of type {}", self.kind.name()));
        let value = match self.kind {
            ConfigType::Boolean if trimmed.eq_ignore_ascii_case("true") => Value::Boolean(true),
            ConfigType::Boolean if trimmed.eq_ignore_ascii_case("false") => Value::Boolean(false),
            ConfigType::Boolean => {
                return Err(refuse("Expected value to be either true or false".to_owned()));
            }
            ConfigType::Int => Value::Int(trimmed.parse().map_err(|_| not_a_number())?),
            ConfigType::Short => Value::Short(trimmed.parse().map_err(|_| not_a_number())?),
            ConfigType::Long => Value::Long(trimmed.parse().map_err(|_| not_a_number())?),
            ConfigType::Double => Value::Double(trimmed.parse().map_err(|_| not_a_number())?),
            ConfigType::List => Value::List(self.parse_list(trimmed)?),
            ConfigType::String | ConfigType::Class | ConfigType::Password => {
                Value::Text(trimmed.to_owned())
            }
        };
        self.check.allows(&value).map_err(|reason| self.refuse_value(&value, reason))?;
        Ok(value)
    }

    /// The entries, repeated ones dropped as Kafka does with a warning.
    fn parse_list(&self, text: &str) -> Result<Vec<String>, ConfigError> {
        let mut entries: Vec<String> = Vec::new();
        for entry in split_list(text) {
            if !entries.contains(&entry) {
                entries.push(entry);
            }
        }
        let refuse = |reason: &str| {
            Err(ConfigError {
                is_whole_message: true,
                ..ConfigError::invalid(
                    self.name,
                    text,
                    format!("Configuration '{}' {reason}", self.name),
                )
            })
        };
        let allows_empty_entries = self.check == Check::ThrottledReplicas;
        if entries.iter().any(String::is_empty) && !allows_empty_entries {
            return refuse("values must not be empty.");
        }
        if entries.is_empty() && self.check == Check::NotEmpty {
            return refuse("must not be empty. Valid values include: any non-empty value");
        }
        Ok(entries)
    }

    /// A list is refused for the entry that is wrong, or as a whole in brackets.
    fn refuse_value(&self, value: &Value, reason: String) -> ConfigError {
        let (shown, reason) = match (value, self.check) {
            (Value::List(entries), Check::OneOf(words)) => {
                let wrong = entries.iter().find(|entry| !words.contains(&entry.as_str()));
                (wrong.cloned().unwrap_or_default(), reason)
            }
            (Value::List(entries), _) => {
                (format!("[{}]", entries.join(", ")), format!("{} {reason}", self.name))
            }
            _ => (value.to_string(), reason),
        };
        ConfigError::invalid(self.name, &shown, reason)
    }

    /// What the setting takes, in words.
    #[must_use]
    pub fn allowed(&self) -> String {
        let kind = match self.kind {
            ConfigType::Boolean => return "true or false".to_owned(),
            ConfigType::Int | ConfigType::Short | ConfigType::Long => "a whole number",
            ConfigType::Double => "a number",
            ConfigType::List => "a comma list",
            ConfigType::Class => "the name of a Java class",
            ConfigType::String | ConfigType::Password => "a text",
        };
        match self.check {
            Check::Any | Check::NotEmpty => kind.to_owned(),
            Check::AtLeast(min) => format!("{kind}, at least {min}"),
            Check::Between(min, max) => format!("{kind} from {min} to {max}"),
            Check::Fraction(min, max) => format!("{kind} from {min} to {max}"),
            Check::OneOf(words) | Check::OneOfAnyCase(words) => {
                let words = words.join(", ");
                if self.kind == ConfigType::List { format!("{kind} of {words}") } else { words }
            }
            Check::GzipLevel => "1 to 9, or -1".to_owned(),
            Check::ThrottledReplicas => "* or partition:broker,partition:broker".to_owned(),
            Check::Port => "a port from 0 (any free port) to 65535, or off".to_owned(),
        }
    }

    /// Whether the value must never be shown.
    #[must_use]
    pub fn is_sensitive(&self) -> bool {
        self.kind == ConfigType::Password
    }
}

/// Kafka's list syntax: commas with any white space around them; an empty text is an empty list.
#[must_use]
pub fn split_list(text: &str) -> Vec<String> {
    let text = text.trim();
    if text.is_empty() {
        return Vec::new();
    }
    text.split(',').map(|entry| entry.trim().to_owned()).collect()
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Boolean(value) => value.fmt(f),
            Value::Text(value) => value.fmt(f),
            Value::Int(value) => value.fmt(f),
            Value::Short(value) => value.fmt(f),
            Value::Long(value) => value.fmt(f),
            Value::Double(value) => f.write_str(&java_double(*value)),
            Value::List(value) => f.write_str(&value.join(",")),
        }
    }
}

/// A number as `Double.toString` writes it: plain from a thousandth to ten million, else with an
/// exponent, and always with a decimal point.
fn java_double(value: f64) -> String {
    let is_plain = value == 0.0 || (1e-3..1e7).contains(&value.abs());
    if is_plain || !value.is_finite() {
        return format!("{value:?}");
    }
    let text = format!("{value:E}");
    match text.split_once('E') {
        Some((digits, exponent)) if !digits.contains('.') => format!("{digits}.0E{exponent}"),
        _ => text,
    }
}

impl Value {
    /// The value as a whole number, whatever its width.
    pub(crate) fn number(&self) -> Option<i64> {
        match self {
            Value::Int(value) => Some(i64::from(*value)),
            Value::Short(value) => Some(i64::from(*value)),
            Value::Long(value) => Some(*value),
            _ => None,
        }
    }
}

/// Reading a value as what its key says it is. The keys' tests hold that each key is read as its
/// own type; a value of another type reads as zero, false or empty.
impl Value {
    pub(crate) fn boolean(&self) -> bool {
        matches!(self, Value::Boolean(true))
    }

    pub(crate) fn long(&self) -> i64 {
        self.number().unwrap_or(0)
    }

    pub(crate) fn int(&self) -> i32 {
        i32::try_from(self.long()).unwrap_or(0)
    }

    pub(crate) fn unsigned(&self) -> u32 {
        u32::try_from(self.long()).unwrap_or(0)
    }

    pub(crate) fn double(&self) -> f64 {
        match self {
            Value::Double(value) => *value,
            _ => 0.0,
        }
    }

    pub(crate) fn text(&self) -> String {
        self.to_string()
    }

    pub(crate) fn contains(&self, word: &str) -> bool {
        matches!(self, Value::List(entries) if entries.iter().any(|entry| entry == word))
    }
}

impl Check {
    fn allows(&self, value: &Value) -> Result<(), String> {
        match (self, value) {
            (Check::AtLeast(min), _) => at_least(value.number(), *min),
            (Check::Between(min, max), _) => {
                at_least(value.number(), *min)?;
                if value.number().is_some_and(|number| number > *max) {
                    return Err(format!("Value must be no more than {max}"));
                }
                Ok(())
            }
            (Check::Fraction(min, max), Value::Double(number)) => fraction(*number, *min, *max),
            (Check::OneOf(words), Value::List(entries)) => each_one_of(words, entries),
            (Check::OneOf(words), Value::Text(text)) => {
                if words.contains(&text.as_str()) {
                    return Ok(());
                }
                Err(format!("String must be one of: {}", words.join(", ")))
            }
            (Check::OneOfAnyCase(words), Value::Text(text)) => {
                if words.iter().any(|word| word.eq_ignore_ascii_case(text)) {
                    return Ok(());
                }
                Err(format!("String must be one of (case insensitive): {}", words.join(", ")))
            }
            (Check::NotEmpty, Value::Text(text)) if text.is_empty() => {
                Err("String must be non-empty".to_owned())
            }
            (Check::GzipLevel, Value::Int(level)) => {
                if *level == -1 || (1..=9).contains(level) {
                    return Ok(());
                }
                Err("Value must be between 1 and 9 or equal to -1".to_owned())
            }
            (Check::ThrottledReplicas, Value::List(entries)) => throttled_replicas(entries),
            (Check::Port, Value::Text(text)) => {
                if text == "off" || text.parse::<u16>().is_ok() {
                    return Ok(());
                }
                Err("Must be a port from 0 (any free port) to 65535, or off".to_owned())
            }
            _ => Ok(()),
        }
    }
}

fn at_least(number: Option<i64>, min: i64) -> Result<(), String> {
    if number.is_some_and(|number| number < min) {
        return Err(format!("Value must be at least {min}"));
    }
    Ok(())
}

fn fraction(number: f64, min: f64, max: f64) -> Result<(), String> {
    if number < min {
        return Err(format!("Value must be at least {min}"));
    }
    if number > max {
        return Err(format!("Value must be no more than {max}"));
    }
    Ok(())
}

fn each_one_of(words: &[&str], entries: &[String]) -> Result<(), String> {
    if entries.iter().all(|entry| words.contains(&entry.as_str())) {
        return Ok(());
    }
    Err(format!("String must be one of: {}", words.join(", ")))
}

fn throttled_replicas(entries: &[String]) -> Result<(), String> {
    let is_pair = |entry: &String| {
        entry.split_once(':').is_some_and(|(partition, broker)| {
            let digits =
                |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            digits(partition) && digits(broker)
        })
    };
    let wildcard = entries.len() == 1 && entries[0].trim() == "*";
    if wildcard || entries.iter().all(is_pair) {
        return Ok(());
    }
    Err("must be the literal '*' or a list of replicas in the following format: \
         [partitionId]:[brokerId],[partitionId]:[brokerId],..."
        .to_owned())
}
