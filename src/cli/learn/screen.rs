//! Text on a terminal: Markdown as far as the labs use it, wrapped by columns (Korean letters take
//! two), in colour only where a terminal shows it.

use std::io::{self, IsTerminal, Write};

use unicode_width::UnicodeWidthStr;

use super::clients::{KLAMM, Said};
use super::draw::Line;

/// Columns that are written to.
const COLUMNS: usize = 78;
const MARGIN: &str = "  ";

/// How something is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Plain,
    Good,
    Bad,
    Quiet,
    Heading,
    Code,
}

impl Tone {
    fn escape(self) -> &'static str {
        match self {
            Tone::Plain => "",
            Tone::Good => "\x1b[32m",
            Tone::Bad => "\x1b[31m",
            Tone::Quiet => "\x1b[2m",
            Tone::Heading => "\x1b[1m",
            Tone::Code => "\x1b[36m",
        }
    }
}

/// Where the labs write to.
#[derive(Debug)]
pub(super) struct Screen {
    has_colour: bool,
}

impl Screen {
    /// The standard output.
    pub(super) fn of_terminal() -> Self {
        let wants_none = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Screen { has_colour: io::stdout().is_terminal() && !wants_none }
    }

    pub(super) fn blank(&mut self) {
        put("");
    }

    /// A bold line.
    pub(super) fn heading(&mut self, text: &str) {
        self.tinted(Tone::Heading, text);
    }

    /// A line of the list of labs.
    pub(super) fn entry(&mut self, number: u8, title: &str, is_solved: bool) {
        let (mark, tone) = if is_solved { ("✓", Tone::Good) } else { (" ", Tone::Plain) };
        self.tinted(tone, &format!("{mark} {number:>2}  {title}"));
    }

    /// A paragraph in a colour.
    pub(super) fn toned(&mut self, tone: Tone, text: &str) {
        for line in wrap(text, COLUMNS) {
            self.tinted(tone, &line);
        }
    }

    /// Markdown: paragraphs, lists, code.
    pub(super) fn prose(&mut self, markdown: &str) {
        for block in blocks(markdown) {
            match block {
                Block::Blank => self.blank(),
                Block::Code(line) => self.tinted(Tone::Code, &format!("  {line}")),
                Block::FileName(name) => self.tinted(Tone::Plain, name),
                Block::Text { hang, text } => {
                    let lines = wrap(&text, COLUMNS - hang);
                    for (index, line) in lines.iter().enumerate() {
                        let indent = if index == 0 { 0 } else { hang };
                        self.spans(&format!("{}{line}", " ".repeat(indent)));
                    }
                }
            }
        }
    }

    /// A picture.
    pub(super) fn picture(&mut self, lines: &[Line]) {
        for line in lines {
            for part in wrap(&line.text, COLUMNS - 2) {
                self.tinted(line.tone, &format!("  {part}"));
            }
        }
    }

    /// What somebody said: the name beside the first line, unless it is in the heading.
    pub(super) fn quote(&mut self, said: &Said) {
        const NAME: usize = 12;
        if said.who == KLAMM {
            return self.lines_of_klamm(&said.lines);
        }
        let mut name = said.who;
        for line in &said.lines {
            for part in wrap(line, COLUMNS - NAME - 2) {
                let text = format!("{name:<NAME$}{part}");
                self.tinted(Tone::Bad, &format!("  {text}"));
                name = "";
            }
        }
    }

    fn lines_of_klamm(&mut self, lines: &[String]) {
        for line in lines {
            let rest = line.trim_start();
            let indent = " ".repeat((line.len() - rest.len()).min(COLUMNS / 2));
            for part in wrap(rest, COLUMNS - 2 - indent.len()) {
                self.tinted(Tone::Bad, &format!("  {indent}{part}"));
            }
        }
    }

    fn tinted(&self, tone: Tone, text: &str) {
        let escape = tone.escape();
        if self.has_colour && !escape.is_empty() {
            put(&format!("{MARGIN}{escape}{text}\x1b[0m"));
        } else {
            put(&format!("{MARGIN}{text}"));
        }
    }

    /// A line with `code` in it: in colour, or with its backticks where there is none.
    fn spans(&self, text: &str) {
        if !self.has_colour {
            return self.tinted(Tone::Plain, text);
        }
        let mut out = String::new();
        for (index, part) in text.split('`').enumerate() {
            match index % 2 {
                0 => out.push_str(part),
                _ => {
                    out.push_str(Tone::Code.escape());
                    out.push_str(part);
                    out.push_str("\x1b[0m");
                }
            }
        }
        put(&format!("{MARGIN}{out}"));
    }
}

/// Whoever reads may have gone; a lab goes on to its end.
pub(super) fn put(line: &str) {
    let mut out = io::stdout().lock();
    let _ = writeln!(out, "{}", line.trim_end()).and_then(|()| out.flush());
}

enum Block<'a> {
    Blank,
    Code(&'a str),
    FileName(&'a str),
    Text { hang: usize, text: String },
}

/// Markdown's lines to what is shown. A fence's second word is the name of the file.
fn blocks(markdown: &str) -> Vec<Block<'_>> {
    let mut blocks: Vec<Block<'_>> = Vec::new();
    let mut is_code = false;
    let mut is_open = false;
    for line in markdown.lines() {
        if let Some(fence) = line.strip_prefix("```") {
            is_code = !is_code;
            is_open = false;
            blocks.extend(fence.split_once(' ').map(|(_, name)| Block::FileName(name)));
        } else if is_code {
            blocks.push(Block::Code(line));
        } else if line.is_empty() {
            is_open = false;
            blocks.push(Block::Blank);
        } else if line.starts_with("- ") {
            blocks.push(Block::Text { hang: 2, text: line.to_owned() });
            is_open = true;
        } else if let (true, Some(Block::Text { text, .. })) = (is_open, blocks.last_mut()) {
            text.push(' ');
            text.push_str(line.trim());
        } else {
            blocks.push(Block::Text { hang: 0, text: line.to_owned() });
            is_open = true;
        }
    }
    blocks
}

/// Columns that a text takes.
pub(super) fn width(text: &str) -> usize {
    text.width()
}

/// Breaks at spaces; a word that is too long for a line is broken too.
pub(super) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut().expect("there is always a line");
        let space = usize::from(!line.is_empty());
        if width(line) + space + width(word) <= columns {
            line.push_str(if space == 1 { " " } else { "" });
            line.push_str(word);
            continue;
        }
        if !line.is_empty() {
            lines.push(String::new());
        }
        for character in word.chars() {
            let line = lines.last_mut().expect("there is always a line");
            let next = unicode_width::UnicodeWidthChar::width(character).unwrap_or(0);
            if width(line) + next > columns {
                lines.push(character.to_string());
            } else {
                line.push(character);
            }
        }
    }
    lines
}
