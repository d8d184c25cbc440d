//! Schemas as `AvroData` makes them, and values there and back.

use super::*;
use crate::connect::json::parse_node;
use crate::connect::schema::{Data, DataError, Decimal, Kind, Schema, data_of};

fn schema(json: &str) -> Schema {
    Schema::parse(&parse_node(json.as_bytes()).unwrap().unwrap()).unwrap().unwrap()
}

fn data(schema: &Schema, json: &str) -> Data {
    data_of(schema, parse_node(json.as_bytes()).unwrap().as_ref()).unwrap()
}

fn printed(connect: &str) -> String {
    let options = AvroOptions::default();
    from_connect(&options, &schema(connect)).and_then(|avro| avro.print()).unwrap()
}

fn refused(connect: &str) -> String {
    let options = AvroOptions::default();
    let DataError(text) =
        from_connect(&options, &schema(connect)).and_then(|avro| avro.print()).unwrap_err();
    text
}

#[test]
fn a_struct_without_name_is_the_default_record() {
    assert_eq!(
        printed(
            r#"{"type":"struct","fields":[{"field":"id","type":"int64"},
            {"field":"page","type":"string","optional":true},{"field":"n","type":"int8"},
            {"field":"d","type":"string","optional":true,"default":"x"}]}"#
        ),
        concat!(
            r#"{"type":"record","name":"ConnectDefault","namespace":"io.confluent.connect.avro","fields":["#,
            r#"{"name":"id","type":"long"},"#,
            r#"{"name":"page","type":["null","string"],"default":null},"#,
            r#"{"name":"n","type":{"type":"int","connect.type":"int8"}},"#,
            r#"{"name":"d","type":[{"type":"string","connect.default":"x"},"null"],"default":"x"}]}"#
        )
    );
}

#[test]
fn logical_types_carry_both_names() {
    assert_eq!(
        printed(
            r#"{"type":"struct","name":"com.example.Click","version":2,"doc":"a click","fields":[
            {"field":"at","type":"int64","name":"org.apache.kafka.connect.data.Timestamp","version":1},
            {"field":"price","type":"bytes","name":"org.apache.kafka.connect.data.Decimal","version":1,
             "parameters":{"scale":"2"}}]}"#
        ),
        concat!(
            r#"{"type":"record","name":"Click","namespace":"com.example","fields":["#,
            r#"{"name":"at","type":{"type":"long","connect.version":1,"#,
            r#""connect.name":"org.apache.kafka.connect.data.Timestamp","logicalType":"timestamp-millis"}},"#,
            r#"{"name":"price","type":{"type":"bytes","scale":2,"precision":64,"connect.version":1,"#,
            r#""connect.parameters":{"scale":"2"},"#,
            r#""connect.name":"org.apache.kafka.connect.data.Decimal","logicalType":"decimal"}}],"#,
            r#""connect.doc":"a click","connect.version":2,"connect.name":"com.example.Click"}"#
        )
    );
}

#[test]
fn a_type_is_printed_once_and_named_from_then_on() {
    let point = r#"{"type":"struct","name":"a.P","fields":[{"field":"x","type":"int32"}]"#;
    assert_eq!(
        printed(&format!(
            r#"{{"type":"struct","name":"a.L","fields":[{point},"field":"one"}},
            {point},"field":"other","optional":true}}]}}"#
        )),
        concat!(
            r#"{"type":"record","name":"L","namespace":"a","fields":["#,
            r#"{"name":"one","type":{"type":"record","name":"P","fields":[{"name":"x","type":"int"}],"connect.name":"a.P"}},"#,
            r#"{"name":"other","type":["null","P"],"default":null}],"connect.name":"a.L"}"#
        )
    );
}

#[test]
fn maps_whose_keys_are_no_strings_are_lists_of_entries() {
    assert_eq!(
        printed(r#"{"type":"map","keys":{"type":"int32"},"values":{"type":"string"}}"#),
        concat!(
            r#"{"type":"array","items":{"type":"record","name":"MapEntry","namespace":"io.confluent.connect.avro","#,
            r#""fields":[{"name":"key","type":"int"},{"name":"value","type":"string"}]}}"#
        )
    );
    assert_eq!(
        printed(r#"{"type":"map","keys":{"type":"string"},"values":{"type":"string"}}"#),
        r#"{"type":"map","values":"string"}"#
    );
}

#[test]
fn names_that_avro_does_not_take_are_refused() {
    let with_field = |name: &str| {
        format!(r#"{{"type":"struct","fields":[{{"field":"{name}","type":"int32"}}]}}"#)
    };
    assert_eq!(refused(&with_field("a-b")), "Illegal character in: a-b");
    assert_eq!(refused(&with_field("1a")), "Illegal initial character: 1a");
    let twice = r#"{"type":"struct","fields":[
        {"field":"a","type":"struct","name":"N","fields":[{"field":"x","type":"int32"}]},
        {"field":"b","type":"struct","name":"N","fields":[{"field":"y","type":"int32"}]}]}"#;
    assert_eq!(refused(twice), "Can't redefine: N");
}

/// A schema of Avro's, what it is to Connect, and back.
fn check_both_ways(avro: &str) -> Schema {
    let options = AvroOptions::default();
    let parsed = AvroSchema::parse(avro, &[]).unwrap();
    let connect = to_connect(&options, &parsed, None).unwrap();
    let again = from_connect(&options, &connect).unwrap();
    let last =
        to_connect(&options, &AvroSchema::parse(&again.print().unwrap(), &[]).unwrap(), None);
    assert_eq!(last.unwrap(), connect, "by way of {}", again.print().unwrap());
    (*connect).clone()
}

#[test]
fn schemas_of_a_registry_come_back() {
    let connect = check_both_ways(
        r#"{"type":"record","name":"Order","namespace":"shop","doc":"an order","fields":[
        {"name":"id","type":"long","doc":"its number"},
        {"name":"state","type":{"type":"enum","name":"State","symbols":["NEW","PAID"]}},
        {"name":"hash","type":{"type":"fixed","name":"Md5","size":16}},
        {"name":"note","type":["null","string"],"default":null},
        {"name":"count","type":"int","default":7},
        {"name":"tags","type":{"type":"array","items":"string"}},
        {"name":"sizes","type":{"type":"map","values":"double"}},
        {"name":"day","type":{"type":"int","logicalType":"date"}},
        {"name":"price","type":{"type":"bytes","logicalType":"decimal","precision":9,"scale":2}},
        {"name":"who","type":["null","string","long"]}]}"#,
    );
    assert_eq!(connect.name.as_deref(), Some("shop.Order"));
    let field = |name: &str| &connect.field(name).unwrap().1.schema;
    assert_eq!(field("state").kind, Kind::String);
    assert_eq!(field("hash").parameter("connect.fixed.size"), Some("16"));
    assert!(field("note").is_optional);
    assert_eq!(field("count").default, Some(Data::Integer(7)));
    assert_eq!(field("price").parameter("connect.decimal.precision"), Some("9"));
    assert_eq!(field("who").fields().len(), 2);
}

#[test]
fn values_come_back_through_the_binary_form() {
    let connect = schema(
        r#"{"type":"struct","fields":[{"field":"b","type":"boolean"},{"field":"i","type":"int32"},
        {"field":"l","type":"int64"},{"field":"f","type":"float"},{"field":"d","type":"double"},
        {"field":"s","type":"string"},{"field":"y","type":"bytes"},
        {"field":"o","type":"string","optional":true},
        {"field":"a","type":"array","items":{"type":"int32","optional":true}},
        {"field":"m","type":"map","keys":{"type":"string"},"values":{"type":"int64"}},
        {"field":"e","type":"map","keys":{"type":"int32"},"values":{"type":"string"}},
        {"field":"t","type":"int32","name":"org.apache.kafka.connect.data.Date","version":1},
        {"field":"p","type":"bytes","name":"org.apache.kafka.connect.data.Decimal","version":1,
         "parameters":{"scale":"2"}}]}"#,
    );
    let value = data(
        &connect,
        r#"{"b":true,"i":-1,"l":9223372036854775807,"f":0.5,"d":1e300,"s":"한","y":"AQID","o":null,
        "a":[1,null,-3],"m":{"x":1},"e":[[1,"a"],[2,"b"]],"t":-1,"p":-12.34}"#,
    );
    let options = AvroOptions::default();
    let avro = from_connect(&options, &connect).unwrap();
    let mut bytes = Vec::new();
    encode(&avro, &connect, &value, &mut bytes).unwrap();
    let parsed = AvroSchema::parse(&avro.print().unwrap(), &[]).unwrap();
    let read_schema = to_connect(&options, &parsed, None).unwrap();
    assert_eq!(decode(&parsed, &read_schema, &bytes).unwrap(), value);
    for length in 0..bytes.len() {
        assert!(decode(&parsed, &read_schema, &bytes[..length]).is_err(), "cut at {length}");
    }
}

#[test]
fn a_count_that_is_not_there_costs_nothing() {
    let avro = AvroSchema::parse(r#"{"type":"array","items":"null"}"#, &[]).unwrap();
    let connect = Schema::new(Kind::Array(Schema::new(Kind::String).optional().into()));
    let mut bytes = Vec::new();
    write_long(i64::MAX, &mut bytes);
    assert!(decode(&avro, &connect, &bytes).is_err());
}

#[test]
fn schemas_that_contain_themselves_are_refused() {
    let list = r#"{"type":"record","name":"L","fields":[{"name":"next","type":["null","L"]}]}"#;
    let DataError(text) = AvroSchema::parse(list, &[]).unwrap_err();
    assert!(text.contains("contain themselves"), "{text}");
}

#[test]
fn decimals_fill_a_fixed() {
    let options = AvroOptions::default();
    let avro = AvroSchema::parse(
        r#"{"type":"fixed","name":"F","size":4,"logicalType":"decimal","precision":9,"scale":2}"#,
        &[],
    );
    let avro = avro.unwrap();
    let connect = to_connect(&options, &avro, None).unwrap();
    let mut bytes = Vec::new();
    let value = Data::Decimal(Decimal::parse("-0.01"));
    encode(&avro, &connect, &value, &mut bytes).unwrap();
    assert_eq!(bytes, [0xff; 4]);
    assert_eq!(decode(&avro, &connect, &bytes).unwrap(), value);
}
