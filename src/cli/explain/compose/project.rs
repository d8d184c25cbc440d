//! A compose project: the file, what it includes and extends, `.env`, the variables.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::interpolate::{env_file, interpolate};
use super::service::{Layer, Service};
use crate::cli::explain::text::Sources;
use crate::cli::explain::yaml::{self, Node};

/// How far files may include and services may extend one another.
const DEPTH_MAX: usize = 8;

/// A project, read.
pub(super) struct Project<'a> {
    pub(super) sources: &'a mut Sources,
    pub(super) variables: BTreeMap<String, String>,
    pub(super) services: Vec<Service>,
    /// The networks that this project does not make.
    pub(super) external_networks: BTreeSet<String>,
    /// Variables that nothing sets.
    pub(super) unset: Vec<String>,
    /// Files that are named and could not be read.
    pub(super) missing: Vec<String>,
    trees: BTreeMap<usize, Option<Rc<Node>>>,
}

impl<'a> Project<'a> {
    /// Reads a project; the file is in the sources already.
    pub(super) fn read(
        sources: &'a mut Sources,
        file: usize,
        environment: &BTreeMap<String, String>,
    ) -> Result<Project<'a>, String> {
        let mut project = Project {
            sources,
            variables: BTreeMap::new(),
            services: Vec::new(),
            external_networks: BTreeSet::new(),
            unset: Vec::new(),
            missing: Vec::new(),
            trees: BTreeMap::new(),
        };
        project.dot_env(file);
        project.variables.extend(environment.clone());
        let root = project.tree(file).map_err(|error| {
            format!("line {}, column {}: {}", error.line, error.column, error.reason)
        })?;
        let Some(root) = root else { return Err("the file is empty".to_owned()) };
        project.file(file, &root, DEPTH_MAX);
        Ok(project)
    }

    /// The text with its variables replaced.
    pub(super) fn replaced(&mut self, text: &str) -> String {
        if !text.contains('$') {
            return text.to_owned();
        }
        interpolate(text, &self.variables, &mut self.unset)
    }

    /// Opens a file that another one names.
    pub(super) fn open_beside(&mut self, file: usize, name: &str) -> Option<usize> {
        let path = beside(self.sources.path(file), name);
        match self.sources.open(&path) {
            Ok(file) => Some(file),
            Err(error) => {
                if !self.missing.contains(&error) {
                    self.missing.push(error);
                }
                None
            }
        }
    }

    fn dot_env(&mut self, file: usize) {
        let path = beside(self.sources.path(file), ".env");
        if !path.is_file() {
            return;
        }
        if let Ok(file) = self.sources.open(&path) {
            for (name, value, _) in env_file(self.sources.text(file)) {
                self.variables.insert(name, value);
            }
        }
    }

    fn tree(&mut self, file: usize) -> Result<Option<Rc<Node>>, yaml::YamlError> {
        if let Some(tree) = self.trees.get(&file) {
            return Ok(tree.clone());
        }
        let tree = yaml::parse(self.sources.text(file))?.into_iter().next();
        self.trees.insert(file, tree.clone());
        Ok(tree)
    }

    fn file(&mut self, file: usize, root: &Rc<Node>, depth: usize) {
        for item in root.get("include").map_or(&[][..], Node::items) {
            let mut paths: Vec<String> = item.text().map(str::to_owned).into_iter().collect();
            if let Some(path) = item.get("path") {
                paths.extend(path.text().map(str::to_owned));
                paths.extend(path.items().iter().filter_map(|it| Some(it.text()?.to_owned())));
            }
            for path in paths {
                let path = self.replaced(&path);
                let Some(included) = self.open_beside(file, &path).filter(|_| depth > 0) else {
                    continue;
                };
                if let Ok(Some(root)) = self.tree(included) {
                    self.file(included, &root, depth - 1);
                }
            }
        }
        for (name, network) in root.get("networks").map(Node::entries).unwrap_or_default() {
            let is_external = network.get("external").is_some_and(|it| it.text() != Some("false"));
            if let Some(name) = name.text().filter(|_| is_external) {
                self.external_networks.insert(name.to_owned());
            }
        }
        // The first version of the format had no `services`.
        let services = root.get("services").unwrap_or(root);
        let names: Vec<String> = services
            .entries()
            .into_iter()
            .filter(|(_, service)| service.is_mapping())
            .filter_map(|(name, _)| Some(name.text()?.to_owned()))
            .collect();
        for name in names {
            let layers = self.layers(file, root, &name, depth);
            let service = Service::read(&name, layers, self);
            self.services.retain(|it| it.name != name);
            self.services.push(service);
        }
    }

    fn layers(&mut self, file: usize, root: &Rc<Node>, name: &str, depth: usize) -> Vec<Layer> {
        let services = root.get("services").unwrap_or(root);
        let Some(node) = find(services, name) else { return Vec::new() };
        let mut layers = Vec::new();
        if let Some(extends) = node.get("extends").filter(|_| depth > 0) {
            let base = extends.text().or_else(|| extends.text_at(&["service"])).unwrap_or_default();
            let base = base.to_owned();
            match extends.text_at(&["file"]).map(str::to_owned) {
                Some(path) => {
                    let path = self.replaced(&path);
                    if let Some(other) = self.open_beside(file, &path)
                        && let Ok(Some(root)) = self.tree(other)
                    {
                        layers = self.layers(other, &root, &base, depth - 1);
                    }
                }
                None => layers = self.layers(file, root, &base, depth - 1),
            }
        }
        layers.push(Layer { file, node });
        layers
    }
}

/// The mapping of a service, shared with the tree.
fn find(services: &Node, name: &str) -> Option<Rc<Node>> {
    let yaml::Value::Mapping(entries) = &services.value else { return None };
    entries.iter().find(|(key, _)| key.text() == Some(name)).map(|(_, value)| Rc::clone(value))
}

fn beside(file: &Path, name: &str) -> PathBuf {
    file.parent().unwrap_or_else(|| Path::new("")).join(name)
}
