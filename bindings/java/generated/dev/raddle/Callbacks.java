// SPDX-License-Identifier: Apache-2.0
// Generated from include/interface by emit_java.py.
package dev.raddle;

/** What the C ABI calls. An exception stops the call that calls back, and comes out of it. */
interface Callbacks {
    /** Receives one message, without a newline. */
    @FunctionalInterface
    interface Log {
        void call(int level, String message);
    }

    /**
     * Receives what happens in a training loop. Returns 0 to go on; anything else stops as
     * raddle_stop_request() does.
     */
    @FunctionalInterface
    interface Event {
        int call(RawEvent event);
    }

    /** Receives each token as it is drawn. Returns 0 to go on, anything else to stop. */
    @FunctionalInterface
    interface Token {
        int call(int token, byte[] text);
    }

    /**
     * Makes a micro-batch: number {@code micro_batch} (from 0) of the step after {@code step} done
     * ones. Null: there is none.
     */
    @FunctionalInterface
    interface BatchSource {
        Batch call(long step, long microBatch);
    }

    /** Receives one checkpoint of a list. Returns 0 to go on, anything else to end the list. */
    @FunctionalInterface
    interface Checkpoint {
        int call(CheckpointInfo info);
    }
}
