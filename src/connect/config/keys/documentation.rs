//! The tables of `docs/SINK.md` are the table of settings. `UPDATE_EXPECT=1` writes them anew.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::{GROUPS, Key, Kind, PREFIXES, Support};

const BEGIN: &str = "<!-- settings: written by a test from src/connect/config/keys -->\n";
const END: &str = "<!-- end of settings -->";

fn kind(kind: Kind) -> String {
    match kind {
        Kind::Text | Kind::Raw => "text".to_owned(),
        Kind::Password => "secret".to_owned(),
        Kind::List => "list".to_owned(),
        Kind::Class => "class".to_owned(),
        Kind::Bool => "true, false".to_owned(),
        Kind::Int(..) => "int".to_owned(),
        Kind::Long(..) => "long".to_owned(),
        Kind::OneOf(values) | Kind::OneOfAnyCase(values) => {
            values.iter().filter(|value| !value.is_empty()).copied().collect::<Vec<_>>().join(", ")
        }
    }
}

fn effect(support: Support) -> String {
    match support {
        Support::Built => "as the connector".to_owned(),
        Support::NoEffect(why) => format!("no effect: {why}"),
        Support::Only([""]) => "not built: refused".to_owned(),
        Support::Only(values) => format!("only {}; others are refused", values.join(", ")),
    }
}

fn row(key: &Key) -> String {
    let default = match key.default {
        _ if key.is_required => "required".to_owned(),
        None | Some("") => String::new(),
        Some("\n") => "`\\n`".to_owned(),
        Some(value) => format!(
            "`{}`",
            value.rsplit('.').next().filter(|_| value.starts_with("io.")).unwrap_or(value)
        ),
    };
    let (kind, effect) = (kind(key.kind), effect(key.support));
    format!("| `{}` | {kind} | {default} | {} | {effect} |\n", key.name, key.doc)
}

fn tables() -> String {
    let mut text = String::new();
    for (group, keys) in GROUPS {
        let _ = write!(
            text,
            "\n### {group}\n\n| setting | type | default | what it is for | klamm |\n|---|---|---|---|---|\n"
        );
        for key in *keys {
            text.push_str(&row(key));
        }
    }
    text.push_str("\n### Families\n\n| beginning | what it is for | klamm |\n|---|---|---|\n");
    for (prefix, support, doc) in PREFIXES {
        let _ = writeln!(text, "| `{prefix}*` | {doc} | {} |", effect(*support));
    }
    text.push('\n');
    text
}

#[test]
fn the_documentation_says_of_every_setting_what_klamm_does() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/SINK.md");
    let text = fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(BEGIN).unwrap();
    let (found, after) = rest.split_once(END).unwrap();
    let wanted = tables();
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&path, format!("{before}{BEGIN}{wanted}{END}{after}")).unwrap();
        return;
    }
    assert!(found == wanted, "docs/SINK.md is out of date: run this test with UPDATE_EXPECT=1");
}
