//! Committed offsets.

use expect_test::expect;

use super::{check, check_with, config};
use crate::group::GroupConfig;

#[test]
fn offsets_are_stored_and_read() {
    check(
        "join a v=3; sync a a=p0; commit a t:0=5 t:1=7; fetch t:0,1,2; fetch all; commit a t:0=6
         fetch t:0; commit a t:0=9 generation=3; commit a member=x t:0=9; fetch t:0 u:1",
        expect![[r#"
            join a v=3
              * group g generation 0 protocol none []
              a <- joined generation 1 as a-1, a-1 leads: a-1
            sync a a=p0
              * group g generation 1 protocol range [a-1=p0]
              a <- assigned 'p0'
            commit a t:0=5 t:1=7
              * offset t-0 = 5
              * offset t-1 = 7
              a <- committed NONE NONE
            fetch t:0,1,2
              t:0,1,2 <- offsets [t-0=5 t-1=7 t-2=-1]
            fetch all
              all <- offsets [t-0=5 t-1=7]
            commit a t:0=6
              * offset t-0 = 6
              a <- committed NONE
            fetch t:0
              t:0 <- offsets [t-0=6]
            commit a t:0=9 generation=3
              a <- commit ILLEGAL_GENERATION
            commit a member=x t:0=9
              a <- commit UNKNOWN_MEMBER_ID
            fetch t:0 u:1
              t:0 <- offsets [u-1=-1 t-0=6]
        "#]],
    );
}

#[test]
fn offsets_are_refused_while_an_assignment_is_awaited() {
    check(
        "join a v=3; sync a a=p0; join b v=3; commit a t:0=1; join a; commit a t:0=2; fetch t:0",
        expect![[r#"
            join a v=3
              * group g generation 0 protocol none []
              a <- joined generation 1 as a-1, a-1 leads: a-1
            sync a a=p0
              * group g generation 1 protocol range [a-1=p0]
              a <- assigned 'p0'
            join b v=3
            commit a t:0=1
              * offset t-0 = 1
              a <- committed NONE
            join a
              a <- joined generation 2 as a-1, a-1 leads: a-1 b-2
              b <- joined generation 2 as b-2, a-1 leads
            commit a t:0=2
              a <- commit REBALANCE_IN_PROGRESS
            fetch t:0
              t:0 <- offsets [t-0=1]
        "#]],
    );
}

#[test]
fn offsets_from_outside_need_an_empty_group() {
    check(
        "commit tool t:0=1; list; join a v=3; sync a a=p0; commit tool t:0=2; leave a
         commit tool t:0=3; fetch t:0; commit tool generation=4 t:0=3",
        expect![[r#"
            commit tool t:0=1
              * offset t-0 = 1
              tool <- committed NONE
            list
              list <- g: Empty '' classic
            join a v=3
              a <- joined generation 1 as a-1, a-1 leads: a-1
            sync a a=p0
              * group g generation 1 protocol range [a-1=p0]
              a <- assigned 'p0'
            commit tool t:0=2
              tool <- commit UNKNOWN_MEMBER_ID
            leave a
              * group g generation 2 protocol none []
              a <- left NONE
            commit tool t:0=3
              * offset t-0 = 3
              tool <- committed NONE
            fetch t:0
              t:0 <- offsets [t-0=3]
            commit tool generation=4 t:0=3
              tool <- commit UNKNOWN_MEMBER_ID
        "#]],
    );
}

#[test]
fn offset_metadata_has_a_limit() {
    let config = GroupConfig { offset_metadata_max: 3, ..config() };
    check_with(
        config,
        "commit a t:0=1 metadata=abc; commit a t:0=2 metadata=abcd",
        expect![[r#"
            commit a t:0=1 metadata=abc
              * offset t-0 = 1
              a <- committed NONE
            commit a t:0=2 metadata=abcd
              a <- committed OFFSET_METADATA_TOO_LARGE
        "#]],
    );
}

#[test]
fn offsets_of_subscribed_topics_cannot_be_forgotten() {
    check(
        "forget t:0; commit tool t:0=1 u:0=1; join a v=3; sync a a=p0; forget t:0; forget u:0,1
         delete; leave a; forget t:0; fetch all; delete; delete",
        expect![[r#"
            forget t:0
              t:0 <- GROUP_ID_NOT_FOUND
            commit tool t:0=1 u:0=1
              * offset t-0 = 1
              * offset u-0 = 1
              tool <- committed NONE NONE
            join a v=3
              a <- joined generation 1 as a-1, a-1 leads: a-1
            sync a a=p0
              * group g generation 1 protocol range [a-1=p0]
              a <- assigned 'p0'
            forget t:0
              t:0 <- forgot GROUP_SUBSCRIBED_TO_TOPIC
            forget u:0,1
              * offset u-0 forgotten
              u:0,1 <- forgot NONE
            delete
              delete <- deleted NON_EMPTY_GROUP
            leave a
              * group g generation 2 protocol none []
              a <- left NONE
            forget t:0
              * offset t-0 forgotten
              t:0 <- forgot NONE
            fetch all
              all <- offsets []
            delete
              * group g forgotten
              delete <- deleted NONE
            delete
              delete <- deleted GROUP_ID_NOT_FOUND
        "#]],
    );
}

#[test]
fn other_protocol_types_do_not_forget_while_they_live() {
    check(
        "join a v=3 type=connect metadata=x; sync a a=p0; commit a t:0=1; forget t:0; leave a
         forget t:0",
        expect![[r#"
            join a v=3 type=connect metadata=x
              * group g generation 0 protocol none []
              a <- joined generation 1 as a-1, a-1 leads: a-1
            sync a a=p0
              * group g generation 1 protocol range [a-1=p0]
              a <- assigned 'p0'
            commit a t:0=1
              * offset t-0 = 1
              a <- committed NONE
            forget t:0
              t:0 <- NON_EMPTY_GROUP
            leave a
              * group g generation 2 protocol none []
              a <- left NONE
            forget t:0
              * offset t-0 forgotten
              t:0 <- forgot NONE
        "#]],
    );
}

#[test]
fn offsets_expire_after_the_group_was_empty_for_the_retention() {
    let config = GroupConfig { offsets_retention_ms: 3_600_000, ..config() };
    check_with(
        config,
        "join a v=3; sync a a=p0; commit a t:0=1; leave a; tick 3590s; fetch all; tick 600s
         fetch all; list",
        expect![[r#"
            join a v=3
              * group g generation 0 protocol none []
              a <- joined generation 1 as a-1, a-1 leads: a-1
            sync a a=p0
              * group g generation 1 protocol range [a-1=p0]
              a <- assigned 'p0'
            commit a t:0=1
              * offset t-0 = 1
              a <- committed NONE
            leave a
              * group g generation 2 protocol none []
              a <- left NONE
            tick 3590s
            fetch all
              all <- offsets [t-0=1]
            tick 600s
              * offset t-0 forgotten
              * group g forgotten
            fetch all
              all <- offsets []
            list
              list <- 
        "#]],
    );
}

#[test]
fn offsets_of_topics_nobody_reads_expire_while_the_group_lives() {
    let config = GroupConfig { offsets_retention_ms: 3_600_000, ..config() };
    check_with(
        config,
        "commit tool t:0=1 u:0=1; join a v=3 session=1800000; sync a a=p0; tick 1799s; heartbeat a
         tick 1799s; heartbeat a; tick 1200s; fetch all; list",
        expect![[r#"
            commit tool t:0=1 u:0=1
              * offset t-0 = 1
              * offset u-0 = 1
              tool <- committed NONE NONE
            join a v=3 session=1800000
              a <- joined generation 1 as a-1, a-1 leads: a-1
            sync a a=p0
              * group g generation 1 protocol range [a-1=p0]
              a <- assigned 'p0'
            tick 1799s
            heartbeat a
              a <- heartbeat NONE
            tick 1799s
            heartbeat a
              a <- heartbeat NONE
            tick 1200s
              * offset u-0 forgotten
            fetch all
              all <- offsets [t-0=1]
            list
              list <- g: Stable 'consumer' classic
        "#]],
    );
}

#[test]
fn an_offset_may_carry_its_own_expiry() {
    check(
        "commit tool t:0=1 retention=700000; commit tool u:0=2; tick 1201s; fetch all",
        expect![[r#"
            commit tool t:0=1 retention=700000
              * offset t-0 = 1
              tool <- committed NONE
            commit tool u:0=2
              * offset u-0 = 2
              tool <- committed NONE
            tick 1201s
              * offset t-0 forgotten
            fetch all
              all <- offsets [u-0=2]
        "#]],
    );
}

#[test]
fn a_group_without_offsets_is_forgotten() {
    check(
        "join a; tick 599s; list; tick 1s; list",
        expect![[r#"
        join a
          * group g generation 0 protocol none []
          a <- join MEMBER_ID_REQUIRED member=a-1
        tick 599s
        list
          list <- g: Empty '' classic
        tick 1s
          * group g forgotten
        list
          list <- 
    "#]],
    );
}

#[test]
fn offsets_of_deleted_topics_are_forgotten() {
    check(
        "commit tool t:0=1 u:0=2; topic-deleted t; fetch all",
        expect![[r#"
        commit tool t:0=1 u:0=2
          * offset t-0 = 1
          * offset u-0 = 2
          tool <- committed NONE NONE
        topic-deleted t
          * offset t-0 forgotten
          t <- topics deleted
        fetch all
          all <- offsets [u-0=2]
    "#]],
    );
}
