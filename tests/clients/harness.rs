//! The list of tests and how one is run, skipped and counted.

use std::process::ExitCode;

use anyhow::Result;
use libtest_mimic::{Arguments, Completion, Failed, Trial};

use crate::broker;
use crate::runtime::Runtime;

/// How many tests run at once. More than there are cores: most wait for a rebalance or for a
/// runtime to start.
const THREADS: usize = 4;

/// Every test of this binary.
#[derive(Default)]
pub(crate) struct Suite {
    trials: Vec<Trial>,
}

impl Suite {
    /// Adds a test that needs `runtimes`.
    pub(crate) fn add(
        &mut self,
        name: impl Into<String>,
        runtimes: &'static [Runtime],
        test: impl FnOnce() -> Result<()> + Send + 'static,
    ) {
        self.trials.push(Trial::ignorable_test(name, move || {
            for runtime in runtimes {
                if let Err(reason) = runtime.prepare() {
                    return skipped(&reason);
                }
            }
            match test() {
                Ok(()) => Ok(Completion::Completed),
                Err(error) => Err(Failed::from(format!("{error:#}"))),
            }
        }));
    }

    /// Runs what the command line asks for.
    pub(crate) fn run(self) -> ExitCode {
        let mut arguments = Arguments::from_args();
        arguments.test_threads.get_or_insert(THREADS);
        let listing = arguments.list;
        let conclusion = libtest_mimic::run(&arguments, self.trials);
        let healthy = broker::stop_shared();
        if !listing {
            println!(
                "clients: {} passed, {} failed, {} skipped",
                conclusion.num_passed, conclusion.num_failed, conclusion.num_ignored
            );
        }
        if let Err(error) = healthy {
            println!("the broker that most tests share is not content with its clients: {error:#}");
            return ExitCode::FAILURE;
        }
        conclusion.exit_code()
    }
}

/// A test that this machine cannot run: never counted as passed, and in CI a failure.
fn skipped(reason: &str) -> Result<Completion, Failed> {
    if std::env::var_os("CI").is_some_and(|ci| ci == "true") {
        return Err(Failed::from(format!(
            "cannot run here, and CI=true allows no skips: {reason}"
        )));
    }
    Ok(Completion::ignored_with(reason))
}

/// Whether the long tests run in their full length.
pub(crate) fn full_length() -> bool {
    std::env::var_os("KLAMM_TEST_FULL").is_some()
}
