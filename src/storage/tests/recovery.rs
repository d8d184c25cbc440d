//! Crashes: of the process, of the machine, at any byte.

use proptest::prelude::*;

use super::*;

/// Forgets which boot the directory was used in, as if the machine had gone down.
fn power_loss(path: &Path) {
    let _ = std::fs::remove_file(path.join(".klamm_boot_id"));
}

/// The machine's boots can only be told apart where it says so.
fn boots_are_known() -> bool {
    Path::new("/proc/sys/kernel/random/boot_id").exists()
}

#[test]
fn a_clean_stop_leaves_nothing_to_scan() {
    let world = World::new();
    let directory = world.open();
    let mut replica = world.replica(&directory);
    for number in 0..100 {
        append(&mut replica, &batch(1000 + number, &[&"x".repeat(500)]));
    }
    replica.close(NOW).unwrap();
    directory.close(NOW).unwrap();
    drop(directory);
    let directory = world.open();
    assert_eq!(directory.last_stop(), LastStop::Clean);
    let replica = world.replica(&directory);
    assert_eq!(replica.offsets().end, Offset(100));
    assert!(replica.recovery().scanned_bytes < 8192, "{:?}", replica.recovery());
}

#[test]
fn after_a_kill_only_the_tail_is_scanned() {
    let world = World::new();
    let directory = world.open();
    let mut replica = world.replica(&directory);
    for number in 0..1000 {
        append(&mut replica, &batch(1000 + number, &[&"x".repeat(10_000)]));
    }
    drop((replica, directory));
    let directory = world.open();
    let mut replica = world.replica(&directory);
    assert_eq!(replica.offsets().end, Offset(1000));
    if boots_are_known() {
        assert_eq!(directory.last_stop(), LastStop::Killed);
        assert!(replica.recovery().scanned_bytes < 1_200_000, "{:?}", replica.recovery());
    }
    assert_eq!(append(&mut replica, &batch(5000, &["y"])).base_offset, Offset(1000));
    assert_eq!(consume(&mut replica, Offset(0), 300_000).len(), 1001);
}

#[test]
fn after_a_power_loss_everything_from_the_recovery_point_is_scanned() {
    let world = World::with(LogConfig { segment_bytes: 50_000, ..LogConfig::default() });
    let directory = world.open();
    let mut replica = world.replica(&directory);
    for number in 0..40 {
        if number == 20 {
            replica.flush(NOW).unwrap();
        }
        append(&mut replica, &batch(1000 + number, &[&"x".repeat(10_000)]));
    }
    directory.checkpoint().unwrap();
    let size = replica.size_bytes();
    drop((replica, directory));
    power_loss(&world.path);
    let directory = world.open();
    assert_eq!(directory.last_stop(), LastStop::PowerLoss);
    let mut replica = world.replica(&directory);
    let scanned = replica.recovery().scanned_bytes;
    assert!(scanned > size / 2 - 50_000 && scanned < size / 2 + 50_000, "{scanned} of {size}");
    assert_eq!(consume(&mut replica, Offset(0), 300_000).len(), 40);
}

#[test]
fn segments_behind_a_damaged_one_are_dropped() {
    let world = World::with(LogConfig { segment_bytes: 5000, ..LogConfig::default() });
    let directory = world.open();
    let mut replica = world.replica(&directory);
    for number in 0..20 {
        append(&mut replica, &batch(1000 + number, &[&"x".repeat(1000)]));
    }
    drop((replica, directory));
    power_loss(&world.path);
    let damaged = world.partition_path().join("00000000000000000004.log");
    let mut bytes = std::fs::read(&damaged).unwrap();
    bytes[2500] ^= 1;
    std::fs::write(&damaged, bytes).unwrap();
    let directory = world.open();
    let mut replica = world.replica(&directory);
    assert_eq!(replica.offsets().end, Offset(6));
    assert!(replica.recovery().truncated_bytes > 10_000);
    assert_eq!(append(&mut replica, &batch(5000, &["y"])).base_offset, Offset(6));
    assert_eq!(consume(&mut replica, Offset(0), 3000).len(), 7);
    assert!(!world.files().contains(&"00000000000000000012.log".to_owned()));
}

#[test]
fn indexes_that_contradict_the_log_are_written_anew() {
    let world = World::new();
    let directory = world.open();
    let mut replica = world.replica(&directory);
    for number in 0..30 {
        append(&mut replica, &batch(1000 + number, &[&"x".repeat(3000)]));
    }
    replica.close(NOW).unwrap();
    directory.close(NOW).unwrap();
    drop(directory);
    let index = world.partition_path().join("00000000000000000000.index");
    let good = std::fs::read(&index).unwrap();
    let mut bad = good.clone();
    let last = bad.len() - 1;
    bad[last] ^= 4;
    std::fs::write(&index, bad).unwrap();
    let directory = world.open();
    let mut replica = world.replica(&directory);
    assert_eq!(consume(&mut replica, Offset(0), 10_000).len(), 30);
    replica.close(NOW).unwrap();
    assert_eq!(std::fs::read(&index).unwrap(), good);
}

#[test]
fn work_that_a_crash_has_interrupted_is_finished() {
    let world = World::with(LogConfig { segment_bytes: 5000, ..LogConfig::default() });
    let directory = world.open();
    let mut replica = world.replica(&directory);
    for number in 0..8 {
        append(&mut replica, &batch(1000 + number, &[&"x".repeat(1000)]));
    }
    replica.close(NOW).unwrap();
    drop(directory);
    let path = world.partition_path();
    std::fs::write(path.join("00000000000000000000.log.deleted"), "gone").unwrap();
    std::fs::write(path.join("00000000000000000000.log.cleaned"), "half").unwrap();
    std::fs::write(path.join("00000000000000000777.index"), "orphaned").unwrap();
    let log = path.join("00000000000000000000.log");
    std::fs::rename(&log, path.join("00000000000000000000.log.swap")).unwrap();
    let directory = world.open();
    let mut replica = world.replica(&directory);
    assert_eq!(consume(&mut replica, Offset(0), 10_000).len(), 8);
    let left = world.files();
    assert!(!left.iter().any(|name| name.ends_with("ed") || name.ends_with(".swap")), "{left:?}");
    assert!(!left.iter().any(|name| name.contains("777")), "{left:?}");
}

#[test]
fn an_unopened_partition_is_clean_after_a_stop_too() {
    let world = World::new();
    let directory = world.open();
    let mut replica = world.replica(&directory);
    append(&mut replica, &batch(1, &["a"]));
    drop((replica, directory));
    let directory = world.open();
    directory.close(NOW).unwrap();
    drop(directory);
    assert!(world.files().contains(&"00000000000000000001.snapshot".to_owned()));
    let directory = world.open();
    assert_eq!(directory.last_stop(), LastStop::Clean);
    assert_eq!(world.replica(&directory).offsets().end, Offset(1));
}

#[test]
fn a_partition_that_was_dropped_unclosed_is_found_again() {
    let world = World::new();
    let directory = world.open();
    let mut replica = world.replica(&directory);
    append(&mut replica, &batch(1, &["a"]));
    drop(replica);
    let mut replica = world.replica(&directory);
    assert_eq!(values(&replica.read(Offset(0), EVERYTHING).unwrap()), ["a"]);
}

/// What a test does to a log of several segments.
#[derive(Debug, Clone)]
enum Step {
    Append { bytes: usize, records: usize },
    Flush,
    Reopen,
    Kill,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        20 => (0..3000_usize, 1..4_usize)
            .prop_map(|(bytes, records)| Step::Append { bytes, records }),
        1 => Just(Step::Flush),
        1 => Just(Step::Reopen),
        1 => Just(Step::Kill),
    ]
}

fn play(world: &World, steps: &[Step]) -> Vec<Vec<u8>> {
    let mut directory = world.open();
    let mut replica = world.replica(&directory);
    let mut written = Vec::new();
    for (number, step) in steps.iter().enumerate() {
        match step {
            Step::Append { bytes, records } => {
                let value = "v".repeat(*bytes);
                let values = vec![value.as_str(); *records];
                append(&mut replica, &batch(1000 + (number as i64 * 7) % 50, &values));
                let offset = replica.offsets().end.plus(-(*records as i64));
                written.push(bytes_of(&replica.read(offset, EVERYTHING).unwrap()));
            }
            Step::Flush => replica.flush(NOW).unwrap(),
            Step::Reopen => {
                replica.close(NOW).unwrap();
                directory.close(NOW).unwrap();
                drop(directory);
                directory = world.open();
                replica = world.replica(&directory);
            }
            Step::Kill => {
                drop((replica, directory));
                directory = world.open();
                replica = world.replica(&directory);
            }
        }
    }
    directory.checkpoint().unwrap();
    verify::directory(&world.path);
    written
}

/// None before the first append.
fn log_files(world: &World) -> Vec<PathBuf> {
    if !world.partition_path().exists() {
        return Vec::new();
    }
    let names = world.files().into_iter().filter(|name| name.ends_with(".log"));
    names.map(|name| world.partition_path().join(name)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_lost_by_stops_and_kills(steps in prop::collection::vec(step(), 1..80)) {
        let world = World::with(LogConfig { segment_bytes: 20_000, ..LogConfig::default() });
        let written = play(&world, &steps);
        let directory = world.open();
        let mut replica = world.replica(&directory);
        prop_assert_eq!(consume(&mut replica, Offset(0), 5000), written);
        replica.close(NOW).unwrap();
        directory.close(NOW).unwrap();
        verify::directory(&world.path);
    }

    #[test]
    fn after_damage_the_log_is_a_prefix(
        steps in prop::collection::vec(step(), 1..60),
        place in any::<prop::sample::Index>(),
        file in any::<prop::sample::Index>(),
        truncate in any::<bool>(),
    ) {
        let world = World::with(LogConfig { segment_bytes: 20_000, ..LogConfig::default() });
        let steps: Vec<Step> =
            steps.into_iter().filter(|step| !matches!(step, Step::Flush | Step::Reopen)).collect();
        let written = play(&world, &steps);
        let logs = log_files(&world);
        let (mut before, mut intact) = (0, written.len());
        if !logs.is_empty() {
            let damaged = file.index(logs.len());
            let mut bytes = std::fs::read(&logs[damaged]).unwrap();
            if !bytes.is_empty() {
                let at = place.index(bytes.len());
                if truncate { bytes.truncate(at) } else { bytes[at] ^= 0x10 }
                std::fs::write(&logs[damaged], &bytes).unwrap();
                let sizes = |path: &PathBuf| std::fs::metadata(path).unwrap().len() as usize;
                before = logs[..damaged].iter().map(sizes).sum::<usize>() + at;
                let mut position = 0;
                let ends = written.iter().map(|batch| { position += batch.len(); position });
                intact = ends.filter(|end| *end <= before).count();
            }
        }
        power_loss(&world.path);
        let directory = world.open();
        let mut replica = world.replica(&directory);
        let kept = consume(&mut replica, Offset(0), 5000);
        prop_assert!(kept.len() >= intact, "{} of {intact} batches before {before}", kept.len());
        // A flipped bit outside the checksum is only seen where it makes the batch implausible.
        for (kept, written) in kept.iter().zip(&written) {
            prop_assert_eq!(&kept[21..], &written[21..]);
        }
        prop_assert!(kept.len() <= written.len());
        // The repaired log works on.
        append(&mut replica, &batch(1, &["on"]));
        let count = kept.len() + 1;
        prop_assert_eq!(consume(&mut replica, Offset(0), 5000).len(), count);
    }

    #[test]
    fn a_copy_taken_at_any_moment_opens(
        steps in prop::collection::vec(step(), 1..40),
        cut in 0..2000_u64,
    ) {
        let world = World::with(LogConfig { segment_bytes: 20_000, ..LogConfig::default() });
        let written = play(&world, &steps);
        let copy = World::with(world.config.clone());
        copy_directory(&world.path, &copy.path);
        // The last write had not happened, or only a part of it.
        if let Some(last) = log_files(&copy).last() {
            let file = std::fs::OpenOptions::new().write(true).open(last).unwrap();
            let length = file.metadata().unwrap().len();
            file.set_len(length.saturating_sub(cut)).unwrap();
        }
        let directory = copy.open();
        let mut replica = copy.replica(&directory);
        let kept = consume(&mut replica, Offset(0), 5000);
        prop_assert_eq!(&kept[..], &written[..kept.len()]);
        verify::directory(&copy.path);
    }
}
