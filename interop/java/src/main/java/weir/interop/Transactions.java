package weir.interop;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.OutOfOrderSequenceException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.TimeoutException;

/** Records that go from one topic to another, each once, in transactions of which some are aborted. */
final class Transactions {
    private static final Duration POLL = Duration.ofMillis(200);

    private final KafkaConsumer<byte[], byte[]> consumer;
    private final KafkaProducer<byte[], byte[]> producer;
    private final String output;
    private long committed;
    private long aborted;

    private Transactions(
            KafkaConsumer<byte[], byte[]> consumer, KafkaProducer<byte[], byte[]> producer, String output) {
        this.consumer = consumer;
        this.producer = producer;
        this.output = output;
    }

    /** Copies until the group has committed as many records as there are. */
    static void copy(Arguments arguments) {
        Properties reading = arguments.groupMember();
        reading.put("isolation.level", "read_committed");
        reading.put("max.poll.records", "40");
        // One that is killed is not waited for long.
        reading.put("session.timeout.ms", "6000");
        reading.put("heartbeat.interval.ms", "1500");
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(reading);
                KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(writing(arguments))) {
            Transactions copier = new Transactions(consumer, producer, arguments.text("output"));
            producer.initTransactions();
            consumer.subscribe(List.of(arguments.text("input")));
            while (true) {
                ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
                if (!records.isEmpty()) {
                    copier.transfer(records, arguments.number("abort"));
                } else if (copier.done() == arguments.number("count")) {
                    break;
                }
            }
            Json.print(Json.object().put("committed", copier.committed).put("aborted", copier.aborted));
        }
    }

    /** Two producers with one transactional id: prints what the older one is told, and what the newer one wrote. */
    static void fence(Arguments arguments) {
        String topic = arguments.text("topic");
        try (KafkaProducer<byte[], byte[]> zombie = new KafkaProducer<>(writing(arguments));
                KafkaProducer<byte[], byte[]> successor = new KafkaProducer<>(writing(arguments))) {
            zombie.initTransactions();
            zombie.beginTransaction();
            zombie.send(new ProducerRecord<>(topic, 0, null, "zombie".getBytes()));
            zombie.flush();
            successor.initTransactions();
            successor.beginTransaction();
            successor.send(new ProducerRecord<>(topic, 0, null, "successor".getBytes()));
            String told = "nothing";
            try {
                zombie.commitTransaction();
            } catch (KafkaException refusal) {
                told = refusal.getClass().getSimpleName();
            }
            successor.commitTransaction();
            Json.print(Json.object().put("zombie", told));
        }
    }

    private static Properties writing(Arguments arguments) {
        Properties settings = arguments.client();
        settings.put("transactional.id", arguments.text("id"));
        settings.put("linger.ms", "0");
        settings.put("reconnect.backoff.max.ms", "200");
        return settings;
    }

    private void transfer(ConsumerRecords<byte[], byte[]> records, int abortEvery) {
        boolean giveUp = (committed + aborted + 1) % abortEvery == 0;
        try {
            producer.beginTransaction();
            Map<TopicPartition, OffsetAndMetadata> next = new HashMap<>();
            for (ConsumerRecord<byte[], byte[]> record : records) {
                producer.send(new ProducerRecord<>(output, record.partition(), record.key(), record.value()));
                next.put(
                        new TopicPartition(record.topic(), record.partition()),
                        new OffsetAndMetadata(record.offset() + 1));
            }
            producer.sendOffsetsToTransaction(next, consumer.groupMetadata());
            if (giveUp) {
                producer.flush();
                abort();
            } else {
                until(producer::commitTransaction);
                committed++;
            }
        } catch (ProducerFencedException | OutOfOrderSequenceException | AuthorizationException fatal) {
            throw fatal;
        } catch (KafkaException failed) {
            System.err.println("aborted after " + failed);
            abort();
        }
    }

    private void abort() {
        until(producer::abortTransaction);
        aborted++;
        Set<TopicPartition> assigned = consumer.assignment();
        Map<TopicPartition, OffsetAndMetadata> last = consumer.committed(assigned);
        for (TopicPartition partition : assigned) {
            OffsetAndMetadata offset = last.get(partition);
            consumer.seek(partition, offset == null ? 0 : offset.offset());
        }
    }

    /** The end of a transaction may time out, and is then to be asked for again. */
    private static void until(Runnable end) {
        while (true) {
            try {
                end.run();
                return;
            } catch (TimeoutException again) {
                System.err.println("again after " + again);
            }
        }
    }

    /** How many records the group has committed. */
    private long done() {
        long sum = 0;
        for (OffsetAndMetadata offset : consumer.committed(consumer.assignment()).values()) {
            sum += offset == null ? 0 : offset.offset();
        }
        return sum;
    }
}
