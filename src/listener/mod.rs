//! What to bind, who is told which address, and what is wrong with it.
//!
//! Pure: settings and facts come in as values, a plan, addresses and findings come out. The
//! broker, `klamm config`, `doctor` and the console call the same functions, so they cannot
//! disagree. Knows nothing of sockets, resolvers, environment or files.

mod advertised;
mod advise;
mod catalogue;
mod draft;
mod facts;
mod parse;
pub mod probe;
mod problem;
pub mod reach;
mod refusals;
mod report;
pub mod seen;
mod table;
mod types;
mod validate;

#[cfg(test)]
mod tests;

pub use self::advertised::{Advertised, AdvertisedEndpoint, Bind, advertised, plan};
pub use self::advise::{Finding, advise};
pub use self::catalogue::{CATALOGUE, Mistake, mistake_of};
pub use self::facts::{Answer, Facts, Network};
pub use self::parse::parse_protocol_map;
pub use self::problem::{Fix, Problem, Syntax};
pub use self::report::{FindingReport, FixReport, SettingReport};
pub use self::table::table;
pub use self::types::{Endpoint, Listener, ListenerName, Listeners, SecurityProtocol};
pub use self::validate::{ListenerSettings, bound_names, listeners_bound_everywhere};
