package weir.interop;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.GroupAuthorizationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;

/** One thing, tried until it is done or refused for want of a right or a login. */
final class ContractAttempt {
    private final Properties settings;
    private final String topic;
    private final String group;
    private final String id;
    private final Duration patience;

    private ContractAttempt(Arguments at, JsonNode asked) {
        settings = at.client();
        topic = asked.get("topic").asText();
        group = asked.get("group").asText();
        id = asked.get("id").asText();
        patience = Duration.ofMillis((long) (asked.get("patience").asDouble() * 1000));
        String bound = String.valueOf(patience.toMillis());
        settings.put("request.timeout.ms", bound);
        settings.put("default.api.timeout.ms", bound);
        settings.put("max.block.ms", bound);
        settings.put("delivery.timeout.ms", bound);
        settings.put("linger.ms", "0");
    }

    static ObjectNode attempt(Arguments at, JsonNode asked) throws Exception {
        ContractAttempt attempt = new ContractAttempt(at, asked);
        switch (asked.get("what").asText()) {
            case "produce" -> attempt.produce();
            case "consume" -> attempt.consume();
            case "join" -> attempt.join();
            case "transact" -> attempt.transact();
            case "administer" -> attempt.administer();
            default -> throw new IllegalArgumentException(asked.toString());
        }
        return Json.object();
    }

    private void produce() throws Exception {
        settings.put("enable.idempotence", "false");
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(settings)) {
            producer.send(record()).get();
        }
    }

    private void consume() {
        TopicPartition partition = new TopicPartition(topic, 0);
        try (KafkaConsumer<byte[], byte[]> consumer = consumer()) {
            consumer.assign(List.of(partition));
            consumer.seek(partition, 0);
            received(consumer, TopicAuthorizationException.class, false);
        }
    }

    private void join() {
        try (KafkaConsumer<byte[], byte[]> consumer = consumer()) {
            consumer.subscribe(List.of(topic));
            received(consumer, GroupAuthorizationException.class, true);
        }
    }

    private KafkaConsumer<byte[], byte[]> consumer() {
        settings.put("group.id", group);
        settings.put("auto.offset.reset", "earliest");
        settings.put("enable.auto.commit", "false");
        return new KafkaConsumer<>(settings);
    }

    /** A record, or this refusal; that of something else is for another attempt. */
    private void received(
            KafkaConsumer<byte[], byte[]> consumer, Class<? extends AuthorizationException> refusal, boolean commit) {
        Instant deadline = Instant.now().plus(patience);
        while (Instant.now().isBefore(deadline)) {
            try {
                ConsumerRecords<byte[], byte[]> records = consumer.poll(Duration.ofMillis(100));
                for (ConsumerRecord<byte[], byte[]> record : records) {
                    if (commit) {
                        consumer.commitSync(ContractRecords.next(List.of(record)));
                    }
                    return;
                }
            } catch (AuthorizationException refused) {
                if (refusal.isInstance(refused)) {
                    throw refused;
                }
            }
        }
        throw new TimeoutException("nothing came of it in time");
    }

    private void transact() {
        settings.put("transactional.id", id);
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(settings)) {
            producer.initTransactions();
            producer.beginTransaction();
            producer.send(record());
            producer.commitTransaction();
        }
    }

    private void administer() throws ExecutionException, InterruptedException {
        try (Admin admin = Admin.create(settings)) {
            admin.describeConfigs(List.of(new ConfigResource(ConfigResource.Type.TOPIC, topic))).all().get();
        }
    }

    private ProducerRecord<byte[], byte[]> record() {
        return new ProducerRecord<>(topic, "x".getBytes());
    }
}
