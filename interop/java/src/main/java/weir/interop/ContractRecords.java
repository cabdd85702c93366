package weir.interop;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
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
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;

/** Records in and out, in groups and in transactions. */
final class ContractRecords {
    private ContractRecords() {}

    static ObjectNode produce(Arguments at, JsonNode asked) throws Exception {
        Properties settings = at.client();
        settings.put("acks", "all");
        settings.put("compression.type", asked.get("codec").asText());
        settings.put("linger.ms", "5");
        ObjectNode answer = Json.object();
        ArrayNode offsets = answer.putArray("offsets");
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(settings)) {
            for (JsonNode record : asked.get("records")) {
                sent.add(producer.send(Json.record(asked.get("topic").asText(), record)));
            }
            producer.flush();
            for (Future<RecordMetadata> stored : sent) {
                offsets.add(stored.get().offset());
            }
        }
        return answer;
    }

    static ObjectNode read(Arguments at, JsonNode asked) {
        TopicPartition partition =
                new TopicPartition(asked.get("topic").asText(), asked.get("partition").asInt());
        Properties settings = at.client();
        settings.put("isolation.level", asked.get("committed").asBoolean() ? "read_committed" : "read_uncommitted");
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(settings)) {
            consumer.assign(List.of(partition));
            consumer.seek(partition, asked.get("offset").asLong());
            return answer(Records.take(consumer, asked.get("count").asInt()));
        }
    }

    static ObjectNode consume(Arguments at, JsonNode asked) {
        int count = asked.get("count").asInt();
        try (KafkaConsumer<byte[], byte[]> consumer = member(at, asked, count)) {
            consumer.subscribe(List.of(asked.get("topic").asText()));
            List<ConsumerRecord<byte[], byte[]>> records = Records.take(consumer, count);
            consumer.commitSync(next(records));
            return answer(records);
        }
    }

    static ObjectNode copy(Arguments at, JsonNode asked) {
        int count = asked.get("count").asInt();
        Properties settings = at.client();
        settings.put("transactional.id", asked.get("id").asText());
        try (KafkaConsumer<byte[], byte[]> consumer = member(at, asked, count);
                KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(settings)) {
            consumer.subscribe(List.of(asked.get("from").asText()));
            List<ConsumerRecord<byte[], byte[]>> records = Records.take(consumer, count);
            producer.initTransactions();
            producer.beginTransaction();
            for (ConsumerRecord<byte[], byte[]> record : records) {
                producer.send(new ProducerRecord<>(
                        asked.get("to").asText(), record.partition(), record.key(), record.value(), record.headers()));
            }
            producer.sendOffsetsToTransaction(next(records), consumer.groupMetadata());
            if (asked.get("commit").asBoolean()) {
                producer.commitTransaction();
            } else {
                producer.flush();
                producer.abortTransaction();
            }
        }
        return Json.object();
    }

    /** The offset behind the last record of each partition. */
    static Map<TopicPartition, OffsetAndMetadata> next(Iterable<ConsumerRecord<byte[], byte[]>> records) {
        Map<TopicPartition, OffsetAndMetadata> next = new HashMap<>();
        for (ConsumerRecord<byte[], byte[]> record : records) {
            next.put(new TopicPartition(record.topic(), record.partition()), new OffsetAndMetadata(record.offset() + 1));
        }
        return next;
    }

    static Properties member(Arguments at, JsonNode asked) {
        Map<String, String> values = new HashMap<>(at.values());
        values.put("group", asked.get("group").asText());
        return new Arguments(values).groupMember();
    }

    private static KafkaConsumer<byte[], byte[]> member(Arguments at, JsonNode asked, int most) {
        Properties settings = member(at, asked);
        settings.put("max.poll.records", String.valueOf(most));
        settings.put("isolation.level", "read_committed");
        return new KafkaConsumer<>(settings);
    }

    private static ObjectNode answer(List<ConsumerRecord<byte[], byte[]>> records) {
        ObjectNode answer = Json.object();
        ArrayNode lines = answer.putArray("records");
        records.forEach(record -> lines.add(Json.line(record)));
        return answer;
    }
}
