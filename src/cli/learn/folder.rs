//! The folder of a lab: the files to mend, the ports that they are about, whether it is solved.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::net::TcpListener;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use super::labs::Lab;
use super::texts::fill;
use crate::cli::config::{Property, decode, parse_properties};

const STATE: &str = ".lab.json";
/// Where brokers keep their data while a lab is played.
const SCRATCH: &str = ".run";

/// What has to be remembered between two commands.
#[derive(Debug, Default, Serialize, Deserialize)]
struct State {
    ports: BTreeMap<String, u16>,
    solved: bool,
}

/// An open folder.
#[derive(Debug)]
pub(super) struct Folder {
    pub(super) lab: &'static Lab,
    path: PathBuf,
    state: State,
    /// Whether its files were there before.
    pub(super) is_old: bool,
}

impl Folder {
    /// Opens the folder of a lab, and makes it with its files where they are missing. What the
    /// learner wrote stays.
    pub(super) fn open(base: &Path, lab: &'static Lab, first_port: u16) -> Result<Folder> {
        let path = base.join(lab.folder());
        let state = State::read(&path);
        let is_old = state.is_some();
        fs::create_dir_all(&path).with_context(|| path.display().to_string())?;
        let state = match state {
            Some(state) => state,
            None => State { ports: free_ports(lab, first_port)?, solved: false },
        };
        let folder = Folder { lab, path, state, is_old };
        if !is_old {
            folder.write_state(false)?;
        }
        for (name, text) in lab.files {
            let file = folder.file(name);
            if !file.exists() {
                fs::write(&file, folder.fill(text)).with_context(|| file.display().to_string())?;
            }
        }
        Ok(folder)
    }

    /// The same, with the files as they were at first.
    pub(super) fn reset(base: &Path, lab: &'static Lab, first_port: u16) -> Result<Folder> {
        let path = base.join(lab.folder());
        for name in lab.files.iter().map(|(name, _)| *name).chain([STATE]) {
            match fs::remove_file(path.join(name)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    bail!("{}: {error}", path.join(name).display())
                }
                _ => {}
            }
        }
        Folder::open(base, lab, first_port)
    }

    /// Whether a check of this lab has succeeded.
    pub(super) fn is_solved(base: &Path, lab: &Lab) -> bool {
        State::read(&base.join(lab.folder())).is_some_and(|state| state.solved)
    }

    pub(super) fn mark_solved(&self) -> Result<()> {
        self.write_state(true)
    }

    /// The path of a file of the lab.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Where brokers may keep their data.
    pub(super) fn scratch(&self) -> PathBuf {
        self.path.join(SCRATCH)
    }

    /// The number of a port that the texts call by a name.
    pub(super) fn port(&self, name: &str) -> u16 {
        self.state.ports.get(name).copied().unwrap_or_default()
    }

    /// A text with the ports of this folder.
    pub(super) fn fill(&self, text: &str) -> String {
        let ports = self.state.ports.iter();
        let values: Vec<(&str, String)> =
            ports.map(|(name, port)| (name.as_str(), port.to_string())).collect();
        fill(text, &values)
    }

    /// The settings in a file as the learner left it.
    pub(super) fn properties(&self, name: &str) -> Result<BTreeMap<String, String>> {
        let path = self.file(name);
        let bytes = fs::read(&path).with_context(|| path.display().to_string())?;
        let parsed = parse_properties(&decode(&bytes));
        let parsed = parsed.map_err(|error| anyhow::anyhow!("{}: {error}", path.display()))?;
        Ok(parsed.into_iter().map(|Property { key, value, .. }| (key, value)).collect())
    }

    fn write_state(&self, solved: bool) -> Result<()> {
        let state = State { ports: self.state.ports.clone(), solved };
        let path = self.file(STATE);
        let text = serde_json::to_string(&state)?;
        fs::write(&path, text + "\n").with_context(|| path.display().to_string())
    }
}

impl State {
    fn read(path: &Path) -> Option<State> {
        serde_json::from_slice(&fs::read(path.join(STATE)).ok()?).ok()
    }
}

/// Ports that nobody has open, one for each name. They are below those that outgoing connections
/// take, so that they stay free.
fn free_ports(lab: &Lab, first: u16) -> Result<BTreeMap<String, u16>> {
    let mut candidates = (first..first.saturating_add(2_000)).filter(|port| is_free(*port));
    let mut ports = BTreeMap::new();
    for name in lab.ports {
        let port = candidates.next();
        let port = port.with_context(|| format!("no free port after {first}; see --ports"))?;
        ports.insert((*name).to_owned(), port);
    }
    Ok(ports)
}

fn is_free(port: u16) -> bool {
    TcpListener::bind(("0.0.0.0", port)).is_ok() && TcpListener::bind(("127.0.0.1", port)).is_ok()
}
