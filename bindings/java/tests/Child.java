// SPDX-License-Identifier: Apache-2.0
package dev.raddle;

import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;

/** A process that ProcessTests starts. */
final class Child {
    private Child() {}

    public static void main(String[] arguments) throws Exception {
        switch (arguments[0]) {
            case "version" -> System.out.println(Raddle.version());
            case "names" -> names(Path.of(arguments[1]), arguments[2]);
            default -> train(arguments[0], Path.of(arguments[1]));
        }
    }

    private static void names(Path text, String folder) {
        Tests.text = text;
        Path run = Raddle.path(folder + "-\u65e5\u672c-\ud83d\udc0d");
        try (Session session = Tests.session(2, Tests.in(run))) {
            session.train();
        }
        try (Session session = Session.open(Tests.CONTEXT, run, null)) {
            System.out.println(session.info().stepsDone() == 2 ? "saved" : "lost");
        }
    }

    /** Ends the process while threads of it train. */
    private static void train(String how, Path text) throws InterruptedException {
        Tests.text = text;
        CountDownLatch running = new CountDownLatch(6);
        Context context = how.equals("exit-log") ? Context.create(LogLevel.DEBUG,
                (level, message) -> running.countDown()) : Tests.CONTEXT;
        for (int i = 0; i < 2; i++) {
            Thread thread = new Thread(() -> {
                try (Config config = Tests.small(1_000_000);
                        Session session = Session.create(context, config)) {
                    if (how.equals("exit-operation")) {
                        try (Operation<TrainResult> training = session.startTraining()) {
                            training.forEach(event -> running.countDown());
                        }
                    }
                    session.train(event -> {
                        running.countDown();
                        if (how.equals("exit-listener") && running.getCount() == 0) {
                            System.exit(0);
                        }
                    });
                }
            });
            thread.setDaemon(true);
            thread.start();
        }
        running.await();
        if (how.equals("exit-listener")) {
            Thread.sleep(100_000);
        } else if (how.startsWith("exit")) {
            System.exit(0);
        }
    }
}
