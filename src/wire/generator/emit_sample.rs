//! Writes makers of arbitrary messages for the tests in `tests/wire`, which include the
//! file and bring the random numbers.

use std::fmt::Write as _;

use super::Api;
use super::parse::Type;
use super::plan::{PlannedField, PlannedMessage, argument, condition, fixed_type, snake};

/// The text so far.
#[derive(Default)]
pub(crate) struct Samples {
    text: String,
    records: Vec<String>,
}

impl Samples {
    /// Adds the messages of one API.
    pub(crate) fn api(&mut self, messages: &[PlannedMessage<'_>]) {
        for message in messages {
            self.message("messages", message);
        }
    }

    /// Adds a family of records.
    pub(crate) fn records(&mut self, messages: &[PlannedMessage<'_>]) {
        for message in messages {
            self.message("records", message);
            self.records.push(message.spec.name.clone());
        }
    }

    fn message(&mut self, folder: &str, message: &PlannedMessage<'_>) {
        let text = &mut self.text;
        let module = snake(&message.spec.name);
        let _ = writeln!(text, "mod {module} {{\n    use super::*;");
        let _ = writeln!(text, "    use klamm::wire::{folder}::{module}::*;\n");
        for planned in &message.structs {
            let lifetime = if planned.borrows { "<'static>" } else { "" };
            let _ = writeln!(text, "    impl Sample for {}{lifetime} {{", planned.name);
            let _ = writeln!(text, "        fn sample(rng: &mut Rng, version: i16) -> Self {{");
            let _ = writeln!(text, "            Self {{");
            for field in &planned.fields {
                let value = value(field);
                let value = match condition(field.present, planned.versions) {
                    None => value,
                    Some(test) => {
                        format!("if {test} {{ {value} }} else {{ {} }}", field.default)
                    }
                };
                let _ = writeln!(text, "                {}: {value},", field.name);
            }
            let _ = writeln!(text, "            }}\n        }}\n    }}");
        }
        let _ = writeln!(text, "}}\n");
    }

    /// The whole file: the makers, and lists of all messages as macros.
    pub(crate) fn emit(mut self, apis: &[Api]) -> String {
        let text = &mut self.text;
        let _ =
            writeln!(text, "macro_rules! for_each_api {{ ($callback:ident) => {{ $callback! {{");
        for api in apis {
            let _ = writeln!(text, "    {0}Request {0}Response,", api.name);
        }
        let _ = writeln!(text, "}} }} }}\n");
        let _ =
            writeln!(text, "macro_rules! for_each_record {{ ($callback:ident) => {{ $callback! {{");
        for record in &self.records {
            let _ = writeln!(text, "    {record},");
        }
        let _ = writeln!(text, "}} }} }}");
        self.text
    }
}

fn value(field: &PlannedField<'_>) -> String {
    let plain = plain_type(&field.spec.ty);
    if !field.optional {
        return format!("rng.pick({}, |rng| {plain})", field.default);
    }
    let known = field.present;
    let nullable = argument(field.spec.nullable.within(known), known);
    format!("rng.option({nullable}, |rng| {plain})")
}

fn plain_type(ty: &Type) -> String {
    match ty {
        Type::Fixed("uuid") => "rng.uuid()".to_owned(),
        Type::Fixed(name) => format!("rng.{}()", fixed_type(name)),
        Type::Text => "rng.text()".to_owned(),
        Type::Bytes => "rng.bytes()".to_owned(),
        Type::Records => "rng.records()".to_owned(),
        Type::Struct(name) => format!("{name}::sample(rng, version)"),
        Type::Array(item) => format!("rng.list(|rng| {})", plain_type(item)),
    }
}
