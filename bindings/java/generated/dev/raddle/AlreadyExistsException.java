// SPDX-License-Identifier: Apache-2.0
// Generated from include/interface by emit_java.py.
package dev.raddle;

/** {@link Code#ALREADY_EXISTS}: name something else, or resume. */
public final class AlreadyExistsException extends RaddleException {
    private static final long serialVersionUID = 1;

    AlreadyExistsException(int scope, String message) {
        super(Code.ALREADY_EXISTS.value(), scope, message);
    }
}
