// SPDX-License-Identifier: Apache-2.0
// Generated from include/interface by emit_java.py.
package dev.raddle;

/** {@link Code#CANCELLED}: stopped on request. */
public class CancelledException extends RaddleException {
    private static final long serialVersionUID = 1;

    CancelledException(int scope, String message) {
        super(Code.CANCELLED.value(), scope, message);
    }
}
