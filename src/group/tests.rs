//! Conversations with a coordinator, written as transcripts.

mod members;
mod offsets;
mod props;
mod rounds;
mod world;

use expect_test::Expect;

use self::world::World;
use super::GroupConfig;

fn config() -> GroupConfig {
    GroupConfig { initial_rebalance_delay_ms: 0, ..GroupConfig::default() }
}

fn check(script: &str, expected: Expect) {
    check_with(config(), script, expected);
}

fn check_with(config: GroupConfig, script: &str, expected: Expect) {
    let mut world = World::new(config);
    world.run(script);
    expected.assert_eq(&world.transcript);
}
