//! The pages of a lab: how it begins, what failed, what came of a check, hint and solution.

use super::bench::Outcome;
use super::clients::{KLAMM, Said};
use super::folder::Folder;
use super::screen::{Screen, Tone};
use super::texts::{Language, Section};
use crate::listener::mistake_of;

/// The situation, before anything is tried.
pub(super) fn opening(screen: &mut Screen, language: &Language, folder: &Folder) {
    let lesson = language.lesson(folder.lab);
    title(screen, folder, lesson.title);
    screen.blank();
    screen.prose(&folder.fill(lesson.situation.text));
    screen.blank();
    for (name, _) in folder.lab.files {
        screen.heading(&folder.file(name).display().to_string());
        let text = std::fs::read_to_string(folder.file(name)).unwrap_or_default();
        screen.prose(&format!("```\n{}\n```", text.trim_end()));
        screen.blank();
    }
}

/// What happened with the files as they are, and what to do.
pub(super) fn failure(
    screen: &mut Screen,
    language: &Language,
    folder: &Folder,
    outcome: &Outcome,
) {
    pictures(screen, outcome);
    said(screen, language, outcome);
    if outcome.is_solved() {
        screen.prose(&language.say("already", &[("command", &command(folder, "--check"))]));
        screen.blank();
        return;
    }
    let lesson = language.lesson(folder.lab);
    screen.heading(lesson.task.heading);
    screen.blank();
    screen.prose(&folder.fill(lesson.task.text));
    screen.blank();
    for (key, flag) in [("next-check", "--check"), ("next-hint", "--hint")] {
        screen.prose(&language.say(key, &[("command", &command(folder, flag))]));
    }
    if folder.is_old {
        screen.prose(&language.say("next-reset", &[("command", &command(folder, "--reset"))]));
    }
    screen.blank();
}

/// What a check came to.
pub(super) fn verdict(
    screen: &mut Screen,
    language: &Language,
    folder: &Folder,
    outcome: &Outcome,
) {
    let lesson = language.lesson(folder.lab);
    title(screen, folder, lesson.title);
    screen.blank();
    pictures(screen, outcome);
    said(screen, language, outcome);
    if outcome.is_solved() {
        screen.toned(Tone::Good, language.word("solved"));
        screen.blank();
        section(screen, folder, lesson.why);
        if let Some(mistake) = folder.lab.mistake.and_then(mistake_of) {
            let line = format!("klamm explain {}: {}", mistake.id, mistake.title);
            screen.toned(Tone::Quiet, &line);
            screen.blank();
        }
        let next = match usize::from(folder.lab.number) < super::LABS.len() {
            true => language.say("next-lab", &[("number", &(folder.lab.number + 1).to_string())]),
            false => language.word("list-done").to_owned(),
        };
        screen.prose(&next);
        screen.blank();
        return;
    }
    screen.toned(Tone::Bad, language.word("not-yet"));
    for reason in &outcome.reasons {
        screen.prose(&format!("- {reason}"));
    }
    screen.blank();
    screen.prose(&language.say("next-hint", &[("command", &command(folder, "--hint"))]));
    screen.blank();
}

/// A nudge, and where klamm itself helps.
pub(super) fn hint(screen: &mut Screen, language: &Language, folder: &Folder) {
    let lesson = language.lesson(folder.lab);
    title(screen, folder, lesson.title);
    screen.blank();
    section(screen, folder, lesson.hint);
    let file = folder.lab.files.first().map(|(name, _)| folder.file(name).display().to_string());
    let file = file.unwrap_or_default();
    let id = folder.lab.mistake.unwrap_or_default();
    screen.prose(&language.say(folder.lab.help, &[("file", &file), ("id", id)]));
    screen.prose(&language.say("next-solution", &[("command", &command(folder, "--solution"))]));
    screen.blank();
}

/// The mended files, and why they work.
pub(super) fn solution(screen: &mut Screen, language: &Language, folder: &Folder) {
    let lesson = language.lesson(folder.lab);
    title(screen, folder, lesson.title);
    screen.blank();
    section(screen, folder, lesson.solution);
    section(screen, folder, lesson.why);
    screen.prose(&language.say("next-check", &[("command", &command(folder, "--check"))]));
    screen.blank();
}

fn title(screen: &mut Screen, folder: &Folder, title: &str) {
    screen.blank();
    screen.heading(&format!("{}. {title}", folder.lab.number));
}

fn section(screen: &mut Screen, folder: &Folder, section: Section) {
    screen.heading(section.heading);
    screen.blank();
    screen.prose(&folder.fill(section.text));
    screen.blank();
}

fn pictures(screen: &mut Screen, outcome: &Outcome) {
    for scene in &outcome.scenes {
        screen.heading(&scene.heading);
        screen.blank();
        screen.picture(&scene.lines);
        screen.blank();
    }
}

fn said(screen: &mut Screen, language: &Language, outcome: &Outcome) {
    let by_klamm = |said: &&Said| said.who == KLAMM;
    let (klamm, clients): (Vec<_>, Vec<_>) = outcome.said.iter().partition(by_klamm);
    for (heading, said) in [("clients-say", clients), ("broker-says", klamm)] {
        if said.is_empty() {
            continue;
        }
        screen.heading(language.word(heading));
        screen.blank();
        for said in said {
            screen.quote(said);
        }
        screen.blank();
    }
}

fn command(folder: &Folder, flag: &str) -> String {
    format!("klamm learn {} {flag}", folder.lab.number)
}
