//! Sockets, requests, fetching, metrics.

use super::*;

broker_keys! {
    "advertised.listeners" List none, NotEmpty, ReadOnly, Honoured;
    "background.threads" Int "10", AtLeast(1), ClusterWide, NoEffect(NoThreadPools);
    "client.quota.callback.class" Class none, Any, ReadOnly, NoEffect(NoJava);
    "config.providers" List "", Any, ClusterWide, NoEffect(NoJava);
    "connections.max.idle.ms" Long "600000", Any, ReadOnly, Honoured;
    "delete.records.purgatory.purge.interval.requests" Int "1", Any, ReadOnly, NoEffect(OneProcess);
    "fetch.max.bytes" Int "57671680", AtLeast(1_024), ReadOnly, Honoured;
    "fetch.purgatory.purge.interval.requests" Int "1000", Any, ReadOnly, NoEffect(OneProcess);
    "inter.broker.listener.name" String none, Any, ReadOnly, Honoured;
    "kafka.metrics.polling.interval.secs" Int "10", AtLeast(1), ReadOnly, NoEffect(NoJava);
    "kafka.metrics.reporters" List "", Any, ReadOnly, NoEffect(NoJava);
    "listener.security.protocol.map" String "SASL_SSL:SASL_SSL,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT", Any, PerBroker, Honoured;
    "listeners" List "PLAINTEXT://:9092", NotEmpty, PerBroker, Honoured;
    "max.connection.creation.rate" Int "2147483647", AtLeast(0), ClusterWide, NoEffect(NoQuotas);
    "max.connections" Int "2147483647", AtLeast(0), ClusterWide, Honoured;
    "max.connections.per.ip" Int "2147483647", AtLeast(0), ClusterWide, Honoured;
    "max.connections.per.ip.overrides" String "", Any, ClusterWide, NoEffect(NoQuotas);
    "max.incremental.fetch.session.cache.slots" Int "1000", AtLeast(0), ReadOnly, Honoured;
    "max.request.partition.size.limit" Int "2000", AtLeast(1), ReadOnly, Honoured;
    "metric.reporters" List "org.apache.kafka.common.metrics.JmxReporter", Any, ClusterWide, NoEffect(NoJava);
    "metrics.num.samples" Int "2", AtLeast(1), ReadOnly, NoEffect(NoJava);
    "metrics.recording.level" String "INFO", Any, ReadOnly, NoEffect(NoJava);
    "metrics.sample.window.ms" Long "30000", AtLeast(1), ReadOnly, NoEffect(NoJava);
    "num.io.threads" Int "8", AtLeast(1), ClusterWide, NoEffect(NoThreadPools);
    "num.network.threads" Int "3", AtLeast(1), ClusterWide, NoEffect(NoThreadPools);
    "producer.purgatory.purge.interval.requests" Int "1000", Any, ReadOnly, NoEffect(OneProcess);
    "queued.max.request.bytes" Long "-1", Any, ReadOnly, NoEffect(NoThreadPools);
    "queued.max.requests" Int "500", AtLeast(1), ReadOnly, NoEffect(NoThreadPools);
    "quota.window.num" Int "11", AtLeast(1), ReadOnly, NoEffect(NoQuotas);
    "quota.window.size.seconds" Int "1", AtLeast(1), ReadOnly, NoEffect(NoQuotas);
    "request.timeout.ms" Int "30000", Any, ReadOnly, Honoured;
    "socket.connection.setup.timeout.max.ms" Long "30000", Any, ReadOnly, NoEffect(OneProcess);
    "socket.connection.setup.timeout.ms" Long "10000", Any, ReadOnly, NoEffect(OneProcess);
    "socket.listen.backlog.size" Int "50", AtLeast(1), ReadOnly, Honoured;
    "socket.receive.buffer.bytes" Int "102400", Any, ReadOnly, Honoured;
    "socket.request.max.bytes" Int "104857600", AtLeast(1), ReadOnly, Honoured;
    "socket.send.buffer.bytes" Int "102400", Any, ReadOnly, Honoured;
    "telemetry.max.bytes" Int "1048576", AtLeast(1), ReadOnly, NoEffect(NoJava);
}
