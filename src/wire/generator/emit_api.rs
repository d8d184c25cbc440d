//! Writes the table of API keys and the link from a request to its response.

use std::fmt::Write as _;

use super::Api;

/// The text of `wire::api`'s generated part.
pub(crate) fn emit(apis: &[Api]) -> String {
    let mut text = String::new();
    text.push_str("/// What a client or tool may ask a broker.\n");
    text.push_str(
        "#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]\n#[repr(i16)]\n",
    );
    text.push_str("pub enum ApiKey {\n");
    for api in apis {
        let _ = writeln!(text, "    /// Key {}.\n    {} = {},", api.key, api.name, api.key);
    }
    text.push_str("}\n\n");

    text.push_str("/// Every key, in order.\n");
    text.push_str("pub const API_KEYS: &[ApiInfo] = &[\n");
    for api in apis {
        let flexible = api.flexible;
        let flexible_since =
            if flexible.is_empty() { "i16::MAX".to_owned() } else { flexible.low.to_string() };
        let _ = writeln!(
            text,
            "    ApiInfo {{ key: ApiKey::{0}, name: \"{0}\", min: {1}, max: {2}, \
             flexible_since: {flexible_since}, latest_unstable: {3} }},",
            api.name, api.versions.low, api.versions.high, api.latest_unstable
        );
    }
    text.push_str("];\n\n");

    for api in apis {
        let name = &api.name;
        let request = if api.request_borrows { "<'a>" } else { "" };
        let response = if api.response_borrows { "<'r>" } else { "" };
        let _ = writeln!(text, "impl<'a> Request<'a> for messages::{name}Request{request} {{");
        let _ = writeln!(text, "    const KEY: ApiKey = ApiKey::{name};");
        let _ = writeln!(text, "    type Response<'r> = messages::{name}Response{response};\n}}\n");
    }
    text
}
