// SPDX-License-Identifier: Apache-2.0
// Generated from include/interface by emit_java.py.
package dev.raddle;

/** How much a message matters. */
public enum LogLevel {
    /** of options alone: info */
    DEFAULT(0),
    /** DEBUG. */
    DEBUG(1),
    /** INFO. */
    INFO(2),
    /** WARNING. */
    WARNING(3),
    /** ERROR. */
    ERROR(4),
    /** OFF. */
    OFF(5),
    /** One that this version of the binding does not know. */
    UNRECOGNIZED(-1);

    private final int value;

    LogLevel(int value) {
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

    static LogLevel of(int value) {
        for (LogLevel one : values()) {
            if (one.value == value) {
                return one;
            }
        }
        return UNRECOGNIZED;
    }
}
