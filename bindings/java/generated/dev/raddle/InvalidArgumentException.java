// SPDX-License-Identifier: Apache-2.0
// Generated from include/interface by emit_java.py.
package dev.raddle;

/** {@link Code#INVALID_ARGUMENT}: fix the call or the configuration. */
public final class InvalidArgumentException extends RaddleException {
    private static final long serialVersionUID = 1;

    InvalidArgumentException(int scope, String message) {
        super(Code.INVALID_ARGUMENT.value(), scope, message);
    }
}
