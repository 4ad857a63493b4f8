// SPDX-License-Identifier: Apache-2.0
import dev.raddle.Batch;
import dev.raddle.Config;
import dev.raddle.Context;
import dev.raddle.Raddle;
import dev.raddle.Session;
import java.util.Arrays;

/** What a call costs: microseconds, the median of several rounds. */
public final class Overhead {
    public static void main(String[] arguments) {
        int[] tokens = new int[8];
        Arrays.setAll(tokens, i -> 'a' + i);
        Batch batch = Batch.of(tokens);
        try (Context context = Context.create();
                Config config = Config.create().set("data.path", arguments[0])
                        .set("data.tokenizer", "bytes").set("model.layers", 1)
                        .set("model.width", 16).set("model.heads", 2).set("model.context", 8)
                        .set("train.micro_batch_tokens", 8).set("train.steps", 1_000_000)
                        .set("runtime.threads", 1);
                Session session = Session.create(context, config)) {
            row("version", 200_000, Raddle::version);
            row("config get", 200_000, () -> config.get("train.steps"));
            row("config set", 200_000, () -> config.set("train.steps", "1000000"));
            row("session info", 200_000, session::info);
            row("step of 8 tokens", 5_000, () -> session.step(batch));
        }
    }

    private static void row(String what, int calls, Runnable call) {
        double[] rounds = new double[9];
        for (int round = 0; round < rounds.length; round++) {
            long start = System.nanoTime();
            for (int i = 0; i < calls; i++) {
                call.run();
            }
            rounds[round] = (System.nanoTime() - start) / 1e3 / calls;
        }
        Arrays.sort(rounds);
        System.out.printf("%-18s %9.3f us%n", what, rounds[rounds.length / 2]);
    }
}
