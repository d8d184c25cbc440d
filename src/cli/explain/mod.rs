//! `klamm explain`: who can connect from where according to a file, what an error message means,
//! and what one of the catalogue's mistakes is.
//!
//! Reads files and nothing else: it opens no connection and starts nothing. What a file means is
//! said by the format's own module; who gets through is said by `listener::reach`, which knows
//! of no format.

mod compose;
mod detect;
mod errors;
mod kubernetes;
mod pages;
mod properties;
mod reading;
mod show;
#[cfg(test)]
mod tests;
mod text;
mod verdict;
mod yaml;

use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};

pub use self::reading::Format;
use self::text::Sources;
use super::exit::Exit;

/// Say who can connect to Kafka from where, and why not, from a file or an error message
///
/// Reads a compose file, a server.properties, Kubernetes or Strimzi manifests, or what a client
/// printed, and says who is sent to which address, which of the mistakes L01 to L21 it is, and
/// what to write instead. Nothing is started and nothing is connected to.
#[derive(Debug, Clone, Args)]
#[command(after_help = AFTER_HELP)]
pub struct ExplainArgs {
    /// A file, - for standard input, or the number of a mistake such as L03; without it the list
    /// of mistakes, or standard input if that is no terminal
    #[arg(value_name = "FILE|ID")]
    pub file: Option<PathBuf>,

    /// What the file is, if it is not recognised
    #[arg(long = "as", value_enum, value_name = "FORMAT")]
    pub format: Option<Format>,

    /// As JSON
    #[arg(long)]
    pub json: bool,

    /// The corrected file as a diff and nothing else, to be piped into patch or git apply
    #[arg(long, conflicts_with = "json")]
    pub diff: bool,

    /// Colours
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = When::Auto)]
    pub color: When,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum When {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

const AFTER_HELP: &str = "\
How a client connects, which is all there is to it:
  1. It dials the address that you gave it (bootstrap.servers).
  2. The broker answers with a list of addresses: advertised.listeners, of the
     listener that the connection came in on.
  3. The client hangs up and dials those. If they lead nowhere from where the
     client stands, it fails, although the first connection worked.

Examples:
  klamm explain docker-compose.yml              who can connect from where
  klamm explain --diff compose.yaml | patch     take the correction
  klamm explain server.properties
  kubectl get deploy,svc -o yaml | klamm explain -
  ./my-client 2>&1 | klamm explain -            what an error message means
  klamm explain L03                             what L03 is

Exit codes: 0 all is well, 1 something was found, 2 it cannot be read";

/// Runs `klamm explain`.
pub(super) fn run(args: &ExplainArgs) -> ExitCode {
    match explain(args) {
        Ok((text, exit)) => {
            // Whoever reads it may have gone, as with `| head`.
            let _ = io::stdout().lock().write_all(text.as_bytes());
            exit.into()
        }
        Err(error) => {
            let _ = writeln!(io::stderr(), "klamm explain: {error}");
            Exit::Configuration.into()
        }
    }
}

fn explain(args: &ExplainArgs) -> Result<(String, Exit), String> {
    let page = show::Page::new(args.color);
    let named = args.file.as_ref().and_then(|path| path.to_str()).and_then(pages::named);
    if let Some(mistake) = named {
        let text = if args.json { pages::json(mistake) } else { pages::mistake(&page, mistake) };
        return Ok((text, Exit::Success));
    }
    if args.file.is_none() && io::stdin().is_terminal() {
        return Ok((pages::list(&page), Exit::Success));
    }
    let mut sources = Sources::default();
    let path = args.file.clone().unwrap_or_else(|| PathBuf::from("-"));
    if path == Path::new("-") {
        sources.add(PathBuf::from("standard input"), standard_input()?);
    } else {
        sources.open(&path)?;
    }
    let format = args.format.unwrap_or_else(|| detect::detect(sources.text(0)));
    if format == Format::Error {
        return error(args, &page, sources.text(0));
    }
    let environment: BTreeMap<String, String> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    let verdict = verdict::verdict(format, &mut sources, &environment)
        .map_err(|error| format!("{}: {error}", path.display()))?;
    let exit = if verdict.diagnoses.is_empty() { Exit::Success } else { Exit::Failure };
    let text = match (args.json, args.diff) {
        (true, _) => show::json(&verdict),
        (_, true) => verdict.diff,
        _ => show::verdict(&page, &sources, &verdict),
    };
    Ok((text, exit))
}

fn error(args: &ExplainArgs, page: &show::Page, text: &str) -> Result<(String, Exit), String> {
    let Some(explained) = errors::explain(text) else {
        return Err("nothing in this text is known: it is no compose file, no server.properties, \
                    no manifest (--as says which), and no client is known to say so. The lines \
                    that name a node, a broker or an address tell most."
            .to_owned());
    };
    let text = if args.json { explained.json() } else { explained.show(page) };
    Ok((text, Exit::Failure))
}

/// The longest text that is taken from standard input.
const INPUT_BYTES_MAX: u64 = 4 << 20;

fn standard_input() -> Result<String, String> {
    if io::stdin().is_terminal() {
        let _ = writeln!(io::stderr(), "Paste the error message, then Ctrl-D.");
    }
    let mut bytes = Vec::new();
    let read = io::stdin().lock().take(INPUT_BYTES_MAX).read_to_end(&mut bytes);
    read.map_err(|error| format!("standard input: {error}"))?;
    Ok(super::config::decode(&bytes))
}
