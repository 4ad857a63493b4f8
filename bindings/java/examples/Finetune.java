// SPDX-License-Identifier: Apache-2.0
import dev.raddle.Config;
import dev.raddle.Context;
import dev.raddle.Event;
import dev.raddle.GenerateOptions;
import dev.raddle.GenerateResult;
import dev.raddle.LogLevel;
import dev.raddle.Operation;
import dev.raddle.Session;
import dev.raddle.SessionOptions;
import dev.raddle.StopToken;
import dev.raddle.TrainResult;
import java.nio.file.Path;

/** Trains a small model on a text, stops half-way, resumes, and lets it write: TEXT RUN_DIR. */
public final class Finetune {
    private static final int STEPS = 40;

    public static void main(String[] arguments) {
        Path run = Path.of(arguments[1]);
        try (Context context = Context.create(LogLevel.WARNING, (level, message) ->
                System.err.println("raddle: " + message));
                Config config = Config.create()
                        .set("data.path", Path.of(arguments[0])).set("data.tokenizer", "bytes")
                        .set("model.layers", 2).set("model.width", 64).set("model.heads", 4)
                        .set("model.context", 64).set("train.micro_batch_tokens", 512)
                        .set("train.steps", STEPS).set("optimizer.learning_rate", 3e-3)) {
            SessionOptions options = SessionOptions.defaults().withRunDirectory(run)
                    .withResume(Path.of("auto"));

            StopToken stop = new StopToken(); // any thread may ask it to stop
            try (Session session = Session.create(context, config, options)) {
                TrainResult half = stop.call(() -> session.train(event -> {
                    show(event);
                    if (event.step() == STEPS / 2) {
                        stop.request();
                    }
                }));
                System.out.printf("stopped after %d of %d%n", half.stepsDone(), STEPS);
            }

            try (Session session = Session.create(context, config, options)) {
                session.train(Finetune::show);
                GenerateOptions how = GenerateOptions.defaults().withMaxTokens(60).withSeed(1);
                try (Operation<GenerateResult> text = session.startGenerating("Lic", how)) {
                    text.stream().forEach(Finetune::show);
                    System.out.printf("%n%.0f tokens a second%n", text.join().tokensPerSecond());
                }
            }
        }
    }

    private static void show(Event event) {
        if (event instanceof Event.Step step && step.step() % 10 == 0) {
            System.out.printf("step %d loss %.3f%n", step.step(), step.metrics().loss());
        } else if (event instanceof Event.Token token) {
            System.out.print(token.text());
        }
    }
}
