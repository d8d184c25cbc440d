//! `klamm doctor`: goes a client's way through any Kafka cluster, draws it, and says where it
//! ends and why.
//!
//! Owns the sockets and the drawing. What the facts mean is [`crate::listener::probe`]'s to say.

mod draw;
mod heard;
mod json;
mod knock;
mod options;
mod round_trip;
mod survey;
mod visit;

use std::io::{self, Write};
use std::process::ExitCode;

use super::client::output;
use super::exit::Exit;
use crate::listener::probe::{Diagnosis, Stage, judge, views};

pub(super) use self::options::DoctorArgs;

/// Examines and says what was found.
pub(super) fn run(args: &DoctorArgs) -> ExitCode {
    let plan = match args.plan() {
        Ok(plan) => plan,
        Err(problems) => {
            let _ = write!(io::stderr(), "{problems}");
            return Exit::Configuration.into();
        }
    };
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return output::fail(&error.into()),
    };
    let examination = runtime.block_on(survey::examine(&plan));
    // A name that is still being looked up keeps a thread, and nobody needs it.
    runtime.shutdown_background();
    let places = args.places();
    let report = Report {
        diagnoses: judge(&examination.survey, &places),
        views: views(&examination.survey, &places),
        examination,
    };
    let said = if args.wants_json() {
        output::json(&json::report(&report))
    } else {
        draw::Canvas::of_stdout().draw(&report).iter().try_for_each(|line| output::line(line))
    };
    match said {
        Ok(()) => report.exit().into(),
        Err(error) => output::fail(&error.into()),
    }
}

/// What there is to say.
#[derive(Debug)]
struct Report {
    examination: survey::Examination,
    diagnoses: Vec<Diagnosis>,
    views: Vec<crate::listener::probe::View>,
}

impl Report {
    /// What stops clients.
    fn blocking(&self) -> impl Iterator<Item = &Diagnosis> {
        self.diagnoses.iter().filter(|diagnosis| diagnosis.blocks)
    }

    /// The class of the first thing on the way that stops clients.
    fn exit(&self) -> Exit {
        match self.blocking().next().map(|diagnosis| diagnosis.stage) {
            None => Exit::Success,
            Some(Stage::Bootstrap) => Exit::Bootstrap,
            Some(Stage::Told) => Exit::Told,
            Some(Stage::Stranger) => Exit::Stranger,
            Some(Stage::Refused) => Exit::Refused,
            Some(Stage::Cluster) => Exit::Unhealthy,
        }
    }
}
