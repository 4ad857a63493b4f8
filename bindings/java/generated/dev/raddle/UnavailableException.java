// SPDX-License-Identifier: Apache-2.0
// Generated from include/interface by emit_java.py.
package dev.raddle;

/** {@link Code#UNAVAILABLE}: a device, library or peer is missing; may be retried. */
public final class UnavailableException extends RaddleException {
    private static final long serialVersionUID = 1;

    UnavailableException(int scope, String message) {
        super(Code.UNAVAILABLE.value(), scope, message);
    }
}
