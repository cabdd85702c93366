package weir.sdk;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.ToNumberPolicy;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * One of Alibaba Cloud's Java clients behind a pipe: a JSON line {action, parameters} in, a JSON line
 * {reply, typed} or {error: {code, status, message}, typed} out. The Python tests say what to call.
 */
public final class Main {
    static final Gson GSON =
            new GsonBuilder().setObjectToNumberStrategy(ToNumberPolicy.LONG_OR_DOUBLE).create();

    private record Question(String action, Map<String, Object> parameters) {}

    private Main() {}

    public static void main(String[] words) throws Exception {
        Cloud.Server server = new Cloud.Server(words[1], words[2], System.getenv("ACCESS_KEY_SECRET"), words[3]);
        Cloud cloud = switch (words[0]) {
            case "aliyun-java-sdk-alikafka" -> new Legacy(server);
            case "alikafka20190916" -> new Current(server);
            default -> throw new IllegalArgumentException("no client " + words[0]);
        };
        // Some of the SDKs' dependencies print: only answers belong on the pipe.
        PrintStream answers = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        System.setOut(System.err);
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            answers.println(GSON.toJson(answer(cloud, GSON.fromJson(line, Question.class))));
        }
        // The SDKs leave threads behind that would keep the program alive.
        System.exit(0);
    }

    private static Map<String, Object> answer(Cloud cloud, Question question) throws Exception {
        try {
            Cloud.Reply reply = cloud.call(question.action(), question.parameters());
            return Map.of("reply", reply.members(), "typed", reply.typed());
        } catch (Cloud.Failed failed) {
            Map<String, Object> error =
                    Map.of("code", failed.code, "status", failed.status, "message", failed.getMessage());
            return Map.of("error", error, "typed", failed.typed);
        }
    }
}
