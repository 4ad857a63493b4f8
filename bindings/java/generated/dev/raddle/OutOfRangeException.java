// SPDX-License-Identifier: Apache-2.0
// Generated from include/interface by emit_java.py.
package dev.raddle;

/** {@link Code#OUT_OF_RANGE}: past the end of the data. */
public final class OutOfRangeException extends RaddleException {
    private static final long serialVersionUID = 1;

    OutOfRangeException(int scope, String message) {
        super(Code.OUT_OF_RANGE.value(), scope, message);
    }
}
