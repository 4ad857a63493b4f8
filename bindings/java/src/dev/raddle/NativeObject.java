// SPDX-License-Identifier: Apache-2.0
package dev.raddle;

import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.util.function.LongConsumer;

/**
 * Something of Raddle's that must be closed. It may be used from any thread; where it takes one
 * call at a time, another is refused with a {@link FailedPreconditionException}. After {@link
 * #close()} every call is an {@link IllegalStateException}. What nobody closed is closed when the
 * garbage collector finds it, sooner or later.
 */
public abstract class NativeObject implements AutoCloseable {
    private static final Cleaner CLEANER = Cleaner.create();
    /** The object of C, to be used between the handle's acquire and release alone. */
    final long pointer;
    /** Owns that, or what lends it. */
    final Handle handle;
    private final NativeObject owner; // what it was made with is not collected before it
    private final Cleaner.Cleanable cleanable;

    NativeObject(String name, long pointer, LongConsumer destroy, NativeObject owner) {
        this.pointer = pointer;
        this.owner = owner;
        handle = new Handle(name, pointer, destroy, owner == null ? null : owner.handle);
        cleanable = CLEANER.register(this, handle::close);
    }

    /** What another object holds, and what ends with that: closing it does nothing. */
    NativeObject(long pointer, NativeObject lender) {
        this.pointer = pointer;
        owner = lender;
        handle = lender.handle;
        cleanable = () -> { };
    }

    static long of(NativeObject object) { return object == null ? 0 : object.pointer; }

    /**
     * Frees it. Calls that other threads have in it are cancelled and waited for. In a callback
     * nobody waits: then it goes when the last call in it ends. Closing it again does nothing.
     */
    @Override
    public void close() {
        Work.checkNotInLog("closing the " + handle.name());
        cleanable.clean();
        Reference.reachabilityFence(owner);
    }
}
