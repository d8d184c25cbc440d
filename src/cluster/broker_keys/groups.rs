//! Consumer groups, offsets, producers and transactions.

use super::*;

broker_keys! {
    "add.partitions.to.txn.retry.backoff.max.ms" Int "100", AtLeast(0), ReadOnly, NoEffect(NoTransactions);
    "add.partitions.to.txn.retry.backoff.ms" Int "20", AtLeast(1), ReadOnly, NoEffect(NoTransactions);
    "group.consumer.assignment.interval.ms" Int "1000", AtLeast(0), ClusterWide, NoEffect(ClassicGroups);
    "group.consumer.assignors" List "uniform,range", NotEmpty, ReadOnly, NoEffect(ClassicGroups);
    "group.consumer.heartbeat.interval.ms" Int "5000", AtLeast(1), ReadOnly, NoEffect(ClassicGroups);
    "group.consumer.max.assignment.interval.ms" Int "15000", AtLeast(0), ReadOnly, NoEffect(ClassicGroups);
    "group.consumer.max.heartbeat.interval.ms" Int "15000", AtLeast(1), ReadOnly, NoEffect(ClassicGroups);
    "group.consumer.max.session.timeout.ms" Int "60000", AtLeast(1), ReadOnly, NoEffect(ClassicGroups);
    "group.consumer.max.size" Int "2147483647", AtLeast(1), ReadOnly, NoEffect(ClassicGroups);
    "group.consumer.migration.policy" String "bidirectional", OneOfAnyCase(&["DISABLED", "DOWNGRADE", "UPGRADE", "BIDIRECTIONAL"]), ReadOnly, NoEffect(ClassicGroups);
    "group.consumer.min.assignment.interval.ms" Int "0", AtLeast(0), ReadOnly, NoEffect(ClassicGroups);
    "group.consumer.min.heartbeat.interval.ms" Int "5000", AtLeast(1), ReadOnly, NoEffect(ClassicGroups);
    "group.consumer.min.session.timeout.ms" Int "45000", AtLeast(1), ReadOnly, NoEffect(ClassicGroups);
    "group.consumer.regex.refresh.interval.ms" Int "600000", AtLeast(10_000), ReadOnly, NoEffect(ClassicGroups), internal;
    "group.consumer.session.timeout.ms" Int "45000", AtLeast(1), ReadOnly, NoEffect(ClassicGroups);
    "group.coordinator.append.linger.ms" Int "-1", AtLeast(-1), ReadOnly, NoEffect(OneProcess);
    "group.coordinator.background.threads" Int "2", AtLeast(1), ReadOnly, NoEffect(NoThreadPools);
    "group.coordinator.cached.buffer.max.bytes" Int "1048588", AtLeast(524_288), ClusterWide, NoEffect(OneProcess);
    "group.coordinator.rebalance.protocols" List "classic,consumer,streams", OneOf(&["consumer", "classic", "share", "streams"]), ReadOnly, NoEffect(ClassicGroups);
    "group.coordinator.threads" Int "4", AtLeast(1), ReadOnly, NoEffect(NoThreadPools);
    "group.initial.rebalance.delay.ms" Int "3000", Any, ReadOnly, Honoured;
    "group.max.session.timeout.ms" Int "1800000", Any, ReadOnly, Honoured;
    "group.max.size" Int "2147483647", AtLeast(1), ReadOnly, Honoured;
    "group.min.session.timeout.ms" Int "6000", Any, ReadOnly, Honoured;
    "offset.metadata.max.bytes" Int "4096", Any, ReadOnly, Honoured;
    "offsets.commit.timeout.ms" Int "5000", AtLeast(1), ReadOnly, Honoured;
    "offsets.load.buffer.size" Int "5242880", AtLeast(1), ReadOnly, NoEffect(OneProcess);
    "offsets.retention.check.interval.ms" Long "600000", AtLeast(1), ReadOnly, Honoured;
    "offsets.retention.minutes" Int "10080", AtLeast(1), ReadOnly, Honoured;
    "offsets.topic.compression.codec" Int "0", Any, ReadOnly, NoEffect(OneProcess);
    "offsets.topic.num.partitions" Int "50", AtLeast(1), ReadOnly, Honoured;
    "offsets.topic.replication.factor" Short "3", AtLeast(1), ReadOnly, Honoured;
    "offsets.topic.segment.bytes" Int "104857600", AtLeast(1), ReadOnly, Honoured;
    "producer.id.expiration.check.interval.ms" Int "600000", AtLeast(1), ReadOnly, Honoured, internal;
    "producer.id.expiration.ms" Int "86400000", AtLeast(1), ClusterWide, Honoured;
    "transaction.abort.timed.out.transaction.cleanup.interval.ms" Int "10000", AtLeast(1), ReadOnly, NoEffect(NoTransactions);
    "transaction.max.timeout.ms" Int "900000", AtLeast(1), ReadOnly, Honoured;
    "transaction.partition.verification.enable" Boolean "true", Any, ClusterWide, NoEffect(NoTransactions);
    "transaction.remove.expired.transaction.cleanup.interval.ms" Int "3600000", AtLeast(1), ReadOnly, NoEffect(NoTransactions);
    "transaction.state.log.load.buffer.size" Int "5242880", AtLeast(1), ReadOnly, NoEffect(NoTransactions);
    "transaction.state.log.min.isr" Int "2", AtLeast(1), ReadOnly, NoEffect(NoTransactions);
    "transaction.state.log.num.partitions" Int "50", AtLeast(1), ReadOnly, Honoured;
    "transaction.state.log.replication.factor" Short "3", AtLeast(1), ReadOnly, Honoured;
    "transaction.state.log.segment.bytes" Int "104857600", AtLeast(1), ReadOnly, NoEffect(NoTransactions);
    "transaction.two.phase.commit.enable" Boolean "false", Any, ReadOnly, NoEffect(NoTransactions);
    "transactional.id.expiration.ms" Int "604800000", AtLeast(1), ReadOnly, Honoured;
}
