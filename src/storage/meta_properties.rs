//! `meta.properties`: whose directory this is (`MetaProperties`, version 1).

use std::path::Path;

use super::error::Error;
use super::file_io::{Durability, read_optional, replace};
use super::layout;
use crate::base::{NodeId, Uuid};

/// Who owns a data directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetaProperties {
    /// `cluster.id`.
    pub cluster_id: String,
    /// `node.id`.
    pub node_id: NodeId,
    /// `directory.id`.
    pub directory_id: Uuid,
}

#[derive(Debug, Default)]
struct Stored {
    cluster_id: Option<String>,
    node_id: Option<i32>,
    directory_id: Option<Uuid>,
}

/// Reads the file and compares it with what is configured, or writes it into a new directory.
/// Without a configured cluster id the stored one is taken, or a random one.
pub(super) fn open(
    directory: &Path,
    node_id: NodeId,
    cluster_id: Option<&str>,
) -> Result<MetaProperties, Error> {
    let path = directory.join(layout::META_PROPERTIES);
    let stored = match read_optional(&path)? {
        Some(content) => parse(&path, &content)?,
        None => Stored::default(),
    };
    if let (Some(stored), Some(configured)) = (&stored.cluster_id, cluster_id)
        && stored != configured
    {
        return Err(Error::ClusterId {
            path,
            stored: stored.clone(),
            configured: configured.to_owned(),
        });
    }
    if let Some(stored) = stored.node_id
        && stored != node_id.0
    {
        return Err(Error::NodeId { path, stored, configured: node_id.0 });
    }
    let complete = stored.cluster_id.is_some() && stored.directory_id.is_some();
    let meta = MetaProperties {
        cluster_id: stored
            .cluster_id
            .or_else(|| cluster_id.map(str::to_owned))
            .unwrap_or_else(|| random_uuid().to_string()),
        node_id,
        directory_id: stored.directory_id.unwrap_or_else(random_uuid),
    };
    if !complete {
        write(&path, &meta)?;
    }
    Ok(meta)
}

fn parse(path: &Path, content: &[u8]) -> Result<Stored, Error> {
    let text = std::str::from_utf8(content)
        .map_err(|_| Error::corrupt(path, "a properties file is text"))?;
    let mut stored = Stored::default();
    for line in text.lines().map(str::trim) {
        if line.is_empty() || line.starts_with(['#', '!']) {
            continue;
        }
        let Some((key, value)) = line.split_once('=') else {
            return Err(Error::corrupt(path, format!("the line {line:?} has no '='")));
        };
        let value = value.trim();
        match key.trim() {
            "cluster.id" => stored.cluster_id = Some(value.to_owned()),
            // Version 0, from the days of ZooKeeper, says broker.id.
            "node.id" | "broker.id" => {
                let number = value
                    .parse()
                    .map_err(|_| Error::corrupt(path, format!("{key}={value} is no number")))?;
                stored.node_id = Some(number);
            }
            "directory.id" => stored.directory_id = Uuid::parse(value),
            _ => {}
        }
    }
    Ok(stored)
}

fn write(path: &Path, meta: &MetaProperties) -> Result<(), Error> {
    let content = format!(
        "cluster.id={}\ndirectory.id={}\nnode.id={}\nversion=1\n",
        meta.cluster_id, meta.directory_id, meta.node_id
    );
    replace(path, content.as_bytes(), Durability::Cached)
}

/// A random id that Kafka accepts: it refuses some whose text begins with a dash.
pub(super) fn random_uuid() -> Uuid {
    loop {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).expect("the operating system has random bytes");
        let id = Uuid(bytes);
        if !id.to_string().starts_with('-') {
            return id;
        }
    }
}
