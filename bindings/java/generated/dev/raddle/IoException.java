// SPDX-License-Identifier: Apache-2.0
// Generated from include/interface by emit_java.py.
package dev.raddle;

/** {@link Code#IO}: the operating system refused an operation. */
public final class IoException extends RaddleException {
    private static final long serialVersionUID = 1;

    IoException(int scope, String message) {
        super(Code.IO.value(), scope, message);
    }
}
