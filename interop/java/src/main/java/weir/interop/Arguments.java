package weir.interop;

import java.util.HashMap;
import java.util.Map;
import java.util.Properties;

/** The {@code name=value} words of a command line, and the client settings that follow from them. */
record Arguments(Map<String, String> values) {
    static Arguments parse(String[] words) {
        Map<String, String> values = new HashMap<>();
        for (String word : words) {
            int equals = word.indexOf('=');
            if (equals < 0) {
                throw new IllegalArgumentException("expected name=value, got " + word);
            }
            values.put(word.substring(0, equals), word.substring(equals + 1));
        }
        return new Arguments(values);
    }

    String text(String name) {
        String value = values.get(name);
        if (value == null) {
            throw new IllegalArgumentException("missing " + name);
        }
        return value;
    }

    int number(String name) {
        return Integer.parseInt(text(name));
    }

    /** Settings every client here shares: bytes in, bytes out, nothing but the address and the login configured. */
    Properties client() {
        Properties settings = new Properties();
        settings.put("bootstrap.servers", text("endpoint"));
        if (values.containsKey("authority")) {
            settings.put("security.protocol", "SSL");
            settings.put("ssl.truststore.type", "PEM");
            settings.put("ssl.truststore.location", text("authority"));
        }
        if (values.containsKey("user")) {
            boolean plain = text("mechanism").equals("PLAIN");
            String module = "org.apache.kafka.common.security." + (plain ? "plain.Plain" : "scram.Scram") + "LoginModule";
            settings.put("security.protocol", values.containsKey("authority") ? "SASL_SSL" : "SASL_PLAINTEXT");
            settings.put("sasl.mechanism", text("mechanism"));
            settings.put(
                    "sasl.jaas.config",
                    module + " required username=\"" + text("user") + "\" password=\"" + text("password") + "\";");
        }
        settings.put("key.serializer", "org.apache.kafka.common.serialization.ByteArraySerializer");
        settings.put("value.serializer", "org.apache.kafka.common.serialization.ByteArraySerializer");
        settings.put("key.deserializer", "org.apache.kafka.common.serialization.ByteArrayDeserializer");
        settings.put("value.deserializer", "org.apache.kafka.common.serialization.ByteArrayDeserializer");
        return settings;
    }

    /** A group member that starts at the beginning and commits only when told to. */
    Properties groupMember() {
        Properties settings = client();
        settings.put("group.id", text("group"));
        settings.put("auto.offset.reset", "earliest");
        settings.put("enable.auto.commit", "false");
        return settings;
    }
}
