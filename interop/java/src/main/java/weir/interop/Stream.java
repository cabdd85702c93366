package weir.interop;

import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Numbered records at a steady rate until SIGTERM, to partitions of the producer's own choice. Each acknowledgement is
 * journaled in the layout of {@code harness/delivery.py}; the first refusal ends the program with a failure.
 */
final class Stream {
    private static final int VALUE_BYTES = 200;
    private static final int ENTRY_BYTES = 16;

    private Stream() {}

    static void run(Arguments arguments) throws Exception {
        Properties settings = arguments.client();
        settings.put("acks", "all");
        settings.put("enable.idempotence", "true");
        settings.put("linger.ms", "2");
        settings.put("metadata.max.age.ms", "1000");
        settings.put("reconnect.backoff.max.ms", "200");
        settings.put("delivery.timeout.ms", "60000");
        AtomicBoolean isStopping = new AtomicBoolean();
        AtomicReference<Exception> failure = new AtomicReference<>();
        CountDownLatch ended = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            isStopping.set(true);
            awaitQuietly(ended);
            if (failure.get() != null) {
                Runtime.getRuntime().halt(1);
            }
        }));
        try (FileChannel journal = FileChannel.open(
                        Path.of(arguments.text("journal")), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
                KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(settings)) {
            send(arguments, producer, journal, isStopping, failure);
        } catch (Exception problem) {
            failure.compareAndSet(null, problem);
        } finally {
            ended.countDown();
        }
        if (failure.get() != null) {
            throw failure.get();
        }
    }

    private static void send(
            Arguments arguments,
            KafkaProducer<byte[], byte[]> producer,
            FileChannel journal,
            AtomicBoolean isStopping,
            AtomicReference<Exception> failure)
            throws InterruptedException {
        String topic = arguments.text("topic");
        short number = (short) arguments.number("producer");
        int rate = arguments.number("rate");
        long began = System.nanoTime();
        for (int sequence = 0; !isStopping.get() && failure.get() == null; ) {
            if (sequence > (System.nanoTime() - began) * rate / 1_000_000_000L) {
                Thread.sleep(5);
                continue;
            }
            byte[] value = new byte[VALUE_BYTES];
            ByteBuffer.wrap(value).putShort(number).putInt(sequence);
            byte[] key = Integer.toString(sequence).getBytes(StandardCharsets.UTF_8);
            int sent = sequence++;
            // On the producer's own thread, one after the other.
            producer.send(new ProducerRecord<>(topic, key, value), (at, problem) -> {
                try {
                    if (problem != null) {
                        throw problem;
                    }
                    ByteBuffer entry = ByteBuffer.allocate(ENTRY_BYTES);
                    entry.putShort((short) at.partition()).putShort(number).putInt(sent).putLong(at.offset());
                    journal.write(entry.flip());
                } catch (Exception refused) {
                    failure.compareAndSet(null, refused);
                }
            });
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        }
    }
}
