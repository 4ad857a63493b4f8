// SPDX-License-Identifier: Apache-2.0
// Generated from include/interface by emit_java.py.
package dev.raddle;

/** Where a value came from, lowest rank first. */
public enum Origin {
    /** DEFAULT. */
    DEFAULT(0),
    /** RECIPE. */
    RECIPE(1),
    /** ENVIRONMENT. */
    ENVIRONMENT(2),
    /** a command line */
    SET(3),
    /** a program, through this ABI */
    CALL(4),
    /** One that this version of the binding does not know. */
    UNRECOGNIZED(-1);

    private final int value;

    Origin(int value) {
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

    static Origin of(int value) {
        for (Origin one : values()) {
            if (one.value == value) {
                return one;
            }
        }
        return UNRECOGNIZED;
    }
}
