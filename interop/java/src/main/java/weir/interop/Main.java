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

    private static final Map<String, Command> COMMANDS = Map.of(
            "produce", Records::produce,
            "consume", Records::consume,
            "read", Records::read,
            "offset", Offsets::at,
            "committed", Offsets::committed,
            "load", Load::run,
            "member", Member::run,
            "copy", Transactions::copy,
            "fence", Transactions::fence,
            "serve", Serve::run);

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
