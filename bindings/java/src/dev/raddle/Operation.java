// SPDX-License-Identifier: Apache-2.0
package dev.raddle;

import java.lang.ref.Reference;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongFunction;
import java.util.function.LongUnaryOperator;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * A training or a generation on a thread of the library's, whose events are taken one by one; it
 * waits while a few hundred are not taken. Its session is busy meanwhile. To interrupt a thread
 * that waits here cancels the work, and so does {@link #close()}.
 *
 * @param <R> what it results in
 */
public final class Operation<R> extends NativeObject implements Iterable<Event> {
    /** Held by who takes events: one is C's until the next is taken. */
    final ReentrantLock polling = new ReentrantLock();
    private final Stop stop;
    private final LongFunction<R> join;
    private volatile boolean ended;

    private Operation(Session session, long pointer, Stop stop, LongFunction<R> join) {
        super("operation", pointer, p -> {
            Native.operationDestroy(p);
            stop.over();
        }, session);
        this.stop = stop;
        this.join = join;
    }

    static <R> Operation<R> start(Session session, LongUnaryOperator start, LongFunction<R> join) {
        return Work.run(() -> {
            Stop stop = new Stop(true, null, List.of(session.handle));
            try {
                return new Operation<>(session, start.applyAsLong(stop.pointer()), stop, join);
            } catch (RuntimeException e) {
                stop.over();
                throw e;
            }
        }, session);
    }

    /**
     * Waits for the next event: empty if none came within it, or if there will be none any more.
     *
     * @param timeout how long
     */
    public Optional<Event> poll(Duration timeout) {
        return Optional.ofNullable(next(Math.max(0, timeout.toMillis())));
    }

    /** Whether it is over and all its events are taken: true: {@link #join()} does not wait. */
    public boolean isEnded() { return ended; }

    /**
     * Waits for the end; events that were not taken are dropped: the result, the same each time.
     */
    public R join() { return taking(join); }

    /** Asks it to stop in good order, from any thread. */
    public void requestStop() { stop.request(); }

    /** Ends it as soon as possible; {@link #join()} then throws a {@link CancelledException}. */
    public void cancel() { stop.cancel(); }

    /**
     * The events to come. When there are no more, what the work failed with is thrown. Returns
     * events, which can be taken once.
     */
    @Override
    public Iterator<Event> iterator() {
        return new Iterator<>() {
            private Event ahead;

            @Override
            public boolean hasNext() {
                while (ahead == null && !ended) {
                    ahead = Operation.this.next(-1);
                }
                if (ahead == null) {
                    join();
                }
                return ahead != null;
            }

            @Override
            public Event next() {
                if (!hasNext()) {
                    throw new NoSuchElementException();
                }
                Event event = ahead;
                ahead = null;
                return event;
            }
        };
    }

    /** The events to come, as {@link #iterator()}: a sequential stream. */
    public Stream<Event> stream() { return StreamSupport.stream(spliterator(), false); }

    /** Null for a kind that this version of the binding does not know. */
    static Event event(RawEvent raw) {
        long step = raw.step();
        long total = raw.stepsTotal();
        return switch (EventKind.of(raw.kind())) {
            case STEP -> new Event.Step(step, total, raw.metrics());
            case EVALUATION -> new Event.Evaluated(step, total, raw.evaluation());
            case CHECKPOINT -> new Event.Saved(step, total, raw.path());
            case WARNING -> new Event.Warned(step, total, raw.message());
            case TOKEN -> new Event.Token(step, raw.token(), Text.string(raw.text()));
            default -> null;
        };
    }

    private Event next(long timeoutMs) {
        RawEvent raw = taking(p -> Native.operationPoll(p, timeoutMs));
        ended = ended || raw.kind() == EventKind.END.value();
        return event(raw);
    }

    private <T> T taking(LongFunction<T> body) {
        if (!polling.tryLock()) {
            throw new IllegalStateException("another thread takes this operation's events");
        }
        try {
            handle.acquire();
            try {
                return Work.run(stop, unused -> body.apply(pointer));
            } finally {
                handle.release();
            }
        } finally {
            polling.unlock();
            Reference.reachabilityFence(this);
        }
    }
}
