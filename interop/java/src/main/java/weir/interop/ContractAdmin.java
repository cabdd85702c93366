package weir.interop;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.DescribeTopicsResult;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.ConfigResource;

/** Topics and groups through the administrator's client, in what it has had since 2.8. */
final class ContractAdmin {
    private interface Work<T> {
        T on(Admin admin) throws Exception;
    }

    private ContractAdmin() {}

    static ObjectNode create(Arguments at, JsonNode asked) throws Exception {
        NewTopic topic = new NewTopic(asked.get("topic").asText(), asked.get("partitions").asInt(), (short) 1);
        topic.configs(settings(asked));
        with(at, admin -> admin.createTopics(List.of(topic)).all().get());
        return Json.object();
    }

    static ObjectNode describe(Arguments at, JsonNode asked) throws Exception {
        String topic = asked.get("topic").asText();
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        ObjectNode answer = Json.object();
        ObjectNode settings = answer.putObject("settings");
        with(at, admin -> {
            answer.put("partitions", described(admin.describeTopics(List.of(topic))).get(topic).partitions().size());
            admin.describeConfigs(List.of(resource)).all().get().get(resource).entries()
                    .forEach(entry -> settings.put(entry.name(), entry.value()));
            return null;
        });
        return answer;
    }

    static ObjectNode alter(Arguments at, JsonNode asked) throws Exception {
        ConfigResource resource =
                new ConfigResource(ConfigResource.Type.TOPIC, asked.get("topic").asText());
        List<AlterConfigOp> changes = new ArrayList<>();
        settings(asked).forEach((name, value) ->
                changes.add(new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET)));
        with(at, admin -> admin.incrementalAlterConfigs(Map.of(resource, changes)).all().get());
        return Json.object();
    }

    static ObjectNode grow(Arguments at, JsonNode asked) throws Exception {
        NewPartitions count = NewPartitions.increaseTo(asked.get("partitions").asInt());
        with(at, admin ->
                admin.createPartitions(Map.of(asked.get("topic").asText(), count)).all().get());
        return Json.object();
    }

    static ObjectNode delete(Arguments at, JsonNode asked) throws Exception {
        with(at, admin -> admin.deleteTopics(List.of(asked.get("topic").asText())).all().get());
        return Json.object();
    }

    static ObjectNode groups(Arguments at, JsonNode asked) throws Exception {
        ObjectNode answer = Json.object();
        ArrayNode names = answer.putArray("groups");
        with(at, admin -> {
            admin.listConsumerGroups().all().get().forEach(group -> names.add(group.groupId()));
            return null;
        });
        return answer;
    }

    static ObjectNode group(Arguments at, JsonNode asked) throws Exception {
        String group = asked.get("group").asText();
        ConsumerGroupDescription found =
                with(at, admin -> admin.describeConsumerGroups(List.of(group)).all().get().get(group));
        return Json.object()
                .put("state", found.state().toString())
                .put("members", found.members().size());
    }

    static ObjectNode committed(Arguments at, JsonNode asked) throws Exception {
        ObjectNode answer = Json.object();
        ObjectNode offsets = answer.putObject("offsets");
        with(at, admin -> {
            admin.listConsumerGroupOffsets(asked.get("group").asText()).partitionsToOffsetAndMetadata().get()
                    .forEach((partition, offset) -> {
                        if (partition.topic().equals(asked.get("topic").asText()) && offset != null) {
                            offsets.put(String.valueOf(partition.partition()), offset.offset());
                        }
                    });
            return null;
        });
        return answer;
    }

    /** What 3.1 calls by one name and 2.8 by another; neither has both. */
    @SuppressWarnings("unchecked")
    private static Map<String, TopicDescription> described(DescribeTopicsResult result) throws Exception {
        Object asked;
        try {
            asked = DescribeTopicsResult.class.getMethod("allTopicNames").invoke(result);
        } catch (NoSuchMethodException older) {
            asked = DescribeTopicsResult.class.getMethod("all").invoke(result);
        }
        return ((KafkaFuture<Map<String, TopicDescription>>) asked).get();
    }

    private static Map<String, String> settings(JsonNode asked) {
        Map<String, String> settings = new HashMap<>();
        asked.get("settings").fields().forEachRemaining(one -> settings.put(one.getKey(), one.getValue().asText()));
        return settings;
    }

    private static <T> T with(Arguments at, Work<T> work) throws Exception {
        try (Admin admin = Admin.create(at.client())) {
            return work.on(admin);
        }
    }
}
