// SPDX-License-Identifier: Apache-2.0
// Generated from include/interface by emit_java.py.
package dev.raddle;

/** What a tensor of state is to its parameter. */
public enum TensorRole {
    /** PARAMETER. */
    PARAMETER(0),
    /** GRADIENT. */
    GRADIENT(1),
    /** AdamW's m */
    MOMENT1(2),
    /** AdamW's v */
    MOMENT2(3),
    /** the parameter in BF16, which follows it */
    COMPUTE(4),
    /** One that this version of the binding does not know. */
    UNRECOGNIZED(-1);

    private final int value;

    TensorRole(int value) {
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

    static TensorRole of(int value) {
        for (TensorRole one : values()) {
            if (one.value == value) {
                return one;
            }
        }
        return UNRECOGNIZED;
    }
}
