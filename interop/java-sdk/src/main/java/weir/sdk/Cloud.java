package weir.sdk;

import java.util.Map;

/** One client of the API. */
interface Cloud {
    /** A reply; {@code typed} says whether the client has types for the action. */
    record Reply(Map<String, ?> members, boolean typed) {}

    /** An error reply, as the client that received it understood it. */
    final class Failed extends Exception {
        private static final long serialVersionUID = 1L;

        final String code;
        final int status;
        final boolean typed;

        Failed(String code, int status, String message, boolean typed) {
            super(message);
            this.code = code;
            this.status = status;
            this.typed = typed;
        }
    }

    /** Where to call, and as whom. */
    record Server(String address, String keyId, String keySecret, String region) {}

    Reply call(String action, Map<String, ?> parameters) throws Exception;
}
