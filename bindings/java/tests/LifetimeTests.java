// SPDX-License-Identifier: Apache-2.0
package dev.raddle;

import static dev.raddle.Tests.check;
import static dev.raddle.Tests.contains;
import static dev.raddle.Tests.equal;
import static dev.raddle.Tests.fails;

import java.lang.ref.WeakReference;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/** What is used after its end, closed twice, never closed, or closed by another thread. */
final class LifetimeTests {
    private LifetimeTests() {}

    static void closedThingsSaySo() {
        Context context = Context.create();
        Config config = Tests.small(1);
        Session session = Session.create(context, config);
        Tokenizer tokenizer = session.tokenizer().orElseThrow();
        Operation<TrainResult> training = session.startTraining();
        training.close();
        session.close();
        session.close();
        config.close();
        for (Runnable use : List.<Runnable>of(session::info, session::train, tokenizer::vocabSize,
                training::join, session::startTraining, () -> config.get("train.steps"))) {
            contains(fails(IllegalStateException.class, use).getMessage(), "is closed");
        }
        context.close();
        fails(IllegalStateException.class, context::describe);
        fails(IllegalStateException.class, () -> Graph.create(context));
    }

    static void aContextIsKeptByWhatItMade() {
        Context context = Context.create();
        try (Config config = Tests.small(1); Session session = Session.create(context, config)) {
            context.close();
            contains(fails(IllegalStateException.class, session::train).getMessage(),
                    "the context is closed");
        }
    }

    static void aTensorOutlivesItsSession() {
        FloatBuffer floats;
        try (Context context = Context.create(); Config config = Tests.small(1);
                Session session = Session.create(context, config)) {
            Tensor tensor = session.tensor(session.tensorNames().get(0));
            tensor.floats().put(0, 42);
            floats = tensor.floats().slice();
        }
        for (int i = 0; i < 3; i++) {
            System.gc();
            Tests.session(1).close();
        }
        equal(42f, floats.get(0));
        floats.put(floats.limit() - 1, 7);
        equal(7f, floats.get(floats.limit() - 1));
    }

    /** Each session here holds 8 MB, and each view keeps that; the JVM's own heap grows a bit. */
    static void twoHundredSessionsLeaveNothing() {
        Supplier<Long> round = () -> {
            try (Session session = Tests.session(1)) {
                session.stepOnData();
                session.tensor(session.tensorNames().get(0));
            }
            return residentKib();
        };
        for (int i = 0; i < 50; i++) {
            round.get();
        }
        System.gc();
        long before = round.get();
        for (int i = 0; i < 200; i++) {
            round.get();
        }
        System.gc();
        Tests.sleep(100);
        long grown = round.get() - before;
        check(grown < 100 << 10, "grew by " + grown + " KiB");
    }

    private static long residentKib() {
        return Tests.read(Path.of("/proc/self/status")).lines()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", ""))).sum();
    }

    static void whatNobodyClosesIsCollected() {
        WeakReference<Session> session = new WeakReference<>(dropped());
        WeakReference<Context> context = new WeakReference<>(session.get() == null ? null
                : Context.create());
        for (int i = 0; i < 100 && (session.get() != null || context.get() != null); i++) {
            System.gc();
            Tests.sleep(10);
        }
        equal(null, session.get());
        equal(null, context.get());
    }

    private static Session dropped() {
        try (Config config = Tests.small(1)) {
            Session session = Session.create(Context.create(), config);
            System.gc(); // its context is not collected before it
            Tests.sleep(20);
            session.stepOnData();
            return session;
        }
    }

    static void closeEndsWhatOtherThreadsDo() throws InterruptedException {
        for (int round = 0; round < 10; round++) {
            Session session = Tests.session(1_000_000);
            CountDownLatch running = new CountDownLatch(round % 3 + 1);
            AtomicReference<Throwable> thrown = new AtomicReference<>();
            Thread other = Tests.start(() -> {
                try {
                    session.train(event -> running.countDown());
                } catch (Throwable t) {
                    thrown.set(t);
                }
            });
            running.await();
            session.close();
            other.join();
            check(thrown.get() instanceof CancelledException, "" + thrown.get());
        }
    }

    /** Threads that use and close the same things at any moment get results or exceptions. */
    static void racesEndInExceptions() throws InterruptedException {
        List<Throwable> odd = new ArrayList<>();
        for (int round = 0; round < 30; round++) {
            Session session = Tests.session(100_000);
            Tokenizer tokenizer = session.tokenizer().orElseThrow();
            List<Thread> threads = new ArrayList<>();
            for (Runnable use : List.<Runnable>of(session::stepOnData, session::info,
                    session::train, session::tensorNames, tokenizer::vocabSize, session::close,
                    session::close, () -> session.tensor(session.tensorNames().get(0)),
                    () -> session.startTraining().close())) {
                int delay = (round * 7 + threads.size() * 3) % 20;
                threads.add(Tests.start(() -> {
                    Tests.sleep(delay);
                    try {
                        use.run();
                    } catch (RaddleException | IllegalStateException expected) {
                        // busy, cancelled or closed
                    } catch (Throwable t) {
                        synchronized (odd) {
                            odd.add(t);
                        }
                    }
                }));
            }
            for (Thread thread : threads) {
                thread.join();
            }
        }
        equal(List.of(), odd);
    }

    static void twoSessionsInTwoThreads() throws InterruptedException {
        double[] losses = new double[3];
        Runnable[] runs = new Runnable[3];
        for (int i = 0; i < 3; i++) {
            int place = i;
            runs[i] = () -> {
                try (Session session = Tests.session(25)) {
                    session.train(event -> losses[place] =
                            ((Event.Step) event).metrics().loss());
                }
            };
        }
        runs[2].run();
        Thread first = Tests.start(runs[0]);
        Thread second = Tests.start(runs[1]);
        first.join();
        second.join();
        check(losses[0] > 0, "did not train");
        equal(losses[2], losses[0]);
        equal(losses[2], losses[1]);
    }
}
