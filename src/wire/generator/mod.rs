//! From message tables to Rust source; run by `build.rs`, not part of the library.
//!
//! `parse` reads the tables, `plan` decides names, types and the versions that need a
//! check, `emit_*` write the text. The output depends on the tables alone: the same
//! input gives the same bytes, so an unchanged table rebuilds nothing.

mod emit_api;
mod emit_decode;
mod emit_encode;
mod emit_records;
mod emit_sample;
mod emit_struct;
mod parse;
mod plan;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use parse::{Tables, Versions};
use plan::{PlannedMessage, snake};

/// An API that a client or tool may call.
pub(crate) struct Api {
    pub(crate) key: i16,
    pub(crate) name: String,
    pub(crate) versions: Versions,
    pub(crate) flexible: Versions,
    pub(crate) latest_unstable: bool,
    pub(crate) request_borrows: bool,
    pub(crate) response_borrows: bool,
}

/// Reads every table below `definitions` and writes the source files to `out`.
pub(crate) fn generate(definitions: &Path, out: &Path) {
    let mut apis = Vec::new();
    let mut messages = Vec::new();
    let mut samples = emit_sample::Samples::default();
    let mut files = Vec::new();

    for path in tables_in(&definitions.join("api")) {
        let Tables { api, messages: pair } = read(&path);
        let (key, name) = api.unwrap_or_else(|| panic!("{}: no api line", path.display()));
        let mut pair = pair.into_iter();
        let (Some(request), Some(response)) = (pair.next(), pair.next()) else {
            panic!("{}: a request and a response expected", path.display());
        };
        let for_clients = request.listeners.iter().any(|listener| listener == "broker");
        if request.versions.is_empty() || !for_clients {
            continue;
        }
        let planned = [PlannedMessage::new(&request), PlannedMessage::new(&response)];
        samples.api(&planned);
        files.push((file_name("api", &path), emit_file(&planned)));
        messages.push(file_name("api", &path));
        apis.push(Api {
            key,
            name,
            versions: request.versions,
            flexible: request.flexible,
            latest_unstable: request.latest_unstable,
            request_borrows: planned[0].structs[0].borrows,
            response_borrows: planned[1].structs[0].borrows,
        });
    }
    write_index(out, "messages.rs", &messages);

    let mut records = Vec::new();
    for path in tables_in(&definitions.join("record")) {
        let tables = read(&path);
        let planned: Vec<PlannedMessage<'_>> =
            tables.messages.iter().map(PlannedMessage::new).collect();
        samples.records(&planned);
        let mut text = emit_file(&planned);
        if path.file_stem().is_some_and(|stem| stem == "metadata") {
            text.push_str(&emit_records::metadata_enum(&planned));
        }
        files.push((file_name("record", &path), text));
        records.push(file_name("record", &path));
    }
    write_index(out, "records.rs", &records);

    for (name, text) in &files {
        write(&out.join(name), text);
    }
    write(&out.join("api.rs"), &emit_api::emit(&apis));
    write(&out.join("samples.rs"), &samples.emit(&apis));
}

fn tables_in(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut paths: Vec<PathBuf> =
        entries.map(|entry| entry.expect("a readable folder").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "txt"));
    paths.sort();
    paths
}

fn read(path: &Path) -> Tables {
    parse::parse(&fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display())))
}

fn file_name(folder: &str, path: &Path) -> String {
    let stem = path.file_stem().and_then(|stem| stem.to_str()).expect("table names are text");
    format!("{folder}_{stem}.rs")
}

/// The modules of one table file, each with its structs.
fn emit_file(messages: &[PlannedMessage<'_>]) -> String {
    let mut text = String::new();
    for message in messages {
        let module = snake(&message.spec.name);
        let _ = writeln!(text, "/// [`{}`] and its parts.", message.spec.name);
        let _ = writeln!(text, "pub mod {module} {{\n    use crate::wire::generated::*;\n");
        for planned in &message.structs {
            let mut body = emit_struct::emit(message, planned);
            body.push_str(&emit_decode::emit(message, planned));
            body.push_str(&emit_encode::emit(message, planned));
            for line in body.lines() {
                let indent = if line.is_empty() { "" } else { "    " };
                let _ = writeln!(text, "{indent}{line}");
            }
        }
        let _ = writeln!(text, "}}\npub use {module}::{};\n", message.spec.name);
    }
    text
}

fn write_index(out: &Path, name: &str, files: &[String]) {
    let mut text = String::new();
    for file in files {
        let _ = writeln!(text, "include!(concat!(env!(\"OUT_DIR\"), \"/{file}\"));");
    }
    write(&out.join(name), &text);
}

/// Writes only what has changed, so that cargo's freshness check stays quiet.
fn write(path: &Path, text: &str) {
    if fs::read_to_string(path).is_ok_and(|old| old == text) {
        return;
    }
    fs::write(path, text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
}
