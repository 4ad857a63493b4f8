// SPDX-License-Identifier: Apache-2.0
package dev.raddle;

import static dev.raddle.Tests.check;
import static dev.raddle.Tests.contains;
import static dev.raddle.Tests.equal;
import static dev.raddle.Tests.fails;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** Java that the library calls. */
final class CallbackTests {
    private CallbackTests() {}

    private static final class Mine extends RuntimeException {
        private static final long serialVersionUID = 1;

        Mine(String message) { super(message); }
    }

    private static Mine thrownHere() { return new Mine("mine"); }

    private static void comesOutAsItself(Throwable thrown) {
        equal("mine", thrown.getMessage());
        check(Arrays.stream(thrown.getStackTrace())
                .anyMatch(f -> f.getMethodName().equals("thrownHere")), "another stack trace");
    }

    static void aListenerThatFails() {
        try (Session session = Tests.session(50)) {
            int[] calls = new int[1];
            comesOutAsItself(fails(Mine.class, () -> session.train(event -> {
                calls[0]++;
                if (event.step() == 3) {
                    throw thrownHere();
                }
            })));
            equal(3, calls[0]);
            equal(3L, session.info().stepsDone());
            comesOutAsItself(fails(Mine.class, () -> session.generate(new int[] {65},
                    GenerateOptions.defaults(), (token, text) -> {
                        throw thrownHere();
                    })));
            equal(50L, session.train().stepsDone());
        }
    }

    static void aSourceThatFails() {
        try (Session session = Tests.session(50)) {
            comesOutAsItself(fails(Mine.class, () -> session.trainOn((step, number) -> {
                if (step == 2) {
                    throw thrownHere();
                }
                return TrainTests.batch(64, 0);
            }, event -> { })));
            fails(StackOverflowError.class, () -> session.trainOn((s, n) -> endless(), e -> { }));
            equal(2L, session.info().stepsDone());
        }
    }

    private static Batch endless() { return endless(); }

    static void aLogThatFails() {
        boolean[] failing = new boolean[1];
        try (Context context = Context.create(LogLevel.DEBUG, (level, message) -> {
            if (failing[0]) {
                throw thrownHere();
            }
        }); Config config = Tests.small(5)) {
            failing[0] = true;
            comesOutAsItself(fails(Mine.class, () -> Session.create(context, config)));
            failing[0] = false;
            try (Session session = Session.create(context, config)) {
                equal(5L, session.train().stepsDone());
            }
        }
    }

    /** Which would wait for itself. */
    static void aLogThatCallsIntoRaddle() {
        Runnable[] inside = new Runnable[1];
        try (Context context = Context.create(LogLevel.DEBUG, (level, message) -> {
            if (inside[0] != null) {
                inside[0].run();
            }
        }); Config config = Tests.small(5); Session other = Tests.session(1)) {
            for (Runnable call : List.<Runnable>of(context::close, config::close, other::close,
                    other::info, other::train, () -> config.set("train.steps", "7"))) {
                inside[0] = call;
                contains(fails(FailedPreconditionException.class,
                        () -> Session.create(context, config)).getMessage(),
                        "must not call into Raddle");
            }
            inside[0] = null;
            try (Session session = Session.create(context, config)) {
                equal(5L, session.train().stepsDone());
            }
            equal(1L, other.train().stepsDone());
        }
    }

    /** Each of two threads closes the session of the other one in a callback of its own. */
    static void twoSessionsThatCloseEachOther() throws InterruptedException {
        Session[] sessions = {Tests.session(1_000_000), Tests.session(1_000_000)};
        CountDownLatch both = new CountDownLatch(2);
        Thread[] threads = new Thread[2];
        RaddleException[] ends = new RaddleException[2];
        for (int i = 0; i < 2; i++) {
            int mine = i;
            threads[i] = Tests.start(() -> ends[mine] = fails(CancelledException.class,
                    () -> sessions[mine].train(event -> {
                        both.countDown();
                        await(both);
                        sessions[1 - mine].close();
                    })));
        }
        for (Thread thread : threads) {
            thread.join(60_000);
            check(!thread.isAlive(), "they wait for each other");
        }
        check(ends[0] != null && ends[1] != null, "not cancelled");
        fails(IllegalStateException.class, sessions[0]::info);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** On a thread of the library's there is no call to come out of but those of its context. */
    static void aLogThatFailsOnAnotherThread() {
        Thread thread = Thread.currentThread();
        boolean[] failing = new boolean[1];
        try (Context context = Context.create(LogLevel.DEBUG, (level, message) -> {
            if (failing[0] && Thread.currentThread() != thread) {
                check(Thread.currentThread().isDaemon(), "not a daemon");
                throw thrownHere();
            }
        }); Config config = Tests.small(1_000_000);
                Session session = Session.create(context, config)) {
            failing[0] = true;
            session.tensor(session.tensorNames().get(0)).floats().put(40, Float.NaN); // warned of
            try (Operation<TrainResult> training = session.startTraining()) {
                comesOutAsItself(fails(Mine.class, () -> training.forEach(event -> { })));
            }
        }
    }

    static void theLogArrives() {
        List<String> lines = Collections.synchronizedList(new ArrayList<>());
        try (Context context = Context.create(LogLevel.INFO, (level, message) ->
                lines.add(level + " " + message)); Config config = Tests.small(2);
                Session session = Session.create(context, config);
                Operation<TrainResult> training = session.startTraining()) {
            training.join();
        }
        check(lines.stream().anyMatch(l -> l.startsWith("INFO tokenized ")), "" + lines);
        int count = lines.size();
        try (Session session = Tests.session(1)) {
            session.train();
        }
        equal(count, lines.size());
    }

    static void insideACallbackOnlySomeCallsPass() {
        try (Session session = Tests.session(3)) {
            session.train(event -> {
                equal(event.step(), session.info().stepsDone());
                equal(257L, session.tokenizer().orElseThrow().vocabSize());
                equal(5, session.tensor(session.tensorNames().get(0)).floats().limit(5).limit());
                session.save(Tests.fresh("in-callback"));
                session.generate("a", GenerateOptions.defaults().withMaxTokens(1));
                contains(fails(FailedPreconditionException.class, session::stepOnData)
                        .getMessage(), "session");
                contains(fails(FailedPreconditionException.class, session::train)
                        .getMessage(), "session");
            });
            equal(3L, session.info().stepsDone());
        }
    }

    static void aBusySessionRefusesOtherThreads() throws InterruptedException {
        try (Session session = Tests.session(1_000_000)) {
            StopToken stop = new StopToken();
            Thread[] other = new Thread[1];
            RaddleException[] refused = new RaddleException[1];
            stop.call(() -> session.train(event -> {
                if (other[0] == null) {
                    other[0] = Tests.start(() -> {
                        refused[0] = fails(FailedPreconditionException.class, session::evaluate);
                        stop.request();
                    });
                }
            }));
            other[0].join();
            contains(refused[0].getMessage(), "session");
        }
    }

    static void closedByItsOwnListener() {
        Session session = Tests.session(100);
        fails(CancelledException.class, () -> session.train(event -> session.close()));
        contains(fails(IllegalStateException.class, session::info).getMessage(),
                "the session is closed");
    }
}
