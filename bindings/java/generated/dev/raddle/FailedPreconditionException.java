// SPDX-License-Identifier: Apache-2.0
// Generated from include/interface by emit_java.py.
package dev.raddle;

/** {@link Code#FAILED_PRECONDITION}: do something else first; do not retry. */
public final class FailedPreconditionException extends RaddleException {
    private static final long serialVersionUID = 1;

    FailedPreconditionException(int scope, String message) {
        super(Code.FAILED_PRECONDITION.value(), scope, message);
    }
}
