// SPDX-License-Identifier: Apache-2.0
package dev.raddle;

/**
 * The thread was interrupted while a call ran, which was cancelled for that. The interrupt status
 * of the thread is still set.
 */
public final class InterruptedCallException extends CancelledException {
    private static final long serialVersionUID = 1;

    InterruptedCallException(CancelledException cause) {
        super(cause.scope().value(), "the thread was interrupted: " + cause.getMessage());
        initCause(cause);
    }
}
