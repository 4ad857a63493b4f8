// SPDX-License-Identifier: Apache-2.0
// Generated from include/interface by emit_java.py.
package dev.raddle;

/** {@link Code#UNIMPLEMENTED}: the feature does not exist; use what the message names. */
public final class UnimplementedException extends RaddleException {
    private static final long serialVersionUID = 1;

    UnimplementedException(int scope, String message) {
        super(Code.UNIMPLEMENTED.value(), scope, message);
    }
}
