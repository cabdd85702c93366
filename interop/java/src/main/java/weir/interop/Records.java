package weir.interop;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;

/** Small numbers of records, one by one, for the tests that look at each of them. */
final class Records {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private Records() {}

    /** Sends the records on standard input and prints where each was stored. */
    static void produce(Arguments arguments) throws Exception {
        Properties settings = arguments.client();
        settings.put("acks", "all");
        settings.put("enable.idempotence", arguments.text("idempotent"));
        settings.put("compression.type", arguments.text("compression"));
        settings.put("linger.ms", "20");
        settings.put("max.block.ms", String.valueOf(PATIENCE.toMillis()));
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(settings)) {
            BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                sent.add(producer.send(Json.record(arguments.text("topic"), Json.parsed(line))));
            }
        }
        for (Future<RecordMetadata> stored : sent) {
            RecordMetadata at = stored.get();
            Json.print(Json.object().put("partition", at.partition()).put("offset", at.offset()));
        }
    }

    /** Joins a group, prints the next records and commits exactly those. */
    static void consume(Arguments arguments) {
        Properties settings = arguments.groupMember();
        int count = arguments.number("count");
        settings.put("max.poll.records", String.valueOf(count));
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(settings)) {
            consumer.subscribe(List.of(arguments.text("topic")));
            List<ConsumerRecord<byte[], byte[]>> records = take(consumer, count);
            Map<TopicPartition, OffsetAndMetadata> next = new HashMap<>();
            for (ConsumerRecord<byte[], byte[]> record : records) {
                next.put(
                        new TopicPartition(record.topic(), record.partition()),
                        new OffsetAndMetadata(record.offset() + 1));
            }
            consumer.commitSync(next);
            records.forEach(Json::print);
        }
    }

    /** Prints records of one partition from an offset on, without a group. */
    static void read(Arguments arguments) {
        TopicPartition partition = new TopicPartition(arguments.text("topic"), arguments.number("partition"));
        Properties settings = arguments.client();
        settings.put("isolation.level", arguments.text("isolation"));
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(settings)) {
            consumer.assign(List.of(partition));
            consumer.seek(partition, arguments.number("offset"));
            take(consumer, arguments.number("count")).forEach(Json::print);
        }
    }

    static List<ConsumerRecord<byte[], byte[]>> take(KafkaConsumer<byte[], byte[]> consumer, int count) {
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (records.size() < count) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("got " + records.size() + " of " + count + " records");
            }
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
                if (records.size() < count) {
                    records.add(record);
                }
            }
        }
        return records;
    }
}
