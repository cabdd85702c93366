package weir.interop;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.protocol.Errors;

/** The commands of {@code contract/README.md}, line by line until there is no more. */
final class Serve {
    private interface Command {
        ObjectNode run(Arguments at, JsonNode asked) throws Exception;
    }

    private static final Map<String, Command> COMMANDS = new HashMap<>();

    static {
        COMMANDS.put("hello", (at, asked) -> Json.object().put("version", version()));
        COMMANDS.put("produce", ContractRecords::produce);
        COMMANDS.put("read", ContractRecords::read);
        COMMANDS.put("consume", ContractRecords::consume);
        COMMANDS.put("copy", ContractRecords::copy);
        COMMANDS.put("join", ContractMember::join);
        COMMANDS.put("seen", ContractMember::seen);
        COMMANDS.put("leave", ContractMember::leave);
        COMMANDS.put("attempt", ContractAttempt::attempt);
        COMMANDS.put("create", ContractAdmin::create);
        COMMANDS.put("describe", ContractAdmin::describe);
        COMMANDS.put("alter", ContractAdmin::alter);
        COMMANDS.put("grow", ContractAdmin::grow);
        COMMANDS.put("delete", ContractAdmin::delete);
        COMMANDS.put("groups", ContractAdmin::groups);
        COMMANDS.put("group", ContractAdmin::group);
        COMMANDS.put("committed", ContractAdmin::committed);
    }

    private Serve() {}

    /** As the library's own file says, since the class that reads it moves about. */
    private static String version() throws IOException {
        Properties about = new Properties();
        try (InputStream file = Serve.class.getResourceAsStream("/kafka/kafka-version.properties")) {
            about.load(file);
        }
        return about.getProperty("version");
    }

    static void run(Arguments none) throws Exception {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            JsonNode asked = Json.parsed(line);
            Json.print(answer(asked));
        }
    }

    private static ObjectNode answer(JsonNode asked) throws Exception {
        Map<String, String> at = new HashMap<>();
        asked.path("at").fields().forEachRemaining(word -> at.put(word.getKey(), word.getValue().asText()));
        try {
            return COMMANDS.get(asked.get("do").asText()).run(new Arguments(at), asked);
        } catch (ExecutionException refused) {
            if (!(refused.getCause() instanceof ApiException)) {
                throw refused;
            }
            return refused(refused.getCause());
        } catch (ApiException refused) {
            return refused(refused);
        }
    }

    private static ObjectNode refused(Throwable cause) {
        ObjectNode answer = Json.object();
        answer.putObject("error")
                .put("code", Errors.forException(cause).code())
                .put("message", cause.toString());
        return answer;
    }
}
