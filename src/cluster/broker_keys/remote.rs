//! Tiered storage.

use super::*;

broker_keys! {
    "follower.fetch.last.tiered.offset.enable" Boolean "false", Any, ClusterWide, NoEffect(NoTieredStorage);
    "remote.fetch.max.wait.ms" Int "500", AtLeast(1), ClusterWide, NoEffect(NoTieredStorage);
    "remote.list.offsets.request.timeout.ms" Long "30000", AtLeast(1), ClusterWide, NoEffect(NoTieredStorage);
    "remote.log.index.file.cache.total.size.bytes" Long "1073741824", AtLeast(1), ClusterWide, NoEffect(NoTieredStorage);
    "remote.log.index.file.cache.ttl.ms" Long "900000", AtLeast(-1), ReadOnly, NoEffect(NoTieredStorage), internal;
    "remote.log.manager.copier.thread.pool.size" Int "10", AtLeast(1), ClusterWide, NoEffect(NoTieredStorage);
    "remote.log.manager.copy.max.bytes.per.second" Long "9223372036854775807", AtLeast(1), ClusterWide, NoEffect(NoTieredStorage);
    "remote.log.manager.copy.quota.window.num" Int "11", AtLeast(1), ReadOnly, NoEffect(NoTieredStorage);
    "remote.log.manager.copy.quota.window.size.seconds" Int "1", AtLeast(1), ReadOnly, NoEffect(NoTieredStorage);
    "remote.log.manager.expiration.thread.pool.size" Int "10", AtLeast(1), ClusterWide, NoEffect(NoTieredStorage);
    "remote.log.manager.fetch.max.bytes.per.second" Long "9223372036854775807", AtLeast(1), ClusterWide, NoEffect(NoTieredStorage);
    "remote.log.manager.fetch.quota.window.num" Int "11", AtLeast(1), ReadOnly, NoEffect(NoTieredStorage);
    "remote.log.manager.fetch.quota.window.size.seconds" Int "1", AtLeast(1), ReadOnly, NoEffect(NoTieredStorage);
    "remote.log.manager.follower.thread.pool.size" Int "2", AtLeast(1), ClusterWide, NoEffect(NoTieredStorage);
    "remote.log.manager.task.interval.ms" Long "30000", AtLeast(1), ReadOnly, NoEffect(NoTieredStorage);
    "remote.log.manager.task.retry.backoff.max.ms" Long "30000", AtLeast(1), ReadOnly, NoEffect(NoTieredStorage), internal;
    "remote.log.manager.task.retry.backoff.ms" Long "500", AtLeast(1), ReadOnly, NoEffect(NoTieredStorage), internal;
    "remote.log.manager.task.retry.jitter" Double "0.2", Fraction(0.0, 0.5), ReadOnly, NoEffect(NoTieredStorage), internal;
    "remote.log.manager.thread.pool.size" Int "2", AtLeast(1), ReadOnly, NoEffect(NoTieredStorage);
    "remote.log.metadata.custom.metadata.max.bytes" Int "128", AtLeast(0), ReadOnly, NoEffect(NoTieredStorage);
    "remote.log.metadata.manager.class.name" String "org.apache.kafka.server.log.remote.metadata.storage.TopicBasedRemoteLogMetadataManager", NotEmpty, ReadOnly, NoEffect(NoTieredStorage);
    "remote.log.metadata.manager.class.path" String none, Any, ReadOnly, NoEffect(NoTieredStorage);
    "remote.log.metadata.manager.impl.prefix" String "rlmm.config.", NotEmpty, ReadOnly, NoEffect(NoTieredStorage);
    "remote.log.metadata.manager.listener.name" String none, NotEmpty, ReadOnly, NoEffect(NoTieredStorage);
    "remote.log.reader.max.pending.tasks" Int "100", AtLeast(1), ReadOnly, NoEffect(NoTieredStorage);
    "remote.log.reader.threads" Int "10", AtLeast(1), ClusterWide, NoEffect(NoTieredStorage);
    "remote.log.storage.manager.class.name" String none, NotEmpty, ReadOnly, NoEffect(NoTieredStorage);
    "remote.log.storage.manager.class.path" String none, Any, ReadOnly, NoEffect(NoTieredStorage);
    "remote.log.storage.manager.impl.prefix" String "rsm.config.", NotEmpty, ReadOnly, NoEffect(NoTieredStorage);
    "remote.log.storage.system.enable" Boolean "false", Any, ReadOnly, NoEffect(NoTieredStorage);
}
