// SPDX-License-Identifier: Apache-2.0
package dev.raddle;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongConsumer;

/**
 * Owns an object of C. It counts who uses it (its Java object until that is closed, calls, what was
 * made with it) and destroys it when nobody does, so that no thread can use it after its end.
 */
final class Handle {
    private final String name;
    private final long pointer;
    private final LongConsumer destroy;
    private final Handle parent; // lives longer
    private final Set<Stop> stops = new HashSet<>(); // of what runs in it or in its children
    private int references = 1;
    private boolean closed;

    Handle(String name, long pointer, LongConsumer destroy, Handle parent) {
        this.name = name;
        this.pointer = pointer;
        this.destroy = destroy;
        this.parent = parent;
        if (parent != null) {
            parent.retain();
        }
    }

    void acquire() {
        Work.checkNotInLog("a call on the " + name);
        for (Handle at = parent; at != null; at = at.parent) {
            at.checkOpen();
        }
        synchronized (this) {
            checkOpen();
            references++;
        }
    }

    String name() { return name; }

    private synchronized void checkOpen() {
        if (closed) {
            throw new IllegalStateException("the " + name + " is closed");
        }
    }

    private synchronized void retain() { references++; }

    void release() {
        synchronized (this) {
            if (--references > 0) {
                return;
            }
        }
        destroy.accept(pointer);
        if (parent != null) {
            parent.release();
        }
    }

    void add(Stop stop) {
        for (Handle at = this; at != null; at = at.parent) {
            synchronized (at) {
                at.stops.add(stop);
                if (at.closed) { // since it was acquired
                    stop.cancel();
                }
            }
        }
    }

    void remove(Stop stop) {
        for (Handle at = this; at != null; at = at.parent) {
            synchronized (at) {
                at.stops.remove(stop);
                at.notifyAll();
            }
        }
    }

    synchronized List<Stop> running() { return List.copyOf(stops); }

    /**
     * Cancels what runs in it and waits for that; the last call destroys it. In a callback nobody
     * waits, whatever call it is of: two threads could close each other's object there and wait for
     * ever.
     */
    void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        running().forEach(Stop::cancel);
        boolean interrupted = false;
        synchronized (this) {
            while (Work.current() == null && stops.stream().anyMatch(Stop::isOfAnotherThread)) {
                try {
                    wait();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        release();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
