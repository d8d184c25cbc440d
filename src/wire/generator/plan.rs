//! Decides names, Rust types, defaults, and which versions need a check at run time.

use std::collections::BTreeMap;

use super::parse::{Field, Message, Type, Versions};

/// One Rust struct to write.
pub(crate) struct PlannedStruct<'d> {
    pub(crate) name: String,
    /// Whether it is the message itself.
    pub(crate) top: bool,
    /// Whether it borrows from the input, and so has a lifetime.
    pub(crate) borrows: bool,
    /// The versions in which it can occur.
    pub(crate) versions: Versions,
    pub(crate) fields: Vec<PlannedField<'d>>,
}

/// One field of it.
pub(crate) struct PlannedField<'d> {
    pub(crate) spec: &'d Field,
    /// The Rust name, raw if it is a keyword.
    pub(crate) name: String,
    /// The variable that the decoder reads it into.
    pub(crate) local: String,
    pub(crate) rust_type: String,
    pub(crate) default: String,
    /// Whether the Rust type is an `Option`.
    pub(crate) optional: bool,
    /// Versions in which it is written at all, within those of the struct.
    pub(crate) present: Versions,
    /// Versions in which it is a tagged field.
    pub(crate) tagged: Versions,
    /// Versions in which the message's flexible encoding is used for it.
    pub(crate) flexible: Versions,
}

/// A message with all structs that it needs, itself first.
pub(crate) struct PlannedMessage<'d> {
    pub(crate) spec: &'d Message,
    pub(crate) structs: Vec<PlannedStruct<'d>>,
    /// Smallest encoded size of each struct, by version.
    min_sizes: BTreeMap<String, BTreeMap<i16, usize>>,
}

/// The structs of a message by name: their fields and the versions in which they occur.
type Found<'d> = Vec<(String, &'d [Field], Versions)>;

impl<'d> PlannedMessage<'d> {
    pub(crate) fn new(spec: &'d Message) -> Self {
        let mut found: Found<'d> = Vec::new();
        visit(spec, &spec.name, &spec.fields, spec.versions, &mut found);
        found.reverse();
        let borrowing = borrowing(&found);
        let structs: Vec<PlannedStruct<'d>> = found
            .iter()
            .enumerate()
            .map(|(index, (name, fields, versions))| PlannedStruct {
                name: name.clone(),
                top: index == 0,
                borrows: borrowing.contains(name),
                versions: *versions,
                fields: fields
                    .iter()
                    .map(|field| plan_field(spec, field, *versions, &borrowing))
                    .collect(),
            })
            .collect();
        let mut message = PlannedMessage { spec, structs, min_sizes: BTreeMap::new() };
        message.min_sizes = message.compute_min_sizes();
        message
    }

    /// The smallest encoded size of a struct, for each version in which it occurs.
    pub(crate) fn min_sizes(&self, name: &str) -> &BTreeMap<i16, usize> {
        &self.min_sizes[name]
    }

    fn compute_min_sizes(&self) -> BTreeMap<String, BTreeMap<i16, usize>> {
        let mut sizes: BTreeMap<String, BTreeMap<i16, usize>> = BTreeMap::new();
        // A struct is found after the one that uses it, so the last ones have no parts.
        for planned in self.structs.iter().rev() {
            let mut by_version = BTreeMap::new();
            for version in planned.versions.low..=planned.versions.high {
                let flexible = self.spec.flexible.contains(version);
                let fields = planned
                    .fields
                    .iter()
                    .filter(|f| f.present.contains(version) && !f.tagged.contains(version))
                    .map(|f| f.min_size(version, &sizes))
                    .sum::<usize>();
                by_version.insert(version, fields + usize::from(flexible));
            }
            sizes.insert(planned.name.clone(), by_version);
        }
        sizes
    }
}

impl PlannedField<'_> {
    fn min_size(&self, version: i16, sizes: &BTreeMap<String, BTreeMap<i16, usize>>) -> usize {
        let flexible = self.flexible.contains(version);
        match &self.spec.ty {
            Type::Fixed(name) => fixed_size(name),
            Type::Text if !flexible => 2,
            Type::Bytes | Type::Records | Type::Array(_) if !flexible => 4,
            Type::Text | Type::Bytes | Type::Records | Type::Array(_) => 1,
            Type::Struct(_) if self.spec.nullable.contains(version) => 1,
            Type::Struct(name) => {
                let sizes = sizes.get(name).unwrap_or_else(|| panic!("{name} is used before it"));
                sizes.get(&version).copied().unwrap_or(0)
            }
        }
    }
}

/// Bytes of a fixed-width type.
pub(crate) fn fixed_size(name: &str) -> usize {
    match name {
        "bool" | "int8" => 1,
        "int16" | "uint16" => 2,
        "int32" | "uint32" => 4,
        "int64" | "float64" => 8,
        "uuid" => 16,
        _ => panic!("no fixed type {name}"),
    }
}

/// The struct that a type names, in an array or not.
fn struct_name(ty: &Type) -> Option<&str> {
    match ty {
        Type::Struct(name) => Some(name),
        Type::Array(item) => struct_name(item),
        _ => None,
    }
}

/// Adds a struct after the structs that it uses. One that is used twice gets the versions of both.
fn visit<'d>(
    spec: &'d Message,
    name: &str,
    fields: &'d [Field],
    versions: Versions,
    found: &mut Found<'d>,
) {
    for field in fields {
        let Some(part) = struct_name(&field.ty) else {
            continue;
        };
        let inner = if field.fields.is_empty() {
            let shared = spec.shared.iter().find(|shared| shared.name == part);
            shared.unwrap_or_else(|| panic!("{}: no struct {part}", spec.name)).fields.as_slice()
        } else {
            field.fields.as_slice()
        };
        visit(spec, part, inner, field.versions.within(versions), found);
    }
    match found.iter_mut().find(|(known, ..)| known == name) {
        Some((_, _, known)) => *known = known.hull(versions),
        None => found.push((name.to_owned(), fields, versions)),
    }
}

fn borrowing(found: &Found<'_>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    loop {
        let before = names.len();
        for (name, fields, _) in found {
            if !names.contains(name) && fields.iter().any(|f| borrows(&f.ty, &names)) {
                names.push(name.clone());
            }
        }
        if names.len() == before {
            return names;
        }
    }
}

fn borrows(ty: &Type, borrowing: &[String]) -> bool {
    match ty {
        Type::Fixed(_) => false,
        Type::Text | Type::Bytes | Type::Records => true,
        Type::Struct(name) => borrowing.contains(name),
        Type::Array(item) => borrows(item, borrowing),
    }
}

fn plan_field<'d>(
    spec: &Message,
    field: &'d Field,
    versions: Versions,
    borrowing: &[String],
) -> PlannedField<'d> {
    let plain_name = snake(&field.name);
    let keyword = ["type", "match", "ref", "move", "use", "self", "in", "as"];
    let name =
        if keyword.contains(&plain_name.as_str()) { format!("r#{plain_name}") } else { plain_name };
    // The decoder's own variables keep their names.
    let taken = ["version", "reader", "tag", "field"].contains(&name.as_str());
    let local = if taken { format!("{name}_field") } else { name.clone() };
    let present = field.versions.within(versions);
    let optional = !field.nullable.is_empty();
    let inner = rust_type(&field.ty, borrowing);
    PlannedField {
        spec: field,
        name,
        local,
        rust_type: if optional { format!("Option<{inner}>") } else { inner },
        default: default(field, optional),
        optional,
        present,
        tagged: field.tagged.within(present),
        flexible: field.flexible.unwrap_or(spec.flexible),
    }
}

fn rust_type(ty: &Type, borrowing: &[String]) -> String {
    match ty {
        Type::Fixed(name) => fixed_type(name).to_owned(),
        Type::Text => "Cow<'a, str>".to_owned(),
        Type::Bytes => "Cow<'a, [u8]>".to_owned(),
        Type::Records => "Records<'a>".to_owned(),
        Type::Struct(name) if borrowing.contains(name) => format!("{name}<'a>"),
        Type::Struct(name) => name.clone(),
        Type::Array(item) => format!("Vec<{}>", rust_type(item, borrowing)),
    }
}

/// The Rust type, and the name of the reading and writing functions, of a fixed-width type.
pub(crate) fn fixed_type(name: &str) -> &'static str {
    match name {
        "bool" => "bool",
        "int8" => "i8",
        "int16" => "i16",
        "int32" => "i32",
        "int64" => "i64",
        "uint16" => "u16",
        "uint32" => "u32",
        "float64" => "f64",
        "uuid" => "Uuid",
        _ => panic!("no fixed type {name}"),
    }
}

/// The expression for the value of a field that is absent.
fn default(field: &Field, optional: bool) -> String {
    let given = field.default.as_deref();
    if optional {
        // Kafka: a nullable field is null by default only if the specification says so;
        // records are always null.
        let null = given == Some("null") || field.ty == Type::Records;
        return if null { "None" } else { "Some(Default::default())" }.to_owned();
    }
    match (&field.ty, given) {
        (Type::Fixed("uuid"), None) => "Uuid::ZERO".to_owned(),
        (Type::Fixed("bool"), None) => "false".to_owned(),
        (Type::Fixed("float64"), None) => "0.0".to_owned(),
        (Type::Fixed(_), None) => "0".to_owned(),
        (Type::Fixed(_), Some(text)) => text.to_owned(),
        (Type::Text, None | Some("\"\"")) => "Cow::Borrowed(\"\")".to_owned(),
        (_, None) => "Default::default()".to_owned(),
        (_, Some(text)) => panic!("{}: a default {text} is not foreseen", field.name),
    }
}

/// `TimeoutMs` to `timeout_ms`, `ACLs` to `acls`.
pub(crate) fn snake(name: &str) -> String {
    let mut text = String::new();
    let letters: Vec<char> = name.chars().collect();
    for (index, letter) in letters.iter().enumerate() {
        let after_lower = index > 0 && !letters[index - 1].is_uppercase();
        let before_lower = letters.get(index + 1).is_some_and(|next| next.is_lowercase());
        if letter.is_uppercase() && index > 0 && (after_lower || before_lower) {
            text.push('_');
        }
        text.extend(letter.to_lowercase());
    }
    text
}

/// The condition on `version` for a range, given that it lies in `known`; `None`: always true.
pub(crate) fn condition(range: Versions, known: Versions) -> Option<String> {
    let from = range.low > known.low;
    let to = range.high < known.high;
    if range.is_empty() {
        return Some("false".to_owned());
    }
    match (from, to) {
        (false, false) => None,
        (true, false) => Some(format!("version >= {}", range.low)),
        (false, true) => Some(format!("version <= {}", range.high)),
        (true, true) if range.low == range.high => Some(format!("version == {}", range.low)),
        (true, true) => Some(format!("({}..={}).contains(&version)", range.low, range.high)),
    }
}

/// The same as an argument: `true`, `false` or a comparison.
pub(crate) fn argument(range: Versions, known: Versions) -> String {
    condition(range, known).unwrap_or_else(|| "true".to_owned())
}
