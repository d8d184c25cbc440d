//! Settings of the converters that ask a schema registry.

use std::sync::Arc;

use super::ConverterKind;
use super::read::Reader;
use crate::connect::avro::AvroOptions;
use crate::connect::convert::{
    RegistryConverter, RegistryFormat, RegistrySettings, basic_authorization,
};
use crate::connect::protobuf::ProtobufOptions;

/// The converter of this class below `key` (`value.converter`).
pub(super) fn registry(
    read: &mut Reader<'_>,
    key: &'static str,
    class: &str,
) -> Option<ConverterKind> {
    let at = |name: &str| format!("{key}.{name}");
    let urls = read.list(&at("schema.registry.url"));
    if urls.is_empty() {
        read.refuse(
            key,
            "Missing required configuration \"schema.registry.url\" which has no default value.",
        );
        return None;
    }
    if let Some(url) =
        urls.iter().find(|url| !url.starts_with("http://") && !url.starts_with("https://"))
    {
        let name = at("schema.registry.url");
        read.refuse(
            &name,
            format!("Invalid value {url} for configuration {name}: it does not begin with http:// or https://"),
        );
        return None;
    }
    let authorization = authorization(read, &at);
    let format = match class {
        "JsonSchemaConverter" => RegistryFormat::JsonSchema {
            optional_for_nonrequired: read.bool(&at("use.optional.for.nonrequired.properties")),
        },
        "ProtobufConverter" => RegistryFormat::Protobuf(protobuf(read, &at)),
        // Without metadata unless the file says otherwise: true; enhanced: false, here.
        _ => RegistryFormat::Avro(AvroOptions {
            connect_meta_data: !read.has(&at("connect.meta.data"))
                || read.bool(&at("connect.meta.data")),
            enhanced_avro_schema_support: read.bool(&at("enhanced.avro.schema.support")),
            allow_optional_map_keys: false,
        }),
    };
    let sum_types = at("generalized.sum.type.support");
    if class != "ProtobufConverter" && read.bool(&sum_types) {
        read.refuse_with(
            &sum_types,
            format!("{sum_types}=true is not built into klamm for {class}"),
            "built: false",
        );
    }
    let is_key = key.starts_with("key.");
    let settings = RegistrySettings { urls, authorization, is_key, format };
    Some(ConverterKind::Registry(Arc::new(RegistryConverter::new(settings))))
}

fn protobuf(read: &Reader<'_>, at: &impl Fn(&str) -> String) -> ProtobufOptions {
    let default = ProtobufOptions::default();
    let set = |name: &str, default: bool| {
        let name = at(name);
        if read.has(&name) { read.bool(&name) } else { default }
    };
    ProtobufOptions {
        enhanced_schema_support: set(
            "enhanced.protobuf.schema.support",
            default.enhanced_schema_support,
        ),
        generalized_sum_types: set("generalized.sum.type.support", default.generalized_sum_types),
        int_for_enums: set("int.for.enums", default.int_for_enums),
        optional_for_nullables: set("optional.for.nullables", default.optional_for_nullables),
        optional_for_proto2: set("optional.for.proto2", default.optional_for_proto2),
        wrapper_for_nullables: set("wrapper.for.nullables", default.wrapper_for_nullables),
        wrapper_for_raw_primitives: set(
            "wrapper.for.raw.primitives",
            default.wrapper_for_raw_primitives,
        ),
        generate_struct_for_nulls: set(
            "generate.struct.for.nulls",
            default.generate_struct_for_nulls,
        ),
        generate_index_for_unions: set(
            "generate.index.for.unions",
            default.generate_index_for_unions,
        ),
        flatten_unions: set("flatten.unions", default.flatten_unions),
    }
}

fn authorization(read: &mut Reader<'_>, at: &impl Fn(&str) -> String) -> Option<String> {
    let source = at("bearer.auth.credentials.source");
    if read.text(&source) == "STATIC_TOKEN" {
        return Some(format!("Bearer {}", read.text(&at("bearer.auth.token"))));
    }
    let source = at("basic.auth.credentials.source");
    match read.text(&source) {
        "USER_INFO" => {
            let both = ["basic.auth.user.info", "schema.registry.basic.auth.user.info"];
            let user_info =
                both.iter().map(|name| read.text(&at(name))).find(|text| !text.is_empty());
            if user_info.is_none() {
                let name = at("basic.auth.user.info");
                read.refuse(&name, "UserInfo config is null or empty");
            }
            user_info.map(basic_authorization)
        }
        // `URL`, the default: user and password stand in the address.
        _ => None,
    }
}
