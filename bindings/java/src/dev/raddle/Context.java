// SPDX-License-Identifier: Apache-2.0
package dev.raddle;

import java.util.List;
import java.util.function.BiConsumer;

/** The process's Raddle: where the log goes. What is made with a context ends with it. */
public final class Context extends ContextCalls {
    private Context(long pointer, long kept) {
        super(pointer, p -> {
            Native.contextDestroy(p);
            Memory.release(kept); // 0: nothing
        }, null);
    }

    /** One without a log. */
    public static Context create() {
        return new Context(Native.contextCreate(null), 0);
    }

    /**
     * One whose log goes to a function. The log belongs to the process, so each of several contexts
     * gets the messages of all. The function is called by any thread, one at a time, and must not
     * call into Raddle: that is a {@link FailedPreconditionException}. What it throws stops the
     * call that was logging and comes out of it.
     *
     * @param level the lowest level that it receives
     * @param log receives level and message
     */
    public static Context create(LogLevel level, BiConsumer<LogLevel, String> log) {
        Log target = new Log(log);
        long kept = Memory.keep(target);
        try {
            long made = Native.contextCreate(new RawContextOptions(level.value(), kept));
            Context context = new Context(made, kept);
            target.handle = context.handle;
            return context;
        } catch (RaddleException e) {
            Memory.release(kept);
            throw e;
        }
    }

    private static final class Log implements Callbacks.Log {
        private final BiConsumer<LogLevel, String> log;
        private volatile Handle handle;

        Log(BiConsumer<LogLevel, String> log) { this.log = log; }

        @Override
        public void call(int level, String message) {
            try {
                Work.log(() -> log.accept(LogLevel.of(level), message));
            } catch (Throwable thrown) {
                Stop stop = Work.current();
                List<Stop> failing = stop != null ? List.of(stop)
                        : handle == null ? List.of() : handle.running();
                failing.forEach(s -> s.fail(thrown));
                if (failing.isEmpty()) {
                    Thread thread = Thread.currentThread();
                    thread.getUncaughtExceptionHandler().uncaughtException(thread, thrown);
                }
            } finally {
                Work.hearAgain();
            }
        }
    }
}
