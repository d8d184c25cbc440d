//! `klamm learn`: ten short labs. Each has files with a mistake in a folder of the learner's, plays
//! what happens with them, with a real broker in a process of its own and real connections on
//! loopback addresses, and is solved when the mended files work. Nothing is decided by comparing
//! texts.
//!
//! Owns the labs and their texts. Uses klamm as anybody could: the program, its settings, its
//! client. Ports are free ones and stay with the folder; nothing outlives the command.

mod bench;
mod clients;
mod draw;
mod folder;
mod forwarder;
mod labs;
mod page;
mod process;
mod screen;
#[cfg(test)]
mod tests;
mod texts;
mod visit;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use serde_json::{Value, json};

use self::bench::{Bench, Outcome};
use self::folder::Folder;
use self::labs::{LABS, Lab};
use self::screen::Screen;
use self::texts::{Lang, Language};
use super::complain;
use super::exit::Exit;

/// Ten short labs on why Kafka clients cannot connect, and where records stay
///
/// Each lab puts files with a mistake into a folder, lets a client fail and shows what real
/// clients print. You mend the files with your own editor; --check starts a broker with them and
/// connects. Everything happens on loopback addresses, offline, and ends by itself.
#[derive(Debug, Clone, Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct LearnArgs {
    /// Which lab; without it the list of labs, and which are solved
    #[arg(value_parser = clap::value_parser!(u8).range(1..=LABS.len() as i64))]
    lab: Option<u8>,

    /// Try the files as they are now
    #[arg(long, requires = "lab", group = "what")]
    check: bool,

    /// A nudge
    #[arg(long, requires = "lab", group = "what")]
    hint: bool,

    /// The mended files, and why they work
    #[arg(long, requires = "lab", group = "what")]
    solution: bool,

    /// Begin again with the files as they were
    #[arg(long, requires = "lab", group = "what")]
    reset: bool,

    /// The language [default: Korean if LANG says so, else English]
    #[arg(long, value_enum)]
    lang: Option<Lang>,

    /// Print what came of it as JSON, one object a line
    #[arg(long, conflicts_with_all = ["hint", "solution"])]
    json: bool,

    /// Where the folders of the labs are
    #[arg(long, value_name = "DIR", default_value = "klamm-learn")]
    dir: PathBuf,

    /// A new folder takes free ports from this one on
    #[arg(long, value_name = "PORT", default_value_t = 19_092)]
    ports: u16,
}

const AFTER_HELP: &str = "\
Examples:
  klamm learn                  the labs
  klamm learn 1                begin: see it fail, see the task
  klamm learn 1 --check        after mending the file
  klamm learn 1 --lang ko      in Korean

Exit codes: 0 solved, or what was asked for has been shown; 1 not yet, and the reason is printed;
2 no such lab or flag; 3 a port of the lab is taken";

/// Runs the command.
pub(super) fn run(args: &LearnArgs) -> ExitCode {
    let lang = args.lang.unwrap_or_else(Lang::of_environment);
    let result = match args.lab {
        None => list(args, lang),
        Some(number) => one(args, &LABS[usize::from(number) - 1], lang),
    };
    let exit = result.unwrap_or_else(|error| {
        complain(&format_args!("klamm learn: {error:#}"));
        Exit::Failure
    });
    exit.into()
}

fn list(args: &LearnArgs, lang: Lang) -> Result<Exit> {
    let language = Language::new(lang);
    if args.json {
        for lab in &LABS {
            let (title, solved) = (language.lesson(lab).title, Folder::is_solved(&args.dir, lab));
            let (number, name) = (lab.number, lab.name);
            screen::put(
                &json!({"lab": number, "name": name, "title": title, "solved": solved}).to_string(),
            );
        }
        return Ok(Exit::Success);
    }
    let mut screen = Screen::of_terminal();
    screen.blank();
    screen.prose(language.word("list"));
    screen.blank();
    let mut next = None;
    for lab in &LABS {
        let is_solved = Folder::is_solved(&args.dir, lab);
        if !is_solved {
            next.get_or_insert(lab.number);
        }
        screen.entry(lab.number, language.lesson(lab).title, is_solved);
    }
    screen.blank();
    let words = match next {
        Some(number) => language.say("list-next", &[("number", &number.to_string())]),
        None => language.word("list-done").to_owned(),
    };
    screen.prose(&words);
    screen.blank();
    Ok(Exit::Success)
}

fn one(args: &LearnArgs, lab: &'static Lab, lang: Lang) -> Result<Exit> {
    let folder = match args.reset {
        true => Folder::reset(&args.dir, lab, args.ports),
        false => Folder::open(&args.dir, lab, args.ports),
    };
    let folder = folder.with_context(|| format!("the folder of lab {}", lab.number))?;
    let language = Language::new(lang);
    let mut screen = Screen::of_terminal();
    if args.hint {
        page::hint(&mut screen, &language, &folder);
        return Ok(Exit::Success);
    }
    if args.solution {
        page::solution(&mut screen, &language, &folder);
        return Ok(Exit::Success);
    }
    let is_told = !args.check && !args.json;
    if is_told {
        page::opening(&mut screen, &language, &folder);
    }
    let outcome = play(&language, &folder)?;
    if args.check && outcome.is_solved() {
        folder.mark_solved()?;
    }
    if args.json {
        screen::put(&report(lab, &outcome).to_string());
    } else if args.check {
        page::verdict(&mut screen, &language, &folder, &outcome);
    } else {
        page::failure(&mut screen, &language, &folder, &outcome);
    }
    Ok(match &outcome {
        _ if !args.check => Exit::Success,
        _ if outcome.is_solved() => Exit::Success,
        Outcome { is_port_taken: true, .. } => Exit::PortTaken,
        _ => Exit::Failure,
    })
}

fn report(lab: &Lab, outcome: &Outcome) -> Value {
    let said = outcome.said.iter().map(|said| json!({"who": said.who, "lines": said.lines}));
    json!({
        "lab": lab.number,
        "name": lab.name,
        "solved": outcome.is_solved(),
        "reasons": outcome.reasons,
        "said": said.collect::<Vec<_>>(),
    })
}

fn play(language: &Language, folder: &Folder) -> Result<Outcome> {
    let bench = Bench::new(language, folder)?;
    (folder.lab.play)(&bench)
}
