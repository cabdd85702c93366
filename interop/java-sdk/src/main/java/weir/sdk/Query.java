package weir.sdk;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Parameters as they go into a query. */
final class Query {
    private Query() {}

    /** Lists and their members as {@code Name.1} and {@code Name.1.Key}. */
    static Map<String, String> flat(Map<String, ?> parameters) {
        Map<String, String> query = new LinkedHashMap<>();
        parameters.forEach((name, value) -> flatten(query, name, value));
        return query;
    }

    private static void flatten(Map<String, String> query, String name, Object value) {
        if (value instanceof List<?> elements) {
            for (int index = 0; index < elements.size(); index++) {
                flatten(query, name + "." + (index + 1), elements.get(index));
            }
        } else if (value instanceof Map<?, ?> members) {
            members.forEach((member, element) -> flatten(query, name + "." + member, element));
        } else {
            query.put(name, String.valueOf(value));
        }
    }
}
