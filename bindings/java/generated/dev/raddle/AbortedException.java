// SPDX-License-Identifier: Apache-2.0
// Generated from include/interface by emit_java.py.
package dev.raddle;

/** {@link Code#ABORTED}: restart the step. */
public final class AbortedException extends RaddleException {
    private static final long serialVersionUID = 1;

    AbortedException(int scope, String message) {
        super(Code.ABORTED.value(), scope, message);
    }
}
