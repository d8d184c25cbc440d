//! What the labs say, in two languages: Markdown and lists of words beside this file, in the
//! binary. `docs/learn` is made of the same.

use clap::ValueEnum;

use super::labs::Lab;

/// A language of the labs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Lang {
    /// English
    En,
    /// Korean
    Ko,
}

impl Lang {
    /// All of them.
    #[cfg(test)]
    pub(super) const ALL: [Lang; 2] = [Lang::En, Lang::Ko];

    /// Korean if the environment asks for it.
    pub(super) fn of_environment() -> Lang {
        let names = ["LC_ALL", "LC_MESSAGES", "LANG"];
        let mut set = names.iter().filter_map(|name| std::env::var(name).ok());
        Lang::of_locale(&set.find(|value| !value.is_empty()).unwrap_or_default())
    }

    /// The language of `ko_KR.UTF-8`.
    pub(super) fn of_locale(locale: &str) -> Lang {
        let language = locale.split(['_', '.', '-', '@']).next();
        if language == Some("ko") { Lang::Ko } else { Lang::En }
    }

    /// As in `--lang`.
    #[cfg(test)]
    pub(super) fn name(self) -> &'static str {
        match self {
            Lang::En => "en",
            Lang::Ko => "ko",
        }
    }
}

macro_rules! texts {
    ($lang:literal) => {
        [
            include_str!(concat!("texts/", $lang, "/01-bootstrap.md")),
            include_str!(concat!("texts/", $lang, "/02-container.md")),
            include_str!(concat!("texts/", $lang, "/03-published-port.md")),
            include_str!(concat!("texts/", $lang, "/04-wildcard.md")),
            include_str!(concat!("texts/", $lang, "/05-ipv6.md")),
            include_str!(concat!("texts/", $lang, "/06-tls.md")),
            include_str!(concat!("texts/", $lang, "/07-leaders.md")),
            include_str!(concat!("texts/", $lang, "/08-groups.md")),
            include_str!(concat!("texts/", $lang, "/09-flush-size.md")),
            include_str!(concat!("texts/", $lang, "/10-path-format.md")),
        ]
    };
}

const EN: [&str; 10] = texts!("en");
const KO: [&str; 10] = texts!("ko");
const EN_WORDS: &str = include_str!("texts/en/words.txt");
const KO_WORDS: &str = include_str!("texts/ko/words.txt");

/// The parts of a lab's text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lesson {
    pub(super) title: &'static str,
    pub(super) situation: Section,
    pub(super) task: Section,
    pub(super) hint: Section,
    pub(super) solution: Section,
    pub(super) why: Section,
}

/// A heading and what stands below it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Section {
    pub(super) heading: &'static str,
    pub(super) text: &'static str,
}

/// The texts in one language.
#[derive(Debug, Clone, Copy)]
pub(super) struct Language {
    lessons: &'static [&'static str; 10],
    words: &'static str,
}

impl Language {
    pub(super) fn new(lang: Lang) -> Self {
        match lang {
            Lang::En => Language { lessons: &EN, words: EN_WORDS },
            Lang::Ko => Language { lessons: &KO, words: KO_WORDS },
        }
    }

    /// A lab's text, in its parts: a title and five sections.
    pub(super) fn lesson(&self, lab: &Lab) -> Lesson {
        let text = self.lessons[usize::from(lab.number) - 1];
        let mut parts = text.split("\n## ");
        let title = parts.next().unwrap_or_default().trim().trim_start_matches("# ");
        let mut section = || {
            let part = parts.next().unwrap_or_default();
            let (heading, text) = part.split_once('\n').unwrap_or((part, ""));
            Section { heading: heading.trim(), text: text.trim() }
        };
        Lesson {
            title,
            situation: section(),
            task: section(),
            hint: section(),
            solution: section(),
            why: section(),
        }
    }

    /// The words of a key: `key = words`, one a line.
    pub(super) fn word(&self, key: &str) -> &'static str {
        let mut lines = self.words.lines().filter_map(|line| line.split_once(" = "));
        let found = lines.find(|(name, _)| *name == key);
        // A test holds that every key in the sources is there.
        found.map_or("", |(_, words)| words)
    }

    /// The words of a key with their blanks filled in.
    pub(super) fn say(&self, key: &str, values: &[(&str, &str)]) -> String {
        fill(self.word(key), values)
    }

    /// Every key with its words.
    #[cfg(test)]
    pub(super) fn words(&self) -> Vec<(&'static str, &'static str)> {
        self.words.lines().filter_map(|line| line.split_once(" = ")).collect()
    }
}

/// Puts values in the place of `{name}`, and chooses the Korean particles after them.
pub(super) fn fill<V: AsRef<str>>(text: &str, values: &[(&str, V)]) -> String {
    let mut filled = text.to_owned();
    for (name, value) in values {
        filled = filled.replace(&format!("{{{name}}}"), value.as_ref());
    }
    for (both, after_consonant, after_vowel) in PARTICLES {
        while let Some(at) = filled.find(both) {
            let is_after_l = both.starts_with("(으)") && ends_in(&filled[..at]) == Sound::L;
            let particle = match ends_in(&filled[..at]) {
                Sound::Vowel => after_vowel,
                _ if is_after_l => after_vowel,
                Sound::L | Sound::Consonant => after_consonant,
            };
            filled.replace_range(at..at + both.len(), particle);
        }
    }
    filled
}

/// As the texts write them, after a consonant, after a vowel.
const PARTICLES: [(&str, &str, &str); 5] = [
    ("은(는)", "은", "는"),
    ("이(가)", "이", "가"),
    ("을(를)", "을", "를"),
    ("(으)로", "으로", "로"),
    ("(이)라고", "이라고", "라고"),
];

/// How a text ends when it is read aloud in Korean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sound {
    Vowel,
    L,
    Consonant,
}

fn ends_in(text: &str) -> Sound {
    match text.trim_end_matches(['`', '\'', ')']).chars().next_back() {
        Some('2' | '4' | '5' | '9') => Sound::Vowel,
        Some('1' | '7' | '8' | 'l') => Sound::L,
        Some('0' | '3' | '6' | 'm' | 'n') => Sound::Consonant,
        // A syllable's number says with which consonant it ends; 8 is the one of 말.
        Some(syllable @ '가'..='힣') => match (u32::from(syllable) - 0xac00) % 28 {
            0 => Sound::Vowel,
            8 => Sound::L,
            _ => Sound::Consonant,
        },
        _ => Sound::Vowel,
    }
}
