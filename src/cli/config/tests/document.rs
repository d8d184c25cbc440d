//! docs/CONFIGURATION.md holds the tables of the code. `UPDATE_EXPECT=1` writes them anew.

use std::collections::BTreeMap;

use expect_test::expect_file;

use crate::cluster::*;

const DOCUMENT: &str = include_str!("../../../../docs/CONFIGURATION.md");

fn table(head: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let head: Vec<String> = head.iter().map(|cell| (*cell).to_owned()).collect();
    let rule = format!("|{}\n", "---|".repeat(head.len()));
    let rows: String = rows.map(|cells| line(&cells)).collect();
    format!("{}{rule}{rows}", line(&head))
}

fn code(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("`{}`", text.replace('|', "\\|")) }
}

fn differences() -> String {
    let row = |it: &Difference| {
        let cell = |text: &str| if it.is_default { code(text) } else { text.to_owned() };
        let kafkas = if it.kafka.contains(' ') { it.kafka.to_owned() } else { cell(it.kafka) };
        vec![code(it.name), kafkas, cell(it.klamm), it.why.to_owned()]
    };
    table(&["setting", "Apache Kafka", "klamm", "why"], DIFFERENCES.iter().map(row))
}

fn klamm() -> String {
    let row = |it: &BrokerKey| {
        let default = code(it.key.default.unwrap_or_default());
        vec![code(it.key.name), default, it.documentation.to_owned()]
    };
    table(&["setting", "default", "what it does"], klamm_keys().map(row))
}

fn honoured() -> String {
    let theme = |(name, keys): (&str, &'static [BrokerKey])| {
        let shown = keys.iter().filter(|it| it.treatment == Treatment::Honoured && !it.is_internal);
        let row = |it: &BrokerKey| {
            let default = it.key.default.map_or_else(|| "none".to_owned(), code);
            vec![code(it.key.name), default, it.key.allowed()]
        };
        let rows: Vec<Vec<String>> = shown.map(row).collect();
        let head = ["setting", "Kafka's default", "takes"];
        let text = table(&head, rows.iter().cloned());
        (!rows.is_empty()).then(|| format!("### {name}\n\n{text}\n"))
    };
    broker_keys_by_theme().filter_map(theme).collect::<String>().trim_end().to_owned() + "\n"
}

fn without_effect() -> String {
    let mut by_reason: BTreeMap<Why, Vec<String>> = BTreeMap::new();
    for key in broker_keys().filter(|key| !key.is_internal) {
        if let Treatment::NoEffect(why) = key.treatment {
            by_reason.entry(why).or_default().push(code(key.key.name));
        }
    }
    let line = |(why, names): (Why, Vec<String>)| format!("- {why}: {}.\n", names.join(", "));
    by_reason.into_iter().map(line).collect()
}

fn old() -> String {
    let became = |retired: &Retired| match retired {
        Retired::Dropped(why) => (*why).to_owned(),
        Retired::Renamed(new) => format!("read as {}", code(new)),
        Retired::AdvertisedHost => format!("becomes the host of {}", code("advertised.listeners")),
        Retired::AdvertisedPort => format!("becomes the port of {}", code("advertised.listeners")),
    };
    let names = RETIRED_NAMES.iter().map(|(name, retired)| vec![code(name), became(retired)]);
    let prefix =
        |(prefix, why): &(&str, &str)| vec![code(&format!("{prefix}*")), (*why).to_owned()];
    table(&["setting", "what becomes of it"], names.chain(RETIRED_PREFIXES.iter().map(prefix)))
}

fn topics() -> String {
    let row = |it: &TopicKey| {
        let synonyms: Vec<String> = it.synonyms.iter().map(|synonym| code(synonym.name)).collect();
        let default = code(it.key.default.unwrap_or_default());
        vec![code(it.key.name), default, synonyms.join(", "), it.documentation.to_owned()]
    };
    let shown = TOPIC_KEYS.iter().filter(|it| it.key.default.is_some());
    table(&["setting", "default", "broker settings behind it", "what it does"], shown.map(row))
}

#[test]
fn the_document_holds_the_tables_of_the_code() {
    let sections = [
        ("differences", differences()),
        ("klamm", klamm()),
        ("honoured", honoured()),
        ("without effect", without_effect()),
        ("old", old()),
        ("topics", topics()),
    ];
    let mut text = DOCUMENT.to_owned();
    for (name, section) in sections {
        let begin = format!("<!-- generated: {name} -->\n");
        let start = text.find(&begin).expect("the section is in the document") + begin.len();
        let end = start + text[start..].find("<!-- end -->").expect("it ends");
        text.replace_range(start..end, &section);
    }
    expect_file!["../../../../docs/CONFIGURATION.md"].assert_eq(&text);
}
