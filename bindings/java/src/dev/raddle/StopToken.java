// SPDX-License-Identifier: Apache-2.0
package dev.raddle;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * A request to stop, made now or later, by any thread. It holds for what runs in {@link #run} or
 * {@link #call}, and stays set: what must not be stopped by it gets a new one.
 *
 * <pre>{@code
 * StopToken stop = new StopToken();
 * onButton(stop::request);
 * TrainResult result = stop.call(() -> session.train());
 * }</pre>
 */
public final class StopToken {
    private static final ThreadLocal<StopToken> CURRENT = new ThreadLocal<>();
    private final List<Stop> stops = new ArrayList<>();
    private StopGrade grade = StopGrade.NONE;
    private long done;
    private long total;

    /** One that asks for nothing yet. */
    public StopToken() {}

    static StopToken current() { return CURRENT.get(); }

    /**
     * Runs something whose calls into Raddle, on this thread, this token stops.
     *
     * @param body what to run
     */
    public void run(Runnable body) {
        call(() -> {
            body.run();
            return null;
        });
    }

    /**
     * As {@link #run}, for what has a result: its result.
     *
     * @param <T> of the result
     * @param body what to run
     */
    public <T> T call(Supplier<T> body) {
        StopToken outer = CURRENT.get();
        CURRENT.set(this);
        try {
            return body.get();
        } finally {
            CURRENT.set(outer);
        }
    }

    /**
     * Asks to stop in good order: a training finishes its step, saves and returns, a generation
     * returns what it has; what would be half a result is cancelled.
     */
    public synchronized void request() {
        grade = grade == StopGrade.NONE ? StopGrade.REQUESTED : grade;
        stops.forEach(Stop::request);
    }

    /**
     * Ends every call as soon as possible with a {@link CancelledException}. The step under way is
     * dropped.
     */
    public synchronized void cancel() {
        grade = StopGrade.CANCELLED;
        stops.forEach(Stop::cancel);
    }

    /** What was asked for so far: the grade, which only rises. */
    public synchronized StopGrade grade() { return grade; }

    /**
     * How far the call is that began last: steps of a training, tokens of a generation, bytes of
     * what reads or writes files: the parts that are done.
     */
    public synchronized long done() {
        return stops.isEmpty() ? done : stops.get(stops.size() - 1).done();
    }

    /** How many parts that call has: 0 if nobody knows. */
    public synchronized long total() {
        return stops.isEmpty() ? total : stops.get(stops.size() - 1).total();
    }

    synchronized void add(Stop stop) {
        stops.add(stop);
        if (grade == StopGrade.REQUESTED) {
            stop.request();
        } else if (grade == StopGrade.CANCELLED) {
            stop.cancel();
        }
    }

    synchronized void remove(Stop stop) {
        done = stop.done();
        total = stop.total();
        stops.remove(stop);
    }
}
