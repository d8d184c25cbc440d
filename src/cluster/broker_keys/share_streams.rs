//! Share groups and streams groups.

use super::*;

broker_keys! {
    "group.share.assignment.interval.ms" Int "1000", AtLeast(0), ClusterWide, NoEffect(ClassicGroups);
    "group.share.assignors" List "simple", NotEmpty, ReadOnly, NoEffect(ClassicGroups);
    "group.share.delivery.count.limit" Int "5", Between(2, 10), ReadOnly, NoEffect(ClassicGroups);
    "group.share.heartbeat.interval.ms" Int "5000", AtLeast(1), ReadOnly, NoEffect(ClassicGroups);
    "group.share.initialize.retry.interval.ms" Int "30000", AtLeast(1), ReadOnly, NoEffect(ClassicGroups), internal;
    "group.share.max.assignment.interval.ms" Int "15000", AtLeast(0), ReadOnly, NoEffect(ClassicGroups);
    "group.share.max.delivery.count.limit" Int "10", Between(5, 25), ReadOnly, NoEffect(ClassicGroups);
    "group.share.max.heartbeat.interval.ms" Int "15000", AtLeast(1), ReadOnly, NoEffect(ClassicGroups);
    "group.share.max.partition.max.record.locks" Int "4000", Between(2_000, 10_000), ReadOnly, NoEffect(ClassicGroups);
    "group.share.max.record.lock.duration.ms" Int "60000", Between(30_000, 3_600_000), ReadOnly, NoEffect(ClassicGroups);
    "group.share.max.session.timeout.ms" Int "60000", AtLeast(1), ReadOnly, NoEffect(ClassicGroups);
    "group.share.max.share.sessions" Int "2000", AtLeast(1), ReadOnly, NoEffect(ClassicGroups);
    "group.share.max.size" Int "200", Between(1, 1_000), ReadOnly, NoEffect(ClassicGroups);
    "group.share.min.assignment.interval.ms" Int "0", AtLeast(0), ReadOnly, NoEffect(ClassicGroups);
    "group.share.min.delivery.count.limit" Int "2", Between(2, 5), ReadOnly, NoEffect(ClassicGroups);
    "group.share.min.heartbeat.interval.ms" Int "5000", AtLeast(1), ReadOnly, NoEffect(ClassicGroups);
    "group.share.min.partition.max.record.locks" Int "100", Between(100, 2_000), ReadOnly, NoEffect(ClassicGroups);
    "group.share.min.record.lock.duration.ms" Int "15000", Between(1_000, 30_000), ReadOnly, NoEffect(ClassicGroups);
    "group.share.min.session.timeout.ms" Int "45000", AtLeast(1), ReadOnly, NoEffect(ClassicGroups);
    "group.share.partition.max.record.locks" Int "2000", Between(100, 10_000), ReadOnly, NoEffect(ClassicGroups);
    "group.share.persister.class.name" String "org.apache.kafka.server.share.persister.DefaultStatePersister", Any, ReadOnly, NoEffect(ClassicGroups), internal;
    "group.share.record.lock.duration.ms" Int "30000", Between(1_000, 3_600_000), ReadOnly, NoEffect(ClassicGroups);
    "group.share.session.timeout.ms" Int "45000", AtLeast(1), ReadOnly, NoEffect(ClassicGroups);
    "group.streams.assignment.interval.ms" Int "1000", AtLeast(0), ClusterWide, NoEffect(ClassicGroups);
    "group.streams.heartbeat.interval.ms" Int "5000", AtLeast(1), ReadOnly, NoEffect(ClassicGroups);
    "group.streams.initial.rebalance.delay.ms" Int "3000", AtLeast(0), ReadOnly, NoEffect(ClassicGroups);
    "group.streams.max.assignment.interval.ms" Int "15000", AtLeast(0), ReadOnly, NoEffect(ClassicGroups);
    "group.streams.max.heartbeat.interval.ms" Int "15000", AtLeast(1), ReadOnly, NoEffect(ClassicGroups);
    "group.streams.max.session.timeout.ms" Int "60000", AtLeast(1), ReadOnly, NoEffect(ClassicGroups);
    "group.streams.max.size" Int "2147483647", AtLeast(1), ReadOnly, NoEffect(ClassicGroups);
    "group.streams.max.standby.replicas" Int "2", AtLeast(0), ReadOnly, NoEffect(ClassicGroups);
    "group.streams.min.assignment.interval.ms" Int "0", AtLeast(0), ReadOnly, NoEffect(ClassicGroups);
    "group.streams.min.heartbeat.interval.ms" Int "5000", AtLeast(1), ReadOnly, NoEffect(ClassicGroups);
    "group.streams.min.session.timeout.ms" Int "45000", AtLeast(1), ReadOnly, NoEffect(ClassicGroups);
    "group.streams.num.standby.replicas" Int "0", AtLeast(0), ReadOnly, NoEffect(ClassicGroups);
    "group.streams.session.timeout.ms" Int "45000", AtLeast(1), ReadOnly, NoEffect(ClassicGroups);
    "share.coordinator.append.linger.ms" Int "-1", AtLeast(-1), ReadOnly, NoEffect(ClassicGroups);
    "share.coordinator.cached.buffer.max.bytes" Int "1048588", AtLeast(524_288), ClusterWide, NoEffect(ClassicGroups);
    "share.coordinator.cold.partition.snapshot.interval.ms" Int "300000", AtLeast(1), ReadOnly, NoEffect(ClassicGroups), internal;
    "share.coordinator.load.buffer.size" Int "5242880", AtLeast(1), ReadOnly, NoEffect(ClassicGroups);
    "share.coordinator.snapshot.update.records.per.snapshot" Int "500", Between(0, 500), ReadOnly, NoEffect(ClassicGroups);
    "share.coordinator.state.topic.compression.codec" Int "0", Any, ReadOnly, NoEffect(ClassicGroups);
    "share.coordinator.state.topic.min.isr" Short "2", AtLeast(1), ReadOnly, NoEffect(ClassicGroups);
    "share.coordinator.state.topic.num.partitions" Int "50", AtLeast(1), ReadOnly, NoEffect(ClassicGroups);
    "share.coordinator.state.topic.prune.interval.ms" Int "300000", AtLeast(1), ReadOnly, NoEffect(ClassicGroups), internal;
    "share.coordinator.state.topic.replication.factor" Short "3", AtLeast(1), ReadOnly, NoEffect(ClassicGroups);
    "share.coordinator.state.topic.segment.bytes" Int "104857600", AtLeast(1), ReadOnly, NoEffect(ClassicGroups);
    "share.coordinator.threads" Int "1", AtLeast(1), ReadOnly, NoEffect(ClassicGroups);
    "share.coordinator.write.timeout.ms" Int "5000", AtLeast(1), ReadOnly, NoEffect(ClassicGroups);
    "share.fetch.purgatory.purge.interval.requests" Int "1000", Any, ReadOnly, NoEffect(ClassicGroups);
}
