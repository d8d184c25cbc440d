//! Writes a struct, its default and its type-level facts.

use std::fmt::Write as _;

use super::plan::{PlannedMessage, PlannedStruct};

/// The struct's text.
pub(crate) fn emit(message: &PlannedMessage<'_>, planned: &PlannedStruct<'_>) -> String {
    let mut text = String::new();
    let lifetime = if planned.borrows { "<'a>" } else { "" };
    let name = &planned.name;

    if planned.top {
        let _ = writeln!(text, "/// Kafka's `{name}`, versions {}.", range(message));
    } else {
        let _ = writeln!(text, "/// A part of [`{}`].", message.spec.name);
    }
    let derive_default = planned.fields.iter().all(|field| is_derived(&field.default));
    let default = if derive_default { ", Default" } else { "" };
    let _ = writeln!(text, "#[derive(Debug, Clone, PartialEq{default})]");
    let _ = writeln!(text, "pub struct {name}{lifetime} {{");
    for field in &planned.fields {
        let _ = writeln!(text, "    /// {}", field.spec.words.replace('[', "\\["));
        let _ = writeln!(text, "    pub {}: {},", field.name, field.rust_type);
    }
    let _ = writeln!(text, "}}\n");

    if !derive_default {
        let _ = writeln!(text, "impl{lifetime} Default for {name}{lifetime} {{");
        let _ = writeln!(text, "    fn default() -> Self {{\n        Self {{");
        for field in &planned.fields {
            let _ = writeln!(text, "            {}: {},", field.name, field.default);
        }
        let _ = writeln!(text, "        }}\n    }}\n}}\n");
    }
    if planned.top {
        let spec = message.spec;
        if let Some(key) = spec.key {
            let (name, what) = (&spec.name, record_trait(&spec.kind));
            let _ = writeln!(text, "impl<'a> {what}<'a> for {name}{lifetime} {{");
            let _ = writeln!(text, "    const TYPE: i16 = {key};\n}}\n");
        }
    }
    text
}

/// The trait that gives a record its type number.
fn record_trait(kind: &str) -> &'static str {
    match kind {
        "metadata" => "MetadataType",
        "coordinator-key" => "CoordinatorKey",
        "coordinator-value" => "CoordinatorValue",
        _ => panic!("{kind} has no record type"),
    }
}

/// Whether `#[derive(Default)]` gives this value.
fn is_derived(default: &str) -> bool {
    matches!(
        default,
        "0" | "0.0"
            | "false"
            | "None"
            | "Uuid::ZERO"
            | "Cow::Borrowed(\"\")"
            | "Default::default()"
    )
}

fn range(message: &PlannedMessage<'_>) -> String {
    let versions = message.spec.versions;
    if versions.low == versions.high {
        versions.low.to_string()
    } else {
        format!("{} to {}", versions.low, versions.high)
    }
}
