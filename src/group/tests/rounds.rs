//! How a generation comes about.

use expect_test::expect;

use super::{check, check_with, config};
use crate::group::GroupConfig;

#[test]
fn a_second_member_starts_a_rebalance() {
    check(
        "join a v=3; sync a a=p0
         join b v=3; heartbeat a; join a; sync b; sync a a=p0 b=p1; heartbeat b",
        expect![[r#"
            join a v=3
              * group g generation 0 protocol none []
              a <- joined generation 1 as a-1, a-1 leads: a-1
            sync a a=p0
              * group g generation 1 protocol range [a-1=p0]
              a <- assigned 'p0'
            join b v=3
            heartbeat a
              a <- heartbeat REBALANCE_IN_PROGRESS
            join a
              a <- joined generation 2 as a-1, a-1 leads: a-1 b-2
              b <- joined generation 2 as b-2, a-1 leads
            sync b
            sync a a=p0 b=p1
              * group g generation 2 protocol range [a-1=p0 b-2=p1]
              a <- assigned 'p0'
              b <- assigned 'p1'
            heartbeat b
              b <- heartbeat NONE
        "#]],
    );
}

#[test]
fn a_member_that_does_not_join_in_time_is_out() {
    check(
        "join a v=3; sync a a=p0; join b v=3 rebalance=20000; heartbeat a; tick 9s; heartbeat a
         tick 9s; heartbeat a; tick 9s; heartbeat a; tick 35s; sync b b=p0",
        expect![[r#"
            join a v=3
              * group g generation 0 protocol none []
              a <- joined generation 1 as a-1, a-1 leads: a-1
            sync a a=p0
              * group g generation 1 protocol range [a-1=p0]
              a <- assigned 'p0'
            join b v=3 rebalance=20000
            heartbeat a
              a <- heartbeat REBALANCE_IN_PROGRESS
            tick 9s
            heartbeat a
              a <- heartbeat REBALANCE_IN_PROGRESS
            tick 9s
            heartbeat a
              a <- heartbeat REBALANCE_IN_PROGRESS
            tick 9s
            heartbeat a
              a <- heartbeat REBALANCE_IN_PROGRESS
            tick 35s
              b <- joined generation 2 as b-2, b-2 leads: b-2
              * group g generation 3 protocol none []
            sync b b=p0
              b <- sync UNKNOWN_MEMBER_ID
        "#]],
    );
}

#[test]
fn an_empty_group_waits_for_more_members() {
    let config = GroupConfig { initial_rebalance_delay_ms: 3000, ..config() };
    check_with(
        config,
        "join a v=3; tick 2s; join b v=3; tick 2s; join c v=3; tick 4s; tick 1s; tick 3s",
        expect![[r#"
            join a v=3
              * group g generation 0 protocol none []
            tick 2s
            join b v=3
            tick 2s
            join c v=3
            tick 4s
            tick 1s
              a <- joined generation 1 as a-1, a-1 leads: a-1 b-2 c-3
              b <- joined generation 1 as b-2, a-1 leads
              c <- joined generation 1 as c-3, a-1 leads
            tick 3s
        "#]],
    );
}

#[test]
fn members_that_do_not_sync_in_time_are_out() {
    check(
        "join a v=3; sync a a=p0; join b v=3; join a; sync a a=p0 b=p1; heartbeat a; tick 9s
         heartbeat a; tick 9s; heartbeat a; describe",
        expect![[r#"
            join a v=3
              * group g generation 0 protocol none []
              a <- joined generation 1 as a-1, a-1 leads: a-1
            sync a a=p0
              * group g generation 1 protocol range [a-1=p0]
              a <- assigned 'p0'
            join b v=3
            join a
              a <- joined generation 2 as a-1, a-1 leads: a-1 b-2
              b <- joined generation 2 as b-2, a-1 leads
            sync a a=p0 b=p1
              * group g generation 2 protocol range [a-1=p0 b-2=p1]
              a <- assigned 'p0'
            heartbeat a
              a <- heartbeat NONE
            tick 9s
            heartbeat a
              a <- heartbeat NONE
            tick 9s
            heartbeat a
              a <- heartbeat REBALANCE_IN_PROGRESS
            describe
              describe <- NONE: PreparingRebalance 'consumer' '' [a-1 at /127.0.0.1 'p0']
        "#]],
    );
}

#[test]
fn a_member_that_the_leader_forgot_gets_nothing() {
    check(
        "join a v=3; sync a a=p0; join b v=3; join a; sync b; sync a a=p0",
        expect![[r#"
        join a v=3
          * group g generation 0 protocol none []
          a <- joined generation 1 as a-1, a-1 leads: a-1
        sync a a=p0
          * group g generation 1 protocol range [a-1=p0]
          a <- assigned 'p0'
        join b v=3
        join a
          a <- joined generation 2 as a-1, a-1 leads: a-1 b-2
          b <- joined generation 2 as b-2, a-1 leads
        sync b
        sync a a=p0
          * group g generation 2 protocol range [a-1=p0 b-2=]
          a <- assigned 'p0'
          b <- assigned ''
    "#]],
    );
}

#[test]
fn a_follower_that_joins_again_unchanged_gets_the_same_answer() {
    check(
        "join a v=3; sync a a=p0; join b v=3; join a; join b; join a; sync b; sync a a=p0 b=p1
         join b; join b topics=u; join a; sync a",
        expect![[r#"
            join a v=3
              * group g generation 0 protocol none []
              a <- joined generation 1 as a-1, a-1 leads: a-1
            sync a a=p0
              * group g generation 1 protocol range [a-1=p0]
              a <- assigned 'p0'
            join b v=3
            join a
              a <- joined generation 2 as a-1, a-1 leads: a-1 b-2
              b <- joined generation 2 as b-2, a-1 leads
            join b
              b <- joined generation 2 as b-2, a-1 leads
            join a
              a <- joined generation 2 as a-1, a-1 leads: a-1 b-2
            sync b
            sync a a=p0 b=p1
              * group g generation 2 protocol range [a-1=p0 b-2=p1]
              a <- assigned 'p0'
              b <- assigned 'p1'
            join b
              b <- joined generation 2 as b-2, a-1 leads
            join b topics=u
            join a
              a <- joined generation 3 as a-1, a-1 leads: a-1 b-2
              b <- joined generation 3 as b-2, a-1 leads
            sync a
              * group g generation 3 protocol range [a-1= b-2=]
              a <- assigned ''
        "#]],
    );
}

#[test]
fn the_protocol_is_elected_among_those_that_all_support() {
    check(
        "join a v=3 protocols=range,sticky; sync a a=p0
         join b v=3 protocols=sticky,range; join a protocols=range,sticky
         join c v=3 protocols=sticky; join a protocols=range,sticky; join b protocols=sticky,range
         sync a a=x b=y c=z; describe; join d v=3 protocols=range",
        expect![[r#"
            join a v=3 protocols=range,sticky
              * group g generation 0 protocol none []
              a <- joined generation 1 as a-1, a-1 leads: a-1
            sync a a=p0
              * group g generation 1 protocol range [a-1=p0]
              a <- assigned 'p0'
            join b v=3 protocols=sticky,range
            join a protocols=range,sticky
              a <- joined generation 2 as a-1, a-1 leads: a-1 b-2
              b <- joined generation 2 as b-2, a-1 leads
            join c v=3 protocols=sticky
            join a protocols=range,sticky
            join b protocols=sticky,range
              a <- joined generation 3 as a-1, a-1 leads: a-1 b-2 c-4
              b <- joined generation 3 as b-2, a-1 leads
              c <- joined generation 3 as c-4, a-1 leads
            sync a a=x b=y c=z
              * group g generation 3 protocol sticky [a-1=x b-2=y c-4=z]
              a <- assigned 'x'
            describe
              describe <- NONE: Stable 'consumer' 'sticky' [a-1 at /127.0.0.1 'x', b-2 at /127.0.0.1 'y', c-4 at /127.0.0.1 'z']
            join d v=3 protocols=range
              d <- join INCONSISTENT_GROUP_PROTOCOL member=
        "#]],
    );
}

#[test]
fn a_generation_too_large_to_be_written_is_tried_again() {
    let config = GroupConfig { record_bytes_max: 300, ..config() };
    let assignment = "x".repeat(200);
    check_with(
        config,
        &format!("join a v=3; sync a a=p0; join a; sync a a={assignment}; heartbeat a"),
        expect![[r#"
            join a v=3
              * group g generation 0 protocol none []
              a <- joined generation 1 as a-1, a-1 leads: a-1
            sync a a=p0
              * group g generation 1 protocol range [a-1=p0]
              a <- assigned 'p0'
            join a
              a <- joined generation 2 as a-1, a-1 leads: a-1
            sync a a=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
              a <- sync UNKNOWN_SERVER_ERROR
            heartbeat a
              a <- heartbeat REBALANCE_IN_PROGRESS
        "#]],
    );
}
