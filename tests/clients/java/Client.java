import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** The Java client. The command line is described in ../python/contract.py. */
public final class Client {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final BufferedReader IN = new BufferedReader(new InputStreamReader(System.in));
    private static final Duration DEADLINE = Duration.ofSeconds(90);

    public static void main(String[] arguments) throws Exception {
        String bootstrap = arguments[1];
        switch (arguments[0]) {
            case "produce" -> produce(bootstrap);
            case "consume" ->
                consume(bootstrap, arguments[2], arguments[3], Integer.parseInt(arguments[4]));
            case "member" -> member(bootstrap, arguments[2], arguments[3]);
            case "offsets" ->
                offsets(bootstrap, new TopicPartition(arguments[2], Integer.parseInt(arguments[3])));
            case "metadata" -> metadata(bootstrap, arguments[2], arguments[3]);
            default -> throw new IllegalArgumentException(arguments[0]);
        }
    }

    private static void produce(String bootstrap) throws Exception {
        Map<String, KafkaProducer<byte[], byte[]>> producers = new HashMap<>();
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        for (JsonNode record : lines()) {
            String codec = record.get("codec").asText();
            sent.add(producers.computeIfAbsent(codec, name -> producer(bootstrap, name))
                .send(parse(record)));
        }
        for (Future<RecordMetadata> future : sent) {
            RecordMetadata at = future.get(DEADLINE.toSeconds(), TimeUnit.SECONDS);
            ObjectNode line = JSON.createObjectNode();
            out(line.put("topic", at.topic()).put("partition", at.partition())
                .put("offset", at.offset()));
        }
        producers.values().forEach(KafkaProducer::close);
    }

    private static KafkaProducer<byte[], byte[]> producer(String bootstrap, String codec) {
        return new KafkaProducer<>(
            Map.of("bootstrap.servers", bootstrap, "compression.type", codec, "linger.ms", "20",
                "security.protocol", System.getenv("KLAMM_TEST_TLS") == null ? "PLAINTEXT" : "SSL"),
            new ByteArraySerializer(), new ByteArraySerializer());
    }

    private static ProducerRecord<byte[], byte[]> parse(JsonNode record) throws IOException {
        List<Header> headers = new ArrayList<>();
        for (JsonNode header : record.get("headers")) {
            headers.add(new RecordHeader(header.get(0).asText(), bytes(header.get(1))));
        }
        return new ProducerRecord<>(record.get("topic").asText(), record.get("partition").asInt(),
            record.get("timestamp").asLong(), bytes(record.get("key")), bytes(record.get("value")),
            headers);
    }

    private static KafkaConsumer<byte[], byte[]> consumer(String bootstrap, String group, int most) {
        return new KafkaConsumer<>(
            Map.of("bootstrap.servers", bootstrap, "group.id", group,
                "auto.offset.reset", "earliest", "enable.auto.commit", "false",
                "max.poll.records", Integer.toString(most)),
            new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    private static void consume(String bootstrap, String group, String topic, int count)
            throws Exception {
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(bootstrap, group, 1)) {
            consumer.subscribe(List.of(topic));
            long end = System.nanoTime() + DEADLINE.toNanos();
            for (int left = count; left > 0;) {
                if (System.nanoTime() > end) {
                    throw new TimeoutException("too few records");
                }
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofSeconds(1))) {
                    out(line(record));
                    left--;
                }
            }
            consumer.commitSync();
        }
    }

    private static void member(String bootstrap, String group, String topic) throws Exception {
        CountDownLatch ended = new CountDownLatch(1);
        Thread reader = new Thread(() -> {
            try {
                while (IN.readLine() != null) {
                    continue;
                }
            } catch (IOException gone) {
                // The test has closed the pipe: that ends us too.
            }
            ended.countDown();
        });
        reader.setDaemon(true);
        reader.start();
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(bootstrap, group, 100)) {
            consumer.subscribe(List.of(topic), new Assignments());
            while (ended.getCount() > 0) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
                    out(line(record));
                    consumer.commitSync(
                        Map.of(new TopicPartition(record.topic(), record.partition()),
                            new OffsetAndMetadata(record.offset() + 1)));
                }
            }
        }
    }

    /** Prints what this member was given and what was taken from it. */
    private static final class Assignments implements ConsumerRebalanceListener {
        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> assigned) {
            tell(assigned.stream().map(TopicPartition::partition).sorted().toList());
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> revoked) {
            tell(List.of());
        }

        private static void tell(List<Integer> partitions) {
            ObjectNode line = JSON.createObjectNode();
            line.set("assigned", JSON.valueToTree(partitions));
            out(line);
        }
    }

    private static void offsets(String bootstrap, TopicPartition partition) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
            for (JsonNode at : lines()) {
                OffsetSpec spec = switch (at.asText()) {
                    case "earliest" -> OffsetSpec.earliest();
                    case "latest" -> OffsetSpec.latest();
                    default -> OffsetSpec.forTimestamp(at.asLong());
                };
                long offset = admin.listOffsets(Map.of(partition, spec))
                    .partitionResult(partition).get(90, TimeUnit.SECONDS).offset();
                ObjectNode line = JSON.createObjectNode();
                line.set("at", at);
                out(offset < 0 ? line.putNull("offset") : line.put("offset", offset));
            }
        }
    }

    private static void metadata(String bootstrap, String group, String topic) throws Exception {
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(bootstrap, group, 1)) {
            outAddresses("metadata",
                consumer.partitionsFor(topic).stream().map(each -> each.leader()).toList());
        }
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
            outAddresses("coordinator", List.of(admin.describeConsumerGroups(List.of(group))
                .describedGroups().get(group).get(90, TimeUnit.SECONDS).coordinator()));
            outAddresses("cluster", admin.describeCluster().nodes().get(90, TimeUnit.SECONDS));
        }
    }

    private static void outAddresses(String kind, Collection<Node> nodes) {
        ObjectNode line = JSON.createObjectNode();
        ArrayNode addresses = line.putArray(kind);
        nodes.stream().map(node -> node.host() + ":" + node.port()).distinct()
            .forEach(addresses::add);
        out(line);
    }

    private static ObjectNode line(ConsumerRecord<byte[], byte[]> record) {
        ObjectNode line = JSON.createObjectNode().put("topic", record.topic())
            .put("partition", record.partition()).put("offset", record.offset())
            .put("timestamp", record.timestamp()).put("key", text(record.key()))
            .put("value", text(record.value()));
        ArrayNode headers = line.putArray("headers");
        for (Header header : record.headers()) {
            headers.addArray().add(header.key()).add(text(header.value()));
        }
        return line;
    }

    private static void out(JsonNode line) {
        System.out.println(line);
    }

    private static List<JsonNode> lines() throws IOException {
        List<JsonNode> lines = new ArrayList<>();
        for (String line = IN.readLine(); line != null; line = IN.readLine()) {
            lines.add(JSON.readTree(line));
        }
        return lines;
    }

    private static byte[] bytes(JsonNode text) throws IOException {
        return text.isNull() ? null : Base64.getDecoder().decode(text.asText());
    }

    private static String text(byte[] bytes) {
        return bytes == null ? null : Base64.getEncoder().encodeToString(bytes);
    }
}
