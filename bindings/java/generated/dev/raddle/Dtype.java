// SPDX-License-Identifier: Apache-2.0
// Generated from include/interface by emit_java.py.
package dev.raddle;

/** Element types. */
public enum Dtype {
    /** F32. */
    F32(0),
    /** F64. */
    F64(1),
    /** BF16. */
    BF16(2),
    /** F16. */
    F16(3),
    /** I32. */
    I32(4),
    /** I64. */
    I64(5),
    /** U8. */
    U8(6),
    /** U16. */
    U16(7),
    /** U32. */
    U32(8),
    /** One that this version of the binding does not know. */
    UNRECOGNIZED(-1);

    private final int value;

    Dtype(int value) {
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

    static Dtype of(int value) {
        for (Dtype one : values()) {
            if (one.value == value) {
                return one;
            }
        }
        return UNRECOGNIZED;
    }
}
