//! The files that were read, changes to them by place, and the difference as a unified diff.

use std::fmt::Write;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// The longest file that is read.
const FILE_BYTES_MAX: u64 = 4 << 20;

/// Lines of context around a change.
const CONTEXT: usize = 3;

/// A file as it was read and as it would be right.
#[derive(Debug, Clone)]
pub(super) struct Source {
    /// Its path, as the user gave it or as a file names it.
    pub(super) path: PathBuf,
    /// The text to explain, with what has been changed so far.
    pub(super) text: String,
    /// The text as it was read.
    pub(super) original: String,
}

/// All files that were read; changed ones are read again as changed.
#[derive(Debug, Clone, Default)]
pub(super) struct Sources {
    files: Vec<Source>,
}

/// A place in one of the files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) file: usize,
    pub(super) range: Range<usize>,
}

/// A piece of text in place of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) at: Place,
    pub(super) text: String,
}

impl Sources {
    /// Puts a text in that was read already.
    pub(super) fn add(&mut self, path: PathBuf, text: String) -> usize {
        self.files.push(Source { path, original: text.clone(), text });
        self.files.len() - 1
    }

    /// The number of a file, read if it was not.
    pub(super) fn open(&mut self, path: &Path) -> Result<usize, String> {
        if let Some(index) = self.files.iter().position(|file| file.path == path) {
            return Ok(index);
        }
        let failed = |error: std::io::Error| format!("{}: {error}", path.display());
        if std::fs::metadata(path).map_err(failed)?.len() > FILE_BYTES_MAX {
            return Err(format!("{}: longer than {FILE_BYTES_MAX} bytes", path.display()));
        }
        let bytes = std::fs::read(path).map_err(failed)?;
        let text = crate::cli::config::decode(&bytes);
        Ok(self.add(path.to_owned(), text))
    }

    pub(super) fn text(&self, file: usize) -> &str {
        &self.files[file].text
    }

    pub(super) fn path(&self, file: usize) -> &Path {
        &self.files[file].path
    }

    /// Makes changes; those that overlap an earlier one are left out.
    pub(super) fn apply(&mut self, changes: &[Change]) {
        for (index, file) in self.files.iter_mut().enumerate() {
            let mut own: Vec<&Change> =
                changes.iter().filter(|change| change.at.file == index).collect();
            own.sort_by_key(|change| change.at.range.start);
            let mut text = String::with_capacity(file.text.len());
            let mut done = 0;
            for change in own {
                if change.at.range.start < done {
                    continue;
                }
                text.push_str(&file.text[done..change.at.range.start]);
                text.push_str(&change.text);
                done = change.at.range.end;
            }
            text.push_str(&file.text[done..]);
            file.text = text;
        }
    }

    /// What was changed, as `diff -u` and `git diff` write it; empty if nothing was.
    pub(super) fn diff(&self) -> String {
        let changed = self.files.iter().filter(|file| file.text != file.original);
        changed.map(|file| unified(&file.path, &file.original, &file.text)).collect()
    }
}

/// A line that stays, goes or comes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Same,
    Old,
    New,
}

/// The difference of two texts in the unified format.
fn unified(path: &Path, old: &str, new: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (lines(old), lines(new));
    let marked = compare(&old, &new);
    let name = path.display();
    let mut text = format!("--- {name}\n+++ {name}\n");
    for hunk in hunks(&marked) {
        let before = &marked[..hunk.start];
        let count =
            |part: &[(Mark, &str)], not: Mark| part.iter().filter(|(mark, _)| *mark != not).count();
        let part = &marked[hunk.clone()];
        let (old_length, new_length) = (count(part, Mark::New), count(part, Mark::Old));
        let start = |before: usize, length: usize| before + usize::from(length > 0);
        let _ = writeln!(
            text,
            "@@ -{},{old_length} +{},{new_length} @@",
            start(count(before, Mark::New), old_length),
            start(count(before, Mark::Old), new_length)
        );
        for (mark, line) in part {
            text.push(match mark {
                Mark::Same => ' ',
                Mark::Old => '-',
                Mark::New => '+',
            });
            text.push_str(line);
            if !line.ends_with('\n') {
                text.push_str("\n\\ No newline at end of file\n");
            }
        }
    }
    text
}

fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

/// Lines that stay are the longest common sequence of what lies between equal ends.
fn compare<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<(Mark, &'a str)> {
    let head = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let (old_rest, new_rest) = (&old[head..], &new[head..]);
    let tail = old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(|(a, b)| a == b).count();
    let (a, b) = (&old_rest[..old_rest.len() - tail], &new_rest[..new_rest.len() - tail]);
    let mut lengths = vec![vec![0_usize; b.len() + 1]; a.len() + 1];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            lengths[i][j] = if a[i] == b[j] {
                lengths[i + 1][j + 1] + 1
            } else {
                lengths[i + 1][j].max(lengths[i][j + 1])
            };
        }
    }
    let mut marked: Vec<(Mark, &str)> =
        old[..head].iter().map(|line| (Mark::Same, *line)).collect();
    let (mut i, mut j) = (0, 0);
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i] == b[j] {
            marked.push((Mark::Same, a[i]));
            (i, j) = (i + 1, j + 1);
        } else if j == b.len() || (i < a.len() && lengths[i + 1][j] >= lengths[i][j + 1]) {
            marked.push((Mark::Old, a[i]));
            i += 1;
        } else {
            marked.push((Mark::New, b[j]));
            j += 1;
        }
    }
    marked.extend(old_rest[old_rest.len() - tail..].iter().map(|line| (Mark::Same, *line)));
    marked
}

/// Runs of changes with their context; runs whose contexts touch are one.
fn hunks(marked: &[(Mark, &str)]) -> Vec<Range<usize>> {
    let mut hunks: Vec<Range<usize>> = Vec::new();
    for (at, _) in marked.iter().enumerate().filter(|(_, (mark, _))| *mark != Mark::Same) {
        let range = at.saturating_sub(CONTEXT)..(at + CONTEXT + 1).min(marked.len());
        match hunks.last_mut() {
            Some(last) if range.start <= last.end => last.end = range.end,
            _ => hunks.push(range),
        }
    }
    hunks
}
