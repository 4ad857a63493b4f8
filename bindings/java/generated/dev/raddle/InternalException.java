// SPDX-License-Identifier: Apache-2.0
// Generated from include/interface by emit_java.py.
package dev.raddle;

/** {@link Code#INTERNAL}: a bug in Raddle. */
public final class InternalException extends RaddleException {
    private static final long serialVersionUID = 1;

    InternalException(int scope, String message) {
        super(Code.INTERNAL.value(), scope, message);
    }
}
