// SPDX-License-Identifier: Apache-2.0
// Generated from include/interface by emit_java.py.
package dev.raddle;

/** {@link Code#NUMERIC}: the run diverged. */
public final class NumericException extends RaddleException {
    private static final long serialVersionUID = 1;

    NumericException(int scope, String message) {
        super(Code.NUMERIC.value(), scope, message);
    }
}
