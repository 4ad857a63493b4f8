// SPDX-License-Identifier: Apache-2.0
package dev.raddle;

import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.util.function.LongConsumer;
import java.util.function.LongFunction;

/**
 * Something of Raddle's that must be closed. It may be used from any thread; where it takes one
 * call at a time, another is refused with a {@link FailedPreconditionException}. After {@link
 * #close()} every call is an {@link IllegalStateException}. What nobody closed is closed when the
 * garbage collector finds it, sooner or later.
 */
public abstract class NativeObject implements AutoCloseable {
    private static final Cleaner CLEANER = Cleaner.create();
    /** Owns the object of C. */
    final Handle handle;
    private final NativeObject owner; // what it was made with is not collected before it
    private final Cleaner.Cleanable cleanable;

    NativeObject(String name, long pointer, LongConsumer destroy, NativeObject owner) {
        this.owner = owner;
        handle = new Handle(name, pointer, destroy, owner == null ? null : owner.handle);
        cleanable = CLEANER.register(this, handle::close);
    }

    /** What another object holds, and what ends with that: closing it does nothing. */
    NativeObject(NativeObject lender) {
        owner = lender;
        handle = lender.handle;
        cleanable = () -> { };
    }

    /** A call that is soon over. */
    final <T> T with(LongFunction<T> body) {
        long pointer = handle.acquire();
        try {
            return body.apply(pointer);
        } finally {
            handle.release();
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Frees it. Calls that other threads have in it are cancelled and waited for. In a callback of
     * its own call it takes effect when the call ends. Closing it again does nothing.
     */
    @Override
    public void close() {
        cleanable.clean();
        Reference.reachabilityFence(owner);
    }
}
