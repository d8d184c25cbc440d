//! Appends and reads of one partition, without network or locks: nanoseconds a call.
//!
//! `cargo bench --bench log`. The files go to the temporary directory (`TMPDIR`).

use std::hint::black_box;
use std::time::{Duration, Instant};

use klamm::base::{LeaderEpoch, Now, Offset, TopicId, TopicPartition};
use klamm::cluster::LogConfig;
use klamm::record::{Batch, BatchBuilder};
use klamm::storage::{AppendOrigin, LogDirectory, LogDirectoryOptions, ReadLimits, Replica};

const NOW: Now = Now { monotonic: Duration::ZERO, wall_ms: 1_700_000_000_000 };
const BYTES_PER_RUN: usize = 1 << 30;
const APPENDS_MAX: usize = 400_000;

fn main() {
    for (name, batch_bytes) in [("1 KiB", 1 << 10), ("16 KiB", 16 << 10), ("1 MiB", 1 << 20)] {
        let appended = run(batch_bytes, false);
        let limit = bare_writes(batch_bytes);
        let idempotent = run(batch_bytes, true);
        report(&format!("append {name}"), appended.append, batch_bytes);
        report(&format!("append {name}, idempotent"), idempotent.append, batch_bytes);
        report(&format!("bare pwrite {name} (the limit)"), limit, batch_bytes);
        report(&format!("read the batch just appended, {name}"), appended.tail_read, 0);
        report(&format!("catch up by 1 MiB reads, {name}"), appended.catch_up_read, 0);
        report(&format!("open after a kill, {name}"), appended.open, 0);
    }
}

fn report(name: &str, each: Duration, bytes: usize) {
    let nanos = each.as_nanos();
    let rate = match bytes {
        0 => String::new(),
        bytes => format!("  {:.2} s/GB", each.as_secs_f64() * 1e9 / bytes as f64),
    };
    #[allow(clippy::print_stdout, reason = "the point of a benchmark")]
    {
        println!("{name:<45} {nanos:>9} ns{rate}");
    }
}

struct Run {
    append: Duration,
    tail_read: Duration,
    catch_up_read: Duration,
    open: Duration,
}

fn run(batch_bytes: usize, idempotent: bool) -> Run {
    let temporary = tempfile::tempdir().expect("a temporary directory");
    let directory = open(temporary.path());
    let mut replica = replica(&directory);
    let count = (BYTES_PER_RUN / batch_bytes).min(APPENDS_MAX);
    let (append, tail_read) = append_all(&mut replica, batch_bytes, count, idempotent);
    let catch_up_read = catch_up(&mut replica);
    drop((replica, directory));
    let start = Instant::now();
    let directory = open(temporary.path());
    let replica = self::replica(&directory);
    let open = start.elapsed();
    assert_eq!(replica.offsets().end, Offset(count as i64));
    Run { append, tail_read, catch_up_read, open }
}

fn append_all(
    replica: &mut Replica,
    batch_bytes: usize,
    count: usize,
    idempotent: bool,
) -> (Duration, Duration) {
    let value = vec![b'x'; batch_bytes - 80];
    let mut builder = BatchBuilder::new();
    builder.append(NOW.wall_ms, None, Some(&value), &[]);
    let bytes = builder.build().expect("a batch");
    let batch = Batch::parse(&bytes).expect("a batch");
    let mut header = batch.header;
    let limits = ReadLimits { bytes_max: 1 << 20, one_batch_at_least: true, committed_only: false };
    let (mut appending, mut reading) = (Duration::ZERO, Duration::ZERO);
    for number in 0..count {
        if idempotent {
            header.producer_id.0 = 7;
            header.producer_epoch.0 = 0;
            header.base_sequence = number as i32;
            header.crc = header.crc_with(batch.payload());
        }
        let start = Instant::now();
        let origin = AppendOrigin::Client;
        let appended = replica.append_batch(&header, batch.payload(), origin, LeaderEpoch(0), NOW);
        let appended = appended.expect("room on the disk");
        let between = Instant::now();
        black_box(replica.read(appended.base_offset, limits).expect("a read"));
        appending += between - start;
        reading += between.elapsed();
    }
    (appending / count as u32, reading / count as u32)
}

fn catch_up(replica: &mut Replica) -> Duration {
    let limits = ReadLimits { bytes_max: 1 << 20, one_batch_at_least: true, committed_only: false };
    let (mut offset, mut reads) = (Offset(0), 0);
    let per_record = replica.size_bytes() / replica.offsets().end.0 as u64;
    let start = Instant::now();
    while offset < replica.offsets().end {
        let read = replica.read(offset, limits).expect("a read");
        let range = read.range.expect("something to read");
        offset = offset.plus((u64::from(range.length) / per_record) as i64);
        reads += 1;
    }
    start.elapsed() / reads
}

/// What the operating system takes for the same bytes.
fn bare_writes(batch_bytes: usize) -> Duration {
    let temporary = tempfile::tempfile().expect("a temporary file");
    // As odd as batches are.
    let bytes = vec![b'x'; batch_bytes - 9];
    let count = (BYTES_PER_RUN / batch_bytes).min(APPENDS_MAX);
    let start = Instant::now();
    for number in 0..count {
        let position = (number * bytes.len()) as u64;
        std::os::unix::fs::FileExt::write_all_at(&temporary, &bytes, position).expect("room");
    }
    start.elapsed() / count as u32
}

fn open(path: &std::path::Path) -> LogDirectory {
    LogDirectory::open(path, LogDirectoryOptions::default(), NOW).expect("a directory")
}

fn replica(directory: &LogDirectory) -> Replica {
    let partition = TopicPartition::new("bench", 0);
    directory.replica(partition, TopicId::ZERO, LogConfig::default(), NOW).expect("a partition")
}
