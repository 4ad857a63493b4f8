// SPDX-License-Identifier: Apache-2.0
package dev.raddle;

import static dev.raddle.Tests.check;
import static dev.raddle.Tests.contains;
import static dev.raddle.Tests.equal;
import static dev.raddle.Tests.fails;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.CountDownLatch;

/** What ends a call that lasts. */
final class StopTests {
    private static final int FOREVER = 1_000_000;

    private StopTests() {}

    /** Waits for the latch, then does something on another thread. */
    private static void when(CountDownLatch latch, Runnable body) {
        Tests.start(() -> {
            try {
                latch.await();
                body.run();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
    }

    static void cancelledFromAnotherThread() {
        try (Session session = Tests.session(FOREVER)) {
            StopToken stop = new StopToken();
            CountDownLatch running = new CountDownLatch(3);
            when(running, stop::cancel);
            CancelledException thrown = fails(CancelledException.class,
                    () -> stop.run(() -> session.train(event -> running.countDown())));
            check(!(thrown instanceof InterruptedCallException), "an interrupt");
            equal(Code.CANCELLED, thrown.code());
            equal(StopGrade.CANCELLED, stop.grade());
            check(stop.done() >= 3 && stop.total() == FOREVER, stop.done() + "/" + stop.total());
            fails(CancelledException.class, () -> stop.call(session::stepOnData));
            check(session.stepOnData().step() > 3, "not usable");
        }
    }

    static void stoppedInGoodOrder() {
        try (Session session = Tests.session(FOREVER, Tests.in(Tests.fresh("stopped")))) {
            StopToken stop = new StopToken();
            equal(StopGrade.NONE, stop.grade());
            TrainResult result = stop.call(() -> session.train(event -> {
                if (event.step() == 4) {
                    check(stop.done() >= 3 && stop.total() == FOREVER, "" + stop.done());
                    stop.request();
                }
            }));
            equal(true, result.stopped());
            equal(true, result.saved());
            equal(4L, result.stepsDone());
            equal(StopGrade.REQUESTED, stop.grade());
        }
    }

    static void anInterruptEndsACall() {
        try (Session session = Tests.session(FOREVER)) {
            Thread thread = Thread.currentThread();
            CountDownLatch running = new CountDownLatch(2);
            when(running, thread::interrupt);
            InterruptedCallException thrown = fails(InterruptedCallException.class,
                    () -> session.train(event -> running.countDown()));
            check(Thread.interrupted(), "the interrupt status was lost");
            contains(thrown.getMessage(), "the thread was interrupted");
            thread.interrupt();
            fails(InterruptedCallException.class, session::stepOnData);
            check(Thread.interrupted(), "the interrupt status was lost");
            session.stepOnData();
            thread.interrupt();
            fails(InterruptedCallException.class, () -> Tests.session(1));
            check(Thread.interrupted(), "the interrupt status was lost");
        }
    }

    static void oneTokenStopsSeveralCalls() throws InterruptedException {
        StopToken stop = new StopToken();
        CountDownLatch running = new CountDownLatch(2);
        Thread[] threads = new Thread[2];
        boolean[] stopped = new boolean[2];
        for (int i = 0; i < 2; i++) {
            int place = i;
            threads[i] = Tests.start(() -> {
                try (Session session = Tests.session(FOREVER)) {
                    stopped[place] = stop.call(() -> session.train(event -> {
                        if (event.step() == 3) {
                            running.countDown();
                        }
                    })).stopped();
                }
            });
        }
        running.await();
        stop.request();
        threads[0].join();
        threads[1].join();
        check(stopped[0] && stopped[1], "not stopped");
    }

    /** A listener that waits for something itself takes the place where interrupts are heard. */
    static void anInterruptIsHeardAfterAListenerWaited() throws IOException {
        try (Session session = Tests.session(FOREVER);
                FileChannel file = FileChannel.open(Tests.fresh("channel"),
                        StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            CountDownLatch running = new CountDownLatch(2);
            when(running, Thread.currentThread()::interrupt);
            fails(InterruptedCallException.class, () -> session.train(event -> {
                try {
                    file.write(ByteBuffer.wrap(new byte[] {1}));
                    session.info();
                    session.save(Tests.fresh("nested"));
                    running.countDown();
                } catch (IOException e) {
                    // the interrupt came in the midst of writing: the status is set
                }
            }));
            check(Thread.interrupted(), "the interrupt status was lost");
        }
    }

    static void anInterruptEndsAnOperation() {
        Thread thread = Thread.currentThread();
        try (Session session = Tests.session(FOREVER);
                Operation<TrainResult> training = session.startTraining()) {
            training.iterator().next();
            when(new CountDownLatch(0), () -> {
                Tests.sleep(50);
                thread.interrupt();
            });
            fails(InterruptedCallException.class, () -> {
                for (Event event : training) {
                    event.step();
                }
            });
            check(Thread.interrupted(), "the interrupt status was lost");
        }
    }

    static void operationsAreStopped() {
        try (Session session = Tests.session(FOREVER)) {
            try (Operation<TrainResult> training = session.startTraining()) {
                training.iterator().next();
                training.requestStop();
                equal(true, training.join().stopped());
            }
            try (Operation<TrainResult> training = session.startTraining()) {
                training.cancel();
                fails(CancelledException.class, training::join);
            }
            StopToken stop = new StopToken();
            try (Operation<TrainResult> training = stop.call(session::startTraining)) {
                training.iterator().next();
                stop.request();
                equal(true, training.join().stopped());
            }
            session.startTraining().close(); // ends it
            session.stepOnData();
        }
    }

    static void onlyOneThreadTakesEvents() throws InterruptedException {
        try (Session session = Tests.session(FOREVER);
                Operation<TrainResult> training = session.startTraining()) {
            Thread other = Tests.start(() -> fails(CancelledException.class, training::join));
            while (!training.polling.isLocked()) {
                Tests.sleep(1);
            }
            contains(fails(IllegalStateException.class, training::join).getMessage(),
                    "another thread");
            training.cancel();
            other.join();
        }
    }
}
