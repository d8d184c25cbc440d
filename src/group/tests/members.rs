//! Members come, return, and go.

use expect_test::expect;

use super::{check, check_with, config};
use crate::group::{GroupConfig, partition_of};

#[test]
fn a_first_member_is_given_an_id_and_leads() {
    check(
        "join a; join a; sync a a=p0; heartbeat a; describe; list",
        expect![[r#"
        join a
          * group g generation 0 protocol none []
          a <- join MEMBER_ID_REQUIRED member=a-1
        join a
          a <- joined generation 1 as a-1, a-1 leads: a-1
        sync a a=p0
          * group g generation 1 protocol range [a-1=p0]
          a <- assigned 'p0'
        heartbeat a
          a <- heartbeat NONE
        describe
          describe <- NONE: Stable 'consumer' 'range' [a-1 at /127.0.0.1 'p0']
        list
          list <- g: Stable 'consumer' classic
    "#]],
    );
}

#[test]
fn old_clients_join_at_once_without_an_id() {
    check(
        "join a v=3; sync a a=p0",
        expect![[r#"
        join a v=3
          * group g generation 0 protocol none []
          a <- joined generation 1 as a-1, a-1 leads: a-1
        sync a a=p0
          * group g generation 1 protocol range [a-1=p0]
          a <- assigned 'p0'
    "#]],
    );
}

#[test]
fn a_silent_member_is_out_after_its_session_timeout() {
    check(
        "join a v=3 session=6000; sync a a=p0; tick 5s; heartbeat a; tick 5s; heartbeat a
         tick 6s; heartbeat a; list",
        expect![[r#"
            join a v=3 session=6000
              * group g generation 0 protocol none []
              a <- joined generation 1 as a-1, a-1 leads: a-1
            sync a a=p0
              * group g generation 1 protocol range [a-1=p0]
              a <- assigned 'p0'
            tick 5s
            heartbeat a
              a <- heartbeat NONE
            tick 5s
            heartbeat a
              a <- heartbeat NONE
            tick 6s
              * group g generation 2 protocol none []
            heartbeat a
              a <- heartbeat UNKNOWN_MEMBER_ID
            list
              list <- g: Empty 'consumer' classic
        "#]],
    );
}

#[test]
fn an_id_that_is_not_used_in_time_is_void() {
    check(
        "join a; tick 10s; join a",
        expect![[r#"
        join a
          * group g generation 0 protocol none []
          a <- join MEMBER_ID_REQUIRED member=a-1
        tick 10s
        join a
          a <- join UNKNOWN_MEMBER_ID member=a-1
    "#]],
    );
}

#[test]
fn joins_that_cannot_be_are_refused() {
    check(
        "join a group=
         join a session=5999; join a session=1800001; join a member=nobody
         join a protocols=; join a type=; join a metadata=xxxxxxx
         join a v=3; sync a a=p0; join b type=connect; join b protocols=roundrobin
         join b member=nobody; list",
        expect![[r#"
            join a group=
              a <- join INVALID_GROUP_ID member=
            join a session=5999
              a <- join INVALID_SESSION_TIMEOUT member=
            join a session=1800001
              a <- join INVALID_SESSION_TIMEOUT member=
            join a member=nobody
              a <- join UNKNOWN_MEMBER_ID member=nobody
            join a protocols=
              * group g generation 0 protocol none []
              a <- join INCONSISTENT_GROUP_PROTOCOL member=
            join a type=
              a <- join INCONSISTENT_GROUP_PROTOCOL member=
            join a metadata=xxxxxxx
              a <- join INCONSISTENT_GROUP_PROTOCOL member=
            join a v=3
              a <- joined generation 1 as a-8, a-8 leads: a-8
            sync a a=p0
              * group g generation 1 protocol range [a-8=p0]
              a <- assigned 'p0'
            join b type=connect
              b <- join INCONSISTENT_GROUP_PROTOCOL member=
            join b protocols=roundrobin
              b <- join INCONSISTENT_GROUP_PROTOCOL member=
            join b member=nobody
              b <- join UNKNOWN_MEMBER_ID member=nobody
            list
              list <- g: Stable 'consumer' classic
        "#]],
    );
}

#[test]
fn a_group_has_no_more_members_than_configured() {
    let config = GroupConfig { members_max: 1, ..config() };
    check_with(
        config,
        "join a v=3; sync a a=p0; join b v=3; heartbeat a; join a",
        expect![[r#"
            join a v=3
              * group g generation 0 protocol none []
              a <- joined generation 1 as a-1, a-1 leads: a-1
            sync a a=p0
              * group g generation 1 protocol range [a-1=p0]
              a <- assigned 'p0'
            join b v=3
              b <- join GROUP_MAX_SIZE_REACHED member=
            heartbeat a
              a <- heartbeat NONE
            join a
              a <- joined generation 2 as a-1, a-1 leads: a-1
        "#]],
    );
}

#[test]
fn wrong_members_and_generations_are_refused() {
    check(
        "heartbeat a; sync a; leave a
         join a v=3; heartbeat a generation=7; sync a generation=7; heartbeat a member=x
         sync a protocol=other a=p0; sync a type=connect a=p0; sync a a=p0; leave a member=x; leave a
         heartbeat a; sync a; describe",
        expect![[r#"
            heartbeat a
              a <- heartbeat UNKNOWN_MEMBER_ID
            sync a
              a <- sync UNKNOWN_MEMBER_ID
            leave a
              a <- left UNKNOWN_MEMBER_ID
            join a v=3
              * group g generation 0 protocol none []
              a <- joined generation 1 as a-1, a-1 leads: a-1
            heartbeat a generation=7
              a <- heartbeat ILLEGAL_GENERATION
            sync a generation=7
              a <- sync ILLEGAL_GENERATION
            heartbeat a member=x
              a <- heartbeat UNKNOWN_MEMBER_ID
            sync a protocol=other a=p0
              a <- sync INCONSISTENT_GROUP_PROTOCOL
            sync a type=connect a=p0
              a <- sync INCONSISTENT_GROUP_PROTOCOL
            sync a a=p0
              * group g generation 1 protocol range [a-1=p0]
              a <- assigned 'p0'
            leave a member=x
              a <- left UNKNOWN_MEMBER_ID
            leave a
              * group g generation 2 protocol none []
              a <- left NONE
            heartbeat a
              a <- heartbeat UNKNOWN_MEMBER_ID
            sync a
              a <- sync UNKNOWN_MEMBER_ID
            describe
              describe <- NONE: Empty 'consumer' '' []
        "#]],
    );
}

#[test]
fn a_batch_of_members_leaves_at_once() {
    check(
        "join a v=3; sync a a=p0; join b v=3; join c v=3; join a; sync a a=x b=y c=z; sync b; sync c
         leave b c nobody; heartbeat a; join a; sync a a=all; leave a; list; delete; list",
        expect![[r#"
            join a v=3
              * group g generation 0 protocol none []
              a <- joined generation 1 as a-1, a-1 leads: a-1
            sync a a=p0
              * group g generation 1 protocol range [a-1=p0]
              a <- assigned 'p0'
            join b v=3
            join c v=3
            join a
              a <- joined generation 2 as a-1, a-1 leads: a-1 b-2 c-3
              b <- joined generation 2 as b-2, a-1 leads
              c <- joined generation 2 as c-3, a-1 leads
            sync a a=x b=y c=z
              * group g generation 2 protocol range [a-1=x b-2=y c-3=z]
              a <- assigned 'x'
            sync b
              b <- assigned 'y'
            sync c
              c <- assigned 'z'
            leave b c nobody
              b <- left NONE NONE UNKNOWN_MEMBER_ID
            heartbeat a
              a <- heartbeat REBALANCE_IN_PROGRESS
            join a
              a <- joined generation 3 as a-1, a-1 leads: a-1
            sync a a=all
              * group g generation 3 protocol range [a-1=all]
              a <- assigned 'all'
            leave a
              * group g generation 4 protocol none []
              a <- left NONE
            list
              list <- g: Empty 'consumer' classic
            delete
              * group g forgotten
              delete <- deleted NONE
            list
              list <- 
        "#]],
    );
}

#[test]
fn a_static_member_that_comes_back_keeps_its_assignment() {
    check(
        "join a instance=i v=9; sync a a=p0
         join b instance=i v=9; heartbeat a; heartbeat b; sync b
         join c instance=i v=5; heartbeat b; sync c
         join d instance=i protocols=sticky; leave d",
        expect![[r#"
            join a instance=i v=9
              * group g generation 0 protocol none []
              a <- joined generation 1 as i-1, i-1 leads: i-1
            sync a a=p0
              * group g generation 1 protocol range [i-1=p0]
              a <- assigned 'p0'
            join b instance=i v=9
              * group g generation 1 protocol range [i-2=p0]
              b <- joined generation 1 as i-2, i-2 leads: i-2, keeps the assignment
            heartbeat a
              a <- heartbeat FENCED_INSTANCE_ID
            heartbeat b
              b <- heartbeat NONE
            sync b
              b <- assigned 'p0'
            join c instance=i v=5
              * group g generation 1 protocol range [i-3=p0]
              c <- joined generation 1 as i-3, i-2 leads
            heartbeat b
              b <- heartbeat FENCED_INSTANCE_ID
            sync c
              c <- assigned 'p0'
            join d instance=i protocols=sticky
              d <- join INCONSISTENT_GROUP_PROTOCOL member=
            leave d
              * group g generation 2 protocol none []
              d <- left NONE
        "#]],
    );
}

#[test]
fn a_static_member_is_replaced_during_a_rebalance() {
    check(
        "join a instance=i; join b instance=i; sync b b=p0; join c v=3; join d instance=i; sync b
         sync d d=x c=y; sync c c=y; describe; leave x instance=i member=; describe",
        expect![[r#"
            join a instance=i
              * group g generation 0 protocol none []
              a <- joined generation 1 as i-1, i-1 leads: i-1
            join b instance=i
              b <- joined generation 2 as i-2, i-2 leads: i-2
            sync b b=p0
              * group g generation 2 protocol range [i-2=p0]
              b <- assigned 'p0'
            join c v=3
            join d instance=i
              c <- joined generation 3 as c-3, i-4 leads
              d <- joined generation 3 as i-4, i-4 leads: c-3 i-4
            sync b
              b <- sync FENCED_INSTANCE_ID
            sync d d=x c=y
              * group g generation 3 protocol range [c-3=y i-4=x]
              d <- assigned 'x'
            sync c c=y
              c <- assigned 'y'
            describe
              describe <- NONE: Stable 'consumer' 'range' [c-3 at /127.0.0.1 'y', i-4 at /127.0.0.1 'x']
            leave x instance=i member=
              x <- left NONE
            describe
              describe <- NONE: PreparingRebalance 'consumer' '' [c-3 at /127.0.0.1 'y']
        "#]],
    );
}

#[test]
fn a_static_member_survives_a_rebalance_that_it_misses() {
    check(
        "join a instance=i session=60000 rebalance=30000; sync a a=p0
         join b v=3 session=60000 rebalance=30000; tick 31s; describe; tick 31s; describe",
        expect![[r#"
            join a instance=i session=60000 rebalance=30000
              * group g generation 0 protocol none []
              a <- joined generation 1 as i-1, i-1 leads: i-1
            sync a a=p0
              * group g generation 1 protocol range [i-1=p0]
              a <- assigned 'p0'
            join b v=3 session=60000 rebalance=30000
            tick 31s
              b <- joined generation 2 as b-2, b-2 leads: b-2 i-1
            describe
              describe <- NONE: CompletingRebalance 'consumer' '' [b-2 at /127.0.0.1 '', i-1 at /127.0.0.1 'p0']
            tick 31s
              * group g generation 3 protocol none []
            describe
              describe <- NONE: Empty 'consumer' '' []
        "#]],
    );
}

#[test]
fn after_a_restart_members_go_on_where_they_were() {
    check(
        "join a v=3; sync a a=p0; commit a t:0=5; restart; heartbeat a; fetch t:0; sync a; join b v=3
         restart; heartbeat a; tick 11s; list",
        expect![[r#"
            join a v=3
              * group g generation 0 protocol none []
              a <- joined generation 1 as a-1, a-1 leads: a-1
            sync a a=p0
              * group g generation 1 protocol range [a-1=p0]
              a <- assigned 'p0'
            commit a t:0=5
              * offset t-0 = 5
              a <- committed NONE
            restart
            heartbeat a
              a <- heartbeat NONE
            fetch t:0
              t:0 <- offsets [t-0=5]
            sync a
              a <- assigned 'p0'
            join b v=3
            restart
            heartbeat a
              a <- heartbeat NONE
            tick 11s
              * group g generation 2 protocol none []
            list
              list <- g: Empty 'consumer' classic
        "#]],
    );
}

#[test]
fn lists_are_filtered_by_state_and_type() {
    check(
        "join a v=3; sync a a=p0; list states=stable x=; list x states=STABLE; list x states=Empty
         list x types=Classic; list x types=consumer",
        expect![[r#"
            join a v=3
              * group g generation 0 protocol none []
              a <- joined generation 1 as a-1, a-1 leads: a-1
            sync a a=p0
              * group g generation 1 protocol range [a-1=p0]
              a <- assigned 'p0'
            list states=stable x=
              states=stable <- g: Stable 'consumer' classic
            list x states=STABLE
              x <- g: Stable 'consumer' classic
            list x states=Empty
              x <- 
            list x types=Classic
              x <- g: Stable 'consumer' classic
            list x types=consumer
              x <- 
        "#]],
    );
}

#[test]
fn a_request_sent_again_releases_the_earlier_one() {
    check(
        "join a v=3; sync a a=p0; join b v=3; join b member=b-2; join a; sync b; sync b; sync a",
        expect![[r#"
            join a v=3
              * group g generation 0 protocol none []
              a <- joined generation 1 as a-1, a-1 leads: a-1
            sync a a=p0
              * group g generation 1 protocol range [a-1=p0]
              a <- assigned 'p0'
            join b v=3
            join b member=b-2
              b <- join REBALANCE_IN_PROGRESS member=b-2
            join a
              a <- joined generation 2 as a-1, a-1 leads: a-1 b-2
              b <- joined generation 2 as b-2, a-1 leads
            sync b
            sync b
              b <- sync REBALANCE_IN_PROGRESS
            sync a
              * group g generation 2 protocol range [a-1= b-2=]
              a <- assigned ''
              b <- assigned ''
        "#]],
    );
}

#[test]
fn groups_are_placed_by_the_hash_of_java() {
    // From Apache Kafka: Utils.abs("...".hashCode()) % 50.
    assert_eq!(partition_of("", 50), 0);
    assert_eq!(partition_of("test-group", 50), 12);
    assert_eq!(partition_of("polygenelubricants", 50), 0); // hashes to Integer.MIN_VALUE
    assert_eq!(partition_of("größe-\u{1f600}", 50), 21);
}

#[test]
fn a_consumer_that_does_not_say_what_it_reads_may_read_everything() {
    check(
        "commit tool t:0=1; join a v=3 metadata=; sync a a=p0; forget t:0",
        expect![[r#"
        commit tool t:0=1
          * offset t-0 = 1
          tool <- committed NONE
        join a v=3 metadata=
          a <- joined generation 1 as a-1, a-1 leads: a-1
        sync a a=p0
          * group g generation 1 protocol range [a-1=p0]
          a <- assigned 'p0'
        forget t:0
          t:0 <- forgot GROUP_SUBSCRIBED_TO_TOPIC
    "#]],
    );
}
