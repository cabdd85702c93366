package weir.interop;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RebalanceInProgressException;

/** A member of a group on a thread of its own, which commits what each poll brought. */
final class ContractMember implements Runnable {
    private static final Map<String, ContractMember> MEMBERS = new HashMap<>();
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Properties settings;
    private final String topic;
    private final Thread thread = new Thread(this);
    private volatile boolean isStopping;
    private RuntimeException failed;
    private Set<TopicPartition> assigned = new HashSet<>();
    private final List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();

    private ContractMember(Properties settings, String topic) {
        this.settings = settings;
        this.topic = topic;
    }

    static ObjectNode join(Arguments at, JsonNode asked) {
        Properties settings = ContractRecords.member(at, asked);
        if (asked.get("newer").asBoolean()) {
            settings.put("group.protocol", "consumer");
        } else {
            settings.put("heartbeat.interval.ms", "500");
        }
        ContractMember member = new ContractMember(settings, asked.get("topic").asText());
        MEMBERS.put(asked.get("member").asText(), member);
        member.thread.start();
        return Json.object();
    }

    static ObjectNode seen(Arguments none, JsonNode asked) {
        ContractMember member = MEMBERS.get(asked.get("member").asText());
        ObjectNode answer = Json.object();
        synchronized (member) {
            member.check();
            ArrayNode assigned = answer.putArray("assigned");
            member.assigned.forEach(partition -> assigned.add(partition.partition()));
            ArrayNode records = answer.putArray("records");
            member.records.forEach(
                    record -> records.addArray().add(record.partition()).add(record.offset()));
        }
        return answer;
    }

    static ObjectNode leave(Arguments none, JsonNode asked) throws InterruptedException {
        ContractMember member = MEMBERS.remove(asked.get("member").asText());
        member.isStopping = true;
        member.thread.join(PATIENCE.toMillis());
        synchronized (member) {
            member.check();
        }
        return Json.object();
    }

    private void check() {
        if (failed != null) {
            throw failed;
        }
    }

    @Override
    public void run() {
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(settings)) {
            consumer.subscribe(List.of(topic));
            while (!isStopping) {
                ConsumerRecords<byte[], byte[]> polled = consumer.poll(Duration.ofMillis(100));
                synchronized (this) {
                    assigned = new HashSet<>(consumer.assignment());
                    polled.forEach(records::add);
                }
                commit(consumer, polled);
            }
        } catch (RuntimeException problem) {
            synchronized (this) {
                failed = problem;
            }
        }
    }

    private static void commit(KafkaConsumer<byte[], byte[]> consumer, ConsumerRecords<byte[], byte[]> polled) {
        if (polled.isEmpty()) {
            return;
        }
        try {
            consumer.commitSync(ContractRecords.next(polled));
        } catch (CommitFailedException | RebalanceInProgressException late) {
            // The group moved on; whoever owns the partitions now gets these records again.
            System.err.println("commit refused: " + late);
        }
    }
}
