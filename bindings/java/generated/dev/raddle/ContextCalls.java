// SPDX-License-Identifier: Apache-2.0
// Generated from include/interface by emit_java.py.
package dev.raddle;

import java.util.function.LongConsumer;

/** The calls of {@link Context} that need no thought. */
abstract class ContextCalls extends NativeObject {
    ContextCalls(long pointer, LongConsumer destroy, NativeObject owner) {
        super("context", pointer, destroy, owner);
    }

    /** What another object holds. */
    ContextCalls(long pointer, NativeObject lender) {
        super(pointer, lender);
    }

    /**
     * What the machine offers and what Raddle makes of it, as a JSON object: processor, instruction
     * sets, cores, memory and its limits, matrix libraries found, the kernel that each op would get
     * and why. Meant for bug reports and {@code raddle doctor}; keys may be added.
     *
     * @return the json
     */
    public String describe() {
        return Work.run(() -> Native.contextDescribe(pointer), this);
    }
}
