//! Writes an enum over a family of records that are told apart by their type.

use std::fmt::Write as _;

use super::plan::PlannedMessage;

/// `MetadataRecord`: one variant for each record of the cluster metadata log.
pub(crate) fn metadata_enum(messages: &[PlannedMessage<'_>]) -> String {
    let mut text = String::new();
    text.push_str("/// Any record of the cluster metadata log.\n");
    text.push_str("#[derive(Debug, Clone, PartialEq)]\npub enum MetadataRecord<'a> {\n");
    for message in messages {
        let lifetime = if message.structs[0].borrows { "<'a>" } else { "" };
        let name = &message.spec.name;
        let _ = writeln!(text, "    /// Type {}.", message.spec.key.expect("a record has a type"));
        let _ = writeln!(text, "    {}({name}{lifetime}),", variant(name));
    }
    text.push_str("}\n\nimpl<'a> MetadataRecord<'a> {\n");
    text.push_str("    /// Reads the body of a record of this type and version.\n");
    text.push_str(
        "    pub fn decode_body(record_type: u32, version: i16, reader: &mut Reader<'a>) -> \
         Result<Self, Error> {\n        Ok(match record_type {\n",
    );
    for message in messages {
        let name = &message.spec.name;
        let key = message.spec.key.expect("a record has a type");
        let _ = writeln!(
            text,
            "            {key} => Self::{}({name}::decode(reader, version)?),",
            variant(name)
        );
    }
    text.push_str("            _ => return Err(Error::UnknownRecordType(record_type)),\n");
    text.push_str("        })\n    }\n}\n");
    for message in messages {
        let lifetime = if message.structs[0].borrows { "<'a>" } else { "" };
        let name = &message.spec.name;
        let _ = writeln!(
            text,
            "\nimpl<'a> From<{name}{lifetime}> for MetadataRecord<'a> {{\n    fn from(record: \
             {name}{lifetime}) -> Self {{\n        Self::{}(record)\n    }}\n}}",
            variant(name)
        );
    }
    text
}

fn variant(name: &str) -> &str {
    name.strip_suffix("Record").unwrap_or(name)
}
