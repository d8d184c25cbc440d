//! Writes a struct's encoder: the mirror of the decoder, and a refusal of values that
//! the version cannot carry.

use std::fmt::Write as _;

use super::emit_decode::{flexible_condition, reader_function};
use super::parse::Type;
use super::plan::{PlannedField, PlannedMessage, PlannedStruct, argument, condition};

/// The encoder's text, and the end of the `impl` block.
pub(crate) fn emit(message: &PlannedMessage<'_>, planned: &PlannedStruct<'_>) -> String {
    let mut text = String::new();
    let _ = writeln!(
        text,
        "    fn encode_body(&self, rope: &mut Rope, version: i16) -> Result<(), Error> {{"
    );
    for field in &planned.fields {
        emit_field(&mut text, field, message, planned);
    }
    emit_tags(&mut text, message, planned);
    let _ = writeln!(text, "        Ok(())\n    }}\n}}\n");
    text
}

fn emit_field(
    text: &mut String,
    field: &PlannedField<'_>,
    message: &PlannedMessage<'_>,
    planned: &PlannedStruct<'_>,
) {
    if field.present.is_empty() {
        return;
    }
    let test = condition(field.present, planned.versions);
    let refuse = (!field.spec.ignorable).then(|| {
        format!(
            "absent({}, \"{}\", \"{}\", version)?;",
            is_default(field),
            message.spec.name,
            field.spec.name
        )
    });
    let tagged = !field.tagged.is_empty();
    let line = match (tagged, test, refuse) {
        (false, None, _) => write(field, "rope"),
        (false, Some(test), None) => format!("if {test} {{ {} }}", write(field, "rope")),
        (false, Some(test), Some(refuse)) => {
            format!("if {test} {{ {} }} else {{ {refuse} }}", write(field, "rope"))
        }
        (true, Some(test), Some(refuse)) => format!("if !({test}) {{ {refuse} }}"),
        (true, ..) => return,
    };
    let _ = writeln!(text, "        {line}");
}

fn emit_tags(text: &mut String, message: &PlannedMessage<'_>, planned: &PlannedStruct<'_>) {
    let Some(flexible) = flexible_condition(message, planned) else {
        return;
    };
    let mut tagged: Vec<&PlannedField<'_>> =
        planned.fields.iter().filter(|field| !field.tagged.is_empty()).collect();
    tagged.sort_by_key(|field| field.spec.tag);
    let (open, close) = match flexible {
        None => (String::new(), ""),
        Some(test) => (format!("if {test} {{ "), " }"),
    };
    if tagged.is_empty() {
        let _ = writeln!(text, "        {open}rope.no_tags();{close}");
        return;
    }
    let _ = writeln!(text, "        {open}let mut tags = rope.start_tags();");
    for field in tagged {
        let present = condition(field.tagged, planned.versions)
            .map_or_else(String::new, |test| format!("{test} && "));
        let default = is_default(field);
        let tag = field.spec.tag.expect("a tagged field has a tag");
        let _ = writeln!(text, "        if {present}!({default}) {{");
        let _ = writeln!(text, "            let start = rope.start_tag();");
        let _ = writeln!(text, "            {}", write(field, "rope"));
        let _ = writeln!(text, "            rope.finish_tag(&mut tags, {tag}, start);\n        }}");
    }
    let _ = writeln!(text, "        rope.finish_tags(tags);{close}");
}

/// The expression that is true if the field has its default value.
fn is_default(field: &PlannedField<'_>) -> String {
    let value = format!("self.{}", field.name);
    match (&field.spec.ty, field.optional) {
        (_, true) if field.default == "None" => format!("{value}.is_none()"),
        (Type::Struct(_), true) => format!("{value} == {}", field.default),
        (_, true) => format!("{value}.as_ref().is_some_and(|value| value.is_empty())"),
        (Type::Fixed("bool"), _) if field.default == "false" => format!("!{value}"),
        (Type::Fixed("bool"), _) => value,
        (Type::Text | Type::Bytes | Type::Array(_), _) => format!("{value}.is_empty()"),
        _ => format!("{value} == {}", field.default),
    }
}

/// The statement that writes a field.
fn write(field: &PlannedField<'_>, rope: &str) -> String {
    let value = format!("self.{}", field.name);
    let known = field.present;
    let flexible = argument(field.flexible.within(known), known);
    let nullable = argument(field.spec.nullable.within(known), known);
    let some = format!("{value}.as_deref()");
    match (&field.spec.ty, field.optional) {
        (Type::Fixed(name), _) => format!("{rope}.{}({value});", reader_function(name)),
        (Type::Text, false) => format!("{rope}.string({flexible}, &{value})?;"),
        (Type::Text, true) => format!("{rope}.nullable_string({flexible}, {nullable}, {some})?;"),
        (Type::Bytes, false) => format!("{rope}.bytes({flexible}, &{value})?;"),
        (Type::Bytes, true) => format!("{rope}.nullable_bytes({flexible}, {nullable}, {some})?;"),
        (Type::Records, _) => {
            format!("{rope}.nullable_records({flexible}, {nullable}, {value}.as_ref())?;")
        }
        (Type::Struct(_), false) => format!("{value}.encode_body({rope}, version)?;"),
        (Type::Struct(_), true) => {
            format!("{rope}.nullable_item({nullable}, version, {value}.as_ref())?;")
        }
        (Type::Array(item), optional) => {
            let (prefix, arguments) = if optional {
                ("nullable_", format!("{flexible}, {nullable}"))
            } else {
                ("", flexible)
            };
            let value = if optional { some } else { format!("&{value}") };
            match item.as_ref() {
                Type::Fixed(name) => {
                    let function = reader_function(name);
                    format!("{rope}.{prefix}array({arguments}, {value}, Rope::{function})?;")
                }
                Type::Text => format!("{rope}.{prefix}strings({arguments}, {value})?;"),
                Type::Struct(_) => format!("{rope}.{prefix}items({arguments}, version, {value})?;"),
                _ => panic!("an array of {item:?} is not foreseen"),
            }
        }
    }
}
