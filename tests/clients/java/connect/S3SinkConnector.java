package io.confluent.connect.s3;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigDef.Width;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.sink.SinkConnector;

/**
 * Stands in for the sink, so that a worker of Apache Kafka takes its configurations: what the
 * worker itself answers is compared with klamm's answers. It writes nothing.
 */
public class S3SinkConnector extends SinkConnector {
    private Map<String, String> properties;

    @Override
    public String version() {
        return "0.1.0";
    }

    @Override
    public Class<? extends Task> taskClass() {
        return S3SinkTask.class;
    }

    @Override
    public void start(Map<String, String> given) {
        properties = given;
    }

    @Override
    public void stop() {}

    @Override
    public List<Map<String, String>> taskConfigs(int tasksMax) {
        List<Map<String, String>> configs = new ArrayList<>();
        for (int task = 0; task < tasksMax; task++) {
            configs.add(properties);
        }
        return configs;
    }

    @Override
    public ConfigDef config() {
        return new ConfigDef()
            .define("format.class", Type.CLASS, ConfigDef.NO_DEFAULT_VALUE, Importance.HIGH, "")
            .define("flush.size", Type.INT, ConfigDef.NO_DEFAULT_VALUE, Importance.HIGH, "")
            .define("storage.class", Type.CLASS, ConfigDef.NO_DEFAULT_VALUE, Importance.HIGH, "")
            .define("s3.bucket.name", Type.STRING, ConfigDef.NO_DEFAULT_VALUE, Importance.HIGH, "");
    }
}
