//! `transforms` and `predicates`, with everything that is wrong with them.

use std::collections::BTreeMap;

use super::nearest;
use super::read::Reader;
use crate::connect::transforms::{Chain, Options, Predicate, Step, needs_target, transform_of};

/// Reads the chain of transforms.
pub(super) fn transforms(read: &mut Reader<'_>) -> Chain {
    let predicates = predicates(read);
    let mut steps = Vec::new();
    for alias in aliases(read, "transforms") {
        let prefix = format!("transforms.{alias}.");
        let values: BTreeMap<String, String> = owned(read, &prefix);
        let Some(class) = class(read, &prefix, &values) else { continue };
        let options = Options::new(
            borrowed(&values, &["type", "predicate", "negate", "plugin.version"]),
            &prefix,
        );
        let transform = transform_of(&class, &options);
        tell(read, &prefix, &options);
        let predicate = condition(read, &prefix, &values, &predicates);
        match transform {
            Some(transform) => {
                steps.push(Step { alias, class: full_class(&class), transform, predicate })
            }
            None => refuse_class(read, &prefix, &class, "Transformation"),
        }
    }
    for (name, _) in read.with_prefix("transforms.").collect::<Vec<_>>() {
        let alias = name.split('.').next().unwrap_or(name);
        if !read.list("transforms").iter().any(|known| known == alias) {
            read.warn(format!("transforms.{name} has no effect: {alias} is not among transforms"));
        }
    }
    check_routes(read, Chain { steps })
}

/// Objects of two topics must not get the same name.
fn check_routes(read: &mut Reader<'_>, chain: Chain) -> Chain {
    let topics = read.list("topics");
    let mut targets: BTreeMap<String, &String> = BTreeMap::new();
    for topic in &topics {
        let Some(target) = chain.route(topic) else { continue };
        if let Some(other) = targets.insert(target.clone(), topic)
            && other != topic
        {
            read.refuse_with(
                "transforms",
                format!("No writer found for topic partition {target}-0. The record's topic-partition does not match any assigned partitions."),
                format!("{other} and {topic} would both be written as {target}, over each other's objects; give them names of their own"),
            );
        }
    }
    if topics.iter().any(|topic| chain.route(topic).as_ref() != Some(topic)) {
        read.warn("a transform renames topics: objects are written under the new name. Confluent's connector fails here: No writer found for topic partition");
    }
    chain
}

fn predicates(read: &mut Reader<'_>) -> BTreeMap<String, Predicate> {
    let mut predicates = BTreeMap::new();
    for alias in aliases(read, "predicates") {
        let prefix = format!("predicates.{alias}.");
        let values: BTreeMap<String, String> = owned(read, &prefix);
        let Some(class) = class(read, &prefix, &values) else { continue };
        let options = Options::new(borrowed(&values, &["type", "plugin.version"]), &prefix);
        let predicate = Predicate::of(&class, &options);
        tell(read, &prefix, &options);
        match predicate {
            Some(predicate) => drop(predicates.insert(alias, predicate)),
            None => refuse_class(read, &prefix, &class, "Predicate"),
        }
    }
    predicates
}

fn aliases(read: &mut Reader<'_>, key: &str) -> Vec<String> {
    let aliases = read.list(key);
    let has_twins =
        aliases.iter().enumerate().any(|(index, alias)| aliases[..index].contains(alias));
    if has_twins {
        let shown = aliases.join(",");
        read.refuse(
            key,
            format!("Invalid value [{shown}] for configuration {key}: Duplicate alias provided."),
        );
    }
    aliases
}

fn owned(read: &Reader<'_>, prefix: &str) -> BTreeMap<String, String> {
    read.all()
        .filter_map(|(name, value)| Some((name.strip_prefix(prefix)?.to_owned(), value.clone())))
        .collect()
}

fn borrowed<'a>(
    values: &'a BTreeMap<String, String>,
    without: &[&str],
) -> BTreeMap<&'a str, &'a str> {
    values
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .filter(|(name, _)| !without.contains(name))
        .collect()
}

fn class(read: &mut Reader<'_>, prefix: &str, values: &BTreeMap<String, String>) -> Option<String> {
    let class = values.get("type").map(|class| class.trim().to_owned());
    if class.is_none() {
        let key = format!("{prefix}type");
        read.refuse(
            &key,
            format!("Missing required configuration \"{key}\" which has no default value."),
        );
    }
    class
}

fn full_class(class: &str) -> String {
    let package = if class.contains('.') { "" } else { "org.apache.kafka.connect.transforms." };
    format!("{package}{class}")
}

fn refuse_class(read: &mut Reader<'_>, prefix: &str, class: &str, what: &str) {
    let key = format!("{prefix}type");
    if needs_target(class) {
        read.refuse(&key, format!("Invalid value class {class} for configuration {key}: This class is abstract and cannot be created. Did you mean {class}$Key, {class}$Value?"));
        return;
    }
    let message =
        format!("Invalid value {class} for configuration {key}: Class {class} could not be found.");
    read.refuse_with(
        &key,
        message,
        format!("klamm has Kafka's own: org.apache.kafka.connect.transforms, no other {what}"),
    );
}

/// What is wrong with the settings of one class, and what it does not know.
fn tell(read: &mut Reader<'_>, prefix: &str, options: &Options<'_>) {
    for error in options.errors() {
        read.refuse(&format!("{prefix}{}", error.name), error.message);
    }
    let (unknown, known) = options.unknown();
    for name in unknown {
        let hint = nearest::of(name, known.iter().map(String::as_str))
            .map_or_else(String::new, |known| format!("; did you mean {prefix}{known}?"));
        read.warn(format!("{prefix}{name} is no setting of this class and is ignored{hint}"));
    }
}

fn condition(
    read: &mut Reader<'_>,
    prefix: &str,
    values: &BTreeMap<String, String>,
    predicates: &BTreeMap<String, Predicate>,
) -> Option<(Predicate, bool)> {
    let negate = values.get("negate").map(|value| value.trim().to_ascii_lowercase());
    let key = format!("{prefix}negate");
    match negate.as_deref() {
        None | Some("true" | "false") => {}
        Some(other) => read.refuse(&key, format!("Invalid value {other} for configuration {key}: Expected value to be either true or false")),
    }
    let Some(alias) = values.get("predicate").map(|alias| alias.trim()) else {
        if negate.is_some() {
            read.refuse(&key, format!("Config '{key}' was provided but there is no config '{prefix}predicate' defining a predicate to be negated."));
        }
        return None;
    };
    let predicate = predicates.get(alias);
    if predicate.is_none() && !read.list("predicates").iter().any(|known| known == alias) {
        let key = format!("{prefix}predicate");
        let known = read.list("predicates").join(", ");
        read.refuse(
            &key,
            format!(
                "Invalid value {alias} for configuration {key}: String must be one of: {known}"
            ),
        );
    }
    Some((predicate?.clone(), negate.as_deref() == Some("true")))
}
