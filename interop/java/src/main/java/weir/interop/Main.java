package weir.interop;

import java.util.Arrays;
import java.util.Map;

/**
 * The Apache Kafka Java client, as a program that a test can drive: arguments and JSON lines in, JSON
 * lines out, failures on standard error with a non-zero exit.
 */
public final class Main {
    private interface Command {
        void run(Arguments arguments) throws Exception;
    }

    private static final Map<String, Command> COMMANDS = Map.ofEntries(
            Map.entry("produce", Records::produce),
            Map.entry("consume", Records::consume),
            Map.entry("read", Records::read),
            Map.entry("offset", Offsets::at),
            Map.entry("committed", Offsets::committed),
            Map.entry("load", Load::run),
            Map.entry("member", Member::run),
            Map.entry("stream", Stream::run),
            Map.entry("copy", Transactions::copy),
            Map.entry("fence", Transactions::fence),
            Map.entry("serve", Serve::run));

    private Main() {}

    public static void main(String[] words) throws Exception {
        Command command = words.length == 0 ? null : COMMANDS.get(words[0]);
        if (command == null) {
            System.err.println("expected one of " + COMMANDS.keySet());
            System.exit(2);
        }
        command.run(Arguments.parse(Arrays.copyOfRange(words, 1, words.length)));
    }
}
