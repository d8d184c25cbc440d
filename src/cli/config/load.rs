//! From flags, environment and file to one [`Config`], all problems at once.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::environment::{Variable, classify};
use super::flags::ServeArgs;
use super::old::settle_old_settings;
use super::problem::{Note, Problem, Problems};
use super::settings::{Origin, Settings};
use super::{Config, EdgePort, LogLevel, properties, roles};
use crate::cluster::{BrokerConfig, Profile, Treatment, broker_key};
use crate::listener::{ListenerSettings, Listeners, listeners_bound_everywhere};

/// Everything that settings are made of, as values: what [`Config::load`] reads from the process.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// The flags.
    pub flags: ServeArgs,
    /// The environment.
    pub environment: Vec<(String, String)>,
    /// The bytes of the file of `--config`, or why they cannot be read.
    pub file: Option<Result<Vec<u8>, String>>,
    /// Where `--ephemeral` keeps everything.
    pub temporary_dir: PathBuf,
}

/// Makes a configuration of its sources, or says everything that is wrong with them.
pub fn from_sources(sources: &Sources) -> Result<Config, Problems> {
    let mut load = Load { sources, ..Load::new(sources) };
    load.file();
    load.environment();
    load.flags();
    settle_old_settings(&mut load.settings, &mut load.notes);
    load.names();
    load.derive_addresses();
    load.finish()
}

struct Load<'a> {
    sources: &'a Sources,
    settings: Settings,
    problems: Vec<Problem>,
    notes: Vec<Note>,
}

impl<'a> Load<'a> {
    fn new(sources: &'a Sources) -> Self {
        let settings = Settings::default();
        Load { sources, settings, problems: Vec::new(), notes: Vec::new() }
    }

    fn file(&mut self) {
        let (Some(path), Some(bytes)) = (&self.sources.flags.config, &self.sources.file) else {
            return;
        };
        let parsed = match bytes {
            Ok(bytes) => properties::parse(&properties::decode(bytes)).map_err(|it| it.to_string()),
            Err(error) => Err(error.clone()),
        };
        match parsed {
            Ok(properties) => {
                for property in properties {
                    let origin = Origin::File { path: path.clone(), line: property.line };
                    self.settings.set(&property.key, &property.value, origin);
                }
            }
            Err(error) => self.problems.push(Problem::whole(
                format!("{} cannot be read: {error}", path.display()),
                "Give --config the path of a .properties file.",
            )),
        }
    }

    fn environment(&mut self) {
        let mut without_effect = Vec::new();
        for (name, value) in &self.sources.environment {
            match classify(name, &|setting| broker_key(setting).is_some()) {
                Variable::Setting(setting) => {
                    self.settings.set(&setting, value, Origin::Environment(name.clone()));
                }
                Variable::Jvm | Variable::Confluent => without_effect.push(name.as_str()),
                Variable::Other => {}
            }
        }
        if !without_effect.is_empty() {
            without_effect.sort_unstable();
            let names = without_effect.join(", ");
            self.notes.push(Note::info(format!(
                "{names}: without effect, klamm has no JVM and none of Confluent's reporters."
            )));
        }
    }

    fn flags(&mut self) {
        let (settings, malformed) = self.sources.flags.settings();
        for (name, value, flag) in settings {
            self.settings.set(&name, &value, Origin::Flag(flag));
        }
        for text in malformed {
            self.problems.push(Problem::whole(
                format!("--set {text} is not KEY=VALUE"),
                "For instance: --set num.partitions=3",
            ));
        }
    }

    /// Unknown names, and names that have no effect here.
    fn names(&mut self) {
        let mut without_effect: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut unknown = Vec::new();
        for (name, setting) in self.settings.iter() {
            if name.starts_with("listener.name.") {
                continue;
            }
            let Some(key) = broker_key(name) else {
                unknown.push(name.to_owned());
                self.notes.push(unknown_note(name, &setting.origin));
                continue;
            };
            let is_default = key.key.default == Some(setting.value.as_str());
            if let (Treatment::NoEffect(why), false) = (key.treatment, is_default) {
                without_effect.entry(why.to_string()).or_default().push(name.to_owned());
            }
        }
        for name in unknown {
            self.settings.remove(&name);
        }
        for (why, names) in without_effect {
            self.notes.push(Note::info(format!("{}: without effect, {why}.", names.join(", "))));
        }
    }

    /// The addresses that follow from others.
    fn derive_addresses(&mut self) {
        if self.settings.get("listeners").is_some() {
            return;
        }
        match self.settings.get("advertised.listeners").cloned() {
            Some(told) if !matches!(told.origin, Origin::File { .. }) => {
                if let Some(listeners) = listeners_bound_everywhere(&told.value) {
                    let why = format!("from {}, every interface", told.origin);
                    self.settings.set("listeners", &listeners, Origin::Derived(why));
                }
            }
            Some(_) => {}
            None if self.profile() == Profile::Dev => {
                self.settings.set(
                    "advertised.listeners",
                    "PLAINTEXT://localhost:9092",
                    Origin::KlammDefault,
                );
            }
            None => {}
        }
    }

    fn profile(&self) -> Profile {
        let profile = self.settings.text("klamm.profile").unwrap_or_default();
        Profile::of(&BTreeMap::from([("klamm.profile".to_owned(), profile.to_owned())]))
    }

    fn listeners(&mut self) -> Option<Listeners> {
        let text = |name: &str| self.settings.text(name).map(str::to_owned);
        let overrides = self.settings.iter().filter(|(name, _)| name.starts_with("listener.name."));
        let profile = self.profile();
        let settings = ListenerSettings {
            listeners: text("listeners"),
            advertised_listeners: text("advertised.listeners"),
            listener_security_protocol_map: text("listener.security.protocol.map"),
            inter_broker_listener_name: text("inter.broker.listener.name"),
            security_inter_broker_protocol: text("security.inter.broker.protocol"),
            controller_listener_names: text("controller.listener.names"),
            early_start_listeners: text("early.start.listeners"),
            overrides: overrides.map(|(name, it)| (name.to_owned(), it.value.clone())).collect(),
            drop_empty_entries: profile == Profile::Dev,
            take_secured: false,
        };
        match settings.listeners() {
            Ok(listeners) => Some(listeners),
            Err(problems) => {
                let settings = &self.settings;
                let problems = problems.into_iter().map(|it| Problem::of_listener(it, settings));
                self.problems.extend(problems);
                None
            }
        }
    }

    fn finish(mut self) -> Result<Config, Problems> {
        let values = self.settings.broker_values();
        let broker = BrokerConfig::from_values(&values);
        if let Err(errors) = &broker {
            let problems = errors.iter().map(|error| Problem::of_error(error, &self.settings));
            self.problems.extend(problems);
        }
        let listeners = self.listeners();
        self.problems.extend(roles::check(&self.settings));
        let (Ok(broker), Some(listeners), true) = (broker, listeners, self.problems.is_empty())
        else {
            return Err(Problems { problems: self.problems, notes: self.notes });
        };
        self.note_listeners(&listeners);
        Ok(self.config(broker, listeners))
    }

    fn note_listeners(&mut self, listeners: &Listeners) {
        for controller in &listeners.controllers {
            self.notes.push(Note::info(format!(
                "listener {} ({}) is neither bound nor advertised: klamm needs no controller \
                 quorum.",
                controller.name, controller.bind
            )));
        }
        let names = listeners.all.iter().chain(&listeners.controllers);
        let prefixes: Vec<String> = names.map(|it| it.name.config_prefix()).collect();
        for (name, setting) in self.settings.iter() {
            let has_prefix = prefixes.iter().any(|prefix| name.starts_with(prefix.as_str()));
            if name.starts_with("listener.name.") && !has_prefix {
                self.notes.push(Note::warning(format!(
                    "{name} ({}): there is no listener of that name.",
                    setting.origin
                )));
            }
        }
    }

    fn config(mut self, broker: BrokerConfig, listeners: Listeners) -> Config {
        let effective = |name: &str| broker.effective(name).unwrap_or_default().to_owned();
        let path = |name: &str| {
            let text = effective(name);
            (!text.is_empty()).then(|| PathBuf::from(text))
        };
        let is_ephemeral = effective("klamm.ephemeral").eq_ignore_ascii_case("true");
        let data_dir = if is_ephemeral {
            self.sources.temporary_dir.clone()
        } else {
            PathBuf::from(effective("klamm.data.dir"))
        };
        let flags = &self.sources.flags.connectors;
        let listed = crate::cluster::split_list(&effective("klamm.connectors"));
        let connectors = match flags.is_empty() {
            false => flags.clone(),
            true => listed.into_iter().filter(|it| !it.is_empty()).map(PathBuf::from).collect(),
        };
        let connect_port = EdgePort::parse(&effective("klamm.connect.port"));
        let connect_port = match self.settings.get("klamm.connect.port") {
            Some(_) => connect_port,
            None => connect_port.preferred(),
        };
        Config {
            kafka_dir: self.kafka_dir(&data_dir, is_ephemeral),
            s3_dir: data_dir.join("s3"),
            data_dir,
            is_ephemeral,
            http_host: effective("klamm.http.host"),
            s3_port: EdgePort::parse(&effective("klamm.s3.port")),
            s3_access_key: effective("klamm.s3.access.key"),
            s3_secret_key: effective("klamm.s3.secret.key"),
            s3_users: path("klamm.s3.users"),
            s3_region: effective("klamm.s3.region"),
            console_port: EdgePort::parse(&effective("klamm.console.port")),
            connect_port,
            connect_worker: path("klamm.connect.worker"),
            connectors,
            ready_file: path("klamm.ready.file"),
            report: path("klamm.report.file"),
            stop_with_stdin: self.sources.flags.stop_with_stdin,
            log_level: LogLevel::parse(&effective("klamm.log.level")),
            listeners,
            settings: self.settings,
            notes: self.notes,
            broker,
        }
    }

    /// `log.dirs`, else `log.dir`, else a folder of the data directory. Kafka spreads partitions
    /// over several directories; klamm uses the first.
    fn kafka_dir(&mut self, data_dir: &Path, is_ephemeral: bool) -> PathBuf {
        let name = if self.settings.get("log.dirs").is_some() { "log.dirs" } else { "log.dir" };
        let Some(setting) = self.settings.get(name) else { return data_dir.join("kafka") };
        if is_ephemeral {
            self.notes.push(Note::info(format!(
                "{name} ({}): not used, --ephemeral keeps \
                everything in a temporary directory.",
                setting.origin
            )));
            return data_dir.join("kafka");
        }
        let entries = crate::cluster::split_list(&setting.value);
        let first = entries.first().cloned().unwrap_or_default();
        if entries.len() > 1 {
            self.notes.push(Note::warning(format!(
                "{name} ({}) names {} directories; klamm keeps everything in the first, {first}.",
                setting.origin,
                entries.len()
            )));
        }
        PathBuf::from(first)
    }
}

fn unknown_note(name: &str, origin: &Origin) -> Note {
    let shown = match origin {
        Origin::Environment(variable) => format!("{variable} ({name})"),
        _ => format!("{name} ({origin})"),
    };
    let nearest = super::nearest::nearest(name);
    match nearest {
        Some(nearest) => {
            let syntax = origin.syntax().unwrap_or_default();
            let spelt = match origin {
                Origin::Flag(_) => nearest.to_owned(),
                _ => syntax.name(nearest),
            };
            Note::warning(format!("{shown} is no setting of Kafka or klamm; did you mean {spelt}?"))
        }
        None => Note::warning(format!("{shown} is no setting of Kafka or klamm and is ignored.")),
    }
}
