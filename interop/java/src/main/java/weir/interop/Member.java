package weir.interop;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.RangeAssignor;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.WakeupException;

/**
 * A group member that journals every record before it commits it, until SIGTERM. The journal's layout is
 * that of {@code harness/delivery.py}: 16 bytes each, partition, producer, sequence, offset; partition
 * 65535 marks a new assignment.
 */
final class Member implements ConsumerRebalanceListener {
    private static final int ENTRY_BYTES = 16;
    private static final short ASSIGNED = (short) 0xFFFF;
    private static final Duration COMMIT_EVERY = Duration.ofMillis(500);

    private final KafkaConsumer<byte[], byte[]> consumer;
    private final FileChannel journal;
    private final ByteBuffer entries = ByteBuffer.allocate(ENTRY_BYTES * 4096);
    private final Map<TopicPartition, OffsetAndMetadata> uncommitted = new HashMap<>();

    private Member(KafkaConsumer<byte[], byte[]> consumer, FileChannel journal) {
        this.consumer = consumer;
        this.journal = journal;
    }

    static void run(Arguments arguments) throws Exception {
        Properties settings = arguments.groupMember();
        String protocol = arguments.text("protocol");
        settings.put("group.protocol", protocol);
        // How soon a member of a classic group finds new partitions.
        settings.put("metadata.max.age.ms", "1000");
        if (protocol.equals("classic")) {
            // In the newer protocol these are not the client's to say.
            settings.put("session.timeout.ms", "6000");
            settings.put("heartbeat.interval.ms", "1500");
            settings.put("partition.assignment.strategy", RangeAssignor.class.getName());
        }
        if (!arguments.text("instance").isEmpty()) {
            settings.put("group.instance.id", arguments.text("instance"));
        }
        CountDownLatch left = new CountDownLatch(1);
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(settings);
                FileChannel journal = FileChannel.open(
                        Path.of(arguments.text("journal")), StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
            Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                consumer.wakeup();
                awaitQuietly(left);
            }));
            new Member(consumer, journal).follow(arguments.text("topic"));
        } finally {
            left.countDown();
        }
    }

    private void follow(String topic) throws IOException {
        consumer.subscribe(List.of(topic), this);
        try {
            long committed = System.nanoTime();
            while (true) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
                    uncommitted.put(
                            new TopicPartition(record.topic(), record.partition()),
                            new OffsetAndMetadata(record.offset() + 1));
                    ByteBuffer value = ByteBuffer.wrap(record.value());
                    append((short) record.partition(), value.getShort(), value.getInt(), record.offset());
                }
                flush();
                if (System.nanoTime() - committed > COMMIT_EVERY.toNanos()) {
                    commit();
                    committed = System.nanoTime();
                }
            }
        } catch (WakeupException stop) {
            flush();
            commit();
        }
    }

    private void commit() {
        if (uncommitted.isEmpty()) {
            return;
        }
        try {
            consumer.commitSync(Map.copyOf(uncommitted));
            uncommitted.clear();
        } catch (CommitFailedException | RetriableException lateForThisGeneration) {
            // The group moved on; whoever owns the partitions now gets these records again.
            uncommitted.clear();
        }
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
        commit();
    }

    @Override
    public void onPartitionsLost(Collection<TopicPartition> partitions) {
        uncommitted.clear();
    }

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
        append(ASSIGNED, (short) 0, 0, 0);
    }

    private void append(short partition, short producer, int sequence, long offset) {
        if (!entries.hasRemaining()) {
            flush();
        }
        entries.putShort(partition).putShort(producer).putInt(sequence).putLong(offset);
    }

    private void flush() {
        entries.flip();
        try {
            while (entries.hasRemaining()) {
                journal.write(entries);
            }
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
        entries.clear();
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        }
    }
}
