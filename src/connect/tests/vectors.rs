//! Every vector of `fixtures/connect/vectors.tsv` has a test.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const VECTORS: &str = include_str!("../../../fixtures/connect/vectors.tsv");

/// The functions under a folder that are tests.
fn tests_in(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            tests_in(&path, found);
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let mut is_test = false;
        for line in text.lines() {
            let name = line.trim_start_matches("async ").strip_prefix("fn ");
            if is_test && let Some((name, _)) = name.and_then(|name| name.split_once('(')) {
                found.insert(name.to_owned());
            }
            is_test = line.starts_with("#[test]") || line.starts_with("#[tokio::test");
        }
    }
}

#[test]
fn every_vector_names_its_tests() {
    let mut tests = BTreeSet::new();
    tests_in(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/connect"), &mut tests);
    for (index, line) in VECTORS.lines().enumerate() {
        let [number, _, names] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("no vector: {line}");
        };
        assert_eq!(number, (index + 1).to_string());
        for name in names.split(',') {
            assert!(tests.contains(name), "vector {number}: there is no test {name}");
        }
    }
    assert_eq!(VECTORS.lines().count(), 51);
}
