//! What a machine can hold of the house rules: who uses whom, what pure code must not touch, how
//! long files and functions may be, what must not be written down, which licences we take in.

#![allow(clippy::unwrap_used, reason = "a test that cannot read the sources has failed")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Every room with the rooms it may use. `cli` composes everything.
const LAYERS: &[(&str, &[&str])] = &[
    ("base", &[]),
    ("wire", &["base"]),
    ("record", &["base"]),
    ("cluster", &["base"]),
    ("listener", &["base"]),
    ("log", &["base", "wire", "record", "cluster", "listener"]),
    ("group", &["base", "wire", "record", "cluster", "listener"]),
    ("storage", &["base", "wire", "record", "cluster", "listener", "log", "group"]),
    ("broker", &["base", "wire", "record", "cluster", "listener", "log", "group", "storage"]),
    ("api", &BELOW_API),
    ("server", &BELOW_EDGES),
    ("http", &BELOW_EDGES),
    ("connect", &BELOW_EDGES),
    ("s3", &BELOW_EDGES),
];

const BELOW_API: [&str; 9] =
    ["base", "wire", "record", "cluster", "listener", "log", "group", "storage", "broker"];
const BELOW_EDGES: [&str; 10] =
    ["base", "wire", "record", "cluster", "listener", "log", "group", "storage", "broker", "api"];

/// Rooms without sockets, files, clock, randomness, logging or iteration in random order.
const PURE: &[&str] = &["base", "wire", "record", "cluster", "listener", "log", "group"];

/// What those must not name.
const IMPURE_WORDS: &[&str] = &[
    "tokio",
    "std::fs",
    "std::net",
    "std::thread",
    "std::env",
    "Instant::now",
    "SystemTime",
    "HashMap",
    "HashSet",
    "tracing::",
    "getrandom",
    "rand::",
    "println!",
    "eprintln!",
];

/// Pure code that names one all the same, with the reason.
const IMPURE_EXCEPTIONS: &[(&str, &str, &str)] = &[
    ("src/wire/payload.rs", "std::fs", "a file range is carried, never read"),
    ("src/wire/generator", "std::fs", "runs in build.rs"),
    ("src/listener", "std::net", "IpAddr is a value"),
];

/// Longest file, in lines.
const FILE_LINES_MAX: usize = 500;
/// Longest function, in lines that hold code.
const FUNCTION_LINES_MAX: usize = 70;

/// Files that are longer, with their length. A number may only go down.
const FILE_LINES_EXCEPTIONS: &[(&str, usize)] = &[];

/// Licences that we may distribute under Apache-2.0.
const LICENCES: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
    "bzip2-1.0.6",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All files under the folders and files named, with paths relative to the package.
fn files(under: &[&str]) -> Vec<(String, PathBuf)> {
    let mut found = Vec::new();
    let mut left: Vec<PathBuf> = under.iter().map(|name| root().join(name)).collect();
    while let Some(path) = left.pop() {
        if path.is_dir() {
            left.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.is_file() {
            let name = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
            found.push((name, path));
        }
    }
    found.sort();
    found
}

fn rust_files(under: &[&str]) -> Vec<(String, String)> {
    files(under)
        .into_iter()
        .filter(|(name, _)| name.ends_with(".rs"))
        .map(|(name, path)| (name, fs::read_to_string(path).unwrap()))
        .collect()
}

fn room(name: &str) -> &str {
    name.strip_prefix("src/").unwrap().split('/').next().unwrap()
}

fn is_test(name: &str) -> bool {
    name.ends_with("/tests.rs") || name.contains("/tests/")
}

/// The text without `//` comments; good enough, as no room is named in a string.
fn code(text: &str) -> String {
    text.lines().map(|line| line.split("//").next().unwrap_or("")).collect::<Vec<_>>().join("\n")
}

/// The rooms that follow `crate::`, also in `crate::{a, b}`.
fn used_rooms(text: &str) -> BTreeSet<String> {
    let code = code(text);
    let mut rooms = BTreeSet::new();
    for (at, found) in code.match_indices("crate::") {
        let rest = &code[at + found.len()..];
        let word = |text: &str| -> String {
            text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
        };
        let Some(list) = rest.strip_prefix('{') else {
            rooms.insert(word(rest));
            continue;
        };
        let mut depth = 0;
        let mut start = true;
        for (index, c) in list.char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => start = true,
                c if start && c.is_alphabetic() => {
                    rooms.insert(word(&list[index..]));
                    start = false;
                }
                _ => {}
            }
        }
    }
    rooms
}

#[test]
fn rooms_use_only_rooms_below_them() {
    let layers: BTreeMap<_, _> = LAYERS.iter().copied().collect();
    let mut wrong = Vec::new();
    for (name, text) in rust_files(&["src"]) {
        let Some(below) = layers.get(room(&name)) else { continue };
        for used in used_rooms(&text) {
            let known = layers.contains_key(used.as_str()) || used == "cli";
            if known && used != room(&name) && !below.contains(&used.as_str()) {
                wrong.push(format!("{name} uses {used}"));
            }
        }
    }
    assert!(wrong.is_empty(), "a room may use only those below it:\n{}", wrong.join("\n"));
}

#[test]
fn every_room_has_a_layer() {
    let library = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let rooms: BTreeSet<_> = library
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'))
        .filter(|room| *room != "cli")
        .collect();
    let layered: BTreeSet<_> = LAYERS.iter().map(|(room, _)| *room).collect();
    assert_eq!(rooms, layered);
}

#[test]
fn pure_rooms_touch_nothing_outside() {
    let mut wrong = Vec::new();
    for (name, text) in rust_files(&["src"]) {
        if !PURE.contains(&room(&name)) || is_test(&name) {
            continue;
        }
        let code = code(&text);
        for word in IMPURE_WORDS {
            let excepted = IMPURE_EXCEPTIONS
                .iter()
                .any(|(path, excepted, _)| name.starts_with(path) && excepted == word);
            if code.contains(word) && !excepted {
                wrong.push(format!("{name}: {word}"));
            }
        }
    }
    assert!(wrong.is_empty(), "pure rooms take such things as parameters:\n{}", wrong.join("\n"));
}

#[test]
fn files_stay_short() {
    let exceptions: BTreeMap<_, _> = FILE_LINES_EXCEPTIONS.iter().copied().collect();
    let mut wrong = Vec::new();
    for (name, text) in rust_files(&["src", "tests", "benches", "build.rs"]) {
        let lines = text.lines().count();
        match exceptions.get(name.as_str()) {
            None if lines > FILE_LINES_MAX => wrong.push(format!("{name}: {lines} lines")),
            Some(&allowed) if lines > allowed => {
                wrong.push(format!("{name}: {lines} lines, has grown from {allowed}"));
            }
            Some(_) if lines <= FILE_LINES_MAX => {
                wrong.push(format!("{name} needs no exception any more"));
            }
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "split by what the parts do:\n{}", wrong.join("\n"));
}

/// Relies on rustfmt: a function ends at the first `}` as far to the left as its `fn`.
#[test]
fn functions_stay_short() {
    let mut wrong = Vec::new();
    for (name, text) in rust_files(&["src", "build.rs"]) {
        if is_test(&name) {
            continue;
        }
        let lines: Vec<&str> = text.lines().collect();
        for (at, line) in lines.iter().enumerate() {
            let start = line.trim_start();
            let is_function = start.split("fn ").next().is_some_and(|before| {
                start.contains("fn ")
                    && before.split_whitespace().all(|word| {
                        word.starts_with("pub")
                            || ["async", "const", "in", "crate)", "super)"].contains(&word)
                    })
            });
            if !is_function {
                continue;
            }
            let indent = &line[..line.len() - start.len()];
            let end = format!("{indent}}}");
            let length = lines[at..]
                .iter()
                .take_while(|line| **line != end)
                .filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with("//"))
                .count();
            let is_declaration = lines[at..].iter().find(|line| line.contains(['{', ';']));
            let has_body =
                is_declaration.is_some_and(|line| line.contains('{') && !line.ends_with('}'));
            if has_body && length > FUNCTION_LINES_MAX {
                wrong.push(format!("{name}:{}: {length} lines", at + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "a function that long does several things:\n{}", wrong.join("\n"));
}

#[test]
fn nothing_is_left_for_later_and_no_machine_is_named() {
    let words = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("X", "XX:"),
        concat!("/wo", "rk/"),
        concat!("/ro", "ot/"),
        concat!("/ho", "me/"),
    ];
    let everything = [
        "src",
        "tests",
        "benches",
        "docs",
        "docker",
        "fixtures",
        ".ci",
        "README.md",
        "Cargo.toml",
        "build.rs",
    ];
    let mut wrong = Vec::new();
    for (name, path) in files(&everything) {
        // Files as their authors published them.
        if name.starts_with("fixtures/config/seeds/") {
            continue;
        }
        let Ok(text) = fs::read_to_string(path) else { continue };
        for (at, line) in text.lines().enumerate() {
            for word in words {
                if line.contains(word) {
                    wrong.push(format!("{name}:{}: {word}", at + 1));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "do it or leave it out:\n{}", wrong.join("\n"));
}

#[test]
fn every_source_file_is_part_of_the_program() {
    let mut wrong = Vec::new();
    for (name, _) in rust_files(&["src"]) {
        if ["src/lib.rs", "src/main.rs"].contains(&name.as_str()) {
            continue;
        }
        let path = Path::new(&name);
        let (folder, module) = match path.file_stem().unwrap().to_str().unwrap() {
            "mod" => (
                path.parent().unwrap().parent().unwrap(),
                path.parent().unwrap().file_name().unwrap(),
            ),
            _ => (path.parent().unwrap(), path.file_stem().unwrap()),
        };
        let declaration = format!("mod {};", module.to_str().unwrap());
        let file = format!("{}.rs", folder.to_str().unwrap());
        let parents = [
            folder.join("mod.rs"),
            folder.join("lib.rs"),
            PathBuf::from(file),
            PathBuf::from("build.rs"),
        ];
        let declared = parents.iter().any(|parent| {
            fs::read_to_string(root().join(parent)).is_ok_and(|text| text.contains(&declaration))
        });
        if !declared {
            wrong.push(name);
        }
    }
    assert!(wrong.is_empty(), "no module declares:\n{}", wrong.join("\n"));
}

#[test]
fn licences_of_all_dependencies_are_ones_we_may_distribute() {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--offline", "--locked"])
        .current_dir(root())
        .output()
        .expect("cargo runs, as it runs this test");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    assert!(packages.len() > 50, "the list of packages is whole");
    let wrong: Vec<String> = packages
        .iter()
        .filter(|package| !package["license"].as_str().is_some_and(is_allowed))
        .map(|package| {
            format!("{} {}: {}", package["name"], package["version"], package["license"])
        })
        .collect();
    assert!(wrong.is_empty(), "not on the list of licences:\n{}", wrong.join("\n"));
}

/// Whether an SPDX expression can be satisfied with the licences on the list.
fn is_allowed(expression: &str) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let mut tokens: Vec<String> = Vec::new();
    for word in spaced.split_whitespace() {
        match tokens.last_mut() {
            Some(last) if word == "WITH" || last.ends_with(" WITH") => {
                last.push(' ');
                last.push_str(word);
            }
            _ => tokens.push(word.to_owned()),
        }
    }
    let mut tokens = tokens.iter().map(String::as_str).peekable();
    any_of(&mut tokens) && tokens.next().is_none()
}

use std::iter::Peekable;

fn any_of<'t, I: Iterator<Item = &'t str>>(tokens: &mut Peekable<I>) -> bool {
    let mut allowed = all_of(tokens);
    while tokens.next_if_eq(&"OR").is_some() {
        allowed |= all_of(tokens);
    }
    allowed
}

fn all_of<'t, I: Iterator<Item = &'t str>>(tokens: &mut Peekable<I>) -> bool {
    let mut allowed = one(tokens);
    while tokens.next_if_eq(&"AND").is_some() {
        allowed &= one(tokens);
    }
    allowed
}

fn one<'t, I: Iterator<Item = &'t str>>(tokens: &mut Peekable<I>) -> bool {
    match tokens.next() {
        Some("(") => {
            let allowed = any_of(tokens);
            tokens.next() == Some(")") && allowed
        }
        Some(licence) => LICENCES.contains(&licence),
        None => false,
    }
}

#[test]
fn licence_expressions_are_understood() {
    assert!(is_allowed("MIT OR Apache-2.0"));
    assert!(is_allowed("MIT/GPL-3.0"));
    assert!(is_allowed("(MIT OR GPL-3.0) AND Unicode-3.0"));
    assert!(is_allowed("Apache-2.0 WITH LLVM-exception OR GPL-2.0"));
    assert!(!is_allowed("GPL-3.0 AND MIT"));
    assert!(!is_allowed("(MIT"));
    assert!(!is_allowed(""));
}

#[test]
fn readme_lists_the_apis_that_are_served() {
    let mut table = String::from("| key | API | versions |\n|---|---|---|\n");
    for api in klamm::api::TABLE {
        let (first, last) = (api.versions.start(), api.versions.end());
        let versions = if first == last { first.to_string() } else { format!("{first} to {last}") };
        table.push_str(&format!("| {} | {} | {versions} |\n", api.key.code(), api.name()));
    }
    check_readme("apis", &table);
}

#[test]
fn readme_lists_the_defaults_that_differ() {
    let mut table = String::from("| setting | Apache Kafka | klamm | why |\n|---|---|---|---|\n");
    for difference in klamm::cluster::DIFFERENCES {
        let klamm::cluster::Difference { name, kafka, klamm, why, .. } = difference;
        table.push_str(&format!("| `{name}` | {kafka} | {klamm} | {why} |\n"));
    }
    check_readme("differences", &table);
}

/// Compares what stands between two marks in the README; with `UPDATE_EXPECT=1` puts it there.
fn check_readme(mark: &str, expected: &str) {
    static ONE_AT_A_TIME: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let path = root().join("README.md");
    let readme = fs::read_to_string(&path).unwrap();
    let (begin, end) = (format!("<!-- {mark} -->\n"), format!("<!-- /{mark} -->"));
    let (before, rest) = readme.split_once(&begin).expect("the README has the mark");
    let (found, after) = rest.split_once(&end).expect("the README has the end mark");
    if found == expected {
        return;
    }
    assert!(
        std::env::var_os("UPDATE_EXPECT").is_some(),
        "README.md, {mark}: run UPDATE_EXPECT=1 cargo test --test tidy; it should read\n{expected}"
    );
    fs::write(&path, format!("{before}{begin}{expected}{end}{after}")).unwrap();
}
