package weir.sdk;

import com.aliyuncs.AcsRequest;
import com.aliyuncs.AcsResponse;
import com.aliyuncs.CommonRequest;
import com.aliyuncs.DefaultAcsClient;
import com.aliyuncs.RpcAcsRequest;
import com.aliyuncs.exceptions.ClientException;
import com.aliyuncs.http.HttpResponse;
import com.aliyuncs.http.MethodType;
import com.aliyuncs.http.ProtocolType;
import com.aliyuncs.profile.DefaultProfile;
import com.google.gson.FieldNamingPolicy;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import java.lang.reflect.Method;
import java.util.Map;

/**
 * {@code aliyun-java-sdk-alikafka}: V1. Requests are the SDK's own and its unmarshaller must accept the reply;
 * what the tests see is the reply as received, because the SDK's getters have other names than the wire. What
 * its models do not have goes through the SDK's untyped ways: an action as a CommonRequest, a parameter as a
 * query parameter.
 */
final class Legacy implements Cloud {
    private static final String MODELS = "com.aliyuncs.alikafka.model.v20190916.";

    /** A model's members are the wire's names with a small first letter. */
    private static final Gson MODELS_GSON = new GsonBuilder()
            .setFieldNamingPolicy(FieldNamingPolicy.UPPER_CAMEL_CASE)
            .create();

    private final Server server;
    private final Recording client;

    Legacy(Server server) {
        this.server = server;
        this.client = new Recording(DefaultProfile.getProfile(server.region(), server.keyId(), server.keySecret()));
    }

    @Override
    public Reply call(String action, Map<String, ?> parameters) throws Exception {
        RpcAcsRequest<?> request = typed(action, parameters);
        boolean typed = request != null;
        try {
            if (typed) {
                client.getAcsResponse(request);
            } else {
                client.getCommonResponse(common(action, parameters));
            }
        } catch (ClientException error) {
            if (client.last == null) {
                throw error;
            }
            throw new Failed(error.getErrCode(), client.last.getStatus(), error.getErrMsg(), typed);
        }
        @SuppressWarnings("unchecked")
        Map<String, Object> members = Main.GSON.fromJson(client.last.getHttpContentString(), Map.class);
        return new Reply(members, typed);
    }

    private RpcAcsRequest<?> typed(String action, Map<String, ?> parameters) throws ReflectiveOperationException {
        Class<?> model;
        try {
            model = Class.forName(MODELS + action + "Request");
        } catch (ClassNotFoundException absent) {
            return null;
        }
        RpcAcsRequest<?> request = (RpcAcsRequest<?>) model.getDeclaredConstructor().newInstance();
        request.setSysEndpoint(server.address());
        request.setSysProtocol(ProtocolType.HTTP);
        for (Map.Entry<String, ?> parameter : parameters.entrySet()) {
            // The client itself adds RegionId to every request.
            if (!parameter.getKey().equals("RegionId")) {
                set(request, parameter.getKey(), parameter.getValue());
            }
        }
        return request;
    }

    private static void set(RpcAcsRequest<?> request, String name, Object value) throws ReflectiveOperationException {
        for (Method method : request.getClass().getDeclaredMethods()) {
            // A list's setter is in the plural.
            if (method.getName().equals("set" + name) || method.getName().equals("set" + name + "s")) {
                String json = Main.GSON.toJson(value);
                method.invoke(request, MODELS_GSON.<Object>fromJson(json, method.getGenericParameterTypes()[0]));
                return;
            }
        }
        Query.flat(Map.of(name, value)).forEach(request::putQueryParameter);
    }

    private CommonRequest common(String action, Map<String, ?> parameters) {
        CommonRequest request = new CommonRequest();
        request.setSysMethod(MethodType.POST);
        request.setSysProtocol(ProtocolType.HTTP);
        request.setSysDomain(server.address());
        request.setSysVersion("2019-09-16");
        request.setSysAction(action);
        Query.flat(parameters).forEach(request::putQueryParameter);
        return request;
    }

    /** Keeps the last answer: the SDK's exceptions do not tell the status. */
    private static final class Recording extends DefaultAcsClient {
        private HttpResponse last;

        Recording(DefaultProfile profile) {
            super(profile);
        }

        @Override
        public <T extends AcsResponse> HttpResponse doAction(AcsRequest<T> request) throws ClientException {
            last = null;
            last = super.doAction(request);
            return last;
        }
    }
}
