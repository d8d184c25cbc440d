//! Settings of the converter that change how values are read.

/// Settings of the same names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProtobufOptions {
    /// `enhanced.protobuf.schema.support`: names with their packages.
    pub enhanced_schema_support: bool,
    /// `generalized.sum.type.support`: enums and unions are marked in Connect's own way.
    pub generalized_sum_types: bool,
    /// `int.for.enums`: an enum is its number.
    pub int_for_enums: bool,
    /// `optional.for.nullables`: only fields that are called optional may be null.
    pub optional_for_nullables: bool,
    /// `optional.for.proto2`: an optional field of proto2 that is not set is null.
    pub optional_for_proto2: bool,
    /// `wrapper.for.nullables`: only wrappers (`google.protobuf.StringValue`) may be null.
    pub wrapper_for_nullables: bool,
    /// `wrapper.for.raw.primitives`: a wrapper is what it wraps.
    pub wrapper_for_raw_primitives: bool,
    /// `generate.struct.for.nulls`: a message that is not set is a struct of defaults.
    pub generate_struct_for_nulls: bool,
    /// `generate.index.for.unions`: the field of a oneof ends with its number (`choice_0`).
    pub generate_index_for_unions: bool,
    /// `flatten.unions`: members of a oneof are fields like others.
    pub flatten_unions: bool,
}

impl Default for ProtobufOptions {
    /// The converter's.
    fn default() -> ProtobufOptions {
        ProtobufOptions {
            enhanced_schema_support: false,
            generalized_sum_types: false,
            int_for_enums: false,
            optional_for_nullables: false,
            optional_for_proto2: true,
            wrapper_for_nullables: false,
            wrapper_for_raw_primitives: true,
            generate_struct_for_nulls: false,
            generate_index_for_unions: true,
            flatten_unions: false,
        }
    }
}
