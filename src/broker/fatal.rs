//! The end, when going on would be worse.

/// Exit code for trouble with the data directory.
const EXIT_STORAGE: i32 = 4;

/// Says why and stops the process. What was acknowledged is in the log; the next start
/// finds it there.
pub(super) fn stop_process(reason: &str) -> ! {
    tracing::error!("{reason}");
    std::process::exit(EXIT_STORAGE);
}
