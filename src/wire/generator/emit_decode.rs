//! Writes a struct's decoder: one expression per field, then the tagged fields.

use std::fmt::Write as _;

use super::parse::Type;
use super::plan::{
    PlannedField, PlannedMessage, PlannedStruct, argument, condition, fixed_size, fixed_type,
};

/// The decoder's text. Opens the `impl` block that [`super::emit_encode`] closes.
pub(crate) fn emit(message: &PlannedMessage<'_>, planned: &PlannedStruct<'_>) -> String {
    let mut text = String::new();
    let name = &planned.name;
    let lifetime = if planned.borrows { "<'a>" } else { "" };
    if planned.top {
        let versions = message.spec.versions;
        let _ = writeln!(text, "impl<'a> Message<'a> for {name}{lifetime} {{");
        let _ = writeln!(text, "    const NAME: &'static str = \"{name}\";");
        let _ = writeln!(
            text,
            "    const VERSIONS: RangeInclusive<i16> = {}..={};",
            versions.low, versions.high
        );
        let _ = writeln!(text, "    const FLEXIBLE_SINCE: i16 = {};\n", flexible_since(message));
    } else {
        let _ = writeln!(text, "impl<'a> Item<'a> for {name}{lifetime} {{");
        emit_min_size(&mut text, message, planned);
    }
    let _ = writeln!(
        text,
        "    fn decode_body(reader: &mut Reader<'a>, version: i16) -> Result<Self, Error> {{"
    );
    for field in &planned.fields {
        emit_field(&mut text, field, planned);
    }
    emit_tags(&mut text, message, planned);
    let names: Vec<String> = planned.fields.iter().map(initializer).collect();
    let _ = writeln!(text, "        Ok(Self {{ {} }})\n    }}\n", names.join(", "));
    text
}

/// `name`, or `name: local` where they differ.
fn initializer(field: &PlannedField<'_>) -> String {
    let (name, local) = (&field.name, &field.local);
    if name == local { name.clone() } else { format!("{name}: {local}") }
}

fn flexible_since(message: &PlannedMessage<'_>) -> String {
    let flexible = message.spec.flexible;
    if flexible.is_empty() { "i16::MAX".to_owned() } else { flexible.low.to_string() }
}

fn emit_min_size(text: &mut String, message: &PlannedMessage<'_>, planned: &PlannedStruct<'_>) {
    let sizes = message.min_sizes(&planned.name);
    let _ = writeln!(text, "    fn min_size(version: i16) -> usize {{");
    let mut steps: Vec<(i16, usize)> = Vec::new();
    for (version, size) in sizes {
        match steps.last_mut() {
            Some((last, known)) if known == size => *last = *version,
            _ => steps.push((*version, *size)),
        }
    }
    let _ = writeln!(text, "        match version {{");
    let last = steps.pop().map_or(0, |(_, size)| size);
    for (version, size) in steps {
        let _ = writeln!(text, "            ..={version} => {size},");
    }
    let _ = writeln!(text, "            _ => {last},\n        }}\n    }}\n");
}

fn emit_field(text: &mut String, field: &PlannedField<'_>, planned: &PlannedStruct<'_>) {
    let name = &field.local;
    let plain = !field.present.is_empty() && field.tagged != field.present;
    if !plain {
        let mutable = if field.tagged.is_empty() { "" } else { "mut " };
        let _ = writeln!(text, "        let {mutable}{name} = {};", field.default);
        return;
    }
    assert!(field.tagged.is_empty(), "{name}: tagged in some versions only");
    let read = read(field, "reader");
    match condition(field.present, planned.versions) {
        None => {
            let _ = writeln!(text, "        let {name} = {read};");
        }
        Some(test) => {
            let default = &field.default;
            let _ =
                writeln!(text, "        let {name} = if {test} {{ {read} }} else {{ {default} }};");
        }
    }
}

fn emit_tags(text: &mut String, message: &PlannedMessage<'_>, planned: &PlannedStruct<'_>) {
    let Some(flexible) = flexible_condition(message, planned) else {
        return;
    };
    let tagged: Vec<&PlannedField<'_>> =
        planned.fields.iter().filter(|field| !field.tagged.is_empty()).collect();
    let (open, close) = match flexible {
        None => (String::new(), ""),
        Some(test) => (format!("if {test} {{ "), " }"),
    };
    if tagged.is_empty() {
        let _ = writeln!(text, "        {open}reader.skip_tags()?;{close}");
        return;
    }
    let _ = writeln!(text, "        {open}for _ in 0..reader.tag_count()? {{");
    let _ = writeln!(text, "            let (tag, mut field) = reader.tag()?;");
    let _ = writeln!(text, "            match tag {{");
    for field in tagged {
        let tag = field.spec.tag.expect("a tagged field has a tag");
        let test = condition(field.tagged, planned.versions)
            .map_or_else(String::new, |test| format!(" if {test}"));
        let read = read(field, "field");
        let _ = writeln!(text, "                {tag}{test} => {} = {read},", field.local);
    }
    let _ = writeln!(text, "                _ => continue,\n            }}");
    let _ = writeln!(text, "            field.finish()?;\n        }}{close}");
}

/// `None`: the struct never has tagged fields; `Some(None)`: always.
pub(crate) fn flexible_condition(
    message: &PlannedMessage<'_>,
    planned: &PlannedStruct<'_>,
) -> Option<Option<String>> {
    let flexible = message.spec.flexible.within(planned.versions);
    if flexible.is_empty() { None } else { Some(condition(flexible, planned.versions)) }
}

/// The expression that reads a field.
fn read(field: &PlannedField<'_>, reader: &str) -> String {
    let known = field.present;
    let flexible = argument(field.flexible.within(known), known);
    let nullable = argument(field.spec.nullable.within(known), known);
    let call = match (&field.spec.ty, field.optional) {
        (Type::Fixed(name), _) => format!("{}()", reader_function(name)),
        (Type::Text, false) => format!("string({flexible})"),
        (Type::Text, true) => format!("nullable_string({flexible}, {nullable})"),
        (Type::Bytes, false) => format!("bytes({flexible})"),
        (Type::Bytes, true) => format!("nullable_bytes({flexible}, {nullable})"),
        (Type::Records, _) => {
            assert!(field.optional, "records are nullable everywhere");
            format!("nullable_records({flexible}, {nullable})")
        }
        (Type::Struct(name), false) => {
            return format!("{name}::decode_body({}, version)?", as_reader(reader));
        }
        (Type::Struct(_), true) => format!("nullable_item({nullable}, version)"),
        (Type::Array(item), optional) => read_array(item, optional, &flexible, &nullable),
    };
    format!("{reader}.{call}?")
}

fn as_reader(reader: &str) -> &str {
    if reader == "reader" { "reader" } else { "&mut field" }
}

fn read_array(item: &Type, optional: bool, flexible: &str, nullable: &str) -> String {
    let (prefix, arguments) = if optional {
        ("nullable_", format!("{flexible}, {nullable}"))
    } else {
        ("", flexible.to_owned())
    };
    match item {
        Type::Fixed(name) => {
            let (size, function) = (fixed_size(name), reader_function(name));
            format!("{prefix}array({arguments}, {size}, Reader::{function})")
        }
        Type::Text => format!("{prefix}strings({arguments})"),
        Type::Struct(_) => format!("{prefix}items({arguments}, version)"),
        _ => panic!("an array of {item:?} is not foreseen"),
    }
}

/// The reading and writing function of a fixed-width type.
pub(crate) fn reader_function(name: &str) -> &'static str {
    if name == "uuid" { "uuid" } else { fixed_type(name) }
}
