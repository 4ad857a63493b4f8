// SPDX-License-Identifier: Apache-2.0
// Generated from include/interface by emit_java.py.
package dev.raddle;

/** Where a tensor of a graph comes from. */
public enum TensorKind {
    /** the caller gives it with every micro-batch */
    INPUT(0),
    /** part of the state */
    PARAMETER(1),
    /** kept from one run to the next */
    CACHE(2),
    /** a node makes it */
    ACTIVATION(3),
    /** One that this version of the binding does not know. */
    UNRECOGNIZED(-1);

    private final int value;

    TensorKind(int value) {
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

    static TensorKind of(int value) {
        for (TensorKind one : values()) {
            if (one.value == value) {
                return one;
            }
        }
        return UNRECOGNIZED;
    }
}
