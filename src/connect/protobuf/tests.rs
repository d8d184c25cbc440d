//! Against messages that are written out in bytes.

use super::*;
use crate::connect::json::KeyOrder;
use crate::connect::schema::{Data, DataError, DecimalFormat, Kind, Schema, ValueWriter};

const ORDER: &str = r#"
syntax = "proto3";
package shop;
import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";
import "google/type/date.proto";
import "confluent/meta.proto";
import "confluent/type/decimal.proto";
import "shop/place.proto";

message Order {
  uint64 id = 2;
  string note = 1;
  optional string nickname = 3;
  oneof choice { string text = 4; Place place = 5; }
  map<string, int32> someSizes = 6;
  repeated Color colors = 7;
  google.protobuf.StringValue title = 8;
  google.protobuf.Timestamp at = 9;
  google.type.Date day = 10;
  confluent.type.Decimal price = 11 [(confluent.field_meta) = {
    params: [{ key: "scale", value: "2" }, { key: "precision", value: "9" }]
  }];
  Inner inner = 12;
  message Inner { int32 small = 1 [(confluent.field_meta).params = { key: "connect.type" value: "int8" }]; }
  repeated Place places = 13;
}
enum Color { RED = 0; BLUE = 5; }
message Second { message Third { bool it = 1; } }
"#;
const PLACE: &str = r#"syntax = "proto3"; package shop; message Place { string city = 1; }"#;

fn places() -> Vec<Import> {
    vec![Import { name: "shop/place.proto".to_owned(), text: PLACE.to_owned() }]
}

fn reader(text: &str, options: ProtobufOptions) -> ProtobufReader {
    ProtobufReader::new(options, text, &places(), Some(3)).unwrap()
}

/// Kinds and names in one line; `?`: may be null.
fn shape(schema: &Schema) -> String {
    let mut text = match &schema.kind {
        Kind::Struct(fields) => {
            let fields = fields.iter().map(|it| format!("{} {}", it.name, shape(&it.schema)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
        }
        Kind::Array(element) => format!("[{}]", shape(element)),
        Kind::Map(key, value) => format!("<{}: {}>", shape(key), shape(value)),
        kind => kind.name().to_lowercase(),
    };
    if let Some(name) = &schema.name {
        let name = name.replace("org.apache.kafka.connect.data.", "");
        text = format!("{}{text}", name.replace("io.confluent.connect.protobuf.", ""));
    }
    if schema.is_optional { text + "?" } else { text }
}

fn json(reader: &ProtobufReader, bytes: &[u8]) -> Result<String, DataError> {
    let value = reader.read(bytes)?;
    let mut out = Vec::new();
    let writer = ValueWriter::new(DecimalFormat::Numeric, KeyOrder::JavaHashMap);
    writer.write(value.schema.as_deref(), &value.data, &mut out)?;
    Ok(String::from_utf8(out).unwrap())
}

#[test]
fn a_schema_becomes_that_of_protobuf_data() {
    let value = reader(ORDER, ProtobufOptions::default()).read(b"\0").unwrap();
    let schema = value.schema.unwrap();
    assert_eq!((schema.name.as_deref(), schema.version), (Some("Order"), Some(3)));
    assert_eq!(
        shape(&schema),
        "Order{choice_0 Union.choice{text string?, place Place{city string?}?}?, id int64?, \
         note string?, nickname string?, someSizes some_sizes<string?: int32?>?, \
         colors [Colorstring?]?, title string?, at Timestampint64?, day Dateint32?, \
         price Decimalbytes?, inner Inner{small int8?}?, places [Place{city string?}?]?}"
    );
    let field = |name: &str| schema.field(name).unwrap().1.schema.clone();
    assert_eq!(field("id").parameter("io.confluent.connect.protobuf.Type"), Some("uint64"));
    assert_eq!(field("id").parameter("io.confluent.connect.protobuf.Tag"), Some("2"));
    let price = field("price");
    assert_eq!(price.parameter("scale"), Some("2"));
    assert_eq!(price.parameter("connect.decimal.precision"), Some("9"));
    let (Kind::Array(color), Kind::Array(place)) = (&field("colors").kind, &field("places").kind)
    else {
        panic!()
    };
    assert_eq!(color.parameter("io.confluent.connect.protobuf.Enum"), Some("Color"));
    assert_eq!(color.parameter("io.confluent.connect.protobuf.Enum.BLUE"), Some("5"));
    // Of the first field that has used the message.
    assert_eq!(place.parameter("io.confluent.connect.protobuf.Tag"), Some("5"));
}

#[test]
fn a_message_is_read_field_by_field() {
    let reader = reader(ORDER, ProtobufOptions::default());
    assert_eq!(
        json(&reader, b"\0").unwrap(),
        r#"{"choice_0":null,"id":0,"note":"","nickname":null,"someSizes":{},"colors":[],"title":null,"at":null,"day":null,"price":null,"inner":null,"places":[]}"#
    );
    let message = [
        &b"\x02\x00"[..],         // the first message, written at length
        b"\x10\x96\x01\x0a\x01n", // id 150, note
        b"\x1a\x00",              // nickname: empty, not null
        b"\x2a\x07\x0a\x05Seoul", // place of choice
        b"\x32\x05\x0a\x01b\x10\x02\x32\x05\x0a\x01a\x10\x01", // someSizes
        b"\x3a\x03\x05\x00\x07",  // colors, packed, one unknown
        b"\x42\x00",              // title: empty, not null
        b"\x4a\x08\x08\x80\xa3\x05\x10\xc0\x84\x3d", // at 86400 s 1 ms
        b"\x52\x07\x08\xb2\x0f\x10\x01\x18\x02", // day 1970-01-02
        b"\x5a\x08\x0a\x02\xff\x85\x10\x03\x18\x02", // price -1.23
        b"\x62\x03\x08\x80\x02",  // small 256, of which 8 bits are kept
    ]
    .concat();
    assert_eq!(
        json(&reader, &message).unwrap(),
        r#"{"choice_0":{"text":null,"place":{"city":"Seoul"}},"id":150,"note":"n","nickname":"","someSizes":{"a":1,"b":2},"colors":["BLUE","RED","UNKNOWN_ENUM_VALUE_Color_7"],"title":"","at":86400001,"day":1,"price":-1.23,"inner":{"small":0},"places":[]}"#
    );
}

#[test]
fn numbers_before_the_message_say_which_one_it_is() {
    let reader = reader(ORDER, ProtobufOptions::default());
    // Zigzag: two numbers, 1 and 0.
    assert_eq!(json(&reader, b"\x04\x02\x00\x08\x01").unwrap(), r#"{"it":true}"#);
    for (bytes, cause) in [
        (&b"\x02\x08"[..], "Invalid message indexes: [4]"),
        (b"\x03", "Invalid message indexes"),
        (b"\x04\x02", "java.nio.BufferUnderflowException"),
        (b"\x00\x12\x09n", "Protobuf"),
    ] {
        let error = json(&reader, bytes).unwrap_err().0;
        assert!(
            error.contains(cause) || cause == "Protobuf" && error.contains("decode"),
            "{error}"
        );
    }
}

#[test]
fn settings_change_names_and_what_may_be_null() {
    let options = ProtobufOptions {
        enhanced_schema_support: true,
        flatten_unions: true,
        int_for_enums: true,
        optional_for_nullables: true,
        generate_struct_for_nulls: true,
        ..ProtobufOptions::default()
    };
    let flat = "syntax = \"proto3\"; package a; message M { oneof c { string x = 1; E e = 2; } \
                int32 n = 3; optional int32 o = 4; map<int64, N> my_map = 5; N one = 6; } \
                enum E { NO = 0; YES = 3; } message N { bool b = 1; }";
    let reader = reader(flat, options);
    let schema = reader.read(b"\0").unwrap().schema.unwrap();
    assert_eq!(
        shape(&schema),
        "a.M{x string?, e a.Eint32?, n int32, o int32?, \
         my_map a.M.my_map<int64: a.N{b boolean}?>?, one a.N{b boolean}?}"
    );
    assert_eq!(
        json(&reader, b"\0\x10\x03").unwrap(),
        r#"{"x":null,"e":3,"n":0,"o":0,"my_map":[],"one":{"b":false}}"#
    );
}

#[test]
fn proto2_knows_what_is_set() {
    let text = "syntax = \"proto2\"; message M { required int32 id = 1; optional E e = 2 [default = B]; \
                repeated E es = 3; optional string s = 4 [default = \"x\"]; } enum E { A = 1; B = 2; }";
    let reader = reader(text, ProtobufOptions::default());
    let all = json(&reader, b"\0\x08\x07\x10\x01\x18\x01\x18\x09\x18\x02\x22\x01y").unwrap();
    assert_eq!(all, r#"{"id":7,"e":"A","es":["A","B"],"s":"y"}"#);
    // A number that the enum does not have counts as not set.
    assert_eq!(
        json(&reader, b"\0\x08\x07\x10\x09").unwrap(),
        r#"{"id":7,"e":null,"es":[],"s":null}"#
    );
    assert_eq!(json(&reader, b"\0").unwrap_err().0, "Message missing required fields: id");
}

#[test]
fn a_registry_may_print_the_entries_of_a_map() {
    let text = "syntax = \"proto3\"; message M { message SizesEntry { option map_entry = true; \
                string key = 1; int32 value = 2; } repeated SizesEntry sizes = 1; \
                repeated TagEntry tags = 2; message Inner { bool it = 1; } } \
                message TagEntry { string key = 1; string value = 2; }";
    let reader = reader(text, ProtobufOptions::default());
    let schema = reader.read(b"\0").unwrap().schema.unwrap();
    assert_eq!(shape(&schema), "M{sizes sizes<string?: int32?>?, tags tag<string?: string?>?}");
    let message = b"\0\x0a\x05\x0a\x01a\x10\x01\x12\x06\x0a\x01k\x12\x01v";
    assert_eq!(json(&reader, message).unwrap(), r#"{"sizes":{"a":1},"tags":{"k":"v"}}"#);
    // Here the entry counts; one that was made up for `map<…>` does not.
    assert_eq!(json(&reader, b"\x04\x00\x02\x08\x01").unwrap(), r#"{"it":true}"#);
    let made_up = "syntax = \"proto3\"; message M { map<string, int32> sizes = 1; \
                   message Inner { bool it = 1; } }";
    let reader = ProtobufReader::new(ProtobufOptions::default(), made_up, &[], None);
    assert_eq!(json(&reader.unwrap(), b"\x04\x00\x00\x08\x01").unwrap(), r#"{"it":true}"#);
}

#[test]
fn a_schema_may_be_a_descriptor_in_base64() {
    use base64::Engine as _;
    use prost_reflect::prost::Message as _;
    let file = protox_parse::parse("shop/place.proto", PLACE).unwrap();
    let text = base64::engine::general_purpose::STANDARD.encode(file.encode_to_vec());
    let reader = reader(&text, ProtobufOptions::default());
    assert_eq!(json(&reader, b"\0\x0a\x05Seoul").unwrap(), r#"{"city":"Seoul"}"#);
}

#[test]
fn what_cannot_be_read_is_refused_by_name() {
    let read = |text: &str| {
        let syntax = if text.contains("group") { "proto2" } else { "proto3" };
        let text = format!("syntax = \"{syntax}\"; {text}");
        let reader = ProtobufReader::new(ProtobufOptions::default(), &text, &[], None)?;
        reader.read(b"\0").map(|_| ())
    };
    for (text, cause) in [
        ("message M { M again = 1; }", "klamm reads no messages that contain themselves: M"),
        ("import \"a.proto\"; message M {}", "Could not resolve import \"a.proto\""),
        ("mesage M {}", "the schema cannot be understood"),
        ("message M { repeated group G = 1 { } }", "Unknown Connect schema type: GROUP"),
        (
            "import \"google/protobuf/struct.proto\"; message M { google.protobuf.Struct s = 1; }",
            "klamm reads no messages that contain themselves: google.protobuf.Struct",
        ),
        ("enum E { A = 0; }", "Invalid message indexes: [0]"),
    ] {
        let error = read(text).unwrap_err().0;
        assert!(error.starts_with(cause), "{text}: {error}");
    }
    let doubling: String = (0..30)
        .map(|n| format!("message M{n} {{ M{} a = 1; M{} b = 2; }} ", n + 1, n + 1))
        .collect();
    let error = read(&format!("{doubling} message M30 {{}}")).unwrap_err().0;
    assert_eq!(error, "the schema has more than 10000 fields");
}

#[test]
fn files_that_nobody_registers_are_known() {
    for name in [
        "calendar_period",
        "color",
        "date",
        "datetime",
        "dayofweek",
        "decimal",
        "expr",
        "fraction",
        "interval",
        "latlng",
        "money",
        "month",
        "phone_number",
        "postal_address",
        "quaternion",
        "timeofday",
    ] {
        let text =
            format!("import \"google/type/{name}.proto\"; message M {{ optional bool a = 1; }}");
        let reader = ProtobufReader::new(ProtobufOptions::default(), &text, &[], None);
        let value = reader.and_then(|reader| reader.read(b"\0")).unwrap();
        assert_eq!(value.data, Data::Struct(vec![Data::Null]), "{name}");
    }
}
