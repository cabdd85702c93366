package weir.sdk;

import com.aliyun.alikafka20190916.Client;
import com.aliyun.tea.NameInMap;
import com.aliyun.tea.TeaException;
import com.aliyun.tea.TeaModel;
import com.aliyun.teaopenapi.models.Config;
import com.aliyun.teaopenapi.models.OpenApiRequest;
import com.aliyun.teautil.models.RuntimeOptions;
import com.google.gson.JsonElement;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code alikafka20190916} over its core: V1 in the version that is published. Requests are the SDK's models, and
 * what its models hold of a reply must be what was received; the tests see the whole reply, because these models
 * are older than some of its members. What the models do not have of a request, an action or one of its
 * parameters, goes through the core's untyped call.
 */
final class Current implements Cloud {
    private static final String MODELS = "com.aliyun.alikafka20190916.models.";
    /** The core of this version tells the status in the message only. */
    private static final Pattern STATUS = Pattern.compile("^code: (\\d{3}), ");

    private final Recording client;

    Current(Server server) throws Exception {
        client = new Recording(new Config()
                .setAccessKeyId(server.keyId())
                .setAccessKeySecret(server.keySecret())
                .setRegionId(server.region())
                .setEndpoint(server.address())
                .setProtocol("HTTP"));
    }

    @Override
    public Reply call(String action, Map<String, ?> parameters) throws Exception {
        TeaModel request = typed(action, parameters);
        boolean typed = request != null;
        try {
            return new Reply(typed ? typedCall(action, request) : untypedCall(action, parameters), typed);
        } catch (TeaException error) {
            Matcher status = STATUS.matcher(error.getMessage());
            if (!status.find()) {
                throw error;
            }
            throw new Failed(error.getCode(), Integer.parseInt(status.group(1)), error.getMessage(), typed);
        }
    }

    /** The request, or null where the SDK has no type for the action or no member for a parameter. */
    private static TeaModel typed(String action, Map<String, ?> parameters) throws Exception {
        Class<?> model;
        try {
            model = Class.forName(MODELS + action + "Request");
        } catch (ClassNotFoundException absent) {
            return null;
        }
        Set<String> known = new HashSet<>();
        for (Field field : model.getDeclaredFields()) {
            NameInMap name = field.getAnnotation(NameInMap.class);
            if (name != null) {
                known.add(name.value());
            }
        }
        if (!known.containsAll(parameters.keySet())) {
            return null;
        }
        return TeaModel.build(parameters, (TeaModel) model.getDeclaredConstructor().newInstance());
    }

    private Map<String, ?> typedCall(String action, TeaModel request) throws Exception {
        String name = Character.toLowerCase(action.charAt(0)) + action.substring(1);
        Method method = Arrays.stream(Client.class.getMethods())
                .filter(one -> one.getName().equals(name) && one.getParameterCount() == 1)
                .findFirst()
                .orElseThrow();
        try {
            Object response = method.invoke(client, request);
            TeaModel held = (TeaModel) response.getClass().getField("body").get(response);
            assertHeld(action, Main.GSON.toJsonTree(held.toMap()), Main.GSON.toJsonTree(client.last));
            return client.last;
        } catch (InvocationTargetException thrown) {
            throw thrown.getCause() instanceof Exception cause ? cause : thrown;
        }
    }

    private Map<String, ?> untypedCall(String action, Map<String, ?> parameters) throws Exception {
        OpenApiRequest request = OpenApiRequest.build(Map.of("query", Query.flat(parameters)));
        client.doRPCRequest(action, "2019-09-16", "HTTP", "POST", "AK", "json", request, new RuntimeOptions());
        return client.last;
    }

    /** Every value that the model holds is the one that was received. */
    private static void assertHeld(String where, JsonElement held, JsonElement received) {
        if (held.isJsonNull()) {
            return;
        }
        if (held.isJsonObject() && received != null && received.isJsonObject()) {
            held.getAsJsonObject().entrySet().forEach(member -> assertHeld(
                    where + "." + member.getKey(),
                    member.getValue(),
                    received.getAsJsonObject().get(member.getKey())));
        } else if (held.isJsonArray() && received != null && received.isJsonArray()
                && held.getAsJsonArray().size() == received.getAsJsonArray().size()) {
            for (int index = 0; index < held.getAsJsonArray().size(); index++) {
                assertHeld(
                        where + "[" + index + "]",
                        held.getAsJsonArray().get(index),
                        received.getAsJsonArray().get(index));
            }
        } else if (!held.equals(received)) {
            throw new IllegalStateException(where + " is held as " + held + " and was received as " + received);
        }
    }

    /** Keeps the last reply as received. */
    private static final class Recording extends Client {
        private Map<String, ?> last;

        Recording(Config config) throws Exception {
            super(config);
        }

        @Override
        @SuppressWarnings("unchecked")
        public Map<String, ?> doRPCRequest(
                String action,
                String version,
                String protocol,
                String method,
                String authType,
                String bodyType,
                OpenApiRequest request,
                RuntimeOptions runtime)
                throws Exception {
            Map<String, ?> response =
                    super.doRPCRequest(action, version, protocol, method, authType, bodyType, request, runtime);
            last = (Map<String, ?>) response.get("body");
            return response;
        }
    }
}
