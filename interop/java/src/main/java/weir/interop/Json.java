package weir.interop;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;

/** Records as JSON lines; bytes are base64, an absent key or value is null. */
final class Json {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private Json() {}

    static ObjectNode object() {
        return MAPPER.createObjectNode();
    }

    static void print(ObjectNode line) {
        System.out.println(line);
    }

    static JsonNode parsed(String line) throws IOException {
        return MAPPER.readTree(line);
    }

    static void print(ConsumerRecord<byte[], byte[]> record) {
        print(line(record));
    }

    static ObjectNode line(ConsumerRecord<byte[], byte[]> record) {
        ObjectNode line = object()
                .put("partition", record.partition())
                .put("offset", record.offset())
                .put("timestamp", record.timestamp())
                .put("key", record.key())
                .put("value", record.value());
        ArrayNode headers = line.putArray("headers");
        for (Header header : record.headers()) {
            headers.addArray().add(header.key()).add(header.value());
        }
        return line;
    }

    static ProducerRecord<byte[], byte[]> record(String topic, JsonNode node) throws IOException {
        ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(
                topic,
                node.path("partition").isNumber() ? node.get("partition").asInt() : null,
                node.path("timestamp").isNumber() ? node.get("timestamp").asLong() : null,
                bytes(node.path("key")),
                bytes(node.path("value")));
        for (JsonNode header : node.path("headers")) {
            record.headers().add(header.get(0).asText(), bytes(header.get(1)));
        }
        return record;
    }

    private static byte[] bytes(JsonNode node) throws IOException {
        return node.isNull() || node.isMissingNode() ? null : node.binaryValue();
    }
}
