use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::symlink;

use proptest::collection::vec;
use proptest::prelude::*;
use tempfile::TempDir;

use super::keys::{aside_components, plain_segments};
use super::*;

const BUCKET: &str = "bucket";

struct World {
    directory: TempDir,
    store: Store,
}

impl World {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::new(directory.path().join("s3"), false);
        store.create_bucket(BUCKET).unwrap();
        Self { directory, store }
    }

    fn path(&self, below: &str) -> PathBuf {
        self.directory.path().join("s3").join(below)
    }

    fn put(&self, key: &str, bytes: &[u8]) {
        let mut temp = self.store.temp_file().unwrap();
        temp.file.write_all(bytes).unwrap();
        let etag = format!("etag-of-{}", String::from_utf8_lossy(bytes));
        let meta = ObjectMeta { key: key.to_owned(), etag, ..ObjectMeta::default() };
        self.store.commit(BUCKET, key, temp, &meta, &Condition::default()).unwrap();
    }

    fn get(&self, key: &str) -> Option<(Vec<u8>, ObjectMeta)> {
        let mut object = match self.store.open(BUCKET, key) {
            Ok(object) => object,
            Err(Error::NoSuchKey) => return None,
            Err(error) => panic!("{key:?}: {error}"),
        };
        let mut bytes = Vec::new();
        object.file.read_to_end(&mut bytes).unwrap();
        assert_eq!(bytes.len() as u64, object.size);
        Some((bytes, object.meta))
    }

    fn bytes(&self, key: &str) -> Option<Vec<u8>> {
        self.get(key).map(|(bytes, _)| bytes)
    }

    fn delete(&self, key: &str) {
        self.store.delete(BUCKET, key, &Condition::default()).unwrap();
    }

    fn names(&self, query: &ListQuery) -> Vec<String> {
        let mut names = Vec::new();
        let mut query = query.clone();
        loop {
            let page = self.store.list(BUCKET, &query).unwrap();
            assert!(page.entries.len() <= query.max);
            names.extend(page.entries.into_iter().map(ListEntry::into_name));
            if !page.truncated {
                return names;
            }
            query.after = names.last().cloned();
        }
    }

    fn keys(&self) -> Vec<String> {
        self.names(&ListQuery { max: 1000, ..ListQuery::default() })
    }

    /// Files below our own folder, apart from empty directories.
    fn private_files(&self, below: &str) -> usize {
        fn count(path: &std::path::Path) -> usize {
            match fs::read_dir(path) {
                Ok(entries) => entries.map(|entry| count(&entry.unwrap().path())).sum(),
                Err(_) => usize::from(path.exists()),
            }
        }
        count(&self.path(&format!(".klamm/{below}")))
    }
}

/// Keys made of pieces that get in each other's way.
fn keys() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => prop::sample::select(vec!["a", "b", "a-", "a0", "é", "%", "+", "=", "A", " "])
            .prop_map(str::to_owned),
        4 => Just("/".to_owned()),
        1 => prop::sample::select(vec![".", "..", "%2F", ".klamm", "\n", "\u{7f}", "文"])
            .prop_map(str::to_owned),
        1 => Just("n".repeat(130)),
    ];
    vec(piece, 1..6).prop_map(|pieces| pieces.concat())
}

fn any_key() -> impl Strategy<Value = String> {
    prop_oneof![keys(), "\\PC{1,80}", "[\\x00-\\x7f]{1,40}", "[a-c/.]{1,300}"]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn a_key_is_read_back_from_its_name_aside(key in any_key()) {
        let components = aside_components(&key);
        let mut pieces = String::new();
        for (index, component) in components.iter().enumerate() {
            prop_assert!(component.len() <= 255 && !component.contains('/'));
            match keys::parse_aside_name(component) {
                Some(keys::AsideName::Directory(piece)) if index + 1 < components.len() => {
                    pieces.push_str(piece);
                }
                Some(keys::AsideName::File(piece)) if index + 1 == components.len() => {
                    pieces.push_str(piece);
                }
                _ => prop_assert!(false, "{component:?} is neither"),
            }
        }
        prop_assert_eq!(keys::unescape(&pieces), Some(key));
    }

    #[test]
    fn any_key_holds_an_object_and_lets_it_go(key in any_key()) {
        let world = World::new();
        world.put(&key, b"bytes");
        prop_assert_eq!(world.bytes(&key), Some(b"bytes".to_vec()));
        prop_assert_eq!(world.keys(), vec![key.clone()]);
        world.delete(&key);
        prop_assert_eq!(world.bytes(&key), None);
        world.store.delete_bucket(BUCKET).unwrap();
        prop_assert_eq!(fs::read_dir(world.directory.path()).unwrap().count(), 1);
    }
}

#[derive(Debug, Clone)]
enum Step {
    Put(String, u8),
    Delete(String),
    List { prefix: String, delimiter: Option<String>, after: Option<String>, max: usize },
    Reopen,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let delimiter = prop::sample::select(vec!["/", "a", "//", "/a", "é"]).prop_map(str::to_owned);
    let prefix = prop_oneof![2 => Just(String::new()), 3 => keys()];
    let list = (prefix, prop::option::of(delimiter), prop::option::of(keys()), 1..6usize);
    let step = prop_oneof![
        6 => (keys(), any::<u8>()).prop_map(|(key, byte)| Step::Put(key, byte)),
        3 => keys().prop_map(Step::Delete),
        4 => list.prop_map(|(prefix, delimiter, after, max)| Step::List {
            prefix, delimiter, after, max,
        }),
        1 => Just(Step::Reopen),
    ];
    vec(step, 1..60)
}

/// What S3 lists of a map: keys and common prefixes after a marker, in byte order.
fn listing(model: &BTreeMap<String, u8>, query: &ListQuery) -> Vec<String> {
    let mut names = Vec::new();
    for key in model.keys().filter(|key| key.starts_with(&query.prefix)) {
        let name = query.roll_up(key).unwrap_or(key).to_owned();
        if query.after.as_ref().is_none_or(|after| name > *after) && names.last() != Some(&name) {
            names.push(name);
        }
    }
    names
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_store_is_a_map_in_byte_order(steps in steps()) {
        let mut world = World::new();
        let mut model: BTreeMap<String, u8> = BTreeMap::new();
        for step in steps {
            match step {
                Step::Put(key, byte) => {
                    world.put(&key, &[byte]);
                    model.insert(key, byte);
                }
                Step::Delete(key) => {
                    world.delete(&key);
                    model.remove(&key);
                }
                Step::List { prefix, delimiter, after, max } => {
                    let query = ListQuery { prefix, delimiter, after, max };
                    prop_assert_eq!(world.names(&query), listing(&model, &query), "{:?}", query);
                }
                Step::Reopen => {
                    world.store = Store::new(world.path(""), false);
                }
            }
        }
        prop_assert_eq!(world.keys(), model.keys().cloned().collect::<Vec<_>>());
        for (key, byte) in &model {
            prop_assert_eq!(world.bytes(key), Some(vec![*byte]));
        }
        prop_assert_eq!(world.private_files("meta"), model.len(), "one sidecar an object");
        for key in model.keys() {
            world.delete(key);
        }
        prop_assert_eq!(world.private_files("meta"), 0);
        prop_assert_eq!(fs::read_dir(world.path(BUCKET)).unwrap().count(), 0);
    }
}

#[test]
fn nothing_is_made_before_the_first_bucket() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::new(directory.path().join("s3"), false);
    assert!(store.buckets().unwrap().is_empty());
    assert!(matches!(store.head_bucket("none"), Err(Error::NoSuchBucket)));
    assert!(matches!(store.open("none", "k"), Err(Error::NoSuchBucket)));
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[test]
fn keys_that_can_be_paths_are_paths() {
    let world = World::new();
    world.put("topics/clicks/clicks+0+0000000000.json", b"rows");
    let path = world.path("bucket/topics/clicks/clicks+0+0000000000.json");
    assert_eq!(fs::read(path).unwrap(), b"rows");
    assert!(plain_segments("a/.klamm/b").is_some());
    for key in ["/a", "a//b", "a/", ".", "a/../b", "nul\0"] {
        assert!(plain_segments(key).is_none(), "{key:?}");
    }
}

#[test]
fn an_object_that_blocked_another_keeps_its_place_when_that_goes() {
    let world = World::new();
    world.put("a", b"file");
    world.put("a/b", b"aside");
    world.delete("a");
    assert_eq!(world.bytes("a/b").unwrap(), b"aside");
    world.put("a/b", b"plain");
    assert_eq!(fs::read(world.path("bucket/a/b")).unwrap(), b"plain");
    assert_eq!(world.private_files("keys"), 0);
    world.put("a", b"now aside");
    assert_eq!(world.keys(), ["a", "a/b"]);
}

#[test]
fn a_replacement_takes_bytes_and_metadata_together() {
    let world = World::new();
    world.put("k", b"one");
    let before = world.store.open(BUCKET, "k").unwrap();
    world.put("k", b"two");
    assert_eq!(world.get("k").unwrap().1.etag, "etag-of-two");
    assert_eq!(before.meta.etag, "etag-of-one");
    let mut bytes = Vec::new();
    (&before.file).read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes, b"one", "a reader keeps what it opened");
}

#[test]
fn readers_never_see_a_mixture() {
    let world = World::new();
    world.put("k", b"0");
    std::thread::scope(|scope| {
        for writer in 0..3u8 {
            let world = &world;
            scope.spawn(move || {
                for round in 0..100u8 {
                    world.put("k", format!("{writer}-{round}").as_bytes());
                }
            });
        }
        for _ in 0..300 {
            let (bytes, meta) = world.get("k").unwrap();
            assert_eq!(meta.etag, format!("etag-of-{}", String::from_utf8_lossy(&bytes)));
        }
    });
    assert_eq!(world.private_files("meta"), 1);
}

#[test]
fn a_crash_before_the_rename_leaves_the_old_object() {
    let world = World::new();
    world.put("k", b"old");
    let mut temp = world.store.temp_file().unwrap();
    temp.file.write_all(b"new").unwrap();
    let meta = ObjectMeta { etag: "new".to_owned(), ..ObjectMeta::default() };
    let identity = meta::Identity { modified_ns: 1, size: 3 };
    std::mem::forget(world.store.mark(BUCKET, "k").unwrap());
    world.store.write_meta(BUCKET, "k", identity, &meta).unwrap();
    std::mem::forget(temp);
    assert_eq!((world.private_files("tmp"), world.private_files("meta")), (2, 2));
    let store = Store::new(world.path(""), false);
    assert_eq!(store.open(BUCKET, "k").unwrap().meta.etag, "etag-of-old");
    drop(store.temp_file().unwrap());
    let left = (world.private_files("tmp"), world.private_files("meta"));
    assert_eq!(left, (0, 1), "swept by the next process");
    assert_eq!(store.open(BUCKET, "k").unwrap().meta.etag, "etag-of-old");
}

#[test]
fn a_crash_after_the_rename_leaves_the_new_object_and_no_other_metadata() {
    let world = World::new();
    world.put("k", b"new");
    world.put("deleted", b"bytes");
    let stale = meta::Identity { modified_ns: 1, size: 3 };
    for key in ["k", "deleted"] {
        let meta = ObjectMeta { key: key.to_owned(), ..ObjectMeta::default() };
        std::mem::forget(world.store.mark(BUCKET, key).unwrap());
        world.store.write_meta(BUCKET, key, stale, &meta).unwrap();
    }
    fs::remove_file(world.path("bucket/deleted")).unwrap();
    assert_eq!(world.private_files("meta"), 4);
    let store = Store::new(world.path(""), false);
    drop(store.temp_file().unwrap());
    assert_eq!((world.private_files("tmp"), world.private_files("meta")), (0, 1));
    assert_eq!(store.open(BUCKET, "k").unwrap().meta.etag, "etag-of-new");
}

#[test]
fn uploads_that_a_crash_cut_short_at_either_end_are_swept() {
    let world = World::new();
    let mut ids = Vec::new();
    for key in ["goes on", "is complete"] {
        let upload = Upload { key: key.to_owned(), ..Upload::default() };
        ids.push(world.store.create_upload(BUCKET, upload).unwrap());
    }
    fs::create_dir(world.path(".klamm/uploads/bucket/0123abcd")).unwrap();
    let (temp, upload_id) = (world.store.temp_file().unwrap(), ids.pop());
    let meta = ObjectMeta { key: "is complete".to_owned(), upload_id, ..ObjectMeta::default() };
    world.store.commit(BUCKET, "is complete", temp, &meta, &Condition::default()).unwrap();
    assert_eq!(world.store.uploads(BUCKET).unwrap().len(), 2);
    let store = Store::new(world.path(""), false);
    drop(store.temp_file().unwrap());
    let left: Vec<String> =
        store.uploads(BUCKET).unwrap().into_iter().map(|upload| upload.id).collect();
    assert_eq!(left, ids);
    assert_eq!(fs::read_dir(world.path(".klamm/uploads/bucket")).unwrap().count(), 1);
    assert_eq!(fs::read_dir(world.path(".klamm/tmp")).unwrap().count(), 0);
}

#[test]
fn a_bucket_made_again_has_nothing_of_the_one_before() {
    let world = World::new();
    world.put("a//b", b"aside");
    world.store.create_upload(BUCKET, Upload::default()).unwrap();
    fs::remove_dir(world.path(BUCKET)).unwrap();
    let store = Store::new(world.path(""), false);
    store.create_bucket(BUCKET).unwrap();
    assert!(matches!(store.open(BUCKET, "a//b"), Err(Error::NoSuchKey)));
    assert!(store.uploads(BUCKET).unwrap().is_empty());
}

#[test]
fn a_half_written_sidecar_does_not_hide_the_object() {
    let world = World::new();
    world.put("k", b"bytes");
    let meta = world.path(".klamm/meta/bucket");
    let shard = fs::read_dir(meta).unwrap().next().unwrap().unwrap().path();
    let sidecar = fs::read_dir(shard).unwrap().next().unwrap().unwrap().path();
    fs::write(sidecar, b"{\"etag\":\"x").unwrap();
    let (bytes, meta) = world.get("k").unwrap();
    assert_eq!(bytes, b"bytes");
    assert!(meta.etag.ends_with("-0"), "{}", meta.etag);
}

#[test]
fn a_planted_link_leads_nowhere() {
    let world = World::new();
    let outside = world.directory.path().join("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("secret"), b"secret").unwrap();
    symlink(&outside, world.path("bucket/link")).unwrap();
    symlink(outside.join("secret"), world.path("bucket/file")).unwrap();
    symlink(&outside, world.path("planted")).unwrap();
    assert_eq!(world.get("link/secret"), None);
    assert_eq!(world.get("file"), None);
    assert!(world.keys().is_empty());
    assert!(matches!(world.store.head_bucket("planted"), Err(Error::NoSuchBucket)));
    world.delete("link/secret");
    assert!(matches!(world.store.delete_bucket(BUCKET), Err(Error::BucketNotEmpty(_))));
    world.put("link/secret", b"mine");
    world.put("file", b"mine");
    assert_eq!(fs::read(outside.join("secret")).unwrap(), b"secret");
    assert_eq!(world.keys(), ["file", "link/secret"]);
}

#[test]
fn a_listing_reads_only_directories_that_can_matter() {
    let world = World::new();
    for day in 0..30 {
        world.put(&format!("topics/day={day:02}/file"), b"x");
    }
    let query = ListQuery { prefix: "topics/day=07/".to_owned(), max: 10, ..ListQuery::default() };
    let directory = world.store.bucket(BUCKET).unwrap();
    let mut walk = walk::Walk::new(&directory, &query).unwrap();
    assert_eq!(walk.next().unwrap().as_deref(), Some("topics/day=07/file"));
    assert_eq!(walk.next().unwrap(), None);
    assert_eq!(walk.directories_read(), 3);
}

#[test]
fn conditions_hold_against_the_object_in_place() {
    let world = World::new();
    let condition = |if_match: Option<&str>, if_none_match: Option<&str>| Condition {
        if_match: if_match.map(str::to_owned),
        if_none_match: if_none_match.map(str::to_owned),
    };
    let put = |condition: &Condition| {
        let temp = world.store.temp_file().unwrap();
        let meta = ObjectMeta { etag: "e".to_owned(), ..ObjectMeta::default() };
        world.store.commit(BUCKET, "k", temp, &meta, condition).map(drop)
    };
    assert!(matches!(put(&condition(Some("*"), None)), Err(Error::NoSuchKey)));
    put(&condition(None, Some("*"))).unwrap();
    assert!(matches!(put(&condition(None, Some("*"))), Err(Error::ConditionFailed(_))));
    assert!(matches!(put(&condition(None, Some("e"))), Err(Error::ConditionFailed(_))));
    assert!(matches!(put(&condition(Some("f"), None)), Err(Error::ConditionFailed(_))));
    put(&condition(Some("e"), None)).unwrap();
    put(&condition(Some("*"), Some("f"))).unwrap();
    assert_eq!(world.private_files("tmp"), 0, "refused bodies are gone");
}

#[test]
fn an_upload_survives_a_restart_and_completes_once() {
    let world = World::new();
    let upload = Upload { key: "k".to_owned(), ..Upload::default() };
    let id = world.store.create_upload(BUCKET, upload).unwrap();
    for bytes in [b"old", b"new"] {
        let mut temp = world.store.temp_file().unwrap();
        temp.file.write_all(bytes).unwrap();
        let etag = String::from_utf8_lossy(bytes).into_owned();
        let part = PartMeta { number: 1, size: 3, etag, ..PartMeta::default() };
        world.store.put_part(BUCKET, "k", &id, temp, part).unwrap();
    }
    let store = Store::new(world.path(""), false);
    assert!(matches!(store.upload(BUCKET, "other", &id), Err(Error::NoSuchUpload)));
    assert!(matches!(store.upload(BUCKET, "k", "../k"), Err(Error::NoSuchUpload)));
    let chosen = ChosenPart { number: 1, etag: Some("old".to_owned()), ..ChosenPart::default() };
    let chosen = [chosen];
    let refused = store.choose_parts(BUCKET, "k", &id, &chosen);
    assert!(matches!(refused, Err(Error::InvalidPart(1))));
    let chosen = [ChosenPart { number: 1, ..ChosenPart::default() }];
    let (_, parts) = store.choose_parts(BUCKET, "k", &id, &chosen).unwrap();
    let meta = ObjectMeta { key: "k".to_owned(), parts, ..ObjectMeta::default() };
    let no = Condition { if_match: Some("x".to_owned()), if_none_match: None };
    assert!(store.complete_upload(BUCKET, &id, meta.clone(), &no).is_err());
    store.complete_upload(BUCKET, &id, meta, &Condition::default()).unwrap();
    assert_eq!(world.bytes("k").unwrap(), b"new");
    assert!(store.uploads(BUCKET).unwrap().is_empty());
    assert_eq!(world.private_files("uploads"), 0);
}
