//! Every file below `fixtures/explain`, with the verdict beside it; and what must hold of all.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use expect_test::expect_file;

use super::text::Sources;
use super::verdict::{Verdict, verdict};
use super::{detect, errors};

/// The last one holds the files of the posts that klamm began with, whole.
const FOLDERS: &[&str] = &["compose", "k8s", "properties", SEEDS];
const SEEDS: &str = "../config/seeds";

/// Files in which only people can say what is meant.
const BY_HAND: &[&str] = &["k8s/wrong-load-balancer.yaml"];

fn fixtures(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/explain").join(folder)
}

/// The files of a folder that are judged; those in folders of their own belong to one of them.
fn files(folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(fixtures(folder)).unwrap().map(|entry| entry.unwrap().path());
    let is_judged = |path: &PathBuf| {
        path.extension().is_some_and(|it| it == "yml" || it == "yaml" || it == "properties")
    };
    let mut files: Vec<PathBuf> = entries.filter(is_judged).collect();
    files.sort();
    files
}

fn judged(path: &Path) -> Verdict {
    let mut sources = Sources::default();
    sources.open(path).unwrap();
    let format = detect::detect(sources.text(0));
    verdict(format, &mut sources, &BTreeMap::new()).unwrap()
}

/// The verdict in short: who gets through, what was found, what would be changed.
fn short(verdict: &Verdict) -> String {
    let mut text = format!("{}\n", verdict.summary);
    for row in &verdict.rows {
        let listener = row.listener.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string);
        let told = row.told.join(",");
        let _ = write!(text, "{:<7} {} -> {}", row.verdict.word(), row.who, row.bootstrap);
        let _ = write!(text, " -> {listener} -> {}", if told.is_empty() { "-" } else { &told });
        if !row.reason.is_empty() {
            let _ = write!(text, "  ({})", row.reason);
        }
        text.push('\n');
    }
    for diagnosis in &verdict.diagnoses {
        let _ = writeln!(text, "{}  {}", diagnosis.finding.id, diagnosis.finding.evidence);
    }
    for note in &verdict.notes {
        let _ = writeln!(text, "note: {note}");
    }
    for id in &verdict.left {
        let _ = writeln!(text, "left: {id}");
    }
    let changes = verdict.diff.lines().filter(|line| line.starts_with(['+', '-']));
    for line in changes.filter(|line| !line.starts_with("---") && !line.starts_with("+++")) {
        let _ = writeln!(text, "{line}");
    }
    text.replace(fixtures("").to_str().unwrap(), "")
}

#[test]
fn every_file_has_its_verdict() {
    let mut count = 0;
    for folder in FOLDERS {
        for path in files(folder) {
            count += 1;
            let said = short(&judged(&path));
            let name = path.file_name().unwrap().to_str().unwrap();
            let beside = match *folder {
                SEEDS => fixtures("properties").join(format!("seed-{name}.verdict")),
                _ => path.with_file_name(format!("{name}.verdict")),
            };
            expect_file![beside].assert_eq(&said);
        }
    }
    assert!(count >= 40, "{count} files");
}

/// Applies one file's unified diff as strictly as can be: every line of context must be there.
fn patched(text: &str, diff: &str) -> String {
    let old: Vec<&str> = text.split_inclusive('\n').collect();
    let mut out = String::new();
    let mut at = 0;
    for line in diff.split_inclusive('\n') {
        if let Some(head) = line.strip_prefix("@@ -") {
            let (start, rest) = head.split_once(',').unwrap();
            let length: usize = rest.split_once(' ').unwrap().0.parse().unwrap();
            let start: usize = start.parse().unwrap();
            let start = if length == 0 { start } else { start - 1 };
            out.extend(old[at..start].iter().copied());
            at = start;
        } else if line.starts_with('\\') {
            out.truncate(out.trim_end_matches('\n').len());
        } else {
            let (mark, body) = line.split_at(1);
            if mark != "+" {
                assert_eq!(old[at].trim_end_matches('\n'), body.trim_end_matches('\n'), "{diff}");
                at += 1;
            }
            if mark != "-" {
                out.push_str(body);
            }
        }
    }
    out.extend(old[at..].iter().copied());
    out
}

/// The files as the diff makes them, the judged one first.
fn corrected(path: &Path, diff: &str) -> Sources {
    let mut sources = Sources::default();
    let mut texts = BTreeMap::from([(path.to_owned(), fs::read_to_string(path).unwrap())]);
    for part in diff.split("\n--- ").map(|part| part.trim_start_matches("--- ")) {
        let (name, rest) = part.split_once("\n+++ ").unwrap();
        let hunks = rest.split_once('\n').unwrap().1;
        let hunks = format!("{}\n", hunks.trim_end_matches('\n'));
        let text = fs::read_to_string(name).unwrap();
        texts.insert(PathBuf::from(name), patched(&text, &hunks));
    }
    sources.add(path.to_owned(), texts.remove(path).unwrap());
    for (path, text) in texts {
        sources.add(path, text);
    }
    sources
}

/// What the diff of every wrong file makes is found to be right, and keeps the comments.
#[test]
fn a_corrected_file_is_right() {
    let mut count = 0;
    for path in FOLDERS.iter().flat_map(|folder| files(folder)) {
        let verdict = judged(&path);
        if verdict.diagnoses.is_empty() {
            assert!(verdict.diff.is_empty(), "{}", path.display());
            continue;
        }
        if BY_HAND.iter().any(|name| path.ends_with(name)) {
            assert!(!verdict.left.is_empty(), "{}", path.display());
            continue;
        }
        assert!(verdict.left.is_empty(), "{}: {:?}", path.display(), verdict.left);
        let mut sources = corrected(&path, &verdict.diff);
        let comments = |text: &str| text.matches('#').count();
        let original = fs::read_to_string(&path).unwrap();
        if path.extension().is_some_and(|it| it != "properties") {
            assert_eq!(comments(&original), comments(sources.text(0)), "{}", path.display());
        }
        let format = detect::detect(sources.text(0));
        let again = super::verdict::verdict(format, &mut sources, &BTreeMap::new()).unwrap();
        let found: Vec<String> = again.diagnoses.iter().map(|it| it.finding.to_string()).collect();
        assert!(found.is_empty(), "{}: {found:?}", path.display());
        count += 1;
    }
    assert!(count >= 20, "{count} files");
}

/// `fixtures/explain/errors.txt`: `[L03 client]`, then what the client printed.
#[test]
fn every_error_text_leads_to_its_mistake() {
    let cases = fs::read_to_string(fixtures("errors.txt")).unwrap();
    let mut wrong = String::new();
    let mut count = 0;
    for case in cases.split("\n\n[").map(|case| case.trim_start_matches('[')) {
        let (head, text) = case.split_once("]\n").unwrap();
        let (id, client) = head.split_once(' ').unwrap();
        let explained = errors::explain(text);
        let found = explained.as_ref().map_or("nothing", |it| it.candidates[0].id);
        let whose = explained.as_ref().and_then(|it| it.client).unwrap_or("-");
        count += 1;
        if found != id || whose != client {
            let _ = writeln!(wrong, "[{head}] is taken for {found} of {whose}:\n{text}\n");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(count >= 40, "{count} texts");
}
