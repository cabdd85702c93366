package weir.interop;

import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;

/** What the broker says about positions. */
final class Offsets {
    private Offsets() {}

    /** Prints the offset at {@code earliest}, at {@code latest} or of the first record from a time on. */
    static void at(Arguments arguments) {
        TopicPartition partition = new TopicPartition(arguments.text("topic"), arguments.number("partition"));
        List<TopicPartition> partitions = List.of(partition);
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(arguments.client())) {
            String when = arguments.text("when");
            Long offset = switch (when) {
                case "earliest" -> consumer.beginningOffsets(partitions).get(partition);
                case "latest" -> consumer.endOffsets(partitions).get(partition);
                default -> {
                    OffsetAndTimestamp found =
                            consumer.offsetsForTimes(Map.of(partition, Long.parseLong(when))).get(partition);
                    yield found == null ? null : Long.valueOf(found.offset());
                }
            };
            Json.print(Json.object().put("offset", offset));
        }
    }

    /** Prints the committed offset of each partition of a topic that has one. */
    static void committed(Arguments arguments) {
        Properties settings = arguments.groupMember();
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(settings)) {
            List<PartitionInfo> partitions = consumer.partitionsFor(arguments.text("topic"));
            consumer.committed(partitions.stream()
                            .map(info -> new TopicPartition(info.topic(), info.partition()))
                            .collect(Collectors.toSet()))
                    .forEach((partition, committed) -> {
                        if (committed != null) {
                            Json.print(Json.object()
                                    .put("partition", partition.partition())
                                    .put("offset", committed.offset()));
                        }
                    });
        }
    }
}
