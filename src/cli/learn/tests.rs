//! The texts: whole in both languages, and the same as in `docs/learn`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::clients::{self, Said};
use super::labs::{LABS, Lab, security};
use super::screen::{width, wrap};
use super::texts::{Lang, Language, Section, fill};
use super::visit::{End, Fault, Visit};
use crate::cli::client::Endpoint;

/// Ports of the documents: those that a first lab takes.
fn sample(lab: &Lab, text: &str) -> String {
    let ports = (19_092..).zip(lab.ports);
    let values: Vec<(&str, String)> = ports.map(|(port, name)| (*name, port.to_string())).collect();
    fill(text, &values)
}

fn port(lab: &Lab, name: &str) -> u16 {
    sample(lab, &format!("{{{name}}}")).parse().unwrap()
}

fn sections(language: &Language, lab: &Lab) -> [Section; 5] {
    let lesson = language.lesson(lab);
    [lesson.situation, lesson.task, lesson.hint, lesson.solution, lesson.why]
}

#[test]
fn every_lab_has_all_its_parts_in_both_languages() {
    for lang in Lang::ALL {
        let language = Language::new(lang);
        for lab in &LABS {
            let lesson = language.lesson(lab);
            assert!(!lesson.title.is_empty() && !lesson.title.contains('#'), "{lesson:?}");
            for section in sections(&language, lab) {
                assert!(!section.heading.is_empty() && !section.text.is_empty(), "{section:?}");
            }
            assert!(!lesson.why.text.contains("\n## "), "{} has too many parts", lab.name);
            let is_korean = lesson.why.text.chars().any(|it| ('가'..='힣').contains(&it));
            assert_eq!(is_korean, lang == Lang::Ko, "{} {}", lab.name, lang.name());
        }
    }
}

#[test]
fn texts_speak_of_ports_that_the_lab_has() {
    for lang in Lang::ALL {
        let language = Language::new(lang);
        for lab in &LABS {
            let texts = sections(&language, lab).map(|section| section.text);
            for text in texts.into_iter().chain(lab.files.iter().map(|(_, text)| *text)) {
                let filled = sample(lab, text);
                // What looks like a name in braces and is none.
                let rest = filled.replace("!{timestamp", "").replace("ssl: {}", "");
                assert!(!rest.contains('{'), "{} {}: {rest}", lab.name, lang.name());
            }
        }
    }
}

/// The fenced files of a text: name and content.
fn files(text: &str) -> Vec<(&str, &str)> {
    let parts = text.split("```").skip(1).step_by(2);
    let files = parts.filter_map(|part| part.split_once('\n'));
    files.filter_map(|(head, body)| Some((head.split_once(' ')?.1, body))).collect()
}

#[test]
fn solutions_are_the_same_files_in_both_languages() {
    let [english, korean] = Lang::ALL.map(Language::new);
    for lab in &LABS {
        let solution = files(english.lesson(lab).solution.text);
        assert_eq!(solution, files(korean.lesson(lab).solution.text), "{}", lab.name);
        assert!(!solution.is_empty(), "{}", lab.name);
        for (name, text) in solution {
            let before = lab.files.iter().find(|(known, _)| *known == name);
            let (_, before) = before.unwrap_or_else(|| panic!("{} has no {name}", lab.name));
            assert_ne!(*before, text, "{}: {name} is solved from the start", lab.name);
        }
    }
}

#[test]
fn both_languages_have_the_same_words_with_the_same_blanks() {
    let [english, korean] = Lang::ALL.map(|lang| Language::new(lang).words());
    let blanks = |words: &str| -> BTreeSet<String> {
        let parts = words.split('{').skip(1);
        parts.filter_map(|part| part.split_once('}')).map(|(name, _)| name.to_owned()).collect()
    };
    let shape = |words: &[(&'static str, &'static str)]| -> Vec<_> {
        words.iter().map(|(key, words)| (*key, blanks(words))).collect()
    };
    assert_eq!(shape(&english), shape(&korean));
    let keys: BTreeSet<_> = english.iter().map(|(key, _)| *key).collect();
    assert_eq!(keys.len(), english.len(), "a key is there twice");
    let sources = sources(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/cli/learn"));
    for key in &keys {
        assert!(sources.contains(&format!("\"{key}\"")), "nobody says {key}");
    }
    for call in ["word(\"", "say(\"", "help: \""] {
        for rest in sources.split(call).skip(1) {
            let key = rest.split('"').next().unwrap();
            assert!(keys.contains(key), "there are no words for {key}");
        }
    }
}

fn sources(folder: PathBuf) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            text += &sources(path);
        } else if path.extension().is_some_and(|it| it == "rs") && !path.ends_with("tests.rs") {
            text += &fs::read_to_string(path).unwrap();
        }
    }
    text
}

#[test]
fn the_language_is_that_of_the_locale() {
    for (locale, lang) in [
        ("ko_KR.UTF-8", Lang::Ko),
        ("ko", Lang::Ko),
        ("kok_IN", Lang::En),
        ("en_US.UTF-8", Lang::En),
        ("C", Lang::En),
        ("", Lang::En),
    ] {
        assert_eq!(Lang::of_locale(locale), lang, "{locale}");
    }
}

#[test]
fn korean_particles_follow_the_sound_before_them() {
    for (text, expected) in [
        ("{port}은(는)", "19092는"),
        ("`{other}`(으)로", "`19093`으로"),
        ("1(으)로, 8이(가), 0을(를)", "1로, 8이, 0을"),
        ("주소(이)라고, 말(으)로, 값(으)로", "주소라고, 말로, 값으로"),
    ] {
        assert_eq!(fill(text, &[("port", "19092"), ("other", "19093")]), expected);
    }
}

#[test]
fn lines_are_wrapped_by_columns() {
    assert_eq!(wrap("one two three", 7), ["one two", "three"]);
    assert_eq!(wrap("클라이언트가 두 번 연결합니다", 15), ["클라이언트가 두", "번 연결합니다"]);
    assert_eq!(wrap("abcdefgh", 3), ["abc", "def", "gh"]);
    for lang in Lang::ALL {
        let language = Language::new(lang);
        let texts = LABS.iter().flat_map(|lab| sections(&language, lab));
        for line in texts.flat_map(|section| wrap(section.text, 78)) {
            assert!(line.lines().all(|line| width(line) <= 110), "{line}");
        }
    }
}

/// What clients print in a lab, as its first play shows it.
fn said(lab: &Lab) -> Vec<Said> {
    let at =
        |last: u8, name: &str| Endpoint { host: format!("127.0.0.{last}"), port: port(lab, name) };
    let told = |bootstrap, at| {
        let end = End::Told { node: 1, at, fault: Fault::Refused };
        Visit { bootstrap, told: Vec::new(), leaders: Vec::new(), end }
    };
    let visit = match lab.name {
        "bootstrap" => told(at(1, "port"), at(1, "wrong")),
        "container" => told(at(2, "port"), at(1, "port")),
        "published-port" => told(at(1, "published"), at(1, "inner")),
        "leaders" => Visit {
            bootstrap: at(1, "app"),
            told: Vec::new(),
            leaders: (0..3).map(|partition| (partition, -1)).collect(),
            end: End::NoLeader,
        },
        "tls" => return security::clients(&at(1, "port")),
        _ => return Vec::new(),
    };
    clients::say(&visit, super::bench::TOPIC)
}

fn document(lab: &Lab, language: &Language) -> String {
    let lesson = language.lesson(lab);
    let folder = lab.folder();
    let mut text = format!(
        "<!-- Made by a test from src/cli/learn/texts; change it there. -->\n\n# {}. {}\n\n\
         `klamm learn {}`\n\n## {}\n\n{}\n",
        lab.number, lesson.title, lab.number, lesson.situation.heading, lesson.situation.text
    );
    for (name, content) in lab.files {
        let content = content.trim_end();
        text += &format!("\n`{folder}/{name}`:\n\n```properties\n{content}\n```\n");
    }
    let said = said(lab);
    if !said.is_empty() {
        text += &format!("\n{}:\n\n```text\n", language.word("clients-say"));
        for said in said {
            for (line, who) in said.lines.iter().zip([said.who, ""]) {
                text += &format!("{who:<12}{line}\n");
            }
        }
        text += "```\n";
    }
    text += &format!("\n## {}\n\n{}\n", lesson.task.heading, lesson.task.text);
    for section in [lesson.hint, lesson.solution, lesson.why] {
        text += &format!(
            "\n<details>\n<summary>{}</summary>\n\n{}\n\n</details>\n",
            section.heading, section.text
        );
    }
    sample(lab, &text)
}

#[test]
fn the_documents_are_made_of_the_same_texts() {
    for lang in Lang::ALL {
        let language = Language::new(lang);
        for lab in &LABS {
            let name = format!("docs/learn/{}/{}.md", lang.name(), lab.folder());
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(&name);
            let expected = document(lab, &language);
            if fs::read_to_string(&path).is_ok_and(|found| found == expected) {
                continue;
            }
            let update = std::env::var_os("UPDATE_EXPECT").is_some();
            assert!(update, "{name} is not what it is made of; UPDATE_EXPECT=1 makes it anew");
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, expected).unwrap();
        }
    }
}
