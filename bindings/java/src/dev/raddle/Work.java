// SPDX-License-Identifier: Apache-2.0
package dev.raddle;

import java.lang.ref.Reference;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.spi.AbstractInterruptibleChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongFunction;
import java.util.function.Supplier;

/**
 * A call that may last. {@link Thread#interrupt} cancels it: {@code begin} and {@code end} of a
 * channel are Java's way to hear of an interrupt while a thread is outside of Java.
 */
final class Work extends AbstractInterruptibleChannel {
    private static final ThreadLocal<Work> CURRENT = new ThreadLocal<>();
    private static final ThreadLocal<Boolean> IN_LOG = ThreadLocal.withInitial(() -> false);
    private final Stop stop;
    private volatile boolean interrupted;

    private Work(Stop stop) { this.stop = stop; }

    /** Runs `body`, which nothing can stop, keeping the objects (null: none) from their end. */
    static <T> T run(Supplier<T> body, NativeObject... objects) {
        return run(false, unused -> body.get(), objects);
    }

    /** Runs `body` with a stop token of C. */
    static <T> T run(LongFunction<T> body, NativeObject... objects) {
        return run(true, body, objects);
    }

    private static <T> T run(boolean stoppable, LongFunction<T> body, NativeObject... objects) {
        List<Handle> handles = new ArrayList<>(objects.length);
        Stop stop = null;
        try {
            for (NativeObject object : objects) {
                if (object != null) {
                    object.handle.acquire();
                    handles.add(object.handle);
                }
            }
            stop = new Stop(stoppable, Thread.currentThread(), handles);
            return new Work(stop).run(body);
        } finally {
            handles.forEach(Handle::release);
            if (stop != null) {
                stop.over(); // who waits in close() finds them released
            }
            Reference.reachabilityFence(objects);
        }
    }

    /** Runs `body`, which is ended with the work that `stop` belongs to. */
    static <T> T run(Stop stop, LongFunction<T> body) { return new Work(stop).run(body); }

    private <T> T run(LongFunction<T> body) {
        Work outer = CURRENT.get();
        CURRENT.set(this);
        try {
            begin();
            T result = body.apply(stop.pointer());
            if (stop.failure() != null) {
                throw Work.<RuntimeException>thrown(stop.failure());
            }
            return result;
        } catch (RuntimeException e) {
            if (stop.failure() != null) {
                throw Work.<RuntimeException>thrown(stop.failure());
            }
            throw interrupted && e instanceof CancelledException cancelled
                    ? new InterruptedCallException(cancelled) : e;
        } finally {
            try {
                end(true);
            } catch (AsynchronousCloseException e) {
                // the interrupt status says it too, and is still set
            }
            CURRENT.set(outer);
            hearAgain();
        }
    }

    @Override
    protected void implCloseChannel() {
        interrupted = true;
        stop.cancel();
    }

    /** After Java code in the midst of a call, which may have waited and so taken our place. */
    static void hearAgain() {
        Work work = CURRENT.get();
        if (work != null) {
            work.begin();
        }
    }

    /** Runs the function of a log, which must not call into Raddle. */
    static void log(Runnable body) {
        IN_LOG.set(true);
        try {
            body.run();
        } finally {
            IN_LOG.set(false);
        }
    }

    /** Some calls would wait for themselves there. */
    static void checkNotInLog(String what) {
        if (IN_LOG.get()) {
            throw new FailedPreconditionException(Scope.CALL.value(), what + ": the function of a "
                    + "log must not call into Raddle; note what it has to do and do it when the "
                    + "function has returned");
        }
    }

    /** The work of this thread's innermost call; null: none. */
    static Stop current() { return CURRENT.get() == null ? null : CURRENT.get().stop; }

    /** The exception as it is, checked or not: what threw it could only throw unchecked ones. */
    @SuppressWarnings("unchecked")
    private static <E extends Throwable> E thrown(Throwable failure) throws E {
        throw (E) failure;
    }
}
