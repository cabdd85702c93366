package weir.interop;

import java.nio.ByteBuffer;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Many numbered records, round robin over the partitions. The layout of a value is that of
 * {@code harness/delivery.py}: producer (2 bytes), sequence (4 bytes), filler up to 1 KiB.
 */
final class Load {
    private static final int VALUE_BYTES = 1024;

    private Load() {}

    static void run(Arguments arguments) throws Exception {
        Properties settings = arguments.client();
        settings.put("acks", "all");
        settings.put("enable.idempotence", "true");
        settings.put("linger.ms", "10");
        settings.put("batch.size", "131072");
        String topic = arguments.text("topic");
        int partitions = arguments.number("partitions");
        int count = arguments.number("count");
        AtomicLong acknowledged = new AtomicLong();
        AtomicReference<Exception> failure = new AtomicReference<>();
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(settings)) {
            for (int sequence = 0; sequence < count && failure.get() == null; sequence++) {
                byte[] value = new byte[VALUE_BYTES];
                ByteBuffer.wrap(value).putShort((short) arguments.number("producer")).putInt(sequence);
                producer.send(new ProducerRecord<>(topic, sequence % partitions, null, value), (at, problem) -> {
                    if (problem == null) {
                        acknowledged.incrementAndGet();
                    } else {
                        failure.compareAndSet(null, problem);
                    }
                });
            }
        }
        if (failure.get() != null) {
            throw failure.get();
        }
        Json.print(Json.object().put("acknowledged", acknowledged.get()));
    }
}
