// SPDX-License-Identifier: Apache-2.0
// Generated from include/interface by emit_java.py.
package dev.raddle;

/** What the caller should do next. */
public enum Code {
    /** OK. */
    OK(0),
    /** fix the call or the configuration */
    INVALID_ARGUMENT(1),
    /** name something that exists */
    NOT_FOUND(2),
    /** name something else, or resume */
    ALREADY_EXISTS(3),
    /** do something else first; do not retry */
    FAILED_PRECONDITION(4),
    /** past the end of the data */
    OUT_OF_RANGE(5),
    /** memory or disk is short; the message says by how much */
    RESOURCE_EXHAUSTED(6),
    /** a device, library or peer is missing; may be retried */
    UNAVAILABLE(7),
    /** a file or message is damaged */
    DATA_LOSS(8),
    /** the feature does not exist; use what the message names */
    UNIMPLEMENTED(9),
    /** stopped on request */
    CANCELLED(10),
    /** restart the step */
    ABORTED(11),
    /** the run diverged */
    NUMERIC(12),
    /** the operating system refused an operation */
    IO(13),
    /** a bug in Raddle */
    INTERNAL(14),
    /** One that this version of the binding does not know. */
    UNRECOGNIZED(-1);

    private final int value;

    Code(int value) {
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

    static Code of(int value) {
        for (Code one : values()) {
            if (one.value == value) {
                return one;
            }
        }
        return UNRECOGNIZED;
    }
}
