//! Printing: tables for people, JSON for scripts, colours for terminals.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use serde_json::Value;

use crate::cli::exit::Exit;

/// Bold and red for terminals, nothing for pipes and where `NO_COLOR` is set.
#[derive(Debug, Clone, Copy)]
pub(in crate::cli) struct Style {
    colour: bool,
}

impl Style {
    pub(in crate::cli) fn of_stdout() -> Self {
        Style { colour: io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none() }
    }

    pub(in crate::cli) fn of_stderr() -> Self {
        Style { colour: io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none() }
    }

    pub(in crate::cli) fn bold(self, text: &str) -> String {
        self.wrap("1", text)
    }

    pub(in crate::cli) fn dim(self, text: &str) -> String {
        self.wrap("2", text)
    }

    pub(in crate::cli) fn green(self, text: &str) -> String {
        self.wrap("32", text)
    }

    pub(in crate::cli) fn red(self, text: &str) -> String {
        self.wrap("1;31", text)
    }

    fn wrap(self, code: &str, text: &str) -> String {
        let is_plain = !self.colour || text.is_empty();
        if is_plain { text.to_owned() } else { format!("\x1b[{code}m{text}\x1b[0m") }
    }
}

/// A line on the standard output. Whoever reads it may have gone, as with `| head`.
///
/// # Errors
/// The reader has gone.
pub(in crate::cli) fn line(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.write_all(b"\n")
}

/// One JSON object on a line of its own.
///
/// # Errors
/// The reader has gone.
pub(in crate::cli) fn json(value: &Value) -> io::Result<()> {
    line(&value.to_string())
}

/// A remark on the standard error.
pub(in crate::cli) fn note(text: &str) {
    let _ = writeln!(io::stderr(), "{}", Style::of_stderr().dim(text));
}

/// Says why a command failed. A reader that has gone is no failure.
pub(in crate::cli) fn fail(error: &anyhow::Error) -> ExitCode {
    let gone = error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|cause| cause.kind() == io::ErrorKind::BrokenPipe);
    if gone {
        return Exit::Success.into();
    }
    let _ = writeln!(io::stderr(), "{}: {error:#}", Style::of_stderr().red("error"));
    Exit::Failure.into()
}

/// Columns as wide as their longest cell.
///
/// # Errors
/// The reader has gone.
pub(in crate::cli) fn table(head: &[&str], rows: &[Vec<String>]) -> io::Result<()> {
    let style = Style::of_stdout();
    let mut widths: Vec<usize> = head.iter().map(|cell| cell.len()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let format = |cells: &mut dyn Iterator<Item = &str>| -> String {
        let padded: Vec<String> = cells
            .zip(&widths)
            .map(|(cell, width)| format!("{cell}{}", " ".repeat(width - cell.chars().count())))
            .collect();
        padded.join("  ").trim_end().to_owned()
    };
    line(&style.bold(&format(&mut head.iter().copied())))?;
    for row in rows {
        line(&format(&mut row.iter().map(String::as_str)))?;
    }
    Ok(())
}
