// SPDX-License-Identifier: Apache-2.0
// Generated from include/interface by emit_java.py.
package dev.raddle;

/** The largest entity that is broken. */
public enum Scope {
    /** CALL. */
    CALL(0),
    /** DEVICE. */
    DEVICE(1),
    /** PEER. */
    PEER(2),
    /** GROUP. */
    GROUP(3),
    /** JOB. */
    JOB(4),
    /** One that this version of the binding does not know. */
    UNRECOGNIZED(-1);

    private final int value;

    Scope(int value) {
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

    static Scope of(int value) {
        for (Scope one : values()) {
            if (one.value == value) {
                return one;
            }
        }
        return UNRECOGNIZED;
    }
}
