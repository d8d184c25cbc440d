//! `klamm config`: every value with where it came from.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};

use super::flags::ServeArgs;
use super::settings::{Origin, Setting};
use super::{Config, Problems};
use crate::cluster::{BrokerKey, Treatment, broker_keys};

/// Show every setting and where its value came from, without starting anything
#[derive(Debug, Clone, Args)]
pub struct ConfigArgs {
    /// Only settings whose name contains one of these
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,

    /// Only what was set or differs from Apache Kafka's default
    #[arg(long)]
    pub changed: bool,

    /// As JSON
    #[arg(long)]
    pub json: bool,

    #[command(flatten)]
    #[allow(missing_docs, reason = "its fields are documented")]
    pub serve: ServeArgs,
}

/// Runs `klamm config`. Exit code 2 if the configuration is refused.
pub fn run(args: &ConfigArgs) -> ExitCode {
    match Config::load(&args.serve) {
        Ok(config) => {
            let text = if args.json { as_json(&config, args) } else { as_table(&config, args) };
            let _ = io::stdout().write_all(text.as_bytes());
            ExitCode::SUCCESS
        }
        Err(problems) => refuse(&problems, args.json),
    }
}

fn refuse(problems: &Problems, as_json: bool) -> ExitCode {
    if as_json {
        let list: Vec<Value> = problems.problems.iter().map(problem_json).collect();
        let text = json!({ "problems": list });
        let _ = writeln!(io::stdout(), "{text:#}");
    } else {
        let _ = write!(io::stderr(), "klamm: {problems}");
    }
    ExitCode::from(2)
}

fn problem_json(problem: &super::Problem) -> Value {
    json!({
        "id": problem.id,
        "name": problem.setting,
        "value": problem.value,
        "from": problem.origin.as_ref().map(ToString::to_string),
        "reason": problem.reason,
        "allowed": problem.allowed,
        "fix": problem.fix,
    })
}

struct Row {
    key: &'static BrokerKey,
    value: String,
    origin: Origin,
}

/// The settings to show: those that were set first, then the defaults, each by name.
fn rows(config: &Config, args: &ConfigArgs) -> Vec<Row> {
    let is_wanted = |name: &str| {
        args.names.is_empty() || args.names.iter().any(|part| name.contains(part.as_str()))
    };
    let mut rows: Vec<Row> = broker_keys()
        .filter(|key| is_wanted(key.key.name))
        .filter_map(|key| {
            let setting = config.settings.effective(config.broker.profile, key.key.name);
            let is_set = config.settings.get(key.key.name).is_some();
            let hidden = key.is_internal && !is_set;
            let setting = setting.or_else(|| (!args.changed).then(unset)).filter(|_| !hidden)?;
            let is_changed = setting.origin > Origin::KafkaDefault;
            let is_own_default = key.key.name.starts_with("klamm.") && !is_set;
            let is_shown = !args.changed || (is_changed && !is_own_default);
            is_shown.then(|| row(key, setting))
        })
        .collect();
    rows.sort_by_key(|row| (!is_set(&row.origin), row.key.key.name));
    rows
}

fn row(key: &'static BrokerKey, setting: Setting) -> Row {
    let is_secret = key.key.is_sensitive() && !setting.value.is_empty();
    let value = if is_secret { "[hidden]".to_owned() } else { setting.value };
    Row { key, value, origin: setting.origin }
}

fn unset() -> Setting {
    Setting { value: String::new(), origin: Origin::KafkaDefault }
}

fn is_set(origin: &Origin) -> bool {
    !matches!(origin, Origin::KafkaDefault | Origin::KlammDefault)
}

const VALUE_WIDTH_MAX: usize = 48;

fn as_table(config: &Config, args: &ConfigArgs) -> String {
    let rows = rows(config, args);
    let name_width = rows.iter().map(|row| row.key.key.name.len()).max().unwrap_or(0).max(7);
    let value_width = rows.iter().map(|row| row.value.chars().count()).max().unwrap_or(0);
    let value_width = value_width.clamp(5, VALUE_WIDTH_MAX);
    let mut text = format!("{:name_width$}  {:value_width$}  FROM\n", "SETTING", "VALUE");
    for row in &rows {
        let effect = match row.key.treatment {
            Treatment::NoEffect(_) if is_set(&row.origin) => "  (without effect)",
            _ => "",
        };
        let line = format!(
            "{:name_width$}  {:value_width$}  {}{effect}",
            row.key.key.name, row.value, row.origin
        );
        text.push_str(line.trim_end());
        text.push('\n');
    }
    if !config.notes.is_empty() {
        text.push('\n');
    }
    for note in &config.notes {
        text.push_str(&format!("{note}\n"));
    }
    text
}

fn as_json(config: &Config, args: &ConfigArgs) -> String {
    let settings: Vec<Value> = rows(config, args)
        .iter()
        .map(|row| {
            json!({
                "name": row.key.key.name,
                "value": row.value,
                "source": row.origin.kind(),
                "from": row.origin.to_string(),
                "default": row.key.key.default,
                "type": row.key.key.kind.name().to_lowercase(),
                "effect": matches!(row.key.treatment, Treatment::Honoured),
            })
        })
        .collect();
    let notes: Vec<String> = config.notes.iter().map(ToString::to_string).collect();
    let text = json!({
        "settings": settings,
        "kafka_dir": config.kafka_dir.display().to_string(),
        "data_dir": config.data_dir.display().to_string(),
        "notes": notes,
    });
    format!("{text:#}\n")
}
