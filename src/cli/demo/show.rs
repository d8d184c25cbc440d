//! What the demo says: on a terminal one line that is kept up to date under the list of
//! objects, elsewhere a line now and then.

use std::io::{self, IsTerminal, Write};
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::objects::Object;
use super::stream::Progress;
use super::{BUCKET, Report, TOPIC};

/// How often the state is printed where it cannot be overwritten.
const STATUS_EVERY: Duration = Duration::from_secs(5);

/// What is going to happen, and how to take part.
pub(super) fn introduction(report: &Report) {
    let server = &report.bootstrap_servers;
    let mut lines = vec![
        String::new(),
        format!("demo     events -> topic {TOPIC} -> S3 sink -> bucket {BUCKET}"),
        "         your own client, in another terminal:".to_owned(),
        format!("           klamm consume -b {server} {TOPIC} --from-beginning"),
        format!("           klamm groups -b {server} describe connect-s3-sink"),
    ];
    if let (Some(endpoint), Some(access), Some(secret)) =
        (&report.s3_endpoint, &report.s3_access_key, &report.s3_secret_key)
    {
        lines.push(format!(
            "           AWS_ACCESS_KEY_ID={access} AWS_SECRET_ACCESS_KEY={secret} \\"
        ));
        lines.push(format!(
            "             aws --endpoint-url {endpoint} --region ap-northeast-2 s3 ls --recursive s3://{BUCKET}"
        ));
    }
    lines.push("         Ctrl-C ends it.".to_owned());
    lines.push(String::new());
    say(&lines.join("\n"));
}

/// The first events are in.
pub(super) fn burst(count: u64, took: Duration) {
    say(&format!("{count} events in {} ms, all acknowledged", took.as_millis()));
}

/// The demo cannot go on, while the server can.
pub(super) fn failure(error: &anyhow::Error) {
    let _ = writeln!(io::stderr(), "klamm demo: {error:#}");
}

/// What has become of it all.
pub(super) fn summary(progress: &Progress) {
    let objects = progress.objects.lock().unwrap_or_else(PoisonError::into_inner);
    let bytes: u64 = objects.iter().map(|object| object.bytes).sum();
    say(&format!(
        "\n{} events produced, {} of them in {} objects ({}), {} waited for flush.size=1000",
        progress.produced.load(Ordering::Relaxed),
        progress.stored.load(Ordering::Relaxed),
        objects.len(),
        size(bytes),
        progress.waiting(),
    ));
}

/// The state of things, on a line of its own.
#[derive(Debug)]
pub(super) struct Status {
    terminal: bool,
    printed: Option<Instant>,
    shown: bool,
}

impl Default for Status {
    fn default() -> Self {
        Status { terminal: io::stdout().is_terminal(), printed: None, shown: false }
    }
}

impl Status {
    /// An object has appeared.
    pub(super) fn object(&mut self, object: &Object) {
        self.clear();
        let (records, bytes) = (object.records, size(object.bytes));
        say(&format!("s3://{BUCKET}/{}  {records} records, {bytes}", object.key));
    }

    /// Brings the line up to date.
    pub(super) fn line(&mut self, progress: &Progress) {
        let due = self.printed.is_none_or(|printed| printed.elapsed() >= STATUS_EVERY);
        if !self.terminal && !due {
            return;
        }
        self.printed = Some(Instant::now());
        let text = format!(
            "{} events produced, {} in {} objects, {} wait for flush.size=1000",
            progress.produced.load(Ordering::Relaxed),
            progress.stored.load(Ordering::Relaxed),
            progress.object_count(),
            progress.waiting(),
        );
        if self.terminal {
            self.clear();
            let mut out = io::stdout().lock();
            let _ = write!(out, "{text}").and_then(|()| out.flush());
            self.shown = true;
        } else {
            say(&text);
        }
    }

    fn clear(&mut self) {
        if std::mem::take(&mut self.shown) {
            let _ = write!(io::stdout(), "\r\x1b[2K");
        }
    }
}

/// Whoever reads may have gone; the demo goes on.
fn say(text: &str) {
    let mut out = io::stdout().lock();
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}
