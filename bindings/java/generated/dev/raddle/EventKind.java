// SPDX-License-Identifier: Apache-2.0
// Generated from include/interface by emit_java.py.
package dev.raddle;

/** What happens in a training loop or a generation. */
public enum EventKind {
    /** of raddle_operation_poll(): nothing happened */
    NONE(0),
    /** metrics */
    STEP(1),
    /** evaluation */
    EVALUATION(2),
    /** path of a checkpoint that is complete on disk */
    CHECKPOINT(3),
    /**
     * message: something failed that need not end the run, such as a checkpoint for which the disk
     * was full
     */
    WARNING(4),
    /** of raddle_session_generate_start(): token and text; step counts the tokens */
    TOKEN(5),
    /** of raddle_operation_poll(): it is over, join it */
    END(6),
    /** One that this version of the binding does not know. */
    UNRECOGNIZED(-1);

    private final int value;

    EventKind(int value) {
        this.value = value;
    }

    /**
     * The number that stands for it in the C ABI.
     *
     * @return its number
     */
    public int value() {
        return value;
    }

    static EventKind of(int value) {
        for (EventKind one : values()) {
            if (one.value == value) {
                return one;
            }
        }
        return UNRECOGNIZED;
    }
}
