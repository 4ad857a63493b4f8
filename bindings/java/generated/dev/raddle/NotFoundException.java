// SPDX-License-Identifier: Apache-2.0
// Generated from include/interface by emit_java.py.
package dev.raddle;

/** {@link Code#NOT_FOUND}: name something that exists. */
public final class NotFoundException extends RaddleException {
    private static final long serialVersionUID = 1;

    NotFoundException(int scope, String message) {
        super(Code.NOT_FOUND.value(), scope, message);
    }
}
