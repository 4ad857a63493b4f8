// SPDX-License-Identifier: Apache-2.0
// Generated from include/interface by emit_java.py.
package dev.raddle;

/** {@link Code#DATA_LOSS}: a file or message is damaged. */
public final class DataLossException extends RaddleException {
    private static final long serialVersionUID = 1;

    DataLossException(int scope, String message) {
        super(Code.DATA_LOSS.value(), scope, message);
    }
}
