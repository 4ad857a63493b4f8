// SPDX-License-Identifier: Apache-2.0
// Generated from include/interface by emit_java.py.
package dev.raddle;

/** How it is asked to stop. */
public enum StopGrade {
    /** not at all: go on */
    NONE(0),
    /** raddle_stop_request() was called */
    REQUESTED(1),
    /** raddle_stop_cancel() was called */
    CANCELLED(2),
    /** One that this version of the binding does not know. */
    UNRECOGNIZED(-1);

    private final int value;

    StopGrade(int value) {
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

    static StopGrade of(int value) {
        for (StopGrade one : values()) {
            if (one.value == value) {
                return one;
            }
        }
        return UNRECOGNIZED;
    }
}
