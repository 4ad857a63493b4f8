// SPDX-License-Identifier: Apache-2.0
// Generated from include/interface by emit_java.py.
package dev.raddle;

/** {@link Code#RESOURCE_EXHAUSTED}: memory or disk is short; the message says by how much. */
public final class ResourceExhaustedException extends RaddleException {
    private static final long serialVersionUID = 1;

    ResourceExhaustedException(int scope, String message) {
        super(Code.RESOURCE_EXHAUSTED.value(), scope, message);
    }
}
