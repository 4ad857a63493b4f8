// SPDX-License-Identifier: Apache-2.0
import dev.raddle.Config;
import dev.raddle.Context;
import dev.raddle.Event;
import dev.raddle.Session;
import dev.raddle.SessionOptions;
import java.nio.file.Path;

/** Trains as a config says, and prints the bits of each step's loss: CONFIG TEXT RUN_DIR. */
final class Parity {
    private Parity() {}

    public static void main(String[] arguments) {
        SessionOptions options = SessionOptions.defaults().withRunDirectory(Path.of(arguments[2]));
        try (Context context = Context.create();
                Config config = Config.create().loadFile(Path.of(arguments[0]))
                        .set("data.path", arguments[1]);
                Session session = Session.create(context, config, options)) {
            session.train(event -> {
                if (event instanceof Event.Step step) {
                    System.out.printf("step %d %016x%n", step.step(),
                            Double.doubleToRawLongBits(step.metrics().loss()));
                }
            });
        }
    }
}
