// SPDX-License-Identifier: Apache-2.0
package dev.raddle;

import java.util.List;

/** C's stop token of one piece of work, which whatever may end that work can reach. */
final class Stop {
    private final Thread thread; // whose call it is; null: the work is on a thread of the library's
    private final List<Handle> handles;
    private final StopToken token = StopToken.current();
    private long pointer; // 0: nothing can stop it, or it is over
    private Throwable failure;

    Stop(boolean stoppable, Thread thread, List<Handle> handles) {
        pointer = stoppable ? Native.stopCreate() : 0;
        this.thread = thread;
        this.handles = handles;
        for (Handle handle : handles) {
            handle.add(this);
        }
        if (token != null) {
            token.add(this);
        }
    }

    long pointer() { return pointer; }

    boolean isOfAnotherThread() { return thread != null && thread != Thread.currentThread(); }

    synchronized void request() { Native.stopRequest(pointer); }

    synchronized void cancel() { Native.stopCancel(pointer); }

    synchronized long done() { return Native.stopDone(pointer); }

    synchronized long total() { return Native.stopTotal(pointer); }

    /** Cancels the work for an exception, which comes out of it. */
    synchronized void fail(Throwable thrown) {
        failure = failure == null ? thrown : failure;
        cancel();
    }

    synchronized Throwable failure() { return failure; }

    /** The work is over; from now on all the above do nothing, as C does with NULL. */
    void over() {
        if (token != null) {
            token.remove(this);
        }
        for (Handle handle : handles) {
            handle.remove(this);
        }
        synchronized (this) {
            if (pointer != 0) {
                Native.stopDestroy(pointer);
            }
            pointer = 0;
        }
    }
}
