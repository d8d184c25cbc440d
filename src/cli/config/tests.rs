mod document;
mod environment;
mod kafka;
mod load;
mod properties;

use std::path::PathBuf;

use super::{Config, Problems, ServeArgs, Sources, from_sources};

/// A file and an environment, each as text of `name=value` lines.
pub(super) fn sources(file: &str, environment: &str) -> Sources {
    let config = (!file.is_empty()).then(|| PathBuf::from("server.properties"));
    let variables = environment.lines().filter_map(|line| line.split_once('='));
    Sources {
        file: config.is_some().then(|| Ok(file.as_bytes().to_vec())),
        flags: ServeArgs { config, ..ServeArgs::default() },
        environment: variables.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        temporary_dir: PathBuf::from("/tmp/klamm-1"),
    }
}

pub(super) fn load(file: &str, environment: &str) -> Result<Config, Problems> {
    from_sources(&sources(file, environment))
}

/// The notes as lines.
pub(super) fn notes(config: &Config) -> String {
    config.notes.iter().map(|note| format!("{note}\n")).collect()
}
